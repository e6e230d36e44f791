//! The bridge to an LLVM older than rustc's, which can't read rustc's bitcode: rustc's *textual* IR, with what the older reader doesn't
//! know dropped or rewritten.
//!
//! [`TABLE`] says for each such thing which version brought it, what it means, and why a reader without it loses nothing but speed. A
//! table is enough since LLVM's optimiser is built on facts that may be forgotten: an attribute or a flag promises something, and code
//! that is compiled without the promise does the same. What is in neither the table nor the older version stops with an error that
//! quotes the line: syntax by the older reader itself, intrinsics by [`unknown_intrinsic`], since that reader would take an unknown one for
//! a function.

use std::borrow::Cow;

/// Something that a version of LLVM brought to textual IR.
struct Change {
    /// The major version that has it first. The readers before it get what `remedy` says.
    since: u32,
    /// The word as it is written.
    word: &'static str,
    remedy: Remedy,
    /// What it means. Kept for those who maintain the table.
    #[cfg_attr(not(test), expect(dead_code, reason = "the table is its own documentation, and tests hold it to that"))]
    meaning: &'static str,
    /// Why the remedy is sound.
    #[cfg_attr(not(test), expect(dead_code, reason = "the table is its own documentation, and tests hold it to that"))]
    sound: &'static str,
}

/// What an older reader gets instead.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Remedy {
    /// Nothing: the word goes, with an argument in parentheses if it has one.
    Drop,
    /// Another word with the same operands.
    Replace(&'static str),
    /// A kind of memory within `memory(...)` that the reader has no name for. It goes where it is said not to be accessed; otherwise the
    /// whole attribute goes.
    Forget,
    /// An intrinsic that had a size as its first operand. It gets -1, which stands for an unknown size, unless its writer gave one.
    Size,
    /// All intrinsics whose names begin like this: they had the alignment of this operand as another one behind it, and get it there.
    Alignment(usize),
}

const TABLE: &[Change] = &[
    Change {
        since: 20,
        word: "samesign",
        remedy: Remedy::Drop,
        meaning: "flag of `icmp`: the result is poison unless both operands have the same sign",
        sound: "without it the result is that of the comparison for all operands",
    },
    Change {
        since: 20,
        word: "initializes",
        remedy: Remedy::Drop,
        meaning: "attribute of a parameter: the callee writes these bytes behind the pointer before it reads them",
        sound: "a promise of the callee; without it, earlier stores to these bytes are kept",
    },
    Change {
        since: 21,
        word: "captures",
        remedy: Remedy::Drop,
        meaning: "attribute of a parameter: which parts of the pointer the callee may keep; replaces `nocapture`",
        sound: "a promise of the callee; without it, the pointer counts as kept",
    },
    Change {
        since: 22,
        word: "dead_on_return",
        remedy: Remedy::Drop,
        meaning: "attribute of a parameter: nobody reads the memory behind the pointer once the callee has returned",
        sound: "a promise of the caller; without it, the callee's last stores are kept",
    },
    Change {
        since: 22,
        word: "nocreateundeforpoison",
        remedy: Remedy::Drop,
        meaning: "attribute of a function: the result is poison or undefined only if an argument is",
        sound: "a promise of the function; without it, values are frozen more often",
    },
    Change {
        since: 22,
        word: "errnomem",
        remedy: Remedy::Forget,
        meaning: "within `memory(...)`: access to C's `errno`",
        sound: "older versions count it as other memory; see `Remedy::Forget`",
    },
    Change {
        since: 22,
        word: "target_mem0",
        remedy: Remedy::Forget,
        meaning: "within `memory(...)`: access to state of the processor, of the first kind",
        sound: "older versions count it as inaccessible memory; see `Remedy::Forget`",
    },
    Change {
        since: 22,
        word: "target_mem1",
        remedy: Remedy::Forget,
        meaning: "within `memory(...)`: access to state of the processor, of the second kind",
        sound: "older versions count it as inaccessible memory; see `Remedy::Forget`",
    },
    Change {
        since: 22,
        word: "ptrtoaddr",
        remedy: Remedy::Replace("ptrtoint"),
        meaning: "instruction: the address of a pointer, without exposing what it points to",
        sound: "`ptrtoint` gives the same number, and keeps the pointer's memory alive in the eyes of the optimiser",
    },
    Change {
        since: 22,
        word: "@llvm.lifetime.start.p0",
        remedy: Remedy::Size,
        meaning: "intrinsic: the variable comes into being. Its size is that of the variable, and no operand any more",
        sound: "an unknown size is that of the variable",
    },
    Change {
        since: 22,
        word: "@llvm.lifetime.end.p0",
        remedy: Remedy::Size,
        meaning: "intrinsic: the variable ceases to be. Its size is that of the variable, and no operand any more",
        sound: "an unknown size is that of the variable",
    },
    Change {
        since: 22,
        word: "@llvm.masked.load.",
        remedy: Remedy::Alignment(0),
        meaning: "intrinsic: reads the items of a vector that a mask names. The alignment is an attribute of the pointer, and no operand any more",
        sound: "the same number in another place; none stands for 1",
    },
    Change {
        since: 22,
        word: "@llvm.masked.store.",
        remedy: Remedy::Alignment(1),
        meaning: "intrinsic: writes the items of a vector that a mask names. The alignment is an attribute of the pointer, and no operand any more",
        sound: "the same number in another place; none stands for 1",
    },
    Change {
        since: 22,
        word: "@llvm.masked.gather.",
        remedy: Remedy::Alignment(0),
        meaning: "intrinsic: reads from those addresses of a vector that a mask names. The alignment is an attribute of the addresses, and no operand any more",
        sound: "the same number in another place; none stands for 1",
    },
    Change {
        since: 22,
        word: "@llvm.masked.scatter.",
        remedy: Remedy::Alignment(1),
        meaning: "intrinsic: writes to those addresses of a vector that a mask names. The alignment is an attribute of the addresses, and no operand any more",
        sound: "the same number in another place; none stands for 1",
    },
];

impl Change {
    fn is_of(&self, word: &str) -> bool {
        match self.remedy {
            Remedy::Alignment(_) => word.starts_with(self.word),
            _ => word == self.word,
        }
    }
}

/// The IR for a reader of this major version.
pub(super) fn rewrite(ir: &str, reader: u32) -> String {
    let changes: Vec<&Change> = TABLE.iter().filter(|change| change.since > reader).collect();
    let mut out = String::with_capacity(ir.len());
    for line in ir.split_inclusive('\n') {
        out.push_str(&rewrite_line(line, &changes));
    }
    out
}

/// The first line that declares an intrinsic which is none to the reader.
pub(super) fn unknown_intrinsic(ir: &str, is_known: impl Fn(&str) -> bool) -> Option<&str> {
    let mut declarations = ir.lines().filter(|line| line.starts_with("declare "));
    declarations.find(|line| {
        let name = line.split_once("@llvm.").and_then(|(_, rest)| rest.split('(').next());
        name.is_some_and(|name| !is_known(&format!("llvm.{name}")))
    })
}

fn rewrite_line<'a>(line: &'a str, changes: &[&Change]) -> Cow<'a, str> {
    if !changes.iter().any(|change| line.contains(change.word)) {
        return Cow::Borrowed(line);
    }
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(token) = next_token(rest) {
        let (text, after) = rest.split_at(token);
        rest = match text {
            "memory" => memory(after, changes, &mut out),
            word => match changes.iter().find(|change| change.is_of(word) && !after.starts_with(':')) {
                Some(Change { remedy: Remedy::Alignment(operand), .. }) => {
                    let (given, rest) = after.split_at(argument(after));
                    let given = with_alignment(given, *operand, line.starts_with("declare "));
                    out.push_str(word);
                    out.push_str(&rewrite_line(&given, changes));
                    rest
                }
                Some(change) => remedy(change, after, line.starts_with("declare "), &mut out),
                None => {
                    out.push_str(word);
                    after
                }
            },
        };
    }
    Cow::Owned(out)
}

/// The length of the text's first token: a word with its sigil, a string, a comment, or one other character.
fn next_token(text: &str) -> Option<usize> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "_.$@%!#-".contains(c);
    let first = text.chars().next()?;
    let length = match first {
        '"' => text[1..].find('"').map_or(text.len(), |end| end + 2),
        ';' => text.len(),
        c if is_word(c) => text.find(|c| !is_word(c)).unwrap_or(text.len()),
        c => c.len_utf8(),
    };
    Some(length)
}

/// Writes what stands for the word; gives what follows it.
fn remedy<'a>(change: &Change, after: &'a str, declared: bool, out: &mut String) -> &'a str {
    match change.remedy {
        Remedy::Drop => {
            if out.ends_with(' ') && (after.starts_with([' ', ',', ')', '(', '\n']) || after.is_empty()) {
                out.pop();
            }
            after.get(argument(after)..).unwrap_or_default()
        }
        Remedy::Replace(word) => {
            out.push_str(word);
            after
        }
        // Outside of `memory(...)` the word has no meaning; the reader says so. An alignment is moved with all operands.
        Remedy::Forget | Remedy::Alignment(_) => {
            out.push_str(change.word);
            after
        }
        Remedy::Size => {
            out.push_str(change.word);
            match after.strip_prefix('(') {
                Some(operands) if operands.starts_with("ptr") => {
                    out.push_str(if declared { "(i64, " } else { "(i64 -1, " });
                    operands
                }
                _ => after,
            }
        }
    }
}

/// Operands in parentheses, with the alignment of one of them behind it, unless it is there already.
fn with_alignment(given: &str, operand: usize, declared: bool) -> String {
    let inside = given.strip_prefix('(').and_then(|given| given.strip_suffix(')'));
    let mut operands = operands(inside.unwrap_or_default());
    let is_there = operands.get(operand + 1).is_none_or(|next| next.starts_with("i32"));
    let Some(pointer) = operands.get_mut(operand).filter(|_| !is_there) else { return given.to_owned() };
    let mut words: Vec<&str> = pointer.split(' ').collect();
    let attribute = words.iter().position(|word| *word == "align").filter(|at| at + 1 < words.len());
    let alignment = attribute.and_then(|at| words.drain(at..at + 2).next_back()).unwrap_or("1");
    let alignment = if declared { "i32".to_owned() } else { format!("i32 {alignment}") };
    *pointer = words.join(" ");
    operands.insert(operand + 1, alignment);
    format!("({})", operands.join(", "))
}

/// What is between the commas that are in no brackets.
fn operands(text: &str) -> Vec<String> {
    let (mut operands, mut depth, mut rest) = (vec![String::new()], 0, text);
    while let Some(length) = next_token(rest) {
        let (token, after) = rest.split_at(length);
        match token {
            "(" | "[" | "{" | "<" => depth += 1,
            ")" | "]" | "}" | ">" => depth -= 1,
            _ => {}
        }
        match (token, depth) {
            (",", 0) => operands.push(String::new()),
            (" ", _) if operands.last().is_some_and(String::is_empty) => {}
            _ => operands.last_mut().into_iter().for_each(|operand| operand.push_str(token)),
        }
        rest = after;
    }
    operands
}

/// The length of an argument in parentheses, with parentheses in it.
fn argument(text: &str) -> usize {
    if !text.starts_with('(') {
        return 0;
    }
    let mut depth = 0;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return index + 1;
        }
    }
    text.len()
}

/// Writes a `memory(...)` attribute without the kinds of memory that the reader doesn't know.
fn memory<'a>(after: &'a str, changes: &[&Change], out: &mut String) -> &'a str {
    let (given, rest) = after.split_at(argument(after));
    let parts = given.trim_start_matches('(').trim_end_matches(')').split(", ");
    let forgotten = |part: &&str| {
        let location = part.split(':').next().unwrap_or_default();
        changes.iter().any(|change| change.remedy == Remedy::Forget && change.word == location)
    };
    let (unknown, known): (Vec<&str>, Vec<&str>) = parts.partition(forgotten);
    if unknown.iter().all(|part| part.ends_with(": none")) {
        out.push_str("memory");
        out.push_str(&match unknown.is_empty() {
            true => given.to_owned(),
            false => format!("({})", known.join(", ")),
        });
    } else if out.ends_with(' ') {
        out.pop();
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn for_19(line: &str) -> String {
        rewrite(line, 19)
    }

    #[test]
    fn promises_are_dropped_with_their_arguments() {
        assert_eq!(
            for_19("define void @f(ptr noalias captures(address, read_provenance) %x, ptr captures(none)) #0 {\n"),
            "define void @f(ptr noalias %x, ptr) #0 {\n"
        );
        assert_eq!(
            for_19("define void @f(ptr initializes((0, 8), (16, 24)) dead_on_return(8) %x)"),
            "define void @f(ptr %x)"
        );
        assert_eq!(for_19("  %a = icmp samesign ult i64 %b, %c\n"), "  %a = icmp ult i64 %b, %c\n");
        assert_eq!(
            for_19("attributes #3 = { nocallback nocreateundeforpoison nofree memory(none) }"),
            "attributes #3 = { nocallback nofree memory(none) }"
        );
    }

    #[test]
    fn only_words_are_meant() {
        for line in [
            "  %captures = load ptr, ptr %samesign, align 8\n",
            "captures:                        ; preds = %samesign, captures(none)\n",
            "  call void @captures(ptr @samesign)\n",
            "@\"ptrtoaddr captures(none)\" = constant [3 x i8] c\" captures(x) \"\n",
        ] {
            assert_eq!(for_19(line), line);
        }
    }

    #[test]
    fn what_the_reader_knows_is_left() {
        let line = "  %a = icmp samesign ult i64 %b, %c, captures(none) dead_on_return\n";
        assert_eq!(rewrite(line, 22), line);
        assert_eq!(rewrite(line, 21), "  %a = icmp samesign ult i64 %b, %c, captures(none)\n");
        assert_eq!(rewrite(line, 20), "  %a = icmp samesign ult i64 %b, %c,\n");
    }

    #[test]
    fn memory_that_is_not_accessed_is_forgotten() {
        assert_eq!(
            for_19(
                "attributes #1 = { nounwind memory(read, argmem: readwrite, target_mem0: none, target_mem1: none) uwtable }"
            ),
            "attributes #1 = { nounwind memory(read, argmem: readwrite) uwtable }"
        );
    }

    #[test]
    fn memory_that_is_accessed_takes_the_attribute_with_it() {
        assert_eq!(
            for_19("attributes #1 = { nounwind memory(argmem: read, errnomem: write) uwtable }"),
            "attributes #1 = { nounwind uwtable }"
        );
    }

    #[test]
    fn lifetimes_get_a_size_again() {
        assert_eq!(
            for_19("  call void @llvm.lifetime.start.p0(ptr nonnull %x)\n"),
            "  call void @llvm.lifetime.start.p0(i64 -1, ptr nonnull %x)\n"
        );
        assert_eq!(
            for_19("declare void @llvm.lifetime.end.p0(ptr captures(none)) #1\n"),
            "declare void @llvm.lifetime.end.p0(i64, ptr) #1\n"
        );
    }

    #[test]
    fn masked_intrinsics_get_their_alignment_as_an_operand_again() {
        for (new, old) in [
            (
                "  %v = tail call <4 x i64> @llvm.masked.load.v4i64.p0(ptr nonnull align 8 captures(none) %p, <4 x i1> %m, <4 x i64> poison)\n",
                "  %v = tail call <4 x i64> @llvm.masked.load.v4i64.p0(ptr nonnull %p, i32 8, <4 x i1> %m, <4 x i64> poison)\n",
            ),
            (
                "  call void @llvm.masked.store.v2i64.p0(<2 x i64> <i64 1, i64 2>, ptr align 64 getelementptr (i8, ptr @g, i64 8), <2 x i1> %m) #2\n",
                "  call void @llvm.masked.store.v2i64.p0(<2 x i64> <i64 1, i64 2>, ptr getelementptr (i8, ptr @g, i64 8), i32 64, <2 x i1> %m) #2\n",
            ),
            (
                "  %v = call <2 x i64> @llvm.masked.gather.v2i64.v2p0(<2 x ptr> align 8 %p, <2 x i1> splat (i1 true), <2 x i64> %w)\n",
                "  %v = call <2 x i64> @llvm.masked.gather.v2i64.v2p0(<2 x ptr> %p, i32 8, <2 x i1> splat (i1 true), <2 x i64> %w)\n",
            ),
            (
                "  call void @llvm.masked.scatter.v2i64.v2p0(<2 x i64> %v, <2 x ptr> %align, <2 x i1> %m)\n",
                "  call void @llvm.masked.scatter.v2i64.v2p0(<2 x i64> %v, <2 x ptr> %align, i32 1, <2 x i1> %m)\n",
            ),
            (
                "declare void @llvm.masked.store.v4i64.p0(<4 x i64>, ptr captures(none), <4 x i1>) #5\n",
                "declare void @llvm.masked.store.v4i64.p0(<4 x i64>, ptr, i32, <4 x i1>) #5\n",
            ),
        ] {
            assert_eq!(for_19(new), old);
            assert_eq!(rewrite(new, 22), new);
            assert_eq!(for_19(old), old, "what an older writer gave stays");
        }
    }

    #[test]
    fn lifetimes_that_have_a_size_keep_it() {
        for line in [
            "  call void @llvm.lifetime.start.p0(i64 24, ptr nonnull %x)\n",
            "declare void @llvm.lifetime.end.p0(i64 immarg, ptr nocapture) #1\n",
        ] {
            assert_eq!(for_19(line), line);
        }
    }

    #[test]
    fn texts_and_metadata_are_not_touched() {
        for line in [
            "!7 = !{!\"samesign captures(none)\", !8, i64 0}\n",
            "!9 = distinct !DISubprogram(name: \"captures\", linkageName: \"initializes((0, 8))\", scope: !1)\n",
            "@alloc = private constant [24 x i8] c\"\\22captures(none) memory(target_mem0: none)\"\n",
            "attributes #4 = { \"captures\"=\"initializes((0, 8))\" \"samesign\" }\n",
            "  #dbg_value(ptr %captures, !\"dead_on_return\", !DIExpression(), !4)\n",
            "$captures = comdat any\n",
            "%samesign = type { ptr, i64 }\n",
        ] {
            assert_eq!(for_19(line), line);
        }
    }

    #[test]
    fn what_the_oldest_reader_knows_stays_on_the_same_line() {
        assert_eq!(
            for_19(
                "  %a = call range(i64 0, 9) <4 x i64> @f(ptr captures(ret: address, provenance) dead_on_return %p) #3\n"
            ),
            "  %a = call range(i64 0, 9) <4 x i64> @f(ptr %p) #3\n"
        );
        assert_eq!(
            for_19(
                "define range(i8 -1, 2) <2 x i8> @g(ptr initializes((-8, 0), (8, 16)) %p) memory(argmem: write, errnomem: none) {\n"
            ),
            "define range(i8 -1, 2) <2 x i8> @g(ptr %p) memory(argmem: write) {\n"
        );
        for line in [
            "  %a = getelementptr inbounds nuw i8, ptr %p, i64 8\n",
            "  %a = getelementptr nusw nuw i8, ptr %p, i64 %n\n",
            "  %a = trunc nuw nsw i64 %x to i32\n",
            "  %a = icmp eq ptr %p, getelementptr inbounds nuw (i8, ptr @g, i64 8)\n",
        ] {
            assert_eq!(for_19(line), line);
        }
    }

    #[test]
    fn instructions_are_replaced() {
        assert_eq!(for_19("  %a = ptrtoaddr ptr %p to i64\n"), "  %a = ptrtoint ptr %p to i64\n");
    }

    #[test]
    fn an_intrinsic_of_the_future_is_found() {
        let ir = "declare i64 @llvm.abs.i64(i64, i1)\ndeclare void @llvm.time.travel(ptr) #2\ndeclare void @other()\n";
        let unknown = unknown_intrinsic(ir, |name| name == "llvm.abs.i64");
        assert_eq!(unknown, Some("declare void @llvm.time.travel(ptr) #2"));
    }

    #[test]
    fn every_change_is_explained() {
        for change in TABLE {
            assert!(change.since >= 20 && change.meaning.len() > 20 && change.sound.len() > 20, "{}", change.word);
        }
    }

    #[test]
    fn broken_text_is_left_to_the_reader() {
        for text in [
            "",
            "\"",
            "x captures(",
            "memory(",
            "memory(read, target_mem0",
            "é samesign",
            "captures",
            "@llvm.masked.load.x(ptr",
            "@llvm.masked.store.x()",
            "@llvm.masked.load.x(é, \"",
        ] {
            let _ = for_19(text);
        }
        assert_eq!(for_19("memory"), "memory");
    }
}
