//! Lists of literals as constant data, so that tables cost no code.

use relon_ir::layout::{DataType, LENGTH_OFFSET};
use relon_ir::{Data, Relocation};

use super::types::Form;
use super::{Flat, Lowerer};
use crate::hir::{EntryKind, Expr, ExprKind, ListItem, Ty};
use crate::types::Declarations;

/// Bytes that are being filled.
struct Image {
    bytes: Vec<u8>,
    relocations: Vec<Relocation>,
}

impl<'p> Lowerer<'p> {
    /// A list literal whose elements are all literals, in the layout of the type it gets.
    pub(super) fn constant_list(&mut self, expr: &'p Expr, to: &Ty) -> Option<Flat> {
        let (ExprKind::List(items), Ty::List(element)) = (&expr.kind, to) else { return None };
        if items.is_empty() || !self.is_constant_list(items, element) {
            return None;
        }
        let form = Form::plain(element);
        let layout = self.layout(&form);
        let size = layout.size as usize * items.len();
        let mut image = Image { bytes: vec![0; size], relocations: Vec::new() };
        for (index, item) in items.iter().enumerate() {
            if let ListItem::Item(value) = item {
                self.write(value, element, &mut image, index * layout.size as usize);
            }
        }
        let Image { bytes, relocations } = image;
        let data = self.module.add_data(Data { bytes, align: layout.align.max(8), relocations });
        Some(vec![self.b().data(data), self.b().int(items.len() as i64)])
    }

    /// Whether a list literal costs no code.
    pub(super) fn is_literal_list(&self, expr: &Expr) -> bool {
        match (&expr.kind, &expr.ty) {
            (ExprKind::List(items), Ty::List(element)) => self.is_constant_list(items, element),
            _ => false,
        }
    }

    fn is_constant_list(&self, items: &[ListItem], element: &Ty) -> bool {
        let declarations = Declarations { records: &self.program.records, enums: &self.program.enums };
        let is_literal = |item: &ListItem| matches!(item, ListItem::Item(value) if self.is_constant(value, element));
        !declarations.has_predicates(element) && items.iter().all(is_literal)
    }

    /// Whether an expression is a literal that can be laid out as a type.
    fn is_constant(&self, expr: &Expr, to: &Ty) -> bool {
        match (&expr.kind, to) {
            (ExprKind::Adapt(adapt), _) if adapt.to == *to => self.is_constant(&adapt.value, to),
            (ExprKind::Int(_), Ty::Int)
            | (ExprKind::Float(_), Ty::Float)
            | (ExprKind::Bool(_), Ty::Bool)
            | (ExprKind::String(_), Ty::String)
            | (ExprKind::None, Ty::Option(_)) => true,
            (ExprKind::Neg(value), Ty::Int | Ty::Float) => match &value.kind {
                ExprKind::Int(value) => value.checked_neg().is_some(),
                ExprKind::Float(_) => true,
                _ => false,
            },
            (ExprKind::Some(value), Ty::Option(payload)) => self.is_constant(value, payload),
            (ExprKind::Tuple(items), Ty::Tuple(types)) => {
                items.len() == types.len()
                    && items.iter().zip(types.iter()).all(|(item, ty)| self.is_constant(item, ty))
            }
            (ExprKind::Dict(dict), Ty::Record(id)) if !self.recursion.is_boxed(to) => {
                // Each field once, and nothing else.
                let fields = &self.record(*id).fields;
                dict.entries.len() == fields.len()
                    && fields.iter().all(|field| {
                        dict.entries.iter().any(|entry| match &entry.kind {
                            EntryKind::Named(name, value) => {
                                *name == field.name && !entry.internal && self.is_constant(value, &field.ty)
                            }
                            _ => false,
                        })
                    })
            }
            _ => false,
        }
    }

    fn write(&mut self, expr: &'p Expr, ty: &Ty, image: &mut Image, at: usize) {
        let mut put = |bytes: &[u8]| image.bytes[at..at + bytes.len()].copy_from_slice(bytes);
        match (&expr.kind, ty) {
            (ExprKind::Adapt(adapt), _) => self.write(&adapt.value, ty, image, at),
            (ExprKind::Int(value), _) => put(&value.to_le_bytes()),
            (ExprKind::Float(value), _) => put(&value.to_le_bytes()),
            (ExprKind::Bool(value), _) => put(&[u8::from(*value)]),
            (ExprKind::Neg(value), _) => match &value.kind {
                ExprKind::Int(value) => put(&value.wrapping_neg().to_le_bytes()),
                ExprKind::Float(value) => put(&(-value).to_le_bytes()),
                _ => {}
            },
            (ExprKind::String(text), _) => {
                put(&[0; 8]);
                let length = at + LENGTH_OFFSET as usize;
                image.bytes[length..length + 8].copy_from_slice(&(text.len() as u64).to_le_bytes());
                let target = self.text_data(text);
                image.relocations.push(Relocation { offset: at as u32, target });
            }
            (ExprKind::Some(value), Ty::Option(payload)) => {
                put(&[1]);
                let data = self.data(&Form::plain(payload));
                let offset = self.module.types.option_layout(&data).offsets[1] as usize;
                self.write(value, payload, image, at + offset);
            }
            (ExprKind::Tuple(items), Ty::Tuple(types)) => {
                let parts: Vec<DataType> = types.iter().map(|ty| self.data(&Form::plain(ty))).collect();
                let offsets = self.module.types.tuple_layout(&parts).offsets;
                for ((item, ty), offset) in items.iter().zip(types.iter()).zip(offsets) {
                    self.write(item, ty, image, at + offset as usize);
                }
            }
            (ExprKind::Dict(dict), Ty::Record(id)) => {
                let DataType::Record(known) = self.data(&Form::plain(ty)) else { return };
                let offsets = self.module.types.record_layout(known).offsets.clone();
                for (field, offset) in self.record(*id).fields.iter().zip(offsets) {
                    for entry in &dict.entries {
                        if let EntryKind::Named(name, value) = &entry.kind
                            && *name == field.name
                        {
                            self.write(value, &field.ty, image, at + offset as usize);
                        }
                    }
                }
            }
            // An absent option is all zeros, which the image is already.
            _ => {}
        }
    }

    fn text_data(&mut self, text: &str) -> relon_ir::DataId {
        self.text(text);
        self.texts[text]
    }
}
