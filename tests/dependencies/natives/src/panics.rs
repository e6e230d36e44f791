//! Panics of every kind, from 3 on. Destructors run, and the rule's error has the message.

use std::panic::{catch_unwind, panic_any, resume_unwind};
use std::sync::atomic::{AtomicI64, Ordering};

static DROPPED: AtomicI64 = AtomicI64::new(0);

/// Counts when it is dropped.
struct Counted;

impl Drop for Counted {
    fn drop(&mut self) {
        DROPPED.fetch_add(1, Ordering::Relaxed);
    }
}

/// How many values were dropped.
#[relon::native]
pub fn dropped() -> i64 {
    DROPPED.load(Ordering::Relaxed)
}

/// Panics with a text.
#[relon::native]
pub fn text(number: i64) -> i64 {
    let _counted = Counted;
    assert!(number < 3, "the number is {number}");
    number
}

/// Panics in a function that is called.
#[relon::native]
pub fn deep(number: i64) -> i64 {
    let _counted = Counted;
    element(&vec![number; 3], number)
}

#[inline(never)]
fn element(numbers: &[i64], index: i64) -> i64 {
    numbers[index as usize]
}

/// Panics when a value is dropped.
#[relon::native]
pub fn in_drop(number: i64) -> i64 {
    struct Touchy(i64);
    impl Drop for Touchy {
        fn drop(&mut self) {
            assert!(self.0 < 3, "it must not be dropped");
        }
    }
    Touchy(number).0
}

/// Panics with something that is no text.
#[relon::native]
pub fn no_text(number: i64) -> i64 {
    if number < 3 { number } else { panic_any(number) }
}

/// Panics with something that panics when it is dropped.
#[relon::native]
pub fn bad_payload(number: i64) -> i64 {
    struct Bad;
    impl Drop for Bad {
        fn drop(&mut self) {
            panic!("the payload does not want to go");
        }
    }
    if number < 3 { number } else { panic_any(Bad) }
}

/// Goes on with a panic that was caught.
#[relon::native]
pub fn resumed(number: i64) -> i64 {
    match catch_unwind(|| text(number)) {
        Ok(number) => number,
        Err(payload) => resume_unwind(payload),
    }
}

/// Catches its own panic.
#[relon::native]
pub fn caught(number: i64) -> i64 {
    catch_unwind(|| text(number)).unwrap_or(-1)
}
