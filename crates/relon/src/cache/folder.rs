//! The files of a cache: one for each unit, named by its key.
//!
//! A file is written under another name in the same folder and then renamed, so that readers see all of it or nothing. The time of its last
//! change is the time of its last use. Names begin with what no other file has, so that nothing else in a folder is ever removed.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// How names of units begin and end.
const UNIT: (&str, &str) = ("relon-", ".unit");
/// How names of files begin that are being written.
const PARTIAL: &str = ".relon-partial-";
/// After this time a file that is being written was left behind by a process that ended.
const ABANDONED: Duration = Duration::from_secs(600);
/// Bits of a mode that let others write.
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// What a cache holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheContents {
    /// The number of units.
    pub units: usize,
    /// Their bytes.
    pub bytes: u64,
    /// When the unit was used that was not used for longest.
    pub oldest: Option<SystemTime>,
    /// When one was used last.
    pub newest: Option<SystemTime>,
}

/// The bytes that are kept under a key; none where there are none. The unit is marked as used.
pub(super) fn read(folder: &Path, key: u128) -> io::Result<Option<Vec<u8>>> {
    let file = OpenOptions::new().read(true).custom_flags(FLAGS).open(path(folder, key));
    let mut file = match file {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    check_folder(folder)?;
    let metadata = file.metadata()?;
    check_owner(&metadata, "it")?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize + 1);
    file.read_to_end(&mut bytes)?;
    // On a disk that is only read, units are as old as they are.
    let _ = file.set_modified(SystemTime::now());
    Ok(Some(bytes))
}

/// Keeps bytes under a key, and removes what was not used for longest where there are more than `limit` then.
pub(super) fn write(folder: &Path, key: u128, bytes: &[u8], limit: u64) -> io::Result<()> {
    if bytes.len() as u64 > limit {
        return Err(io::Error::other(format!("a unit of {} bytes is more than all that may be kept", bytes.len())));
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    check_folder(folder)?;
    let partial = folder.join(partial_name());
    let written = write_new(&partial, bytes).and_then(|()| fs::rename(&partial, path(folder, key)));
    if written.is_err() {
        // What cannot be removed either is removed when it is old.
        let _ = fs::remove_file(&partial);
    }
    written.and_then(|()| evict(folder, limit))
}

/// Removes what is kept under a key, which is damaged.
pub(super) fn remove(folder: &Path, key: u128) -> io::Result<()> {
    ignore_missing(fs::remove_file(path(folder, key)))
}

pub(super) fn contents(folder: &Path) -> io::Result<CacheContents> {
    let mut contents = CacheContents::default();
    for unit in units(folder)? {
        contents.units += 1;
        contents.bytes += unit.bytes;
        contents.oldest = Some(contents.oldest.map_or(unit.used, |oldest| oldest.min(unit.used)));
        contents.newest = Some(contents.newest.map_or(unit.used, |newest| newest.max(unit.used)));
    }
    Ok(contents)
}

/// Removes all units, and what was left behind.
pub(super) fn clear(folder: &Path) -> io::Result<usize> {
    let units = units(folder)?;
    for unit in &units {
        ignore_missing(fs::remove_file(&unit.path))?;
    }
    remove_abandoned(folder, Duration::ZERO)?;
    Ok(units.len())
}

struct Unit {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
}

/// The units in a folder, without those that others remove meanwhile.
fn units(folder: &Path) -> io::Result<Vec<Unit>> {
    let is_unit = |name: &str| name.starts_with(UNIT.0) && name.ends_with(UNIT.1);
    let found = files(folder, is_unit)?.into_iter();
    Ok(found.map(|(path, metadata)| Unit { path, bytes: metadata.len(), used: modified(&metadata) }).collect())
}

fn modified(metadata: &fs::Metadata) -> SystemTime {
    metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH)
}

fn files(folder: &Path, is_wanted: impl Fn(&str) -> bool) -> io::Result<Vec<(PathBuf, fs::Metadata)>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if !entry.file_name().to_str().is_some_and(&is_wanted) {
            continue;
        }
        match entry.metadata() {
            Ok(metadata) => found.push((entry.path(), metadata)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

fn evict(folder: &Path, limit: u64) -> io::Result<()> {
    let mut units = units(folder)?;
    let mut bytes: u64 = units.iter().map(|unit| unit.bytes).sum();
    if bytes > limit {
        units.sort_by_key(|unit| unit.used);
        for unit in units {
            if bytes <= limit {
                break;
            }
            ignore_missing(fs::remove_file(&unit.path))?;
            bytes -= unit.bytes;
        }
    }
    remove_abandoned(folder, ABANDONED)
}

/// Removes what processes left behind that ended while they wrote.
fn remove_abandoned(folder: &Path, age: Duration) -> io::Result<()> {
    let now = SystemTime::now();
    for (path, metadata) in files(folder, |name| name.starts_with(PARTIAL))? {
        if now.duration_since(modified(&metadata)).is_ok_and(|passed| passed >= age) {
            ignore_missing(fs::remove_file(path))?;
        }
    }
    Ok(())
}

fn ignore_missing(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

fn path(folder: &Path, key: u128) -> PathBuf {
    folder.join(format!("{}{key:032x}{}", UNIT.0, UNIT.1))
}

/// A name that no other process and no other thread of this one takes.
fn partial_name() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    format!("{PARTIAL}{}-{}-{}", std::process::id(), now.as_nanos(), NEXT.fetch_add(1, Ordering::Relaxed))
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)
}

/// Refuses a folder that somebody else can put code into.
fn check_folder(folder: &Path) -> io::Result<()> {
    let metadata = fs::metadata(folder)?;
    check_owner(&metadata, "the folder")?;
    match metadata.mode() & WRITABLE_BY_OTHERS {
        0 => Ok(()),
        _ => Err(io::Error::other("others may write to the folder: `chmod 700` makes it private")),
    }
}

fn check_owner(metadata: &fs::Metadata, what: &str) -> io::Result<()> {
    match metadata.uid() == rustix::process::geteuid().as_raw() {
        true => Ok(()),
        false => Err(io::Error::other(format!("{what} belongs to another user, whose code is not run"))),
    }
}

/// A link could lead to another folder, and a pipe without a writer would be waited for.
const FLAGS: i32 = rustix::fs::OFlags::NOFOLLOW.union(rustix::fs::OFlags::NONBLOCK).bits() as i32;
