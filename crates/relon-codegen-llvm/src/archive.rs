//! Static libraries.
//!
//! Nothing in one depends on where or when it was made. A bundle holds of other libraries what its objects need, directly or not, so that
//! a linker finds everything in one file.

use std::collections::{HashMap, VecDeque};
use std::io::Cursor;

use ar_archive_writer::{ArchiveKind, DEFAULT_OBJECT_READER, NewArchiveMember, write_archive_to_stream};
use object::read::archive::ArchiveFile;
use object::{Object, ObjectSymbol};

use crate::Error;

/// A file in a library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member<'a> {
    /// Its name.
    pub name: String,
    /// An object, or bitcode.
    pub content: &'a [u8],
}

impl<'a> Member<'a> {
    /// A file in a library.
    pub fn new(name: impl Into<String>, content: &'a [u8]) -> Self {
        Member { name: name.into(), content }
    }
}

/// A library of these members, with an index of what they define. Bitcode is not part of the index: linkers that can use it look into it
/// anyway.
///
/// # Errors
/// Where a member is neither an object nor bitcode.
pub fn archive(members: &[Member<'_>]) -> Result<Vec<u8>, Error> {
    let members: Vec<NewArchiveMember<'_>> = members.iter().map(new_member).collect();
    let mut out = Cursor::new(Vec::new());
    write_archive_to_stream(&mut out, &members, ArchiveKind::Gnu, false, None)
        .map_err(|error| Error::Archive(format!("can't make a static library: {error}")))?;
    Ok(out.into_inner())
}

fn new_member<'a>(member: &Member<'a>) -> NewArchiveMember<'a> {
    NewArchiveMember::new(member.content, &DEFAULT_OBJECT_READER, member.name.clone())
}

/// The members of a library.
///
/// # Errors
/// Where it is none.
pub fn members(library: &[u8]) -> Result<Vec<Member<'_>>, Error> {
    let unreadable = |error: object::Error| Error::Archive(format!("can't read a static library: {error}"));
    let file = ArchiveFile::parse(library).map_err(unreadable)?;
    let mut members = Vec::new();
    for member in file.members() {
        let member = member.map_err(unreadable)?;
        let content = member.data(library).map_err(unreadable)?;
        members.push(Member::new(String::from_utf8_lossy(member.name()), content));
    }
    Ok(members)
}

/// A library of these members and of what they need from other libraries. Symbols that no library defines are left to the linker.
///
/// # Errors
/// As for [`archive`].
pub fn bundle(roots: &[Member<'_>], libraries: &[&[u8]]) -> Result<Vec<u8>, Error> {
    let mut all = roots.to_vec();
    for library in libraries {
        all.extend(members(library)?);
    }
    let symbols: Vec<Symbols> = all.iter().map(|member| Symbols::of(member.content)).collect();
    let mut definers: HashMap<&str, usize> = HashMap::new();
    for (index, symbols) in symbols.iter().enumerate() {
        for name in &symbols.defined {
            definers.entry(name).or_insert(index);
        }
    }
    let mut needed = vec![false; all.len()];
    let mut pending: VecDeque<usize> = (0..roots.len()).collect();
    while let Some(index) = pending.pop_front() {
        if std::mem::replace(&mut needed[index], true) {
            continue;
        }
        pending.extend(symbols[index].undefined.iter().filter_map(|name| definers.get(name.as_str())));
    }
    let kept: Vec<Member<'_>> =
        all.into_iter().zip(needed).filter(|(_, needed)| *needed).map(|(member, _)| member).collect();
    archive(&kept)
}

/// What an object defines for others, and what it needs of them.
#[derive(Default)]
struct Symbols {
    defined: Vec<String>,
    undefined: Vec<String>,
}

impl Symbols {
    /// Of something that is no object nothing is known.
    fn of(content: &[u8]) -> Symbols {
        let Ok(file) = object::File::parse(content) else { return Symbols::default() };
        let mut symbols = Symbols::default();
        for symbol in file.symbols().filter(|symbol| symbol.is_global() || symbol.is_undefined()) {
            let Ok(name) = symbol.name() else { continue };
            let list = if symbol.is_undefined() { &mut symbols.undefined } else { &mut symbols.defined };
            list.push(name.to_owned());
        }
        symbols
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_come_back() {
        let bitcode = [b"BC\xc0\xde".as_slice(), &[0; 12]].concat();
        let given = [Member::new("a_name_of_more_than_16_bytes.o", &bitcode), Member::new("b.o", &bitcode)];
        let library = archive(&given).expect("a library");
        assert_eq!(members(&library).expect("members"), given);
        assert_eq!(library, archive(&given).expect("the same library"));
        assert!(members(b"no library").is_err());
    }
}
