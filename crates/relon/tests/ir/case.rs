//! Cases as text.

use std::path::Path;

use relon_ir::Module;
use relon_ir::layout::DataType;

/// IR, and what its entry gives.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) module: Module,
    pub(crate) runs: Vec<Run>,
}

/// A call of the entry. Values are their bits.
pub(crate) struct Run {
    pub(crate) arguments: Vec<u64>,
    /// The result, or the number of the site where it traps.
    pub(crate) expected: Result<u64, u32>,
}

/// The texts of `tests/ir` or a folder in it, with their names.
pub(crate) fn texts(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/ir").join(folder);
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(&folder).expect("a folder of cases") {
        let path = entry.expect("a file").path();
        if path.extension().is_some_and(|extension| extension == "ir") {
            let text = std::fs::read_to_string(&path).expect("a readable case");
            texts.push((path.file_stem().expect("a name").to_string_lossy().into_owned(), text));
        }
    }
    texts.sort();
    texts
}

/// All cases.
pub(crate) fn all() -> Vec<Case> {
    texts("").into_iter().map(|(name, text)| parse(name, &text)).collect()
}

fn parse(name: String, text: &str) -> Case {
    let module: Module = text.parse().unwrap_or_else(|error| panic!("{name}:{error}"));
    let entry = module.entry("main").unwrap_or_else(|| panic!("{name} has no entry `main`"));
    let lines = text.lines().filter_map(|line| line.strip_prefix("// run "));
    let run = |line: &str| {
        let (arguments, expected) = line.split_once(" = ").unwrap_or_else(|| panic!("{name}: `{line}` has no `=`"));
        let types = entry.params.iter().map(|param| &param.ty);
        let arguments: Vec<u64> = arguments.split(", ").zip(types).map(|(text, ty)| value(text, ty)).collect();
        assert_eq!(arguments.len(), entry.params.len(), "{name}: {line}");
        let expected = match expected.strip_prefix("trap site") {
            Some(site) => Err(site.parse().expect("the number of a site")),
            None => Ok(value(expected, &entry.result)),
        };
        Run { arguments, expected }
    };
    let runs: Vec<Run> = lines.map(run).collect();
    assert!(!runs.is_empty(), "{name} is never run");
    Case { name, module, runs }
}

/// The bits of a value.
fn value(text: &str, ty: &DataType) -> u64 {
    let wrong = || -> ! { panic!("`{text}` is no {ty}") };
    match ty {
        DataType::Int => text.parse::<i64>().unwrap_or_else(|_| wrong()) as u64,
        DataType::Bool => u64::from(text.parse::<bool>().unwrap_or_else(|_| wrong())),
        DataType::Float => match text.strip_prefix("0x") {
            Some(bits) => u64::from_str_radix(bits, 16).unwrap_or_else(|_| wrong()),
            None => text.parse::<f64>().unwrap_or_else(|_| wrong()).to_bits(),
        },
        _ => panic!("a case takes and gives Int, Float and Bool, not {ty}"),
    }
}
