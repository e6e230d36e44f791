//! Branches that meet again, and loops.

use std::collections::BTreeSet;

use relon_ir::{Block, IntCondition, Target, Type, Value, WrapOp};

use super::dict::EntryState;
use super::entries::{Changes, Key};
use super::types::Form;
use super::{Flat, Lowerer, target};
use crate::hir::Ty;

/// One of several ways that meet.
pub(super) struct Way {
    end: Block,
    flat: Flat,
    changes: Changes,
}

/// A loop over positions.
pub(super) struct Loop {
    header: Block,
    exit: Block,
    pub(super) index: Value,
    /// Values that change from round to round, as they are in this one.
    pub(super) carried: Vec<Value>,
}

/// What a loop goes through.
pub(super) enum Source {
    /// Ints from one up to another. The length stops at the largest Int, which no loop reaches.
    Range { start: Value, end: Value, length: Value },
    /// Elements in memory.
    List { address: Value, length: Value, element: Ty },
}

impl<'p> Lowerer<'p> {
    /// Starts a way in its block.
    pub(super) fn start_way(&mut self, block: Block) {
        self.b().switch_to(block);
        self.frame.entries.start_way();
    }

    /// Ends a way with its value; the block is left open for [`Self::meet`], and entries are as before the way.
    pub(super) fn end_way(&mut self, flat: Flat) -> Way {
        let end = self.b().current();
        Way { end, flat, changes: self.frame.entries.end_way() }
    }

    /// Goes on where all ways meet, with the value of the one that was taken. An entry that only some ways have evaluated keeps a flag
    /// that says whether this one did, so that it is evaluated at most once.
    pub(super) fn meet(&mut self, ways: Vec<Way>) -> Flat {
        let mut args: Vec<Vec<Value>> = ways.iter().map(|way| way.flat.clone()).collect();
        let count = args[0].len();
        let mut changed: Vec<(Key, usize, bool)> = Vec::new();
        let keys: BTreeSet<Key> = ways.iter().flat_map(|way| way.changes.keys().copied()).collect();
        for key in keys {
            let Some(before) = self.frame.entries.get(&key) else { continue };
            let states: Vec<EntryState> =
                ways.iter().map(|way| way.changes.get(&key).unwrap_or(before).clone()).collect();
            if states.iter().all(|state| state == before) {
                continue;
            }
            let is_cell = matches!(before, EntryState::Cell(_));
            let always = states.iter().all(|state| matches!(state, EntryState::Done(_)));
            // The cell says what each way has done.
            if !always && is_cell {
                continue;
            }
            if states.iter().all(|state| matches!(state, EntryState::Pending | EntryState::InProgress)) {
                continue;
            }
            let scalars = self.scalars_of(&self.entry_value(key.0, key.1).ty);
            let start = args[0].len();
            for ((way, state), args) in ways.iter().zip(states).zip(&mut args) {
                self.b().switch_to(way.end);
                self.push_state(key, state, &scalars, always, args);
            }
            changed.push((key, start, always));
        }
        let types: Vec<Type> = args[0].iter().map(|value| self.b().value_type(*value)).collect();
        let block = self.b().create_block(&types);
        for (way, args) in ways.iter().zip(args) {
            self.b().switch_to(way.end);
            self.b().jump(block, args);
        }
        self.b().switch_to(block);
        let params = self.b().block_params(block);
        for (position, (key, start, always)) in changed.iter().enumerate() {
            let end = changed.get(position + 1).map_or(params.len(), |(_, start, _)| *start);
            let values = &params[*start..end];
            let state = match (always, values) {
                (false, [flag, values @ ..]) => EntryState::Maybe(*flag, values.to_vec()),
                (_, values) => EntryState::Done(values.to_vec()),
            };
            self.frame.entries.insert(*key, state);
        }
        params[..count].to_vec()
    }

    /// What a way hands on about an entry: whether it is evaluated, unless all ways did, and its value.
    fn push_state(&mut self, key: Key, state: EntryState, scalars: &[Type], always: bool, args: &mut Vec<Value>) {
        let (flag, flat) = match state {
            EntryState::Cell(cell) => {
                let (flag, flat) = self.read_cell(key, cell);
                (Some(flag), flat)
            }
            EntryState::Done(flat) => (None, flat),
            EntryState::Maybe(flag, flat) => (Some(flag), flat),
            EntryState::Pending | EntryState::InProgress => (Some(self.b().bool(false)), self.zeros(scalars)),
        };
        if !always {
            let flag = match flag {
                Some(flag) => flag,
                None => self.b().bool(true),
            };
            args.push(flag);
        }
        args.extend(flat);
    }

    /// A way with nothing for scalars that other ways have, before and behind its own.
    pub(super) fn padded(&mut self, mut way: Way, before: &[Type], behind: &[Type]) -> Way {
        self.b().switch_to(way.end);
        let before = self.zeros(before);
        way.flat.splice(0..0, before);
        let behind = self.zeros(behind);
        way.flat.extend(behind);
        way
    }

    /// Lowers one of two ways by a condition.
    pub(super) fn either(
        &mut self,
        condition: Value,
        yes: impl FnOnce(&mut Self) -> Flat,
        no: impl FnOnce(&mut Self) -> Flat,
    ) -> Flat {
        let (yes_block, no_block) = (self.b().create_block(&[]), self.b().create_block(&[]));
        self.b().branch(condition, yes_block, no_block);
        self.start_way(yes_block);
        let flat = yes(self);
        let first = self.end_way(flat);
        self.start_way(no_block);
        let flat = no(self);
        let second = self.end_way(flat);
        self.meet(vec![first, second])
    }

    // Loops.

    /// Starts a loop with so many rounds; instructions that follow are its body.
    pub(super) fn start_loop(&mut self, length: Value, carried: Vec<Value>) -> Loop {
        let types: Vec<Type> = carried.iter().map(|value| self.b().value_type(*value)).collect();
        let params: Vec<Type> = [Type::Int].into_iter().chain(types.iter().copied()).collect();
        let (header, body) = (self.b().create_block(&params), self.b().create_block(&[]));
        let exit = self.b().create_block(&types);
        let zero = self.b().int(0);
        self.b().jump(header, [zero].into_iter().chain(carried).collect());
        self.b().switch_to(header);
        let values = self.b().block_params(header);
        let (index, carried) = (values[0], values[1..].to_vec());
        let more = self.b().int_compare(IntCondition::Lt, index, length);
        self.b().branch_with(more, target(body), Target { block: exit, args: carried.clone() });
        self.b().switch_to(body);
        // What a round evaluates is in a cell, or not there in the next.
        self.frame.entries.start_way();
        Loop { header, exit, index, carried }
    }

    /// Leaves the loop with these values where the condition is true.
    pub(super) fn break_if(&mut self, the_loop: &Loop, condition: Value, args: Vec<Value>) {
        let next = self.b().create_block(&[]);
        self.b().branch_with(condition, Target { block: the_loop.exit, args }, target(next));
        self.b().switch_to(next);
    }

    /// Ends the body of a loop; gives the values after the last round.
    pub(super) fn end_loop(&mut self, the_loop: &Loop, carried: Vec<Value>) -> Vec<Value> {
        let one = self.b().int(1);
        let next = self.b().wrap(WrapOp::Add, the_loop.index, one);
        self.b().jump(the_loop.header, [next].into_iter().chain(carried).collect());
        self.b().switch_to(the_loop.exit);
        self.frame.entries.end_way();
        self.b().block_params(the_loop.exit)
    }

    /// The number of elements.
    pub(super) fn source_length(&self, source: &Source) -> Value {
        match source {
            Source::Range { length, .. } | Source::List { length, .. } => *length,
        }
    }

    /// The element at a position.
    pub(super) fn source_element(&mut self, source: &Source, index: Value) -> Flat {
        match source {
            Source::Range { start, .. } => vec![self.b().wrap(WrapOp::Add, *start, index)],
            Source::List { address, element, .. } => {
                let form = Form::plain(element);
                let place = self.element_address(*address, index, &form);
                self.load_checked(&form, place, 0)
            }
        }
    }

    /// The address of an element of a list.
    pub(super) fn element_address(&mut self, address: Value, index: Value, element: &Form) -> Value {
        let stride = self.layout(element).size;
        let stride = self.b().int(i64::from(stride));
        let bytes = self.b().wrap(WrapOp::Mul, index, stride);
        self.b().offset(address, bytes)
    }
}
