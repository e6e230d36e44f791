//! Natives that need much of the program around them: C, the C library, threads and their variables, state, and the unwinder.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::sync::{LazyLock, Mutex};

unsafe extern "C" {
    fn hosts_sum(numbers: *const i64, count: usize) -> i64;
    fn hosts_count(step: i64) -> i64;
    static hosts_limits: [i64; 3];
    static mut hosts_total: i64;
    fn labs(number: i64) -> i64;
}

/// Keeps the sums of what it is given: each begins with 0.
macro_rules! states {
    ($($(#[$doc:meta])* $name:ident($by:ident) $body:block)*) => {$(
        $(#[$doc])*
        #[relon::native]
        pub fn $name($by: i64) -> i64 {
            $body
        }
    )*};
}

static TOTAL: AtomicI64 = AtomicI64::new(0);
static TOTALS: [AtomicI64; 2] = [const { AtomicI64::new(0) }; 2];
static POINTER: &AtomicI64 = &TOTALS[0];
static SEEN: LazyLock<Mutex<Vec<i64>>> = LazyLock::new(Mutex::default);
thread_local! {
    static HERE: Cell<i64> = const { Cell::new(0) };
    static WORDS: RefCell<HashMap<String, i64>> = RefCell::default();
}

states! {
    /// In an atomic.
    total(by) { TOTAL.fetch_add(by, Relaxed) + by }
    /// Behind a pointer in a constant.
    pointed(by) { POINTER.fetch_add(by, Relaxed) + by }
    /// In a table of atomics.
    in_table(by) { TOTALS[1].fetch_add(by, Relaxed) + by }
    /// In a list that is made when it is needed.
    lazy(by) { let mut seen = SEEN.lock().unwrap(); seen.push(by); seen.iter().sum() }
    /// In a variable of the thread.
    here(by) { HERE.set(HERE.get() + by); HERE.get() }
    /// In a variable of the thread that has to be dropped with it.
    words(by) { WORDS.with_borrow_mut(|words| { let sum = words.entry("sum".into()).or_default(); *sum += by; *sum }) }
    /// In a static of a C function.
    counted_by_c(by) { unsafe { hosts_count(by) } }
    /// In a variable of C.
    total_of_c(by) { unsafe { hosts_total += by; hosts_total } }
}

/// A sum that C computes.
#[relon::native]
pub fn sum_by_c(n: i64) -> i64 {
    let numbers = [n, 2, 3];
    // SAFETY: C declares it like this, and the arguments fit.
    unsafe { hosts_sum(numbers.as_ptr(), numbers.len()) }
}

/// A constant of C.
#[relon::native]
pub fn limit_of_c(n: i64) -> i64 {
    // SAFETY: C declares it like this, and the arguments fit.
    unsafe { hosts_limits[(n % 3) as usize] }
}

/// By the C library.
#[relon::native]
pub fn absolute(n: i64) -> i64 {
    // SAFETY: C declares it like this, and the arguments fit.
    unsafe { labs(-n) }
}

/// By a thread of its own.
#[relon::native]
pub fn by_thread(n: i64) -> i64 {
    std::thread::spawn(move || {
        HERE.set(n);
        HERE.get() + 1
    })
    .join()
    .unwrap_or(-1)
}

/// By a set with random keys.
#[relon::native]
pub fn distinct(n: i64) -> i64 {
    [n, 1, 2, n].into_iter().collect::<HashSet<_>>().len() as i64
}

/// By text, in memory of the allocator.
#[relon::native]
pub fn digits(n: i64) -> i64 {
    let mut words: Vec<String> = (0..n).map(|number| format!("{number:>3}")).collect();
    words.sort_by(|one, other| other.cmp(one));
    words.concat().trim().len() as i64
}

/// A number in a JSON text.
#[relon::native]
pub fn json(n: i64) -> Result<i64, String> {
    let value: serde_json::Value =
        serde_json::from_str(&format!("{{\"x\": [{n}, null]}}")).map_err(|error| error.to_string())?;
    value["x"][0].as_i64().ok_or_else(|| "there is no number".to_owned())
}

/// By vectors where the processor has them.
#[relon::native]
pub fn by_vectors(n: i64) -> i64 {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has the feature.
        return unsafe { doubled(n) };
    }
    n * 2
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn doubled(n: i64) -> i64 {
    use std::arch::x86_64::*;
    let numbers = _mm256_set1_epi64x(n);
    _mm256_extract_epi64::<2>(_mm256_add_epi64(numbers, numbers))
}

/// The address of a constant, which is one for rules and for Rust.
#[relon::native]
pub fn address(n: i64) -> i64 {
    static MARK: u8 = 7;
    &raw const MARK as i64 + n
}

/// Catches its own panic.
#[relon::native]
pub fn caught(n: i64) -> i64 {
    std::panic::catch_unwind(|| element(n)).unwrap_or(-1)
}

/// What was dropped since the start.
pub static DROPPED: AtomicI64 = AtomicI64::new(0);

struct Counted;

impl Drop for Counted {
    fn drop(&mut self) {
        DROPPED.fetch_add(1, Relaxed);
    }
}

/// An element of a short list.
#[relon::native]
pub fn element(n: i64) -> i64 {
    let _counted = Counted;
    [7, 8, 9, 10][n as usize]
}

/// The same by a function that is never inlined.
#[relon::native]
pub fn outlined(n: i64) -> i64 {
    #[inline(never)]
    fn at(numbers: &[i64], n: i64) -> i64 {
        numbers[n as usize]
    }
    let _counted = Counted;
    at(&std::hint::black_box([7, 8, 9, 10]), n)
}

/// Panics in a destructor.
#[relon::native]
pub fn in_drop(n: i64) -> i64 {
    struct Touchy(i64);
    impl Drop for Touchy {
        fn drop(&mut self) {
            assert!(self.0 < 4, "index out of bounds: {}", self.0);
        }
    }
    let _counted = Counted;
    Touchy(n).0
}

/// Panics with a number.
#[relon::native]
pub fn no_text(n: i64) -> i64 {
    let _counted = Counted;
    if n > 3 {
        std::panic::panic_any(n)
    }
    n
}

/// Panics with something that panics when it is dropped.
#[relon::native]
pub fn bad_payload(n: i64) -> i64 {
    struct Bad;
    impl Drop for Bad {
        fn drop(&mut self) {
            panic!("the payload does not want to go");
        }
    }
    let _counted = Counted;
    if n > 3 {
        std::panic::panic_any(Bad)
    }
    n
}

/// Panics twice at once.
#[relon::native]
pub fn twice(n: i64) -> i64 {
    struct Touchy;
    impl Drop for Touchy {
        fn drop(&mut self) {
            assert!(!std::thread::panicking(), "and its destructor too");
        }
    }
    let _touchy = Touchy;
    element(n)
}

/// Throws what is no panic of Rust.
#[relon::native]
pub fn foreign(n: i64) -> i64 {
    #[repr(C, align(16))]
    struct Exception(u64, usize, [u64; 2]);
    unsafe extern "C-unwind" {
        fn _Unwind_RaiseException(exception: *mut Exception) -> i32;
    }
    if n > 3 {
        let exception = Box::leak(Box::new(Exception(0x434c_4e47_432b_2b00, 0, [0; 2])));
        // SAFETY: the exception lives for ever.
        unsafe { _Unwind_RaiseException(exception) };
    }
    n
}
