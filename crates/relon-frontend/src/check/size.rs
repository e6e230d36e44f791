//! How large types may be.
//!
//! A few lines can name a type of two parts that are each of two parts, and so on: values of it would have more parts than any memory
//! holds, and every step of the compiler goes through all parts. Whatever gets a name (an entry, a variable, a declared type) is therefore
//! measured, and between two names a type grows no more than the source does.

use std::collections::HashMap;

use relon_ir::Span;

use super::Checker;
use crate::diagnostic::Diagnostic;
use crate::hir::{Expr, Ty};

/// Parts of a type, each of its parts counted as often as it occurs.
const MAX_PARTS: u32 = 1 << 16;
/// Levels of a type.
const MAX_DEPTH: u32 = 256;

/// How large a type is.
#[derive(Clone, Copy, Debug)]
struct Size {
    parts: u32,
    depth: u32,
}

/// Sizes of declared types and shapes that are known.
#[derive(Debug, Default)]
pub(super) struct Sizes(HashMap<Ty, Size>);

impl Size {
    const ONE: Size = Size { parts: 1, depth: 1 };

    /// What is too large about it.
    fn complaint(self) -> Option<String> {
        if self.depth > MAX_DEPTH {
            return Some(format!("a type nested deeper than {MAX_DEPTH} levels is not supported"));
        }
        (self.parts > MAX_PARTS).then(|| "a type of more than 65,536 parts is not supported".to_owned())
    }
}

impl Checker<'_> {
    /// The type, or a mistake where it is too large.
    pub(super) fn sized(&mut self, ty: Ty, span: Span) -> Ty {
        match self.size(&ty).complaint() {
            None => ty,
            Some(message) => {
                self.report_size(message, span);
                Ty::Error
            }
        }
    }

    /// The value, or a mistake where its type is too large.
    pub(super) fn sized_value(&mut self, value: Expr) -> Expr {
        let ty = self.sized(value.ty.clone(), value.span);
        if ty == value.ty { value } else { super::error_expr(value.span) }
    }

    /// Whether a declared type is too large, which is reported. From then on it counts as small, so that it is reported once.
    pub(super) fn is_oversized(&mut self, ty: &Ty, span: Span) -> bool {
        let Some(message) = self.size(ty).complaint() else { return false };
        self.sizes.0.insert(ty.clone(), Size::ONE);
        self.report_size(message, span);
        true
    }

    fn report_size(&mut self, message: String, span: Span) {
        let hint = "keep many values of one type in a List or Dict";
        self.report(Diagnostic::error("UnsupportedConstruct", span, message).hint(hint));
    }

    fn size(&mut self, ty: &Ty) -> Size {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || match ty {
            Ty::Int | Ty::Float | Ty::Bool | Ty::String | Ty::Type | Ty::Never | Ty::Error => Size::ONE,
            Ty::List(inner) | Ty::Dict(inner) | Ty::Option(inner) => self.size_of_all([&**inner]),
            Ty::Result(ok, err) => self.size_of_all([&**ok, &**err]),
            Ty::Tuple(items) => self.size_of_all(items.iter()),
            Ty::Closure(ty) => self.size_of_all(ty.params.iter().chain([&ty.result])),
            Ty::Record(_) | Ty::Enum(_) => self.size_of_declared(ty),
        })
    }

    fn size_of_all<'t>(&mut self, parts: impl IntoIterator<Item = &'t Ty>) -> Size {
        let mut size = Size { parts: 1, depth: 0 };
        for part in parts {
            let part = self.size(part);
            size.parts = size.parts.saturating_add(part.parts);
            size.depth = size.depth.max(part.depth);
        }
        Size { depth: size.depth + 1, ..size }
    }

    fn size_of_declared(&mut self, ty: &Ty) -> Size {
        if let Some(known) = self.sizes.0.get(ty) {
            return *known;
        }
        // A type that holds itself ends there.
        self.sizes.0.insert(ty.clone(), Size::ONE);
        let parts = self.parts(ty);
        let size = self.size_of_all(&parts);
        self.sizes.0.insert(ty.clone(), size);
        size
    }
}
