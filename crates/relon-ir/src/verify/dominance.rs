//! Which block lies on every path to which other.
//!
//! Immediate dominators by the iteration of Cooper, Harvey and Kennedy over blocks in reverse postorder; then each block is numbered
//! on the way into and out of its subtree of the dominator tree, so that a question is two comparisons.

use super::{Checked, require};
use crate::{Block, Function, Terminator};

/// The dominator tree of a function.
pub(super) struct Dominance {
    /// Numbers on the way in and out of each block's subtree; none for a block that nothing reaches.
    ranges: Vec<Option<(u32, u32)>>,
}

impl Dominance {
    /// Computes the tree.
    pub(super) fn new(function: &Function) -> Checked<Dominance> {
        let successors = successors(function)?;
        let order = reverse_postorder(&successors);
        let parents = immediate_dominators(&successors, &order);
        Ok(Dominance { ranges: ranges(&parents, &order, successors.len()) })
    }

    /// Whether the block can be reached from the first.
    pub(super) fn is_reachable(&self, block: Block) -> bool {
        self.ranges[block.index()].is_some()
    }

    /// Whether every path to `below` goes through `above`.
    pub(super) fn dominates(&self, above: Block, below: Block) -> bool {
        match (self.ranges[above.index()], self.ranges[below.index()]) {
            (Some((enter, leave)), Some((at, _))) => enter <= at && at < leave,
            _ => false,
        }
    }
}

fn successors(function: &Function) -> Checked<Vec<Vec<usize>>> {
    let count = function.blocks.len();
    let mut all = Vec::with_capacity(count);
    for block in &function.blocks {
        let targets: Vec<usize> = match &block.terminator {
            Terminator::Jump(target) => vec![target.block.index()],
            Terminator::Branch(_, yes, no) => vec![yes.block.index(), no.block.index()],
            Terminator::Switch(_, cases, default) => {
                cases.iter().map(|(_, target)| target).chain([default]).map(|target| target.block.index()).collect()
            }
            Terminator::Return(_) | Terminator::Trap(_) => Vec::new(),
        };
        require(targets.iter().all(|target| *target < count), || "a jump to a block that does not exist".into())?;
        all.push(targets);
    }
    Ok(all)
}

fn reverse_postorder(successors: &[Vec<usize>]) -> Vec<usize> {
    let mut seen = vec![false; successors.len()];
    let mut order = Vec::new();
    let mut stack = vec![(0, 0)];
    seen[0] = true;
    while let Some((block, next)) = stack.pop() {
        match successors[block].get(next) {
            Some(target) => {
                stack.push((block, next + 1));
                if !std::mem::replace(&mut seen[*target], true) {
                    stack.push((*target, 0));
                }
            }
            None => order.push(block),
        }
    }
    order.reverse();
    order
}

/// The immediate dominator of each block, both as positions in `order`; the first block is its own.
fn immediate_dominators(successors: &[Vec<usize>], order: &[usize]) -> Vec<usize> {
    let predecessors = predecessors(successors, order);
    let mut parents: Vec<Option<usize>> = vec![None; order.len()];
    parents[0] = Some(0);
    let mut changed = true;
    while changed {
        changed = false;
        for at in 1..order.len() {
            let known = predecessors[at].iter().copied().filter(|p| parents[*p].is_some());
            let parent = known.reduce(|a, b| meet(&parents, a, b));
            changed |= parents[at] != parent;
            parents[at] = parent;
        }
    }
    parents.into_iter().map(Option::unwrap_or_default).collect()
}

/// Predecessors of each block, as positions in `order`.
fn predecessors(successors: &[Vec<usize>], order: &[usize]) -> Vec<Vec<usize>> {
    let mut position = vec![0; successors.len()];
    for (at, block) in order.iter().enumerate() {
        position[*block] = at;
    }
    let mut predecessors = vec![Vec::new(); order.len()];
    for (at, block) in order.iter().enumerate() {
        for target in &successors[*block] {
            predecessors[position[*target]].push(at);
        }
    }
    predecessors
}

/// The closest block that dominates both.
fn meet(parents: &[Option<usize>], mut a: usize, mut b: usize) -> usize {
    while a != b {
        let later = a.max(b);
        let parent = parents[later].unwrap_or_default();
        (a, b) = (a.min(b), parent);
    }
    a
}

/// Numbers of each block's subtree, by block.
fn ranges(parents: &[usize], order: &[usize], count: usize) -> Vec<Option<(u32, u32)>> {
    let mut sizes = vec![1; order.len()];
    for at in (1..order.len()).rev() {
        sizes[parents[at]] += sizes[at];
    }
    let mut ranges = vec![None; count];
    let mut free: Vec<u32> = vec![0; order.len()];
    for (at, block) in order.iter().enumerate() {
        // A parent comes before its children in reverse postorder, so its own number is known.
        let enter = if at == 0 { 0 } else { free[parents[at]] };
        if at > 0 {
            free[parents[at]] += sizes[at];
        }
        free[at] = enter + 1;
        ranges[*block] = Some((enter, enter + sizes[at]));
    }
    ranges
}
