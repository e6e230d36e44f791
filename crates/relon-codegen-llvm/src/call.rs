//! Calls of the module's own functions and of natives, in each world.

use std::fmt::Write;

use relon_ir::layout::{POINTER_SIZE, context, target};
use relon_ir::{Convention, FunctionId, Native, NativeId, OnFailure, Type, Value};

use crate::cocompile::World;
use crate::emit;
use crate::func::FunctionEmitter;
use crate::types::{global_name, native_result, native_type, value_type};

/// Declares a native whose body or address is known by its symbol.
pub(crate) fn declare(out: &mut String, native: &Native) {
    let context = native.convention.has_status().then_some("ptr");
    let params: Vec<&str> = context.into_iter().chain(native.params.iter().map(|ty| native_type(*ty))).collect();
    let (result, name) = (native_result(native), global_name(&native.symbol));
    let _ = writeln!(out, "declare {result} {name}({}) {}", params.join(", "), emit::DECLARED_ATTRIBUTES);
}

impl FunctionEmitter<'_, '_> {
    /// Calls a function of the module.
    pub(crate) fn call(&mut self, function: FunctionId, args: &[Value], results: &[Value]) {
        let callee = &self.module.functions[function.index()];
        let mut list = "ptr %ctx".to_owned();
        for (arg, ty) in args.iter().zip(&callee.params) {
            let _ = write!(list, ", {} {}", value_type(*ty), self.operand(*arg));
        }
        self.receive(callee, list, results);
    }

    /// Calls a native.
    pub(crate) fn call_native(&mut self, id: NativeId, args: &[Value], failure: OnFailure, result: Option<Value>) {
        let native = &self.module.natives[id.index()];
        let mut list = self.native_arguments(native, args);
        let mut callee = self.callee(id, native);
        if native.convention == Convention::Open {
            // The table holds the function of the host and its state.
            let state = self.constant_at(&callee, target::STATE);
            callee = self.constant_at(&callee, target::ENTRY);
            list = format!("ptr {state}, {list}");
        }
        let ty = native_result(native);
        match (native.convention, failure) {
            (Convention::Direct, _) => self.direct(&format!("call {ty} {callee}({list})"), native.result, result),
            (Convention::Status | Convention::Open, OnFailure::Trap(site)) => {
                let status = self.temp(format_args!("call {ty} {callee}({list})"));
                let fine = self.temp(format_args!("icmp eq i32 {status}, 0"));
                self.trap_unless(&fine, site);
            }
            (Convention::Status | Convention::Open, OnFailure::Give) => {
                let status = self.temp(format_args!("call {ty} {callee}({list})"));
                if let Some(result) = result {
                    self.set(result, format_args!("icmp ne i32 {status}, 0"));
                }
            }
        }
    }

    fn direct(&mut self, call: &str, ty: Option<Type>, result: Option<Value>) {
        match (ty, result) {
            (Some(Type::Bool), Some(result)) => {
                let byte = self.temp(format_args!("{call}"));
                self.set(result, format_args!("icmp ne i8 {byte}, 0"));
            }
            (Some(_), Some(result)) => self.set(result, format_args!("{call}")),
            (Some(_), None) => drop(self.temp(format_args!("{call}"))),
            (None, _) => self.line(format_args!("{call}")),
        }
    }

    fn native_arguments(&mut self, native: &Native, args: &[Value]) -> String {
        let mut list: Vec<String> = Vec::new();
        if native.convention.has_status() {
            list.push("ptr %ctx".into());
        }
        for (arg, ty) in args.iter().zip(&native.params) {
            list.push(format!("{} {}", native_type(*ty), self.native_argument(*arg)));
        }
        list.join(", ")
    }

    /// What is called, by what is known of the native; of a function of the host its target.
    fn callee(&mut self, id: NativeId, native: &Native) -> String {
        match self.worlds.of(native) {
            World::Closed => global_name(&native.symbol),
            World::Static(address) => format!("inttoptr (i64 {address} to ptr)"),
            World::Open => {
                let table = self.constant_at("%ctx", context::NATIVES);
                self.constant_at(&table, id.index() as u32 * POINTER_SIZE)
            }
        }
    }

    /// A pointer in memory that does not change while the code runs.
    fn constant_at(&mut self, base: &str, offset: u32) -> String {
        let slot = self.temp(format_args!("getelementptr inbounds i8, ptr {base}, i64 {offset}"));
        self.temp(format_args!("load ptr, ptr {slot}, align 8, !invariant.load !4"))
    }
}
