//! A file of applications, scored by the rule and by the same in plain Rust.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use batch_scoring::generate::{Options, generate};
use batch_scoring::report::Summary;
use batch_scoring::score::score;

fn file(rows: u64, seed: u64, wrong: u64) -> Vec<u8> {
    let mut file = Vec::new();
    generate(&mut file, Options { rows, seed, wrong }, |_| ()).expect("a file");
    file
}

/// What the program writes.
#[derive(Debug)]
struct Written {
    summary: Summary,
    scores: String,
    failures: String,
}

fn run(input: &[u8], chunk: usize) -> Written {
    let (mut scores, mut failures) = (Vec::new(), Vec::new());
    let summary = score(input, &mut scores, &mut failures, chunk, |_, _| ()).expect("a summary");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Written { summary, scores: text(scores), failures: text(failures) }
}

/// A line as plain Rust scores it: the line of the result, or the kind of the error.
fn expected(fields: &[&str]) -> Result<String, &'static str> {
    let [id, region, age, employment, income, debt, amount, months, late] = fields else { return Err("Unreadable") };
    let standing = match *employment {
        "Employed" => 120,
        "SelfEmployed" => 80,
        "Retired" => 100,
        "Student" => 30,
        _ => return Err("Unreadable"),
    };
    let number = |text: &str| text.parse::<i64>().map_err(|_| "Unreadable");
    let (age, income, debt) = (number(age)?, number(income)?, number(debt)?);
    let (amount, months) = (number(amount)?, number(months)?);
    let late: f64 = late.parse().map_err(|_| "Unreadable")?;
    if !(18..=120).contains(&age) || !(0.0..=1.0).contains(&late) {
        return Err("MainArgTypeMismatch");
    }
    let late = (late * 100.0).round() as i64;
    let region = match *region {
        "north" => 0,
        "east" => 40,
        "south" => 25,
        "west" => 60,
        _ => return Err("NativeFailed"),
    };
    let rate = 390 + region + late * 4;
    let instalment = (amount + amount * rate * months / 120_000 + months - 1) / months;
    let burden = ((debt + instalment) * 100).checked_div(income).ok_or("DivisionByZero")?;
    let points = (600 + standing + age.min(60) - 5 * burden - 6 * late).max(0);
    let decision = match points {
        500.. => "Accept",
        350.. => "Review",
        _ => "Refuse",
    };
    Ok(format!("{id},{points},{decision},{rate},{instalment}"))
}

#[test]
fn the_rule_scores_as_plain_rust_does() {
    let input = file(6000, 7, 60);
    let written = run(&input, 512);
    let text = String::from_utf8(input).expect("text");
    let (mut scores, mut failures) = (Vec::new(), BTreeMap::new());
    for (line, row) in (2..).zip(text.lines().skip(1)) {
        match expected(&row.split(',').collect::<Vec<_>>()) {
            Ok(score) => scores.push(score),
            Err(kind) => drop(failures.insert(line, kind)),
        }
    }
    assert_eq!(written.scores.lines().skip(1).collect::<Vec<_>>(), scores);
    let mut reader = csv::Reader::from_reader(written.failures.as_bytes());
    let failed: Vec<(u64, String, String, String)> = reader.deserialize().map(|row| row.expect("a failure")).collect();
    assert!(failed.is_sorted_by_key(|failure| failure.0));
    assert_eq!(failed.iter().map(|(line, kind, ..)| (*line, kind.as_str())).collect::<BTreeMap<_, _>>(), failures);
    for kind in ["Unreadable", "MainArgTypeMismatch", "NativeFailed", "DivisionByZero"] {
        assert!(failures.values().any(|found| *found == kind), "the file has no {kind}");
    }
    assert_eq!(written.summary.rows, 6000);
    assert_eq!(written.summary.failed_rows(), failures.len() as u64);
    assert_eq!(written.summary.decisions.iter().sum::<u64>(), scores.len() as u64);
    assert!(scores.len() > 5000);
}

#[test]
fn failures_name_their_line_and_what_is_wrong() {
    let header = "id,region,age,employment,income_cents,debt_cents,amount_cents,months,late_share\n";
    let good = "A-1,north,40,Employed,300000,0,500000,24,0.05\n";
    let rows = [
        good,
        "A-2,abroad,40,Employed,300000,0,500000,24,0.05\n",
        "\"A\n3\",north,17,Employed,300000,0,500000,24,0.05\n",
        "A-4,north,40,Employed,0,0,500000,24,0.05\n",
        "A-5,north,40,Employed\n",
        "A-6,north,40,Pirate,300000,0,500000,24,0.05\n",
        "A-7,\u{fffd},40,Employed,300000,0,500000,24,NaN\n",
        good,
    ];
    let mut input = header.as_bytes().to_vec();
    input.extend(rows.concat().into_bytes());
    input.extend(b"A-8,\xff,40,Employed,300000,0,500000,24,0.05\n");
    input.extend(good.as_bytes());
    let written = run(&input, 100);
    assert_eq!(written.scores.lines().count(), 1 + 3);
    assert_eq!(written.summary.rows, 10);
    let mut reader = csv::Reader::from_reader(written.failures.as_bytes());
    let failures: Vec<(u64, String, String, String)> =
        reader.deserialize().map(|row| row.expect("a failure")).collect();
    let told: Vec<(u64, &str, &str)> =
        failures.iter().map(|(line, kind, place, _)| (*line, kind.as_str(), place.as_str())).collect();
    assert_eq!(
        told,
        [
            (3, "NativeFailed", "rules/credit.relon:52:21"),
            (4, "MainArgTypeMismatch", "rules/credit.relon:14:9"),
            (6, "DivisionByZero", "rules/credit.relon:44:31"),
            (7, "Unreadable", ""),
            (8, "Unreadable", ""),
            (9, "MainArgTypeMismatch", "rules/credit.relon:28:11"),
            (11, "Unreadable", ""),
        ]
    );
    for (failure, text) in failures.iter().zip([
        "no credit is given in `abroad`",
        "an applicant is 18 to 120 years old",
        "division by zero",
        "4 fields",
        "Pirate",
        "a share is from 0 to 1",
        "UTF-8",
    ]) {
        assert!(failure.3.contains(text), "{text} is not in {failure:?}");
    }
    let shown = written.summary.to_string();
    assert!(
        shown.contains("3 to accept") && shown.contains("failed   7\n") && shown.contains("lines 7, 8, 11\n"),
        "{shown}"
    );
}

#[test]
fn chunks_make_no_difference() {
    let input = file(3000, 3, 100);
    let whole = run(&input, 10_000);
    for chunk in [0, 1, 7, 3000] {
        let parts = run(&input, chunk);
        assert!(parts.scores == whole.scores && parts.failures == whole.failures, "chunks of {chunk}");
    }
    assert!(file(0, 1, 0).starts_with(b"id,region"));
    assert_eq!(run(&file(0, 1, 0), 10).summary.rows, 0);
}

#[test]
fn a_seed_makes_one_file() {
    assert!(file(1000, 5, 10) == file(1000, 5, 10));
    assert!(file(1000, 5, 10) != file(1000, 6, 10));
}

#[test]
fn the_program_makes_and_scores_a_file() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_batch-scoring"));
        command.args(arguments).current_dir(folder).output().expect("the program runs")
    };
    let made = run(&["generate", "few.csv", "--rows", "2000", "--seed", "9", "--wrong", "50"]);
    assert!(made.status.success(), "{made:?}");
    assert!(std::fs::read(folder.join("few.csv")).expect("a file") == file(2000, 9, 50));
    let scored = run(&["score", "few.csv", "--out", "few-scores.csv", "--errors", "few-errors.csv"]);
    assert!(scored.status.success(), "{scored:?}");
    let said = String::from_utf8_lossy(&scored.stdout);
    assert!(said.starts_with("rows     2,000 in ") && said.contains(" NativeFailed at rules/credit.relon:"), "{said}");
    let lines = |name| std::fs::read_to_string(folder.join(name)).expect("a file").lines().skip(1).count();
    assert_eq!(lines("few-scores.csv") + lines("few-errors.csv"), 2000);
    let missing = run(&["score", "none.csv"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("none.csv"), "{missing:?}");
}

#[test]
fn a_file_without_a_column_is_refused() {
    let refused = score(&b"id,region\nA-1,north\n"[..], Vec::new(), Vec::new(), 10, |_, _| ()).expect_err("refused");
    assert!(refused.to_string().starts_with("the file has no column `age`"), "{refused}");
}
