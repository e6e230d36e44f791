//! Values to memory and back, by layout.

use relon_ir::layout::{DataType, LENGTH_OFFSET, Layout};
use relon_ir::{IntRange, MemType, Span, Type, Value};

use super::types::Form;
use super::{Flat, Lowerer};
use crate::hir::Ty;

/// What may be relied on in memory.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// There may be no value: what is read is not looked at then.
    Nothing,
    /// There is a value.
    There,
    /// There is a value, and predicates of schemas hold.
    Predicates,
}

/// What a length can be, whatever it is of.
const LENGTHS: IntRange = IntRange { low: 0, high: i64::MAX };

impl Lowerer<'_> {
    pub(super) fn layout(&mut self, form: &Form) -> Layout {
        let data = self.data(form);
        self.module.types.layout(&data)
    }

    /// The value of a type in a box of its own, where it needs one.
    pub(super) fn boxed(&mut self, ty: &Ty, flat: Flat, span: Span) -> Flat {
        if !self.recursion.is_boxed(ty) {
            return flat;
        }
        let form = Form::plain(ty);
        let content = self.content(&form);
        let layout = self.module.types.layout(&content);
        let size = self.b().int(i64::from(layout.size));
        let address = self.alloc(size, layout, span);
        self.store_content(&form, address, 0, &mut flat.as_slice());
        vec![address]
    }

    /// The content of a value that may be in a box.
    pub(super) fn unboxed(&mut self, form: &Form, flat: Flat) -> Flat {
        if !self.recursion.is_boxed(&form.ty) {
            return flat;
        }
        let mut content = Vec::new();
        self.load_content(form, flat[0], 0, &mut content, Trust::Nothing);
        content
    }

    /// A field of a record that is in a box.
    pub(super) fn load_field(&mut self, ty: &Ty, address: Value, index: usize) -> Flat {
        match self.struct_parts(&Form::plain(ty)).swap_remove(index) {
            StructPart::Value(form, at) => {
                let mut flat = Vec::new();
                self.load_checked_field(ty, index, &form, address, at, &mut flat);
                flat
            }
            StructPart::Flag(_) => unreachable!("only the input form has flags"),
        }
    }

    /// Reads a value that is there.
    pub(super) fn load(&mut self, form: &Form, address: Value, offset: u32) -> Flat {
        let mut flat = Vec::new();
        self.load_into(form, address, offset, &mut flat, Trust::There);
        flat
    }

    /// Reads a value that may not be there, and is not looked at then.
    pub(super) fn load_if_there(&mut self, form: &Form, address: Value, offset: u32) -> Flat {
        let mut flat = Vec::new();
        self.load_into(form, address, offset, &mut flat, Trust::Nothing);
        flat
    }

    /// Reads a value whose predicates have run, if it has any, unless values of its type are made without.
    pub(super) fn load_checked(&mut self, form: &Form, address: Value, offset: u32) -> Flat {
        let mut flat = Vec::new();
        self.load_into(form, address, offset, &mut flat, Trust::Predicates);
        flat
    }

    fn load_into(&mut self, form: &Form, address: Value, offset: u32, flat: &mut Flat, trust: Trust) {
        match self.recursion.is_boxed(&form.ty) {
            true => flat.push(self.b().load(MemType::Ptr, address, offset)),
            false => self.load_content(form, address, offset, flat, trust),
        }
    }

    fn load_content(&mut self, form: &Form, address: Value, offset: u32, flat: &mut Flat, trust: Trust) {
        match &form.ty {
            Ty::Int => flat.push(self.b().load(MemType::Int, address, offset)),
            Ty::Float => flat.push(self.b().load(MemType::Float, address, offset)),
            Ty::Bool => flat.push(self.b().load(MemType::Bool, address, offset)),
            Ty::String | Ty::List(_) | Ty::Dict(_) => {
                let within = (trust != Trust::Nothing).then_some(LENGTHS);
                self.load_counted(address, offset, within, flat);
            }
            Ty::Result(..) | Ty::Enum(_) => self.load_tagged(form, address, offset, flat),
            Ty::Closure(_) | Ty::Type | Ty::Never | Ty::Error => {}
            Ty::Record(_) if trust == Trust::Predicates => self.load_checked_record(form, address, offset, flat),
            Ty::Tuple(_) | Ty::Option(_) | Ty::Record(_) => {
                let mut part_trust = trust;
                for part in self.struct_parts(form) {
                    match part {
                        StructPart::Flag(at) => {
                            flat.push(self.b().load(MemType::Bool, address, offset + at));
                            // Nothing is known of a payload that is absent, which is read as well.
                            part_trust = Trust::Nothing;
                        }
                        StructPart::Value(form, at) => {
                            self.load_into(&form, address, offset + at, flat, part_trust);
                            part_trust = trust;
                        }
                    }
                }
            }
        }
    }

    fn load_checked_record(&mut self, form: &Form, address: Value, offset: u32, flat: &mut Flat) {
        for (index, part) in self.struct_parts(form).into_iter().enumerate() {
            let StructPart::Value(part, at) = part else { unreachable!("only the input form has flags") };
            self.load_checked_field(&form.ty, index, &part, address, offset + at, flat);
        }
    }

    /// Reads a field of a record, with what the predicates say of it where values of the record are always checked.
    fn load_checked_field(&mut self, ty: &Ty, index: usize, field: &Form, address: Value, at: u32, flat: &mut Flat) {
        let bounds = match ty {
            Ty::Record(id) => self.facts.field(*id, index),
            _ => None,
        };
        match bounds {
            Some(within) if field.ty == Ty::Int => flat.push(self.b().load_within(within, address, at)),
            Some(within) => self.load_counted(address, at, Some(within.intersect(LENGTHS)), flat),
            None => self.load_into(field, address, at, flat, Trust::Predicates),
        }
    }

    /// Reads a String, List or Dict, of whose length this is known.
    fn load_counted(&mut self, address: Value, offset: u32, length: Option<IntRange>, flat: &mut Flat) {
        flat.push(self.b().load(MemType::Ptr, address, offset));
        let at = offset + LENGTH_OFFSET;
        flat.push(match length {
            Some(within) => self.b().load_within(within, address, at),
            None => self.b().load(MemType::Int, address, at),
        });
    }

    fn load_tagged(&mut self, form: &Form, address: Value, offset: u32, flat: &mut Flat) {
        let tag = self.b().load(MemType::Tag, address, offset);
        let tag = match &form.ty {
            // A Result is a Bool that is true for `Err`.
            Ty::Result(..) => {
                let zero = self.b().int(0);
                self.b().int_compare(relon_ir::IntCondition::Ne, tag, zero)
            }
            _ => tag,
        };
        flat.push(tag);
        for (part, at) in self.tagged_parts(form).into_iter().flatten() {
            // Parts of all variants are read, whichever is there.
            self.load_into(&part, address, offset + at, flat, Trust::Nothing);
        }
    }

    /// Writes a value.
    pub(super) fn store(&mut self, form: &Form, address: Value, offset: u32, flat: &[Value]) {
        let mut rest = flat;
        self.store_from(form, address, offset, &mut rest);
    }

    fn store_from(&mut self, form: &Form, address: Value, offset: u32, flat: &mut &[Value]) {
        match self.recursion.is_boxed(&form.ty) {
            true => self.store_scalar(MemType::Ptr, address, offset, flat),
            false => self.store_content(form, address, offset, flat),
        }
    }

    fn store_content(&mut self, form: &Form, address: Value, offset: u32, flat: &mut &[Value]) {
        match &form.ty {
            Ty::Int => self.store_scalar(MemType::Int, address, offset, flat),
            Ty::Float => self.store_scalar(MemType::Float, address, offset, flat),
            Ty::Bool => self.store_scalar(MemType::Bool, address, offset, flat),
            Ty::String | Ty::List(_) | Ty::Dict(_) => {
                self.store_scalar(MemType::Ptr, address, offset, flat);
                self.store_scalar(MemType::Int, address, offset + LENGTH_OFFSET, flat);
            }
            Ty::Result(..) | Ty::Enum(_) => self.store_tagged(form, address, offset, flat),
            Ty::Closure(_) | Ty::Type | Ty::Never | Ty::Error => {}
            Ty::Tuple(_) | Ty::Option(_) | Ty::Record(_) => {
                for part in self.struct_parts(form) {
                    match part {
                        StructPart::Flag(at) => self.store_scalar(MemType::Bool, address, offset + at, flat),
                        StructPart::Value(form, at) => self.store_from(&form, address, offset + at, flat),
                    }
                }
            }
        }
    }

    fn store_scalar(&mut self, mem: MemType, address: Value, offset: u32, flat: &mut &[Value]) {
        let (first, rest) = flat.split_first().expect("a value has all its scalars");
        *flat = rest;
        self.b().store(mem, address, offset, *first);
    }

    /// Payloads share memory, so only that of the tag is written.
    fn store_tagged(&mut self, form: &Form, address: Value, offset: u32, flat: &mut &[Value]) {
        let (tag, mut rest) = flat.split_first().expect("a tag");
        let tag = match &form.ty {
            Ty::Result(..) => {
                let (one, zero) = (self.b().int(1), self.b().int(0));
                self.b().select(*tag, one, zero)
            }
            _ => *tag,
        };
        self.b().store(MemType::Tag, address, offset, tag);
        let variants: Vec<_> =
            self.tagged_parts(form).into_iter().zip(0..).filter(|(parts, _)| !parts.is_empty()).collect();
        if variants.is_empty() {
            *flat = rest;
            return;
        }
        let done = self.b().create_block(&[]);
        let blocks: Vec<_> = variants.iter().map(|_| self.b().create_block(&[])).collect();
        let cases = blocks.iter().zip(&variants).map(|(block, (_, tag))| (*tag, super::target(*block))).collect();
        self.b().switch(tag, cases, super::target(done));
        for ((parts, _), block) in variants.into_iter().zip(blocks) {
            self.b().switch_to(block);
            for (part, at) in parts {
                let count = self.scalars(&part).len();
                let (own, others) = rest.split_at(count);
                self.store(&part, address, offset + at, own);
                rest = others;
            }
            self.b().jump(done, Vec::new());
        }
        self.b().switch_to(done);
        *flat = rest;
    }

    /// The parts of a struct-like value with their offsets, in the order of its scalars.
    fn struct_parts(&mut self, form: &Form) -> Vec<StructPart> {
        let data = self.content(form);
        match (&form.ty, &data) {
            (Ty::Option(payload), DataType::Option(inner)) => {
                let offsets = self.module.types.option_layout(inner).offsets;
                vec![StructPart::Flag(offsets[0]), StructPart::Value(form.part(payload), offsets[1])]
            }
            (Ty::Tuple(items), DataType::Tuple(parts)) => {
                let offsets = self.module.types.tuple_layout(parts).offsets;
                items.iter().zip(offsets).map(|(item, at)| StructPart::Value(form.part(item), at)).collect()
            }
            (Ty::Record(id), DataType::Record(known)) => {
                let offsets = self.module.types.record_layout(*known).offsets.clone();
                let types = self.module.types.record(*known).fields.clone();
                let mut parts = Vec::new();
                for ((field, at), ty) in self.record(*id).fields.iter().zip(offsets).zip(types) {
                    match (&ty.ty, form.may_lack(field)) {
                        (DataType::Option(inner), true) => {
                            let inner = self.module.types.option_layout(inner).offsets;
                            parts.push(StructPart::Flag(at + inner[0]));
                            parts.push(StructPart::Value(form.part(&field.ty), at + inner[1]));
                        }
                        _ => parts.push(StructPart::Value(form.part(&field.ty), at)),
                    }
                }
                parts
            }
            _ => Vec::new(),
        }
    }

    /// The parts of each variant with their offsets.
    fn tagged_parts(&mut self, form: &Form) -> Vec<Vec<(Form, u32)>> {
        let data = self.content(form);
        let (types, offsets): (Vec<Vec<Ty>>, _) = match (&form.ty, &data) {
            (Ty::Result(ok, err), DataType::Result(a, b)) => {
                (vec![vec![(**ok).clone()], vec![(**err).clone()]], self.module.types.result_layout(a, b).variants)
            }
            (Ty::Enum(id), DataType::Enum(known)) => {
                let variants = &self.enumeration(*id).variants;
                let types = variants.iter().map(|v| v.fields.iter().map(|(_, ty)| ty.clone()).collect()).collect();
                (types, self.module.types.enum_layout(*known).variants.clone())
            }
            _ => (Vec::new(), Vec::new()),
        };
        let pair = |(types, offsets): (Vec<Ty>, Vec<u32>)| {
            types.iter().map(|ty| form.part(ty)).zip(offsets).collect::<Vec<_>>()
        };
        types.into_iter().zip(offsets).map(pair).collect()
    }

    /// A value of the type that nobody looks at.
    pub(super) fn zero(&mut self, ty: &Ty) -> Flat {
        let scalars = self.scalars_of(ty);
        self.zeros(&scalars)
    }

    pub(super) fn zeros(&mut self, scalars: &[Type]) -> Flat {
        scalars
            .iter()
            .map(|scalar| match scalar {
                Type::Int => self.b().int(0),
                Type::Float => self.b().float(0.0),
                Type::Bool => self.b().bool(false),
                // An address that is valid and holds nothing.
                Type::Ptr => self.empty_address(),
            })
            .collect()
    }
}

/// A part of a struct in memory: a byte that says whether what follows is there, or a value.
enum StructPart {
    Flag(u32),
    Value(Form, u32),
}
