//! Lowering: from the checked tree to IR. It never fails; the checker has refused what it cannot do.
//!
//! A value is a list of scalars (`types`); memory is used for elements of lists, arguments and results (`memory`). A function is an
//! IR function that gets what it needs from outside as further parameters (`call`); functions given to functions are known in
//! advance (`function`), so each use gets a body of its own. Entries of dicts are evaluated when first needed (`dict`, `cell`).

mod adapt;
mod arith;
mod call;
mod cell;
mod constant;
mod control;
mod dict;
mod entries;
mod equality;
mod expr;
mod facts;
mod function;
mod library;
mod list;
mod main;
mod memory;
mod merge;
mod native;
mod text;
mod total;
mod types;
mod walk;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use relon_ir::layout;
use relon_ir::{Block, DataId, Function, FunctionBuilder, FunctionId, Module, Site, SiteId, Span, Target, Value};
use relon_natives::TrapKind;

use crate::hir::{DictId, EnumId, Expr, LocalId, Program, RecordId};
use crate::recursion::Recursion;
use call::PendingFunction;
use entries::Entries;
use facts::Facts;
use function::Binding;
use walk::{Survey, Var};

/// The scalars of a value.
type Flat = Vec<Value>;

pub use main::Options;

/// Lowers a program, with the entries that are asked for.
pub fn lower(program: &Program, options: &Options) -> Module {
    let mut facts = Facts::of(program);
    loop {
        let (module, after) = lower_with(program, options, facts);
        match after.corrected() {
            // Some value that was relied on turned out to be made without a check.
            Some(corrected) => facts = corrected,
            None => return module,
        }
    }
}

/// Lowers a program, relying on facts that are right only if those which are given back are the same.
fn lower_with(program: &Program, options: &Options, facts: Facts) -> (Module, Facts) {
    let mut lowerer = Lowerer::new(program, facts);
    lowerer.mains(options);
    while let Some(pending) = lowerer.pending.pop_front() {
        lowerer.function(pending);
    }
    let functions = lowerer.functions.into_iter().map(|function| function.expect("every function is lowered"));
    lowerer.module.functions = functions.collect();
    for entry in &mut lowerer.module.entries {
        entry.recursive = lowerer.has_nested_calls;
    }
    (lowerer.module, lowerer.facts)
}

/// What is known while one function is lowered.
struct Frame<'p> {
    builder: FunctionBuilder,
    locals: HashMap<LocalId, Binding<'p>>,
    entries: Entries,
    /// Dicts that are evaluated in this function.
    dicts: HashSet<DictId>,
    /// How deep calls that give functions are nested.
    nesting: usize,
    /// The root dict while it is open and its turn has not come.
    root: Option<DictId>,
}

impl Frame<'_> {
    fn new(builder: FunctionBuilder) -> Self {
        Frame {
            builder,
            locals: HashMap::new(),
            entries: Entries::default(),
            dicts: HashSet::new(),
            nesting: 0,
            root: None,
        }
    }
}

struct Lowerer<'p> {
    program: &'p Program,
    survey: Survey<'p>,
    recursion: Recursion,
    facts: Facts,
    module: Module,
    frame: Frame<'p>,
    functions: Vec<Option<Function>>,
    pending: VecDeque<PendingFunction<'p>>,
    known: HashMap<String, FunctionId>,
    texts: HashMap<String, DataId>,
    sites: HashMap<(TrapKind, Span, Option<String>), SiteId>,
    record_ids: HashMap<(RecordId, bool), layout::RecordId>,
    enum_ids: HashMap<(EnumId, bool), layout::EnumId>,
    /// What the evaluation of entries that were put off needs.
    entry_needs: HashMap<(DictId, usize), Arc<[Var]>>,
    /// Whether there are calls that may nest in themselves.
    has_nested_calls: bool,
}

/// A block without parameters as a target.
fn target(block: Block) -> Target {
    Target { block, args: Vec::new() }
}

impl<'p> Lowerer<'p> {
    fn new(program: &'p Program, facts: Facts) -> Self {
        let main = FunctionBuilder::new("main", &[], &[], None);
        Lowerer {
            program,
            survey: walk::survey(program),
            recursion: Recursion::of(program),
            facts,
            module: Module { files: program.files.clone(), ..Module::default() },
            frame: Frame::new(main),
            functions: Vec::new(),
            pending: VecDeque::new(),
            known: HashMap::new(),
            texts: HashMap::new(),
            sites: HashMap::new(),
            record_ids: HashMap::new(),
            enum_ids: HashMap::new(),
            entry_needs: HashMap::new(),
            has_nested_calls: false,
        }
    }

    fn reserve(&mut self) -> FunctionId {
        self.functions.push(None);
        FunctionId::new(self.functions.len() - 1)
    }

    /// Takes the finished function out of the frame.
    fn finish(&mut self, id: FunctionId) {
        let empty = FunctionBuilder::new("", &[], &[], None);
        let builder = std::mem::replace(&mut self.frame.builder, empty);
        self.functions[id.index()] = Some(builder.finish());
    }

    /// The builder of the current function.
    fn b(&mut self) -> &mut FunctionBuilder {
        &mut self.frame.builder
    }

    fn site(&mut self, kind: TrapKind, span: Span) -> SiteId {
        self.site_with(kind, span, None)
    }

    fn site_with(&mut self, kind: TrapKind, span: Span, message: Option<String>) -> SiteId {
        let module = &mut self.module;
        *self
            .sites
            .entry((kind, span, message.clone()))
            .or_insert_with(|| module.add_site(Site { kind, span, message }))
    }

    /// Lowers an expression; its instructions carry its place in the source.
    fn expr(&mut self, expr: &'p Expr) -> Flat {
        let before = self.b().set_span(Some(expr.span));
        let flat = stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || self.any_expr(expr));
        self.b().set_span(before);
        flat
    }

    /// Lowers an expression of one scalar.
    fn scalar(&mut self, expr: &'p Expr) -> Value {
        self.expr(expr)[0]
    }

    /// Traps here; what follows is never run.
    fn fail(&mut self, kind: TrapKind, span: Span) {
        let site = self.site(kind, span);
        let never = self.b().bool(false);
        self.b().guard(never, site);
    }
}
