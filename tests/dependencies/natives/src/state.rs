//! State of every kind. Each has to exist once, whatever is inlined.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, OnceLock};

static COUNT: AtomicI64 = AtomicI64::new(0);

/// Counts its calls, by a function that it calls.
#[relon::native]
pub fn count() -> i64 {
    counted()
}

fn counted() -> i64 {
    COUNT.fetch_add(1, Ordering::Relaxed) + 1
}

/// The same count, as another native sees it.
#[relon::native]
pub fn count_so_far() -> i64 {
    COUNT.load(Ordering::Relaxed)
}

/// Counts its calls in a list that only the function itself can name.
#[relon::native]
pub fn local() -> i64 {
    static CALLS: Mutex<Vec<()>> = Mutex::new(Vec::new());
    let mut calls = CALLS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    calls.push(());
    calls.len() as i64
}

/// The first number that it was given.
#[relon::native]
pub fn first(number: i64) -> i64 {
    static FIRST: OnceLock<i64> = OnceLock::new();
    *FIRST.get_or_init(|| number)
}

thread_local! {
    static CALLS: Cell<i64> = const { Cell::new(0) };
    static WORDS: RefCell<HashMap<String, i64>> = RefCell::default();
}

/// A thousand for each call with this word on this thread, and one for each call.
#[relon::native]
pub fn on_thread(word: &str) -> i64 {
    CALLS.set(CALLS.get() + 1);
    let words = WORDS.with_borrow_mut(|words| {
        let seen = words.entry(word.to_owned()).or_default();
        *seen += 1;
        *seen
    });
    words * 1000 + CALLS.get()
}

/// A constant with interior mutability is a new value at each use.
#[relon::native]
pub fn constant(number: i64) -> i64 {
    #[allow(clippy::declare_interior_mutable_const, reason = "that is what is tested")]
    const FIVE: Cell<i64> = Cell::new(5);
    #[allow(clippy::borrow_interior_mutable_const, reason = "that is what is tested")]
    FIVE.set(FIVE.get() + number);
    #[allow(clippy::borrow_interior_mutable_const, reason = "that is what is tested")]
    FIVE.get()
}
