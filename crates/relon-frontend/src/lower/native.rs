//! Calls of natives and of the library's helpers.

use relon_ir::layout::{POINTER_SIZE, context};
use relon_ir::{Convention, IntCondition, MemType, Native, SiteId, Span, Type, Value};
use relon_natives::TrapKind;
use relon_natives::descriptor::{Descriptor, NativeType};
use relon_natives::std::raw::{self, Scalar};

use super::function::Binding;
use super::types::Form;
use super::{Flat, Lowerer};
use crate::hir::{Args, NativeId, Ty};

impl<'p> Lowerer<'p> {
    pub(super) fn native(&mut self, id: NativeId, args: &'p Args, catch: bool, ty: &Ty, span: Span) -> Flat {
        let descriptor = &self.program.natives[id.0 as usize];
        let mut values = self.native_arguments(descriptor, args, span);
        let payload = match (catch, ty) {
            (true, Ty::Result(ok, _)) => (**ok).clone(),
            _ => ty.clone(),
        };
        self.facts.add_unchecked(&payload, self.program);
        let form = Form::plain(&payload);
        let layout = self.layout(&form);
        let out = self.b().stack_slot(layout.size.max(1), layout.align);
        values.push(out);
        let native = self.module.native(&declared(descriptor));
        if catch {
            return self.caught(native, values, out, &payload, span);
        }
        let site = self.site(TrapKind::NativeFailed, span);
        self.b().call_native(native, values, site);
        self.load(&form, out, 0)
    }

    fn native_arguments(&mut self, descriptor: &Descriptor, args: &'p Args, span: Span) -> Flat {
        let types: Vec<Ty> = ordered_types(args);
        // A list may be a part of a record that the native was lent (`std::slice::from_ref`), and lives longer than the frame.
        let kept = descriptor.result.has_list().then_some(span);
        let mut values = Vec::new();
        for (binding, ty) in self.bindings(args).into_iter().zip(&types) {
            let Binding::Value(flat) = binding else { continue };
            match descriptor.open {
                true => values.push(self.in_memory(&flat, ty)),
                false => values.extend(self.native_argument(flat, ty, kept)),
            }
        }
        if descriptor.open { vec![self.packed(&values)] } else { values }
    }

    /// A record is passed by its address, everything else by its scalars. Where the native may keep a record, it is in the arena.
    fn native_argument(&mut self, flat: Flat, ty: &Ty, kept: Option<Span>) -> Flat {
        if !matches!(ty, Ty::Record(_)) || self.recursion.is_boxed(ty) {
            return flat;
        }
        vec![match kept {
            Some(span) => self.in_arena(&flat, ty, span),
            None => self.in_memory(&flat, ty),
        }]
    }

    /// A value in the arena, as it lies in memory.
    fn in_arena(&mut self, flat: &[Value], ty: &Ty, span: Span) -> Value {
        let form = Form::plain(ty);
        let layout = self.layout(&form);
        let size = self.b().int(i64::from(layout.size));
        let address = self.alloc(size, layout, span);
        self.store(&form, address, 0, flat);
        address
    }

    /// A value in the frame, as it lies in memory.
    fn in_memory(&mut self, flat: &[Value], ty: &Ty) -> Value {
        let form = Form::plain(ty);
        let layout = self.layout(&form);
        let slot = self.b().stack_slot(layout.size.max(1), layout.align);
        self.store(&form, slot, 0, flat);
        slot
    }

    /// An array of addresses in the frame.
    fn packed(&mut self, addresses: &[Value]) -> Value {
        let size = addresses.len() as u32 * POINTER_SIZE;
        let array = self.b().stack_slot(size.max(1), POINTER_SIZE);
        for (offset, address) in (0..).step_by(POINTER_SIZE as usize).zip(addresses) {
            self.b().store(MemType::Ptr, array, offset, *address);
        }
        array
    }

    /// A call whose `Err` is a value. Any other failure, such as a panic, still traps.
    fn caught(&mut self, native: relon_ir::NativeId, values: Vec<Value>, out: Value, ok: &Ty, span: Span) -> Flat {
        let failed = self.b().try_native(native, values);
        let site = self.site(TrapKind::NativeFailed, span);
        let payload = self.either(
            failed,
            |lowerer| {
                let state = lowerer.b().context();
                let kind = lowerer.b().load(MemType::Tag, state, context::FAILURE_KIND);
                let expected = lowerer.b().int(TrapKind::NativeFailed as i64);
                let is_err = lowerer.b().int_compare(IntCondition::Eq, kind, expected);
                lowerer.b().guard(is_err, site);
                // The failure is a value now and no longer the reason of a later trap.
                let none = lowerer.b().int(0);
                lowerer.b().store(MemType::Tag, state, context::FAILURE_KIND, none);
                let text = lowerer.load(&Form::plain(&Ty::String), state, context::FAILURE_MESSAGE);
                lowerer.zero(ok).into_iter().chain(text).collect()
            },
            |lowerer| {
                let value = lowerer.load(&Form::plain(ok), out, 0);
                let text = lowerer.zero(&Ty::String);
                value.into_iter().chain(text).collect()
            },
        );
        [failed].into_iter().chain(payload).collect()
    }

    /// Calls a helper that gives a value.
    pub(super) fn helper(&mut self, symbol: &'static str, args: Vec<Value>) -> Value {
        let native = helper(symbol);
        let result = native.result;
        let id = self.module.native(&native);
        self.b().call_direct(id, result, args).expect("the helper gives a value")
    }

    /// Calls a helper that gives a status.
    pub(super) fn helper_or_trap(&mut self, symbol: &'static str, args: Vec<Value>, site: SiteId) {
        let id = self.module.native(&helper(symbol));
        self.b().call_native(id, args, site);
    }
}

/// The types of the arguments by parameter.
fn ordered_types(args: &Args) -> Vec<Ty> {
    let mut types = vec![Ty::Never; args.values.len()];
    for (value, position) in args.values.iter().zip(&args.positions) {
        types[*position] = value.ty.clone();
    }
    types
}

/// The C entry of a native, or the function of the host, as IR sees it.
fn declared(descriptor: &Descriptor) -> Native {
    let (name, symbol) = (descriptor.name.clone(), descriptor.symbol.clone());
    if descriptor.open {
        return Native { name, symbol, params: vec![Type::Ptr; 2], result: None, convention: Convention::Open };
    }
    let mut params = Vec::new();
    for param in &descriptor.params {
        match &param.ty {
            NativeType::Int => params.push(Type::Int),
            NativeType::Float => params.push(Type::Float),
            NativeType::Bool => params.push(Type::Bool),
            NativeType::String | NativeType::List(_) => params.extend([Type::Ptr, Type::Int]),
            NativeType::Option(_) | NativeType::Record(_) => params.push(Type::Ptr),
        }
    }
    params.push(Type::Ptr);
    Native { name, symbol, params, result: None, convention: Convention::Status }
}

/// A helper of the library, as IR sees it.
fn helper(symbol: &'static str) -> Native {
    let helper = raw::helper(symbol).expect("lowering names helpers that exist");
    let scalar = |scalar: &Scalar| match scalar {
        Scalar::Int => Type::Int,
        Scalar::Float => Type::Float,
        Scalar::Bool => Type::Bool,
        Scalar::Ptr => Type::Ptr,
    };
    Native {
        name: symbol.to_owned(),
        symbol: symbol.to_owned(),
        params: helper.params.iter().map(scalar).collect(),
        result: helper.result.as_ref().map(scalar),
        convention: if helper.result.is_some() { Convention::Direct } else { Convention::Status },
    }
}
