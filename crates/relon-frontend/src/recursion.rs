//! Types that hold themselves.
//!
//! What goes through a value of such a type, for equality or to check it, nests as deep as the value; each level counts as a nested call.
//! Where a record or an enum holds itself without a List or Dict between, a value cannot lie in memory in one piece: it is *boxed*.

use std::collections::{HashMap, HashSet};

use crate::hir::{EnumId, Program, RecordId, Ty};

/// The types of a program that hold themselves.
#[derive(Debug, Default)]
pub struct Recursion {
    /// Directly, so that values are boxed.
    boxed: HashSet<Ty>,
    /// In any way.
    recursive: HashSet<Ty>,
}

impl Recursion {
    /// Whether the type holds itself directly: only Options, Results, tuples, records and enums lie between.
    pub fn is_boxed(&self, ty: &Ty) -> bool {
        self.boxed.contains(ty)
    }

    /// Whether the type holds itself in any way.
    pub fn is_recursive(&self, ty: &Ty) -> bool {
        self.recursive.contains(ty)
    }

    /// Finds them. Types are looked at as a graph of declarations; a type holds itself where it lies on a cycle of it.
    pub fn of(program: &Program) -> Recursion {
        let mut nodes: Vec<Ty> = (0..program.records.len()).map(|index| Ty::Record(RecordId(index as u32))).collect();
        nodes.extend((0..program.enums.len()).map(|index| Ty::Enum(EnumId(index as u32))));
        let edges = |through_lists: bool| {
            let parts = |ty: &Ty| {
                let mut held = Vec::new();
                content(program, ty).into_iter().for_each(|part| named(part, through_lists, &mut held));
                held
            };
            nodes.iter().map(|ty| (ty.clone(), parts(ty))).collect::<HashMap<Ty, Vec<Ty>>>()
        };
        Recursion { boxed: on_cycles(&nodes, &edges(false)), recursive: on_cycles(&nodes, &edges(true)) }
    }
}

/// The types of a record's fields or an enum's payloads.
fn content<'p>(program: &'p Program, ty: &Ty) -> Vec<&'p Ty> {
    match ty {
        Ty::Record(id) => program.records[id.0 as usize].fields.iter().map(|field| &field.ty).collect(),
        Ty::Enum(id) => {
            let variants = &program.enums[id.0 as usize].variants;
            variants.iter().flat_map(|variant| variant.fields.iter().map(|(_, ty)| ty)).collect()
        }
        _ => Vec::new(),
    }
}

/// The records and enums that a type is made of.
fn named(ty: &Ty, through_lists: bool, found: &mut Vec<Ty>) {
    match ty {
        Ty::Record(_) | Ty::Enum(_) => found.push(ty.clone()),
        Ty::List(inner) | Ty::Dict(inner) if through_lists => named(inner, through_lists, found),
        Ty::Option(inner) => named(inner, through_lists, found),
        Ty::Result(ok, err) => {
            named(ok, through_lists, found);
            named(err, through_lists, found);
        }
        Ty::Tuple(items) => items.iter().for_each(|item| named(item, through_lists, found)),
        Ty::List(_) | Ty::Dict(_) | Ty::Int | Ty::Float | Ty::Bool | Ty::String => {}
        Ty::Closure(_) | Ty::Never | Ty::Error => {}
    }
}

/// The nodes of a graph that lie on a cycle: those left after all that lead nowhere, and all that nothing leads to, are taken away, and
/// that reach themselves.
fn on_cycles(nodes: &[Ty], edges: &HashMap<Ty, Vec<Ty>>) -> HashSet<Ty> {
    let mut left: HashSet<&Ty> = nodes.iter().collect();
    loop {
        let before = left.len();
        let next: HashSet<&Ty> =
            left.iter().copied().filter(|node| edges[*node].iter().any(|to| left.contains(to))).collect();
        left = next;
        if left.len() == before {
            break;
        }
    }
    left.iter().filter(|node| reaches_itself(node, edges, &left)).map(|node| (**node).clone()).collect()
}

fn reaches_itself(start: &Ty, edges: &HashMap<Ty, Vec<Ty>>, among: &HashSet<&Ty>) -> bool {
    let mut seen: HashSet<&Ty> = HashSet::new();
    let mut next: Vec<&Ty> = edges[start].iter().collect();
    while let Some(node) = next.pop() {
        if node == start {
            return true;
        }
        if among.contains(node) && seen.insert(node) {
            next.extend(&edges[node]);
        }
    }
    false
}
