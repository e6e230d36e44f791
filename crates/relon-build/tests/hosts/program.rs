//! A program whose rules call natives that need much of it. Its arguments say whether rules are the ones that are `compiled` in or are `loaded`
//! as text, and what to run: `calm` all that does not panic, `panics` what panics, and the name of a native that one, with 9.

use std::sync::Mutex;
use std::sync::atomic::Ordering::Relaxed;

use hosts_natives as natives;

const STATES: [(&str, fn(i64) -> i64); 8] = [
    ("total", natives::total),
    ("pointed", natives::pointed),
    ("in_table", natives::in_table),
    ("lazy", natives::lazy),
    ("here", natives::here),
    ("words", natives::words),
    ("counted_by_c", natives::counted_by_c),
    ("total_of_c", natives::total_of_c),
];

const PURE: [(&str, fn(i64) -> i64); 13] = [
    ("sum_by_c", natives::sum_by_c),
    ("limit_of_c", natives::limit_of_c),
    ("absolute", natives::absolute),
    ("by_thread", natives::by_thread),
    ("distinct", natives::distinct),
    ("digits", natives::digits),
    ("json", |n| natives::json(n).unwrap_or(-1)),
    ("by_vectors", natives::by_vectors),
    ("address", natives::address),
    ("element", natives::element),
    ("outlined", natives::outlined),
    ("in_drop", natives::in_drop),
    ("no_text", natives::no_text),
];

const PANICS: [(&str, &str); 5] = [
    ("element", "index out of bounds"),
    ("outlined", "index out of bounds"),
    ("in_drop", "index out of bounds"),
    ("no_text", "a panic without a message"),
    ("bad_payload", "a panic without a message"),
];

/// What a rule of this name gives for a number, or what is wrong.
type Run = fn(&str, i64) -> Result<i64, String>;

mod compiled {
    relon::include_rules!();

    macro_rules! run {
        ($($name:ident)*) => {
            pub(super) fn run(name: &str, n: i64) -> Result<i64, String> {
                match name {
                    $(stringify!($name) => $name::run(n).map_err(|error| error.to_string()),)*
                    _ => panic!("there is no rule {name}"),
                }
            }
        };
    }

    run! {
        total pointed in_table lazy here words counted_by_c total_of_c sum_by_c limit_of_c absolute by_thread distinct digits json by_vectors
        address caught element outlined in_drop no_text bad_payload twice foreign
    }
}

mod loaded {
    use std::cell::RefCell;
    use std::collections::HashMap;
    use std::sync::Arc;

    thread_local!(static PROGRAMS: RefCell<HashMap<String, relon::Program>> = RefCell::default());

    fn load(name: &str) -> relon::Program {
        let mut engine = relon::Engine::new();
        engine.natives(Arc::new(relon::include_natives!().expect("natives")));
        let path = format!("rules/{name}.relon");
        let program = engine
            .load(&path, &std::fs::read_to_string(&path).expect("a rule"))
            .unwrap_or_else(|error| panic!("{}", error.render(false)));
        for native in program.compiled().map(|compiled| compiled.report().natives.clone()).unwrap_or_default() {
            eprintln!("{}: {} left, {}", native.name, native.left, native.reason.unwrap_or_default());
        }
        program
    }

    pub(super) fn run(name: &str, n: i64) -> Result<i64, String> {
        PROGRAMS.with_borrow_mut(|programs| {
            let program = programs.entry(name.to_owned()).or_insert_with(|| load(name));
            let given = program.run_json(&format!("{{\"n\": {n}}}"));
            given.map(|text| text.trim().parse().expect("a number")).map_err(|error| error.render(false))
        })
    }
}

fn calm(run: Run) {
    for (name, in_rust) in STATES {
        let seen = [run(name, 1), Ok(in_rust(1)), run(name, 1), Ok(in_rust(1))];
        assert_eq!(seen, [Ok(1), Ok(2), Ok(3), Ok(4)], "{name}");
    }
    for (name, in_rust) in PURE {
        for n in 0..4 {
            assert_eq!(run(name, n), Ok(in_rust(n)), "{name}");
        }
    }
}

fn panics(run: Run) {
    static PLACES: Mutex<Vec<String>> = Mutex::new(Vec::new());
    std::panic::set_hook(Box::new(|info| PLACES.lock().unwrap().extend(info.location().map(ToString::to_string))));
    assert_eq!(run("caught", 9), Ok(-1));
    for (name, text) in PANICS {
        PLACES.lock().unwrap().clear();
        let dropped = natives::DROPPED.load(Relaxed);
        let error = run(name, 9).expect_err(name);
        let places = PLACES.lock().unwrap().clone();
        let file = error.contains("NativePanicked") && error.contains(text) && error.contains("lib.rs:");
        assert!(file && error.contains(&format!("rules/{name}.relon:3:1")), "{name}: {error}");
        assert!(places[0].contains("natives/src/lib.rs:"), "{name}: {places:?}");
        assert_eq!(natives::DROPPED.load(Relaxed), dropped + 1, "{name}");
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [way, case] = arguments.as_slice() else { panic!("say which rules are meant, and what to run") };
    let run: Run = match way.as_str() {
        "compiled" => compiled::run,
        "loaded" => loaded::run,
        _ => panic!("rules are compiled or loaded"),
    };
    match case.as_str() {
        "calm" => calm(run),
        "panics" => panics(run),
        name => println!("{:?}", run(name, 9)),
    }
    println!("done");
}
