//! The library as the checker sees it: one table of modules, members and methods.
//!
//! A member is either lowered by the compiler ([`Library`]) or a native of the library package, whose types are in its descriptor.

use relon_natives::descriptor::Descriptor;

use crate::hir::Library;

/// What stands behind a member.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    /// Lowered by the compiler.
    Lowered(Library),
    /// The native of this name.
    Native(&'static str),
    /// `a + b` of two dicts.
    Merge,
}

/// A function of the library.
#[derive(Debug)]
pub(crate) struct Member {
    /// Its module; none for a function that is always there.
    pub(crate) module: Option<&'static str>,
    /// Its name in the module.
    pub(crate) name: &'static str,
    /// Names of the parameters.
    pub(crate) params: &'static [&'static str],
    /// What runs.
    pub(crate) target: Target,
}

/// The types that have methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Receiver {
    String,
    List,
    Dict,
}

const fn lowered(module: &'static str, name: &'static str, params: &'static [&'static str], target: Library) -> Member {
    Member { module: Some(module), name, params, target: Target::Lowered(target) }
}

const fn native(
    module: &'static str,
    name: &'static str,
    params: &'static [&'static str],
    target: &'static str,
) -> Member {
    Member { module: Some(module), name, params, target: Target::Native(target) }
}

/// Names of the modules, without `std/`.
pub(crate) const MODULES: [&str; 4] = ["list", "string", "dict", "math"];

/// All functions of the library.
pub(crate) static MEMBERS: &[Member] = &[
    Member { module: None, name: "len", params: &["v"], target: Target::Lowered(Library::Len) },
    Member { module: None, name: "range", params: &["start", "end"], target: Target::Lowered(Library::Range) },
    lowered("list", "map", &["l", "f"], Library::Map),
    lowered("list", "filter", &["l", "f"], Library::Filter),
    lowered("list", "reduce", &["l", "i", "f"], Library::Reduce),
    lowered("list", "every", &["l", "f"], Library::Every),
    lowered("list", "some", &["l", "f"], Library::SomeOf),
    lowered("list", "contains", &["l", "i"], Library::Contains),
    lowered("list", "unique", &["l"], Library::Unique),
    lowered("list", "sum", &["l"], Library::Sum),
    lowered("list", "avg", &["l"], Library::Avg),
    lowered("list", "len", &["l"], Library::Len),
    lowered("list", "count", &["l"], Library::Len),
    lowered("list", "first", &["l"], Library::First),
    lowered("list", "last", &["l"], Library::Last),
    lowered("list", "compact", &["l"], Library::Compact),
    lowered("list", "flatten", &["l"], Library::Flatten),
    lowered("string", "join", &["l", "sep"], Library::Join),
    native("string", "split", &["s", "sep"], "std.string.split"),
    native("string", "replace", &["s", "old", "new"], "std.string.replace"),
    native("string", "upper", &["s"], "std.string.upper"),
    native("string", "lower", &["s"], "std.string.lower"),
    native("string", "contains", &["s", "sub"], "std.string.contains"),
    native("string", "trim", &["s"], "std.string.trim"),
    native("string", "trim_start", &["s"], "std.string.trim_start"),
    native("string", "trim_end", &["s"], "std.string.trim_end"),
    native("string", "starts_with", &["s", "t"], "std.string.starts_with"),
    native("string", "ends_with", &["s", "t"], "std.string.ends_with"),
    lowered("dict", "keys", &["d"], Library::Keys),
    lowered("dict", "values", &["d"], Library::Values),
    lowered("dict", "has_key", &["d", "k"], Library::HasKey),
    Member { module: Some("dict"), name: "merge", params: &["a", "b"], target: Target::Merge },
    lowered("math", "abs", &["x"], Library::Abs),
    lowered("math", "max", &["a", "b"], Library::Max),
    lowered("math", "min", &["a", "b"], Library::Min),
    lowered("math", "clamp", &["v", "min", "max"], Library::Clamp),
    native("math", "sqrt", &["n"], "std.math.sqrt"),
    native("math", "pow", &["base", "exponent"], "std.math.pow"),
    native("math", "floor", &["n"], "std.math.floor"),
    native("math", "ceil", &["n"], "std.math.ceil"),
    native("math", "round", &["n"], "std.math.round"),
    native("math", "in_range", &["n", "lo", "hi"], "std.math.in_range"),
    native("math", "multiple_of", &["n", "d"], "std.math.multiple_of"),
];

const fn method(name: &'static str, params: &'static [&'static str], target: Target) -> Member {
    Member { module: None, name, params, target }
}

/// Methods of Strings; the receiver is the first parameter.
static STRING_METHODS: &[Member] = &[
    method("len", &["s"], Target::Lowered(Library::Len)),
    method("length", &["s"], Target::Lowered(Library::Len)),
    method("is_empty", &["s"], Target::Native("std.string.is_empty")),
    method("upper", &["s"], Target::Native("std.string.upper")),
    method("lower", &["s"], Target::Native("std.string.lower")),
    method("title", &["s"], Target::Native("std.string.title")),
    method("contains", &["s", "sub"], Target::Native("std.string.contains")),
    method("starts_with", &["s", "t"], Target::Native("std.string.starts_with")),
    method("ends_with", &["s", "t"], Target::Native("std.string.ends_with")),
    method("split", &["s", "sep"], Target::Native("std.string.split")),
    method("replace", &["s", "a", "b"], Target::Native("std.string.replace")),
    method("concat", &["s", "other"], Target::Native("std.string.concat")),
    method("substring", &["s", "start", "count"], Target::Native("std.string.substring")),
    method("trim", &["s"], Target::Native("std.string.trim")),
    method("trim_start", &["s"], Target::Native("std.string.trim_start")),
    method("trim_end", &["s"], Target::Native("std.string.trim_end")),
];

/// Methods of Lists.
static LIST_METHODS: &[Member] = &[
    method("map", &["l", "f"], Target::Lowered(Library::Map)),
    method("filter", &["l", "f"], Target::Lowered(Library::Filter)),
    method("reduce", &["l", "i", "f"], Target::Lowered(Library::Reduce)),
    method("every", &["l", "f"], Target::Lowered(Library::Every)),
    method("some", &["l", "f"], Target::Lowered(Library::SomeOf)),
    method("contains", &["l", "x"], Target::Lowered(Library::Contains)),
    method("unique", &["l"], Target::Lowered(Library::Unique)),
    method("join", &["l", "sep"], Target::Lowered(Library::Join)),
    method("len", &["l"], Target::Lowered(Library::Len)),
    method("length", &["l"], Target::Lowered(Library::Len)),
    method("is_empty", &["l"], Target::Lowered(Library::IsEmpty)),
    method("sum", &["l"], Target::Lowered(Library::Sum)),
    method("max", &["l"], Target::Lowered(Library::ListMax)),
    method("min", &["l"], Target::Lowered(Library::ListMin)),
];

/// Methods of Dicts and records.
static DICT_METHODS: &[Member] = &[
    method("keys", &["d"], Target::Lowered(Library::Keys)),
    method("values", &["d"], Target::Lowered(Library::Values)),
    method("has_key", &["d", "k"], Target::Lowered(Library::HasKey)),
    method("merge", &["d", "e"], Target::Merge),
    method("len", &["d"], Target::Lowered(Library::Len)),
];

impl Receiver {
    /// The methods of the type.
    pub(crate) fn methods(self) -> &'static [Member] {
        match self {
            Receiver::String => STRING_METHODS,
            Receiver::List => LIST_METHODS,
            Receiver::Dict => DICT_METHODS,
        }
    }
}

/// A member of a module, or a function that is always there.
pub(crate) fn member(module: Option<&str>, name: &str) -> Option<&'static Member> {
    MEMBERS.iter().find(|member| member.module == module && member.name == name)
}

/// Whether Dicts and records have a method of this name.
pub(crate) fn is_dict_method(name: &str) -> bool {
    DICT_METHODS.iter().any(|member| member.name == name)
}

/// The members of a module.
pub(crate) fn members(module: Option<&'static str>) -> impl Iterator<Item = &'static Member> {
    MEMBERS.iter().filter(move |member| member.module == module)
}

/// The descriptor of a native of the library.
pub(crate) fn library_native(name: &str) -> &'static Descriptor {
    let natives = relon_natives::std::descriptors();
    natives.iter().find(|native| native.name == name).expect("the table names natives that exist")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn natives_have_as_many_parameters_as_the_table_says() {
        let all = MEMBERS.iter().chain(STRING_METHODS).chain(LIST_METHODS).chain(DICT_METHODS);
        for member in all {
            if let Target::Native(name) = member.target {
                assert_eq!(library_native(name).params.len(), member.params.len(), "{name}");
            }
        }
    }
}
