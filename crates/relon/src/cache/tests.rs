//! What is kept, against damage: bits that change, bytes that are missing, and bytes that somebody made up.

use super::entry::Entry;
use super::key::Key;
use super::{Cache, folder};
use crate::Engine;

const RULE: &str = "#main(List<Int> xs) -> Int\n[x * 2 + 1 for x in xs].sum()";
const PATH: &str = "sum.relon";

/// A cache in a folder of its own, which is removed at the end.
struct Scratch(Cache);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let folder = std::env::temp_dir().join(format!("relon-cache-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        Scratch(Cache::at(folder))
    }

    fn engine(&self) -> Engine {
        let mut engine = Engine::new();
        engine.cache(self.0.clone()).effort(crate::Effort::Quick);
        engine
    }

    /// Loads and runs the rule; gives whether it came from the cache.
    fn run(&self) -> bool {
        let program = self.engine().load(PATH, RULE).expect("a program");
        assert_eq!(program.run_json(r#"{"xs": [1, 2, 3]}"#).expect("a result"), "15");
        program.compiled().expect("machine code").is_kept()
    }

    fn key(&self) -> Key {
        let engine = self.engine();
        Key::new(&engine.settings(PATH, RULE).expect("settings")).expect("a machine that is known")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0.folder);
    }
}

#[test]
fn every_damage_is_seen() {
    let scratch = Scratch::new("damage");
    assert!(!scratch.run() && scratch.run());
    let key = scratch.key();
    let bytes = folder::read(&scratch.0.folder, key.name).expect("a folder").expect("a unit");
    assert!(Entry::decode(&bytes, key.bytes()).is_ok_and(|entry| entry.is_some()));
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (at % 8);
        assert!(Entry::decode(&damaged, key.bytes()).is_err(), "byte {at}");
    }
    for length in (0..bytes.len()).step_by(17) {
        assert!(Entry::decode(&bytes[..length], key.bytes()).is_err(), "{length} bytes");
    }
    assert!(Entry::decode(&bytes, b"another key").is_ok_and(|entry| entry.is_none()));
}

/// Bytes whose checksum is right are read to their end or refused: lengths that are wrong lead nowhere.
#[test]
fn made_up_bytes_are_read_or_refused() {
    use relon_codegen_llvm::codec::{Reader, Writer};

    let scratch = Scratch::new("made-up");
    scratch.run();
    let key = scratch.key();
    let bytes = folder::read(&scratch.0.folder, key.name).expect("a folder").expect("a unit");
    let body = &bytes[..bytes.len() - 8];
    let mut refused = 0;
    for at in (0..body.len()).step_by(5) {
        let mut changed = body.to_vec();
        changed[at] ^= 0x80;
        let changed = Writer::of(changed).finish();
        assert!(Reader::new(&changed).is_ok());
        refused += usize::from(!Entry::decode(&changed, key.bytes()).is_ok_and(|entry| entry.is_some()));
    }
    assert!(refused > 10, "{refused}");
}

#[test]
fn what_is_damaged_is_compiled_and_kept_again() {
    let scratch = Scratch::new("again");
    scratch.run();
    let path = std::fs::read_dir(&scratch.0.folder).expect("a folder").next().expect("a unit").expect("a file").path();
    let bytes = std::fs::read(&path).expect("the unit");
    for part in 0..8 {
        let mut damaged = bytes.clone();
        damaged[part * bytes.len() / 8] ^= 4;
        std::fs::write(&path, damaged).expect("a file that can be written to");
        assert!(!scratch.run() && scratch.run(), "part {part}");
        std::fs::write(&path, &bytes[..part * bytes.len() / 8]).expect("a file that can be written to");
        assert!(!scratch.run() && scratch.run(), "up to part {part}");
    }
    assert!(scratch.0.trouble().expect("it is told").contains("damaged"));
}

#[test]
fn code_of_other_users_and_folders_open_to_them_are_not_used() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    let scratch = Scratch::new("others");
    scratch.run();
    let folder = scratch.0.folder();
    assert_eq!(std::fs::metadata(folder).expect("a folder").mode() & 0o777, 0o700);
    let path = std::fs::read_dir(folder).expect("a folder").next().expect("a unit").expect("a file").path();
    assert_eq!(std::fs::metadata(&path).expect("a unit").mode() & 0o777, 0o600);
    std::fs::set_permissions(folder, PermissionsExt::from_mode(0o777)).expect("a mode");
    assert!(!scratch.run());
    assert!(scratch.0.trouble().expect("it is told").contains("others may write"), "{:?}", scratch.0.trouble());
    std::fs::set_permissions(folder, PermissionsExt::from_mode(0o700)).expect("a mode");
    assert!(scratch.run());
    let elsewhere = folder.join("elsewhere");
    std::fs::rename(&path, &elsewhere).expect("a name");
    symlink(&elsewhere, &path).expect("a link");
    assert!(!scratch.run(), "a link is not followed");
    assert!(scratch.run(), "it was replaced");
    std::fs::remove_file(&path).expect("a unit");
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).expect("a pipe");
    assert!(!scratch.run(), "a pipe is not waited for");
    assert!(scratch.run(), "it was replaced");
    // Only root can give files to others.
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(&path, Some(12345), None).expect("a new owner");
        assert!(!scratch.run());
    }
}
