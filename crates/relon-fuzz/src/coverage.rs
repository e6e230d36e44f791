//! What the programs of a campaign have to contain and how their runs have to end, so that a gap is seen.

use std::collections::BTreeSet;

use relon::TrapKind;

use crate::campaign::Summary;
use crate::scalars;

/// So many programs have everything in them.
pub const ENOUGH: usize = 300;

/// Constructs that are in no table of [`scalars`].
const CONSTRUCTS: [&str; 115] = [
    "&index",
    "&root",
    "&sibling",
    "Err",
    "None",
    "Ok",
    "Some",
    "arm",
    "arm _",
    "arm that narrows",
    "arm with the fields' names",
    "call",
    "call that says a type",
    "called closure",
    "chosen function",
    "closure",
    "closure with a result",
    "comment",
    "comprehension",
    "comprehension with a condition",
    "computed default",
    "computed key",
    "computed key of an Int",
    "condition",
    "default",
    "default that may fail",
    "dict",
    "dict of functions",
    "directive without effect",
    "edge Int",
    "empty tuple",
    "entry",
    "entry of a file",
    "entry of the root",
    "enum",
    "equality",
    "field",
    "field added to a record",
    "field with its type behind",
    "file of types",
    "file that is no dict",
    "filter",
    "first of a list",
    "function",
    "function in where",
    "function of a file",
    "guarded divisor",
    "helper",
    "import",
    "import in the root",
    "import of a file",
    "import of all names",
    "import of names",
    "import of types",
    "imported file",
    "item of a list",
    "item of a tuple",
    "item of a tuple literal",
    "last of a list",
    "list",
    "list with a comma at its end",
    "list.compact",
    "list.flatten",
    "literal",
    "map",
    "match Option",
    "match Result",
    "match enum",
    "merge into a record",
    "merge of dicts",
    "name",
    "named arguments",
    "named tuple",
    "native sorted",
    "no default",
    "no predicate",
    "parameter",
    "part of a literal",
    "pipe",
    "predicate",
    "predicate with a message",
    "program",
    "range",
    "record",
    "record entry",
    "record of a larger schema",
    "records of natives",
    "recursion",
    "recursive call",
    "recursive function",
    "reduce",
    "root",
    "root dict",
    "root of any type",
    "row of operators",
    "schema",
    "schema field",
    "schema from another",
    "smaller argument",
    "spread in a dict",
    "spread in a list",
    "struct variant",
    "texts",
    "tuple",
    "tuple schema",
    "tuple variant",
    "type of a file",
    "typed entry",
    "types in a dict",
    "unit variant",
    "value of a dict",
    "value of a merged dict",
    "values of a dict",
    "where",
    "where entry",
];

/// All constructs.
fn constructs() -> BTreeSet<&'static str> {
    scalars::names().chain(CONSTRUCTS).collect()
}

/// The kinds of errors that runs have to end with. A program without `#main` is none, and how much memory values take is not compared.
fn kinds() -> impl Iterator<Item = TrapKind> {
    TrapKind::ALL.into_iter().filter(|kind| !matches!(kind, TrapKind::NoMainSignature | TrapKind::ValueTooLarge))
}

/// What no program had and no run ended with.
pub fn gaps(summary: &Summary) -> Vec<String> {
    let constructs = constructs().into_iter().filter(|name| !summary.constructs.contains_key(name));
    let kinds = kinds().filter(|kind| !summary.ends.contains_key(kind.name()));
    constructs.map(str::to_owned).chain(kinds.map(|kind| kind.to_string())).collect()
}

/// A table for people: each construct with the programs that have it and those of them that trapped, rare ones first.
pub fn table(summary: &Summary) -> String {
    let mut rows: Vec<_> = summary.constructs.iter().collect();
    rows.sort_by_key(|(name, uses)| (uses.programs, **name));
    let row =
        |(name, uses): (&&str, &crate::campaign::Uses)| format!("{:>6} {:>6}  {name}", uses.programs, uses.trapped);
    let head = format!("{:>6} {:>6}  construct", "in", "traps");
    std::iter::once(head).chain(rows.into_iter().map(row)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::constructs;
    use crate::program::program;

    #[test]
    fn programs_have_the_constructs_that_are_known_and_no_others() {
        let found: BTreeSet<&str> = (0..3000).flat_map(|seed| program(seed).tree.names()).collect();
        let known = constructs();
        let (missing, unknown): (Vec<_>, Vec<_>) =
            (known.difference(&found).collect(), found.difference(&known).collect());
        assert!(missing.is_empty() && unknown.is_empty(), "missing {missing:?}, unknown {unknown:?}");
    }
}
