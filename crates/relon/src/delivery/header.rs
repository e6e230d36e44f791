//! The header for C and C++.

use std::fmt::Write;

use relon_ir::{EntryForm, Module};
use relon_natives::TrapKind;

use super::c_types::{CTypes, identifier};
use super::place;
use crate::Sources;

/// What all headers share; a program may include several.
const COMMON: &str = r#"#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define RELON_ASSERT static_assert
extern "C" {
#else
#define RELON_ASSERT _Static_assert
#endif

#ifndef RELON_COMMON
#define RELON_COMMON

/** UTF-8 text; there is no zero at its end. */
typedef struct relon_string {
    const char *data;
    size_t length;
} relon_string;

/** The memory of a call, to be used for one call after the other, by one thread at a time. */
typedef struct relon_call relon_call;

/** A call whose values may take this many bytes. */
relon_call *relon_call_new(size_t byte_limit);
/** Frees the values of the call before, allows `depth` nested calls, and gives the context for an entry. */
void *relon_call_begin(relon_call *call, uint64_t depth);
/** Why the last entry failed, where a native stored it: its kind and its text, which lives until the next call. 0 where no native failed. */
uint32_t relon_call_failure(const relon_call *call, const char **text, size_t *length);
/** Frees a call and all values that it holds. */
void relon_call_free(relon_call *call);

/** Tell that this thread runs a rule, and that it no longer does: between them, panics of natives are quiet. */
void relon_std_enter(void);
void relon_std_leave(void);

/** A place in a rule where it can fail. */
typedef struct relon_site {
    uint32_t kind;
    const char *kind_name;
    const char *message;
    const char *file;
    uint32_t line;
    uint32_t column;
} relon_site;

"#;

/// Nested calls that an entry allows unless told otherwise.
const DEPTH: u32 = 10_000;

pub(super) fn header(module: &Module, sources: &Sources, prefix: &str, name: &str) -> String {
    let guard = identifier(&name.to_uppercase());
    let mut out =
        format!("/* {}: the rule `{}` for C and C++. Made by `relon build`. */\n\n", name, sources.main().path());
    let _ = writeln!(out, "#ifndef RELON_HEADER_{guard}\n#define RELON_HEADER_{guard}\n\n{COMMON}{}", kinds());
    let entry = module.plain_entry();
    let mut types = CTypes::new(&module.types, prefix);
    let params: Vec<(String, String)> = entry
        .iter()
        .flat_map(|entry| &entry.params)
        .map(|param| (identifier(&param.name), types.define(&param.ty)))
        .collect();
    let result = entry.map_or_else(|| "void".to_owned(), |entry| types.define(&entry.result));
    out.push_str(&types.finish());
    sites(&mut out, module, sources, prefix);
    for entry in &module.entries {
        prototype(&mut out, entry, prefix);
    }
    if let Some(entry) = entry {
        wrapper(&mut out, &symbol(prefix, &entry.name), prefix, &params, &result);
    }
    out.push_str("#ifdef __cplusplus\n}\n#endif\n#endif\n");
    out
}

/// The symbol of an entry: `main` has the prefix alone.
fn symbol(prefix: &str, entry: &str) -> String {
    format!("{prefix}{}", entry.trim_start_matches("main").replace('.', "_"))
}

/// The kinds of failures, as constants.
fn kinds() -> String {
    let constant = |kind: TrapKind| {
        let mut name = "RELON".to_owned();
        for letter in kind.name().chars() {
            if letter.is_ascii_uppercase() {
                name.push('_');
            }
            name.push(letter.to_ascii_uppercase());
        }
        format!("    {name} = {}", kind as u32)
    };
    let all: Vec<String> = TrapKind::ALL.into_iter().map(constant).collect();
    format!(
        "/** Kinds of failures. */\nenum relon_kind {{\n{}\n}};\n\n#define RELON_DEPTH {DEPTH}\n\n#endif\n",
        all.join(",\n")
    )
}

/// The function from a status to its place in the rule.
fn sites(out: &mut String, module: &Module, sources: &Sources, prefix: &str) {
    let _ = writeln!(
        out,
        "/** What a status other than 0 means; null for one that no entry gives. Where a native failed, `relon_call_failure` says more. */\n\
         static inline const relon_site *{prefix}_site(uint32_t status) {{"
    );
    if module.sites.is_empty() {
        out.push_str("    (void)status;\n    return NULL;\n}\n\n");
        return;
    }
    out.push_str("    static const relon_site sites[] = {\n");
    for site in &module.sites {
        let (path, position) = place(sources, site.span);
        let message = site.kind.explain(site.message.as_deref().unwrap_or_default());
        let _ = writeln!(
            out,
            "        {{{}, {}, {}, {}, {}, {}}},",
            site.kind as u32,
            literal(site.kind.name()),
            literal(&message),
            literal(path),
            position.line,
            position.column
        );
    }
    let count = module.sites.len();
    let _ = writeln!(out, "    }};\n    return status >= 1 && status <= {count} ? &sites[status - 1] : NULL;\n}}\n");
}

/// A string of C. What is not plain is given in octal, which ends after three digits.
fn literal(text: &str) -> String {
    let mut out = "\"".to_owned();
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' | b'?' => out.extend(['\\', char::from(byte)]),
            b' '..=b'~' => out.push(char::from(byte)),
            _ => drop(write!(out, "\\{byte:03o}")),
        }
    }
    out.push('"');
    out
}

fn prototype(out: &mut String, entry: &relon_ir::Entry, prefix: &str) {
    let symbol = symbol(prefix, &entry.name);
    let (about, params) = match entry.form {
        EntryForm::Plain => (
            "The rule for callers that learn at run time what it takes: `arguments` has the address of each argument, `result` room for the \
             result. Gives 0, or a status.",
            "void *context, const void *const *arguments, void *result",
        ),
        EntryForm::Input => (
            "Like the entry for arguments in which every field is given, but a field with a default is an option in them.",
            "void *context, const void *const *arguments, void *result",
        ),
        EntryForm::Batch => (
            "The rule for many rows: `arguments` has the address of an array for each parameter. At the first row that fails, its number is \
             stored.",
            "void *context, const void *const *arguments, uint64_t count, void *results, uint64_t *failed",
        ),
    };
    let _ = writeln!(out, "/** {about} */\nuint32_t {symbol}({params});\n");
}

/// Functions with the types of the rule.
fn wrapper(out: &mut String, symbol: &str, prefix: &str, params: &[(String, String)], result: &str) {
    let list: String = params.iter().map(|(name, ty)| format!(", {ty} const *p_{name}")).collect();
    let names: String = params.iter().map(|(name, _)| format!(", p_{name}")).collect();
    let _ = writeln!(
        out,
        "/** The rule, with the address of each argument. Gives 0, or a status. */\n\
         uint32_t {symbol}_direct(void *context{list}, {result} *result);\n\n\
         /** Runs the rule. Gives 0 and stores the result, which lives until the next call; or a status, for `{prefix}_site`. */\n\
         static inline uint32_t {prefix}_run(relon_call *call{list}, {result} *result) {{\n    relon_std_enter();\n    \
         uint32_t status = {symbol}_direct(relon_call_begin(call, RELON_DEPTH){names}, result);\n    \
         relon_std_leave();\n    return status;\n}}\n"
    );
}
