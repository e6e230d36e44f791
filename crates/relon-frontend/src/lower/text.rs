//! Text: literals, the text of values, concatenation.

use relon_ir::layout::{LENGTH_OFFSET, SLICE};
use relon_ir::{MemType, Span, Value};
use relon_natives::TrapKind;

use super::types::Form;
use super::{Flat, Lowerer};
use crate::hir::{Expr, Ty};

impl<'p> Lowerer<'p> {
    /// A constant text.
    pub(super) fn text(&mut self, text: &str) -> Flat {
        let module = &mut self.module;
        let data = match self.texts.get(text) {
            Some(data) => *data,
            None => {
                let data = module.add_bytes(text.as_bytes().to_vec(), 1);
                self.texts.insert(text.to_owned(), data);
                data
            }
        };
        vec![self.b().data(data), self.b().int(text.len() as i64)]
    }

    /// An address that holds nothing, for empty lists and texts.
    pub(super) fn empty_address(&mut self) -> Value {
        self.text("")[0]
    }

    /// The text of a value.
    pub(super) fn text_of(&mut self, flat: Flat, ty: &Ty, span: Span) -> Flat {
        match ty {
            Ty::Int => self.text_by("relon_std_text_int", flat[0], span),
            Ty::Float => self.text_by("relon_std_text_float", flat[0], span),
            Ty::Bool => {
                let (yes, no) = (self.text("true"), self.text("false"));
                yes.into_iter().zip(no).map(|(yes, no)| self.b().select(flat[0], yes, no)).collect()
            }
            Ty::Tuple(items) => self.tuple_text(&flat, items, span),
            _ => flat,
        }
    }

    fn text_by(&mut self, helper: &'static str, value: Value, span: Span) -> Flat {
        let out = self.b().stack_slot(SLICE.size, SLICE.align);
        let site = self.site(TrapKind::ValueTooLarge, span);
        self.helper_or_trap(helper, vec![value, out], site);
        self.load(&Form::plain(&Ty::String), out, 0)
    }

    /// `(a, b)`, `(a,)`, `()`
    fn tuple_text(&mut self, flat: &[Value], items: &[Ty], span: Span) -> Flat {
        let mut texts = vec![self.text("(")];
        let mut rest = flat;
        for (index, item) in items.iter().enumerate() {
            let (own, others) = rest.split_at(self.scalars_of(item).len());
            rest = others;
            if index > 0 {
                texts.push(self.text(", "));
            }
            texts.push(self.text_of(own.to_vec(), item, span));
        }
        texts.push(self.text(if items.len() == 1 { ",)" } else { ")" }));
        self.join_texts(&texts, span)
    }

    /// Text of the parts, one behind the other.
    pub(super) fn concat(&mut self, parts: &'p [Expr], span: Span) -> Flat {
        let mut texts = Vec::new();
        for part in parts {
            let flat = self.expr(part);
            texts.push(self.text_of(flat, &part.ty, span));
        }
        match texts.as_slice() {
            [] => self.text(""),
            [text] => text.clone(),
            _ => self.join_texts(&texts, span),
        }
    }

    /// One text of several, with one allocation.
    fn join_texts(&mut self, texts: &[Flat], span: Span) -> Flat {
        let parts = self.b().stack_slot(SLICE.size * texts.len() as u32, SLICE.align);
        for (text, index) in texts.iter().zip(0u32..) {
            self.b().store(MemType::Ptr, parts, index * SLICE.size, text[0]);
            self.b().store(MemType::Int, parts, index * SLICE.size + LENGTH_OFFSET, text[1]);
        }
        let count = self.b().int(texts.len() as i64);
        let out = self.b().stack_slot(SLICE.size, SLICE.align);
        let site = self.site(TrapKind::ValueTooLarge, span);
        self.helper_or_trap("relon_std_concat", vec![parts, count, out], site);
        self.load(&Form::plain(&Ty::String), out, 0)
    }
}
