//! Which natives may be copied into a rule, and how much of what they call comes along.
//!
//! Rules:
//! - Statics stay single. A native whose bodies reach a variable that something may write to, or that each thread has its own of,
//!   stays a call: a copy would have its own state, or need an address that isn't known. Constants are copied. Variables of Rust's
//!   own libraries (how many panics are under way, what the processor can do) are referred to where they are.
//! - A constant that a native knows by its address stays single too: a copy has another one.
//! - An exported function with a plain C name is never copied on behalf of another: it has one address, by that name.
//! - The native's own function must not be recursive, `#[inline(never)]` or too large; then it stays a call too.
//! - Of the functions that it calls, small ones come along. A large one stays where it is and is called by its symbol, where the
//!   natives' library has it; the size that is small halves with each level of calls.

use std::collections::{HashMap, HashSet, VecDeque};

use super::Library;
use crate::llvm::{Attribute, Function, Linkage, Module, Variable};

/// The largest native that is inlined, in instructions.
const NATIVE_LIMIT: usize = 800;
/// The largest function that comes along with a native that calls it directly, in instructions.
const HELPER_LIMIT: usize = 120;
/// How the symbols of entries begin that the macro makes.
const MACRO_PREFIX: &str = "relon_";
/// The largest entry that can be taken for a mere wrapper, in instructions.
const WRAPPER: usize = 40;
/// A function of this size always comes along: calling it would cost more.
const SMALL: usize = 20;

/// Why a native stays a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It reaches this static.
    Static(String),
    /// It reaches this thread-local.
    ThreadLocal(String),
    /// It compares the address of this static, or makes a number of it.
    Address(String),
    /// It calls itself, directly or not.
    Recursive,
    /// It is marked `#[inline(never)]`.
    NeverInline,
    /// It has so many instructions.
    TooLarge(usize),
    /// It needs a function or constant that has no address in the natives' library.
    Needs(String),
    /// It needs a function or constant of a dependency, whose symbol in another build of it may be another one.
    Unstable(String),
}

impl Reason {
    /// Whether a unit may hold a copy of the body all the same, to be called there. It does where there is nothing else to call.
    pub(super) fn allows_copy(&self) -> bool {
        match self {
            Reason::Recursive | Reason::NeverInline | Reason::TooLarge(_) => true,
            Reason::Static(_) | Reason::ThreadLocal(_) | Reason::Address(_) => false,
            Reason::Needs(_) | Reason::Unstable(_) => false,
        }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Reason::Static(name) => write!(f, "touches static `{name}`"),
            Reason::ThreadLocal(name) => write!(f, "touches thread-local `{name}`"),
            Reason::Address(name) => write!(f, "knows static `{name}` by its address"),
            Reason::Recursive => f.write_str("recursive"),
            Reason::NeverInline => f.write_str("#[inline(never)]"),
            Reason::TooLarge(count) => write!(f, "too large ({count} instructions)"),
            Reason::Needs(name) => write!(f, "needs `{name}`, which the natives' library doesn't hold"),
            Reason::Unstable(name) => write!(f, "needs `{name}`, whose symbol can differ between builds"),
        }
    }
}

/// What can be said of a native.
pub(super) struct Verdict {
    /// None where the native may be inlined.
    pub(super) reason: Option<Reason>,
    /// Instructions of its own function.
    pub(super) instructions: usize,
    /// Functions that it calls and that don't come along.
    pub(super) left_behind: Vec<String>,
    /// Target features that its bodies need.
    pub(super) features: Vec<String>,
}

enum Kind {
    Function { exported: bool, never_inline: bool, instructions: usize, features: Vec<String> },
    Variable { constant: bool, thread_local: bool, told_apart_in: Vec<String> },
    Declared,
}

struct Node {
    name: String,
    kind: Kind,
    refers: Vec<usize>,
}

/// Everything in a module, and what refers to what.
pub(super) struct Graph<'l> {
    nodes: Vec<Node>,
    index: HashMap<String, usize>,
    home: Home<'l>,
    crate_name: String,
}

/// Where the natives' own functions are when a rule runs.
#[derive(Clone, Copy)]
pub(super) enum Home<'l> {
    /// Nowhere: there is bitcode alone.
    Nowhere,
    /// In this library, where every function has an address.
    Library(&'l Library),
    /// In the program that runs the rule. Only names that are the same in every build can be used; the library was made of the same
    /// source and knows what is constant.
    Program(&'l Library),
}

impl<'l> Home<'l> {
    /// The library that tells about statics of other crates.
    fn known(self) -> Option<&'l Library> {
        match self {
            Home::Nowhere => None,
            Home::Library(library) | Home::Program(library) => Some(library),
        }
    }

    /// The library that has every function.
    fn callable(self) -> Option<&'l Library> {
        match self {
            Home::Library(library) => Some(library),
            Home::Nowhere | Home::Program(_) => None,
        }
    }
}

/// Whether a name is Rust's own form for anything that isn't `no_mangle`. Such names may differ between two builds of a crate.
pub(crate) fn is_mangled(symbol: &str) -> bool {
    symbol.starts_with("_R") || symbol.starts_with("_ZN")
}

impl<'l> Graph<'l> {
    pub(super) fn read(module: &Module<'_>, home: Home<'l>) -> Graph<'l> {
        let (nodes, index, crate_name) = (Vec::new(), HashMap::new(), module.crate_name());
        let mut graph = Graph { nodes, index, home, crate_name };
        let functions = module.functions();
        let variables = module.variables();
        for function in &functions {
            graph.add(function.name(), function_kind(function));
        }
        for variable in &variables {
            graph.add(variable.name(), variable_kind(variable, home));
        }
        for function in functions.iter().filter(|function| !function.is_declaration()) {
            graph.connect(&function.name(), function.references());
        }
        for variable in &variables {
            graph.connect(&variable.name(), variable.references());
        }
        graph
    }

    fn add(&mut self, name: String, kind: Kind) {
        self.index.insert(name.clone(), self.nodes.len());
        self.nodes.push(Node { name, kind, refers: Vec::new() });
    }

    fn connect(&mut self, from: &str, references: Vec<crate::llvm::Reference>) {
        let targets = references.iter().filter_map(|reference| self.index.get(&reference.name).copied()).collect();
        let from = self.index[from];
        self.nodes[from].refers = targets;
    }

    /// The symbols of exported C functions with a body.
    pub(super) fn exports(&self) -> Vec<String> {
        let exported = |node: &&Node| matches!(node.kind, Kind::Function { exported: true, .. });
        self.nodes.iter().filter(exported).map(|node| node.name.clone()).collect()
    }

    /// Judges a native: the symbol by which it is called, and that of the function, which is another one where several natives share a
    /// body.
    pub(super) fn verdict(&self, symbol: &str, function: &str) -> Verdict {
        let root = self.index[function];
        let core = self.core(root, symbol);
        let instructions = core.iter().map(|node| self.instructions(*node)).sum();
        let (kept, left_behind) = self.import(root, &core);
        let reason = self
            .touched(root)
            .or_else(|| core.iter().any(|node| self.reaches(*node, *node)).then_some(Reason::Recursive))
            .or_else(|| core.iter().any(|node| self.never_inline(*node)).then_some(Reason::NeverInline))
            .or_else(|| (instructions > NATIVE_LIMIT).then_some(Reason::TooLarge(instructions)))
            .or_else(|| self.unknown_need(&kept));
        Verdict { reason, instructions, left_behind, features: self.features(&kept) }
    }

    /// The C entry and, where the compiler left them apart, the function of the crate that it wraps: the one of its name, or the only
    /// one that an entry refers to which the macro made and which does little itself.
    fn core(&self, root: usize, symbol: &str) -> Vec<usize> {
        let mut core = vec![root];
        let own = self.own_functions(root);
        let named = own.iter().find(|(_, name)| is_wrapped(symbol, name)).map(|(node, _)| *node);
        let only = || match own.as_slice() {
            [(node, _)] if symbol.starts_with(MACRO_PREFIX) && self.instructions(root) <= WRAPPER => Some(*node),
            _ => None,
        };
        core.extend(named.or_else(only));
        core
    }

    /// Functions of the crate itself that a body refers to, with their names; those made of other crates' generic functions are not.
    fn own_functions(&self, root: usize) -> Vec<(usize, String)> {
        let nodes = self.nodes[root].refers.iter().filter(|node| **node != root && self.has_body(**node));
        nodes.filter_map(|node| Some((*node, own_name(&self.nodes[*node].name, &self.crate_name)?))).collect()
    }

    fn has_body(&self, node: usize) -> bool {
        matches!(self.nodes[node].kind, Kind::Function { .. })
    }

    fn instructions(&self, node: usize) -> usize {
        match &self.nodes[node].kind {
            Kind::Function { instructions, .. } => *instructions,
            Kind::Variable { .. } | Kind::Declared => 0,
        }
    }

    fn never_inline(&self, node: usize) -> bool {
        matches!(self.nodes[node].kind, Kind::Function { never_inline: true, .. })
    }

    fn is_exported(&self, node: usize) -> bool {
        matches!(self.nodes[node].kind, Kind::Function { exported: true, .. })
    }

    /// Everything that would come along if all bodies did.
    fn closure(&self, root: usize) -> Vec<usize> {
        let (mut seen, mut pending, mut found) = (HashSet::from([root]), vec![root], Vec::new());
        while let Some(node) = pending.pop() {
            found.push(node);
            if node != root && self.is_exported(node) {
                continue;
            }
            pending.extend(self.nodes[node].refers.iter().copied().filter(|next| seen.insert(*next)));
        }
        found
    }

    /// The names of everything that functions refer to, through whatever lies between.
    pub(super) fn needed_by<'n>(&self, functions: impl Iterator<Item = &'n str>) -> HashSet<&str> {
        let mut pending: Vec<usize> = functions.map(|function| self.index[function]).collect();
        let mut seen: HashSet<usize> = pending.iter().copied().collect();
        while let Some(node) = pending.pop() {
            pending.extend(self.nodes[node].refers.iter().copied().filter(|next| seen.insert(*next)));
        }
        seen.into_iter().map(|node| self.nodes[node].name.as_str()).collect()
    }

    /// A variable within reach that must not be copied.
    fn touched(&self, root: usize) -> Option<Reason> {
        let reached = self.closure(root);
        let mut reasons: Vec<Reason> = reached.iter().filter_map(|node| self.state_of(*node, &reached)).collect();
        // The order of the walk says nothing to a reader; the alphabet makes the report stable.
        reasons.sort_by_key(Reason::to_string);
        reasons.into_iter().next()
    }

    fn state_of(&self, node: usize, reached: &[usize]) -> Option<Reason> {
        let Node { name, kind, .. } = &self.nodes[node];
        let is_reached = |name: &String| self.index.get(name).is_some_and(|node| reached.contains(node));
        match kind {
            Kind::Variable { thread_local: true, .. } => Some(Reason::ThreadLocal(shown(name))),
            Kind::Variable { constant: false, .. } => Some(Reason::Static(shown(name))),
            Kind::Variable { told_apart_in, .. } if told_apart_in.iter().any(is_reached) => {
                Some(Reason::Address(shown(name)))
            }
            Kind::Variable { .. } | Kind::Function { .. } | Kind::Declared => None,
        }
    }

    /// Whether a path of at least one reference leads from one node to the other, through bodies of this module.
    fn reaches(&self, from: usize, to: usize) -> bool {
        let (mut seen, mut pending) = (HashSet::new(), self.nodes[from].refers.clone());
        while let Some(node) = pending.pop() {
            if node == to {
                return true;
            }
            if seen.insert(node) {
                pending.extend(&self.nodes[node].refers);
            }
        }
        false
    }

    /// Walks level by level from the native: what comes along, and which functions don't.
    fn import(&self, root: usize, core: &[usize]) -> (Vec<usize>, Vec<String>) {
        let (mut seen, mut kept, mut left) = (HashSet::from([root]), Vec::new(), Vec::new());
        let mut pending = VecDeque::from([(root, 0)]);
        while let Some((node, depth)) = pending.pop_front() {
            if !core.contains(&node) && self.stays_behind(node, depth) {
                left.push(self.nodes[node].name.clone());
                continue;
            }
            kept.push(node);
            // A constant is no level of calls.
            let next = if self.has_body(node) { depth + 1 } else { depth };
            let fresh = self.nodes[node].refers.iter().copied().filter(|to| seen.insert(*to));
            pending.extend(fresh.map(|to| (to, next)));
        }
        (kept, left)
    }

    fn stays_behind(&self, node: usize, depth: u32) -> bool {
        if !self.has_body(node) {
            return false;
        }
        let limit = (HELPER_LIMIT >> depth.saturating_sub(1).min(usize::BITS - 1)).max(SMALL);
        self.is_exported(node) || (self.instructions(node) > limit && self.has_address(&self.nodes[node].name))
    }

    fn has_address(&self, symbol: &str) -> bool {
        use super::Symbols;
        self.home.callable().is_some_and(|library| library.address(symbol).is_some())
    }

    /// A declaration that nothing will be found for, as far as that is known already.
    fn unknown_need(&self, kept: &[usize]) -> Option<Reason> {
        let mut names =
            kept.iter().map(|node| &self.nodes[*node]).filter(|node| self.is_declared(node)).map(|node| &node.name);
        match self.home {
            Home::Nowhere => None,
            Home::Library(_) => names.find(|name| !self.has_address(name)).map(|name| Reason::Needs(shown(name))),
            Home::Program(_) => {
                let is_unstable = |name: &&String| is_mangled(name) && !is_of_toolchain(name);
                names.find(is_unstable).map(|name| Reason::Unstable(shown(name)))
            }
        }
    }

    fn is_declared(&self, node: &Node) -> bool {
        matches!(node.kind, Kind::Declared) && !node.name.starts_with("llvm.")
    }

    fn features(&self, kept: &[usize]) -> Vec<String> {
        let mut all: Vec<String> = kept.iter().flat_map(|node| self.features_of(*node)).cloned().collect();
        all.sort();
        all.dedup();
        all
    }

    fn features_of(&self, node: usize) -> &[String] {
        match &self.nodes[node].kind {
            Kind::Function { features, .. } => features,
            Kind::Variable { .. } | Kind::Declared => &[],
        }
    }
}

fn function_kind(function: &Function<'_>) -> Kind {
    if function.is_declaration() {
        return Kind::Declared;
    }
    let features = function.text("target-features").unwrap_or_default();
    Kind::Function {
        exported: function.linkage() == Linkage::External && !is_mangled(&function.name()),
        never_inline: function.has(Attribute::NoInline) || function.has(Attribute::OptimizeNone),
        instructions: function.instruction_count(),
        features: features.split(',').filter_map(|feature| feature.strip_prefix('+')).map(str::to_owned).collect(),
    }
}

/// rustc declares statics of other crates as writable, whatever they are; the library knows better. One that exists once, outside, and is
/// Rust's own is as good as a constant: its address is.
fn variable_kind(variable: &Variable<'_>, home: Home<'_>) -> Kind {
    let outside = |name: &str, library: &Library| library.is_constant(name) || is_of_toolchain(name);
    let known = home.known().filter(|_| variable.is_declaration());
    let constant = variable.is_constant() || known.is_some_and(|library| outside(&variable.name(), library));
    // What is only declared is not copied: its address stays what it is.
    let told_apart_in = if variable.is_declaration() { Vec::new() } else { variable.told_apart_in() };
    Kind::Variable { constant, thread_local: variable.is_thread_local(), told_apart_in }
}

/// The name of a plain function of the crate, without its modules.
fn own_name(symbol: &str, crate_name: &str) -> Option<String> {
    let path = format!("{:#}", rustc_demangle::try_demangle(symbol).ok()?);
    let mut names = path.strip_prefix(crate_name)?.strip_prefix("::")?.rsplit("::");
    names.next().filter(|name| !name.starts_with('{')).map(str::to_owned)
}

/// Whether a C entry wraps the function with this name: its symbol ends with it.
fn is_wrapped(entry: &str, function: &str) -> bool {
    entry.strip_suffix(function).is_some_and(|before| before.is_empty() || before.ends_with('_'))
}

/// A static as its author calls it: the last name of its path that the compiler didn't make.
fn shown(symbol: &str) -> String {
    let Ok(path) = rustc_demangle::try_demangle(symbol) else { return symbol.to_owned() };
    let path = format!("{path:#}");
    let made = |name: &&str| name.starts_with('{') || *name == "__RUST_STD_INTERNAL_VAL";
    let mut names = path.rsplit("::").skip_while(made);
    names.next().unwrap_or(&path).to_owned()
}

/// Whether a variable is one of Rust's own libraries.
fn is_of_toolchain(symbol: &str) -> bool {
    let Ok(path) = rustc_demangle::try_demangle(symbol) else { return false };
    let path = format!("{path:#}");
    let root = path.trim_start_matches('<').split("::").next().unwrap_or_default();
    ["core", "alloc", "std", "std_detect", "__rustc"].contains(&root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statics_are_shown_as_their_authors_know_them() {
        assert_eq!(shown("_ZN7pricing7COUNTER17h7d79cd3eab942604E"), "COUNTER");
        let local = "_ZN4shim1T29_$u7b$$u7b$constant$u7d$$u7d$28_$u7b$$u7b$closure$u7d$$u7d$23__RUST_STD_INTERNAL_VAL17hd1733d69e6d08bc0E";
        assert_eq!(shown(local), "T");
        assert_eq!(shown("errno"), "errno");
        assert!(is_of_toolchain("_RNvNtNtCsjrHSEGnQ3l9_3std9panicking11panic_count18GLOBAL_PANIC_COUNT"));
        assert!(is_of_toolchain("_RNvCsdBezzDwma51_7___rustc14___rust_dealloc"));
        assert!(!is_of_toolchain("_ZN7pricing7COUNTER17h7d79cd3eab942604E"));
    }

    #[test]
    fn an_entry_wraps_the_function_of_its_name() {
        let name = |symbol| own_name(symbol, "pricing").unwrap();
        assert!(is_wrapped("relon_native_fx_rate", &name("_ZN7pricing7fx_rate17h7d79cd3eab942604E")));
        assert!(!is_wrapped("relon_native_fx_rate", &name("_ZN7pricing5other17h7d79cd3eab942604E")));
        assert_eq!(own_name("_ZN7pricing7fx_rate17h7d79cd3eab942604E", "other"), None);
    }
}
