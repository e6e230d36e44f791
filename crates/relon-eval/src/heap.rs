//! Where the parts of values lie: they stay where they are until the run is over, so that values can refer to each other freely and
//! nothing has to be taken apart, however deep it is.

use std::cell::{Cell, OnceCell};

use crate::value::{Function, Map, Value};

/// The parts of all values of a run.
pub(crate) struct Heap<'v> {
    texts: Arena<Box<str>>,
    values: Arena<Value<'v>>,
    lists: Arena<Box<[Value<'v>]>>,
    maps: Arena<Map<'v>>,
    functions: Arena<Function<'v>>,
    /// Bytes that may still be used.
    left: Cell<usize>,
}

impl<'v> Heap<'v> {
    pub(crate) fn new(bytes: usize) -> Self {
        Heap {
            texts: Arena::new(),
            values: Arena::new(),
            lists: Arena::new(),
            maps: Arena::new(),
            functions: Arena::new(),
            left: Cell::new(bytes),
        }
    }

    /// Takes so many bytes from what is left; false where there are not as many.
    pub(crate) fn take(&self, bytes: usize) -> bool {
        match self.left.get().checked_sub(bytes) {
            Some(left) => {
                self.left.set(left);
                true
            }
            None => false,
        }
    }

    pub(crate) fn text(&self, text: String) -> &str {
        self.texts.add(text.into_boxed_str())
    }

    pub(crate) fn value(&self, value: Value<'v>) -> &Value<'v> {
        self.values.add(value)
    }

    pub(crate) fn list(&self, items: Vec<Value<'v>>) -> &[Value<'v>] {
        self.lists.add(items.into_boxed_slice())
    }

    pub(crate) fn map(&self, map: Map<'v>) -> &Map<'v> {
        self.maps.add(map)
    }

    pub(crate) fn function(&self, function: Function<'v>) -> &Function<'v> {
        self.functions.add(function)
    }
}

/// Things of one type that stay where they are until all are dropped.
struct Arena<T> {
    first: Chunk<T>,
}

/// Room for some things, and the next chunk, which is twice as large.
struct Chunk<T> {
    places: Box<[OnceCell<T>]>,
    used: Cell<usize>,
    next: OnceCell<Box<Chunk<T>>>,
}

impl<T> Chunk<T> {
    fn new(count: usize) -> Self {
        let places = std::iter::repeat_with(OnceCell::new).take(count).collect();
        Chunk { places, used: Cell::new(0), next: OnceCell::new() }
    }
}

impl<T> Arena<T> {
    fn new() -> Self {
        Arena { first: Chunk::new(16) }
    }

    fn add(&self, thing: T) -> &T {
        let mut chunk = &self.first;
        while chunk.used.get() == chunk.places.len() {
            chunk = chunk.next.get_or_init(|| Box::new(Chunk::new(chunk.places.len() * 2)));
        }
        let place = &chunk.places[chunk.used.replace(chunk.used.get() + 1)];
        place.get_or_init(|| thing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_stay_where_they_are() {
        let arena = Arena::new();
        let things: Vec<&usize> = (0..1000).map(|number| arena.add(number)).collect();
        assert!(things.iter().enumerate().all(|(number, thing)| number == **thing));
    }

    #[test]
    fn bytes_are_counted() {
        let heap = Heap::new(10);
        assert!(heap.take(4) && heap.take(6) && heap.take(0));
        assert!(!heap.take(1) && !heap.take(usize::MAX));
    }
}
