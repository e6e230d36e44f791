//! The evaluator's state, the entry of a program, and what each kind of expression does.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use relon_frontend::Span;
use relon_frontend::hir::{Args, DictId, Enum, EnumId, Expr, ExprKind, LocalId, Program, Record, RecordId, Ty};
use relon_frontend::recursion::Recursion;
use relon_natives::TrapKind;
use relon_natives::abi::Call;

use crate::Limits;
use crate::adapt::Adaption;
use crate::content::Contents;
use crate::decode::{decode, missing, unexpected};
use crate::encode::encode;
use crate::env::{Env, Scope};
use crate::failure::{Failure, Outcome};
use crate::heap::Heap;
use crate::native::Natives;
use crate::survey::Survey;
use crate::value::{Entries, Function, Map, Value, defect};

/// Stack that is there whenever an expression is evaluated.
const STACK: usize = 256 << 10;
/// Stack that is added where it is not.
const STACK_STEP: usize = 4 << 20;

/// Stack that a native finds at least.
pub(crate) const STACK_FOR_NATIVES: usize = 1 << 20;

/// Nested calls of functions that cannot call themselves.
const MOST_UNCOUNTED: u64 = 50_000;

/// Runs with enough stack, however deep trees and values are.
pub(crate) fn deep<T>(run: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(STACK, STACK_STEP, run)
}

/// One run of a program.
pub(crate) struct Evaluator<'v> {
    pub(crate) program: &'v Program,
    pub(crate) heap: &'v Heap<'v>,
    pub(crate) natives: &'v dyn Natives,
    pub(crate) survey: Survey,
    pub(crate) contents: Contents<'v>,
    pub(crate) recursion: Recursion,
    /// Parameters of `#main`, as far as they are there.
    params: RefCell<HashMap<LocalId, Value<'v>>>,
    /// Dict literals that all of the program can refer to.
    pub(crate) globals: RefCell<HashMap<DictId, Rc<Scope<'v>>>>,
    /// The scope of the root dict until that is evaluated.
    pub(crate) root: RefCell<Option<Rc<Scope<'v>>>>,
    /// Nested calls that are still allowed, of functions that can call themselves.
    pub(crate) calls_left: Cell<u64>,
    /// Nested calls that are still allowed, of other functions.
    pub(crate) uncounted_left: Cell<u64>,
    /// The memory that natives see.
    pub(crate) native_call: RefCell<Call>,
}

impl<'v> Evaluator<'v> {
    pub(crate) fn new(program: &'v Program, heap: &'v Heap<'v>, natives: &'v dyn Natives, limits: Limits) -> Self {
        Evaluator {
            program,
            heap,
            natives,
            survey: Survey::of(program),
            contents: Contents::new(program),
            recursion: Recursion::of(program),
            params: RefCell::default(),
            globals: RefCell::default(),
            root: RefCell::default(),
            calls_left: Cell::new(limits.recursion),
            uncounted_left: Cell::new(MOST_UNCOUNTED),
            native_call: RefCell::new(Call::new(limits.bytes)),
        }
    }

    /// Decodes all arguments, evaluates imported files, checks the arguments one by one, and evaluates the root expression.
    pub(crate) fn run(&self, args: &'v serde_json::Value) -> Outcome<String> {
        let main = &self.program.main;
        let given = decode(args, self.program, self.heap)?;
        self.modules()?;
        // Predicates of arguments may need entries of the root dict before its turn comes.
        *self.root.borrow_mut() = main.root().map(|root| self.open(root, &Env::default()));
        for (id, value) in main.params.iter().zip(given) {
            let declared = &self.program.locals[id.0 as usize];
            let kind = Some(TrapKind::MainArgTypeMismatch);
            let how = Adaption { kind, span: declared.span, is_input: true };
            let value = value.ok_or_else(|| missing(declared))?;
            let value = self.adapt(value, &declared.ty, &declared.ty, how)?;
            self.params.borrow_mut().insert(*id, value);
        }
        unexpected(args, self.program).map_or(Ok(()), Err)?;
        let result = self.expr(&main.body, &Env::default())?;
        encode(result, self.program, main.body.span)
    }

    pub(crate) fn record(&self, id: RecordId) -> &'v Record {
        &self.program.records[id.0 as usize]
    }

    /// The type of a record's field.
    pub(crate) fn field_ty(&self, id: RecordId, name: &str) -> &'v Ty {
        let field = self.record(id).fields.iter().find(|field| field.name == name);
        field.map_or_else(|| defect("a field that the record does not have"), |field| &field.ty)
    }

    pub(crate) fn enumeration(&self, id: EnumId) -> &'v Enum {
        &self.program.enums[id.0 as usize]
    }

    /// Evaluates an expression.
    pub(crate) fn expr(&self, expr: &'v Expr, env: &Env<'v>) -> Outcome<Value<'v>> {
        deep(|| self.any_expr(expr, env))
    }

    fn any_expr(&self, expr: &'v Expr, env: &Env<'v>) -> Outcome<Value<'v>> {
        let (span, ty) = (expr.span, &expr.ty);
        match &expr.kind {
            ExprKind::Int(value) => Ok(Value::Int(*value)),
            ExprKind::Float(value) => Ok(Value::Float(*value)),
            ExprKind::Bool(value) => Ok(Value::Bool(*value)),
            ExprKind::String(text) => Ok(Value::String(text)),
            ExprKind::Local(id) => self.local(*id, env, span),
            ExprKind::Entry(dict, index) => self.entry(*dict, *index, env, span),
            ExprKind::List(items) => self.list(items, env, span),
            ExprKind::Tuple(items) => Ok(Value::Tuple(self.all(items, env, span)?)),
            ExprKind::Dict(dict) => self.dict(dict, ty, env, span),
            ExprKind::Where(dict, body) => self.where_(dict, body, env),
            ExprKind::Member(value, dict, index) => self.member(value, *dict, *index, env, span),
            ExprKind::Field(value, index) => self.field(value, *index, env),
            ExprKind::Item(value, index) => self.item(value, *index, env),
            ExprKind::Index(value, index) => self.index(value, index, env, span),
            ExprKind::Neg(value) => self.negate(value, env, span),
            ExprKind::Not(value) => Ok(Value::Bool(!self.condition(value, env)?)),
            ExprKind::Arith(op, a, b) => self.arith(*op, a, b, env, span),
            ExprKind::Order(op, a, b) => self.order(*op, a, b, env),
            ExprKind::Equal(a, b, negated) => self.equal(a, b, *negated, env, span),
            ExprKind::And(a, b) => Ok(Value::Bool(self.condition(a, env)? && self.condition(b, env)?)),
            ExprKind::Or(a, b) => Ok(Value::Bool(self.condition(a, env)? || self.condition(b, env)?)),
            ExprKind::IntToFloat(value) => Ok(Value::Float(self.expr(value, env)?.int() as f64)),
            ExprKind::Concat(parts) => self.concat(parts, env, span),
            ExprKind::If(condition, yes, no) => {
                let way = if self.condition(condition, env)? { yes } else { no };
                self.expr(way, env)
            }
            ExprKind::Match(scrutinee, arms) => self.match_(scrutinee, arms, env),
            ExprKind::Comprehension(node) => self.comprehension(node, env, span),
            ExprKind::Closure(closure) => self.closure(closure, env, span),
            ExprKind::Call(callee, args) => self.call(callee, args, env, span),
            ExprKind::Library(function, args) => self.library(*function, args, ty, env, span),
            ExprKind::Native { native, args, catch } => self.native(*native, args, *catch, env, span),
            ExprKind::Variant(_, index, args) => {
                let payload = self.arguments(args, env)?;
                Ok(Value::Variant(*index, self.new_list(payload, span)?))
            }
            ExprKind::Some(value) => Ok(Value::Option(Some(self.part(value, env, span)?))),
            ExprKind::None => Ok(Value::Option(None)),
            ExprKind::Ok(value) => Ok(Value::Result(Ok(self.part(value, env, span)?))),
            ExprKind::Err(value) => Ok(Value::Result(Err(self.part(value, env, span)?))),
            ExprKind::Merge(a, b) => self.merge(a, b, ty, env, span),
            ExprKind::Adapt(adapt) => {
                let value = self.expr(&adapt.value, env)?;
                let how = Adaption { kind: adapt.kind, span, is_input: false };
                self.adapt(value, &adapt.value.ty, &adapt.to, how)
            }
        }
    }

    /// A variable. A parameter of `#main` that is not checked yet cannot be read.
    fn local(&self, id: LocalId, env: &Env<'v>, span: Span) -> Outcome<Value<'v>> {
        let found = env.local(id).or_else(|| self.params.borrow().get(&id).copied());
        found.ok_or_else(|| Failure::of(TrapKind::CircularReference, span))
    }

    pub(crate) fn condition(&self, expr: &'v Expr, env: &Env<'v>) -> Outcome<bool> {
        Ok(self.expr(expr, env)?.bool())
    }

    /// The values of expressions, from left to right.
    fn all(&self, exprs: &'v [Expr], env: &Env<'v>, span: Span) -> Outcome<&'v [Value<'v>]> {
        let values = exprs.iter().map(|expr| self.expr(expr, env)).collect::<Outcome<Vec<_>>>()?;
        self.new_list(values, span)
    }

    /// Arguments, evaluated as they are written, given by parameter.
    pub(crate) fn arguments(&self, args: &'v Args, env: &Env<'v>) -> Outcome<Vec<Value<'v>>> {
        let mut found = Vec::with_capacity(args.values.len());
        for (expr, position) in args.values.iter().zip(&args.positions) {
            found.push((*position, self.expr(expr, env)?));
        }
        found.sort_by_key(|(position, _)| *position);
        Ok(found.into_iter().map(|(_, value)| value).collect())
    }

    /// The value of an expression as a part of another value.
    fn part(&self, expr: &'v Expr, env: &Env<'v>, span: Span) -> Outcome<&'v Value<'v>> {
        let value = self.expr(expr, env)?;
        self.new_value(value, span)
    }

    fn field(&self, value: &'v Expr, index: usize, env: &Env<'v>) -> Outcome<Value<'v>> {
        let Ty::Record(id) = &value.ty else { defect("a field of what is no record") };
        let name = self.record(*id).fields[index].name.as_str();
        Ok(*self.expr(value, env)?.map().get(name).unwrap_or_else(|| defect("a record without one of its fields")))
    }

    fn item(&self, value: &'v Expr, index: usize, env: &Env<'v>) -> Outcome<Value<'v>> {
        match self.expr(value, env)? {
            Value::Tuple(items) => Ok(items[index]),
            _ => defect("a tuple was expected"),
        }
    }

    // Parts of values, whose bytes are counted.

    /// Takes bytes for what an expression makes.
    pub(crate) fn take(&self, bytes: usize, span: Span) -> Outcome<()> {
        if self.heap.take(bytes) { Ok(()) } else { Err(Failure::of(TrapKind::ValueTooLarge, span)) }
    }

    /// Takes the bytes of a list of so many items.
    pub(crate) fn take_list(&self, count: usize, span: Span) -> Outcome<()> {
        self.take(count.saturating_mul(size_of::<Value<'_>>()), span)
    }

    pub(crate) fn new_value(&self, value: Value<'v>, span: Span) -> Outcome<&'v Value<'v>> {
        self.take_list(1, span)?;
        Ok(self.heap.value(value))
    }

    pub(crate) fn new_list(&self, items: Vec<Value<'v>>, span: Span) -> Outcome<&'v [Value<'v>]> {
        self.take_list(items.len(), span)?;
        Ok(self.heap.list(items))
    }

    pub(crate) fn new_text(&self, text: String, span: Span) -> Outcome<Value<'v>> {
        self.take(text.len(), span)?;
        Ok(Value::String(self.heap.text(text)))
    }

    pub(crate) fn new_map(&self, entries: Entries<'v>, span: Span) -> Outcome<Value<'v>> {
        self.new_literal(Map { entries, literal: None }, span)
    }

    pub(crate) fn new_literal(&self, map: Map<'v>, span: Span) -> Outcome<Value<'v>> {
        self.take(map.len() * size_of::<(&str, Value<'_>)>(), span)?;
        Ok(Value::Map(self.heap.map(map)))
    }

    pub(crate) fn new_function(&self, function: Function<'v>, span: Span) -> Outcome<Value<'v>> {
        self.take(size_of::<Function<'_>>(), span)?;
        Ok(Value::Function(self.heap.function(function)))
    }
}
