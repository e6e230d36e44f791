//! How much stack a run can need.
//!
//! Calls that may nest are counted by the unit itself; between two of them a function appears at most once. So each counted level takes at
//! most the frames of all functions that call each other, and what lies outside such a group is on the stack once.

use crate::{Function, Module, Op};

/// The frames of a unit's functions.
#[derive(Debug)]
pub struct Frames {
    /// All frames together.
    all: usize,
    /// Those of the largest group of functions that call each other.
    group: usize,
    /// The largest one.
    pub largest: usize,
}

impl Frames {
    /// `frames` holds the size of each function's frame, those of the module's functions first.
    pub fn new(module: &Module, frames: &[usize]) -> Frames {
        Frames::of_groups(&groups(&calls(module)), frames)
    }

    /// The same for code that may have functions inlined into those that call them: each level also takes the frames of all functions that
    /// are called from its group.
    pub fn inlined(module: &Module, frames: &[usize]) -> Frames {
        let calls = calls(module);
        let mut groups = groups(&calls);
        for group in &mut groups {
            let mut seen = vec![false; calls.len()];
            *group = group.iter().flat_map(|start| postorder(&calls, *start, &mut seen)).collect();
        }
        Frames::of_groups(&groups, frames)
    }

    fn of_groups(groups: &[Vec<usize>], frames: &[usize]) -> Frames {
        let group = groups.iter().map(|group| group.iter().map(|index| frames[*index]).sum()).max();
        let largest = frames.iter().copied().max().unwrap_or(0);
        Frames { all: frames.iter().sum(), group: group.unwrap_or(0), largest }
    }

    /// Bytes for this many nested calls.
    pub fn stack(&self, nested: u64) -> usize {
        let levels = usize::try_from(nested).unwrap_or(usize::MAX).saturating_add(1);
        self.group.saturating_mul(levels).saturating_add(self.all)
    }
}

/// The functions that each function calls.
fn calls(module: &Module) -> Vec<Vec<usize>> {
    module.functions.iter().map(callees).collect()
}

fn callees(function: &Function) -> Vec<usize> {
    let insts = function.blocks.iter().flat_map(|block| &block.insts);
    let callee = |op: &Op| if let Op::Call { function, .. } = op { Some(function.index()) } else { None };
    insts.filter_map(|inst| callee(&inst.op)).collect()
}

/// The groups of functions that reach each other by calls: Kosaraju's strongly connected components, without functions on their own.
fn groups(calls: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut callers = vec![Vec::new(); calls.len()];
    for (caller, callees) in calls.iter().enumerate() {
        callees.iter().for_each(|callee| callers[*callee].push(caller));
    }
    let mut seen = vec![false; calls.len()];
    let mut order = Vec::with_capacity(calls.len());
    for start in 0..calls.len() {
        order.append(&mut postorder(calls, start, &mut seen));
    }
    seen.fill(false);
    let groups = order.into_iter().rev().map(|start| postorder(&callers, start, &mut seen));
    groups.filter(|group| group.len() > 1 || group.iter().any(|one| calls[*one].contains(one))).collect()
}

/// What is reached from `start` and was not seen yet, each behind what it reaches.
fn postorder(edges: &[Vec<usize>], start: usize, seen: &mut [bool]) -> Vec<usize> {
    let (mut order, mut open) = (Vec::new(), Vec::new());
    if !std::mem::replace(&mut seen[start], true) {
        open.push((start, 0));
    }
    while let Some((at, next)) = open.last_mut() {
        match edges[*at].get(*next) {
            Some(to) => {
                *next += 1;
                if !std::mem::replace(&mut seen[*to], true) {
                    open.push((*to, 0));
                }
            }
            None => {
                order.push(*at);
                open.pop();
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use crate::{FunctionBuilder, FunctionId, Module};

    use super::*;

    fn calling(calls: &[&[usize]]) -> Module {
        let mut module = Module::default();
        for (index, callees) in calls.iter().enumerate() {
            let mut builder = FunctionBuilder::new(format!("f{index}"), &[], &[], None);
            for callee in *callees {
                builder.call(FunctionId::new(*callee), &[], Vec::new());
            }
            builder.ret(Vec::new());
            module.add_function(builder.finish());
        }
        module
    }

    #[test]
    fn only_functions_that_call_each_other_nest() {
        let straight = calling(&[&[1, 2], &[2], &[]]);
        assert!(groups(&calls(&straight)).is_empty());
        assert_eq!(Frames::new(&straight, &[100, 10, 1]).stack(20_000), 111);
        let round = calling(&[&[1], &[2, 3], &[1], &[3], &[]]);
        let mut found = groups(&calls(&round));
        found.iter_mut().for_each(|group| group.sort_unstable());
        found.sort();
        assert_eq!(found, [vec![1, 2], vec![3]]);
        let frames = Frames::new(&round, &[1, 10, 20, 25, 1000]);
        assert_eq!((frames.stack(0), frames.stack(9), frames.largest), (1056 + 30, 1056 + 300, 1000));
        // The second function also calls the fourth, which may be inlined into it.
        assert_eq!(Frames::inlined(&round, &[1, 10, 20, 25, 1000]).stack(9), 1056 + 550);
    }
}
