//! Static libraries, in the format of `ar` that linkers on Linux read.
//!
//! Nothing in one depends on where or when it was made.

use object::{Object, ObjectSymbol};

/// A file in a library.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) content: Vec<u8>,
}

/// The library of these members, with an index of what they define. Bitcode is not looked into: linkers read it anyway.
pub(crate) fn archive(members: &[Member]) -> Vec<u8> {
    let names = long_names(members);
    let symbols: Vec<(usize, String)> =
        members.iter().enumerate().flat_map(|(at, member)| defined(at, member)).collect();
    let texts: usize = symbols.iter().map(|(_, name)| name.len() + 1).sum();
    let index_size = 4 + 4 * symbols.len() + texts;
    let mut at = 8 + 60 + index_size.next_multiple_of(2) + 60 + names.len().next_multiple_of(2);
    let mut starts = Vec::new();
    for member in members {
        starts.push(at as u32);
        at += 60 + member.content.len().next_multiple_of(2);
    }
    let mut index = (symbols.len() as u32).to_be_bytes().to_vec();
    symbols.iter().for_each(|(member, _)| index.extend(starts[*member].to_be_bytes()));
    symbols.iter().for_each(|(_, name)| index.extend(name.bytes().chain([0])));
    let mut out = b"!<arch>\n".to_vec();
    append(&mut out, "/", &index);
    append(&mut out, "//", names.as_bytes());
    let mut name_at = 0;
    for member in members {
        append(&mut out, &format!("/{name_at}"), &member.content);
        name_at += member.name.len() + 2;
    }
    out
}

/// The names of all members, each closed by a slash and a line break.
fn long_names(members: &[Member]) -> String {
    members.iter().map(|member| format!("{}/\n", member.name)).collect()
}

fn append(out: &mut Vec<u8>, name: &str, content: &[u8]) {
    out.extend(format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 644, content.len()).into_bytes());
    out.extend(content);
    if content.len() % 2 == 1 {
        out.push(b'\n');
    }
}

/// The global symbols that an object defines.
fn defined(at: usize, member: &Member) -> Vec<(usize, String)> {
    let Ok(file) = object::File::parse(&*member.content) else { return Vec::new() };
    let global = file.symbols().filter(|symbol| symbol.is_global() && symbol.is_definition());
    global.filter_map(|symbol| Some((at, symbol.name().ok()?.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_at_even_places_with_their_names() {
        let member = |name: &str, content: &[u8]| Member { name: name.to_owned(), content: content.to_vec() };
        let bytes = archive(&[member("a.o", b"abc"), member("a_name_that_is_long.o", b"de")]);
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.starts_with("!<arch>\n/               0"), "{text}");
        assert!(text.contains("a.o/\na_name_that_is_long.o/\n"), "{text}");
        assert!(text.contains("/0              0"), "{text}");
        assert!(text.contains("/5              0"), "{text}");
        assert_eq!(bytes.len() % 2, 0);
    }
}
