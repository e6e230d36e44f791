//! Breaks rules at random and watches whether the front end goes on: parse, check, lower and verify must end with a program or with errors.
//!
//! `cargo run --release -p relon --example mutate -- [SEED] [COUNT] [FOLDER]` deletes, repeats, swaps and inserts tokens and bytes of the
//! rules in a folder, and prints every mutant that makes something panic. The same seed makes the same mutants.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// A mutant that takes longer is reported: it is tiny.
const SLOW: Duration = Duration::from_secs(2);

#[expect(clippy::print_stdout, reason = "a tool prints what it found")]
fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize, default: u64| args.get(index).and_then(|text| text.parse().ok()).unwrap_or(default);
    let (seed, count) = (number(0, 1), number(1, 10_000));
    let folder = args.get(2).map_or("tests/suite", String::as_str);
    let sources = match sources(Path::new(folder)) {
        Ok(sources) if !sources.is_empty() => sources,
        Ok(_) => {
            eprintln!("there are no rules in {folder}");
            return ExitCode::from(2);
        }
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let mut found = 0;
    let mut ends = [0; 4];
    for index in 0..count {
        let mutant = mutant(&sources, seed.wrapping_mul(1 << 32).wrapping_add(index));
        let start = Instant::now();
        let end = catch_unwind(AssertUnwindSafe(|| front_end(&mutant)));
        let is_slow = start.elapsed() > SLOW;
        if let Ok(Ok(end)) = &end {
            ends[*end as usize] += 1;
        }
        if is_slow || !matches!(end, Ok(Ok(_))) {
            found += 1;
            let why = match end {
                _ if is_slow => format!("took {:?}", start.elapsed()),
                Ok(Err(error)) => format!("wrong IR: {error}"),
                _ => "panicked".to_owned(),
            };
            println!("---- seed {seed}, mutant {index}: {why} ----\n{mutant}\n");
        }
    }
    println!(
        "{count} mutants: {} do not parse, {} do not check, {} have no `#main`, {} run",
        ends[0], ends[1], ends[2], ends[3]
    );
    println!("{found} made something panic, go wrong or hang");
    ExitCode::from(u8::from(found > 0))
}

/// How far a mutant came.
#[derive(Clone, Copy)]
enum End {
    NoParse,
    NoCheck,
    NoMain,
    Runs,
}

fn front_end(text: &str) -> Result<End, String> {
    match relon_frontend::check("mutant.relon", text, &relon_frontend::CheckOptions::default()).outcome {
        Err(relon_frontend::CheckError::Parse(_)) => Ok(End::NoParse),
        Err(relon_frontend::CheckError::Analyze(_)) => Ok(End::NoCheck),
        Err(relon_frontend::CheckError::NoMain { .. }) => Ok(End::NoMain),
        Ok(program) => {
            let module = relon_frontend::lower::lower(&program, &Default::default());
            relon_ir::verify(&module).map(|()| End::Runs).map_err(|error| error.to_string())
        }
    }
}

fn sources(folder: &Path) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let rules = relon::cases::rules(folder)?;
    Ok(rules.iter().map(std::fs::read_to_string).collect::<Result<_, _>>()?)
}

/// A source with one to four changes.
fn mutant(sources: &[String], seed: u64) -> String {
    let mut random = Random(seed);
    let mut tokens = tokens(random.choice(sources).as_str());
    // Most sources with a changed word still parse, so that the checker sees them.
    if random.below(3) > 0 {
        for _ in 0..=random.below(3) {
            change_word(&mut tokens, sources, &mut random);
        }
        return tokens.concat();
    }
    for _ in 0..=random.below(4) {
        change(&mut tokens, sources, &mut random);
    }
    let mut bytes = tokens.concat().into_bytes();
    if random.below(4) == 0 && !bytes.is_empty() {
        let at = random.below(bytes.len());
        match random.below(3) {
            0 => bytes[at] = random.next() as u8,
            1 => drop(bytes.remove(at)),
            _ => bytes.insert(at, random.next() as u8),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn change(tokens: &mut Vec<String>, sources: &[String], random: &mut Random) {
    if tokens.is_empty() {
        return;
    }
    let (at, other) = (random.below(tokens.len()), random.below(tokens.len()));
    let span = at..(at + random.below(8) + 1).min(tokens.len());
    match random.below(7) {
        0 => drop(tokens.remove(at)),
        1 => drop(tokens.drain(span)),
        2 => tokens.swap(at, other),
        3 => {
            let copy: Vec<String> = tokens[span].to_vec();
            tokens.splice(other..other, copy);
        }
        4 => tokens[at] = tokens[other].clone(),
        // A token of another rule.
        5 => {
            let others = self::tokens(random.choice(sources).as_str());
            tokens.insert(at, random.choice(&others).clone());
        }
        _ => tokens[at] = random.choice(&EXTREMES).to_string(),
    }
}

/// Puts another word in the place of one.
fn change_word(tokens: &mut [String], sources: &[String], random: &mut Random) {
    let is_word = |token: &String| token.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    let words: Vec<usize> = (0..tokens.len()).filter(|index| is_word(&tokens[*index])).collect();
    if words.is_empty() {
        return;
    }
    let (at, other) = (*random.choice(&words), *random.choice(&words));
    tokens[at] = match random.below(8) {
        0 => random.choice(&WORDS).to_string(),
        1 => {
            let others = self::tokens(random.choice(sources).as_str());
            random.choice(&others).clone()
        }
        _ => tokens[other].clone(),
    };
}

/// Words that stand for values and types.
const WORDS: [&str; 16] = [
    "0",
    "1.5",
    "true",
    "None",
    "[]",
    "{}",
    "Int",
    "Float",
    "List<Int>",
    "Option<Int>",
    "()",
    "(x) => x",
    "&sibling.a",
    "[1, 2]",
    "{ a: 1 }",
    "9223372036854775807",
];

/// Tokens that are seldom right.
const EXTREMES: [&str; 24] = [
    "9223372036854775807",
    "-9223372036854775808",
    "99999999999999999999",
    "1e309",
    "\"",
    "f\"${",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "...",
    "&sibling",
    "&root",
    "&index",
    "?.",
    "None",
    "[]",
    "{}",
    "Int",
    "List<Int>",
    " where ",
    " match ",
];

/// Words, runs of white space, and single signs; together they are the text.
fn tokens(text: &str) -> Vec<String> {
    let class = |c: char| match c {
        c if c.is_alphanumeric() || c == '_' => 1,
        c if c.is_whitespace() => 2,
        _ => 0,
    };
    let mut tokens: Vec<String> = Vec::new();
    let mut before = 0;
    for c in text.chars() {
        match tokens.last_mut() {
            Some(token) if class(c) != 0 && class(c) == before => token.push(c),
            _ => tokens.push(c.to_string()),
        }
        before = class(c);
    }
    tokens
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn choice<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}
