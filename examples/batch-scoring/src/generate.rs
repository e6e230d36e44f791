//! Makes files of applications: the same seed makes the same file.

use std::io::Write;

use crate::application::COLUMNS;

/// What is made.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Lines.
    pub rows: u64,
    /// Which file of all.
    pub seed: u64,
    /// Of 1,000 lines so many have something wrong.
    pub wrong: u64,
}

/// Writes a file of applications. `progress` is told the lines that were written.
///
/// # Errors
/// Where the file cannot be written.
pub fn generate(out: impl Write, options: Options, mut progress: impl FnMut(u64)) -> csv::Result<()> {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(out);
    let mut random = Random(options.seed);
    writer.write_record(COLUMNS)?;
    for row in 0..options.rows {
        let mut fields = application(row, &mut random);
        if random.below(1000) < options.wrong {
            spoil(&mut fields, &mut random);
        }
        writer.write_record(fields)?;
        if row % 1024 == 0 {
            progress(row);
        }
    }
    writer.flush()?;
    Ok(())
}

/// The fields of an application that can be scored, in the order of the columns.
fn application(row: u64, random: &mut Random) -> Vec<String> {
    let income = 120_000 + random.below(600_000);
    vec![
        format!("A-{row}"),
        random.one_of(["north", "east", "south", "west"]),
        (18 + random.below(70)).to_string(),
        random.one_of(["Employed", "SelfEmployed", "Retired", "Student"]),
        income.to_string(),
        random.below(income / 4).to_string(),
        (10_000 + random.below(3_000_000)).to_string(),
        (3 + random.below(118)).to_string(),
        format!("0.{:02}", random.below(40)),
    ]
}

/// Makes one of the mistakes that files have.
fn spoil(fields: &mut Vec<String>, random: &mut Random) {
    match random.below(7) {
        0 => fields[1] = "abroad".to_owned(),
        1 => fields[2] = "17".to_owned(),
        2 => fields[2] = "old".to_owned(),
        3 => fields[3] = "Pirate".to_owned(),
        4 => fields[4] = "0".to_owned(),
        5 => fields[8] = "1.5".to_owned(),
        _ => drop(fields.pop()),
    }
}

/// Numbers that look random: SplitMix64, which is the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn one_of<const N: usize>(&mut self, texts: [&str; N]) -> String {
        texts[self.below(N as u64) as usize].to_owned()
    }
}
