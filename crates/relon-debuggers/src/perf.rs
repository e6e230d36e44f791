//! Files for perf: what it knows of code is the file that the memory is mapped from.
//!
//! perf has a format for code that is made at run time (jitdump), in which there are lines, but no inlined functions, and which has to be
//! merged into a recording afterwards. A mapped file needs no such step.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::mm::{MapFlags, ProtFlags, mmap};

use crate::Image;

/// Writes the file and maps the code from it, in place of where it lies. Gives the file, whose name begins with `name`.
///
/// # Errors
/// Where the file cannot be written, or code not be mapped from it.
///
/// # Safety
/// The image is that of code which lies in this process as it says, and which nothing runs yet. Each part of it has its pages to itself.
pub unsafe fn map(image: &Image, name: &str) -> io::Result<PathBuf> {
    let (path, file) = create(name)?;
    (&file).write_all(image.bytes())?;
    let file = File::open(&path)?;
    for (range, offset) in image.code() {
        let place = std::ptr::with_exposed_provenance_mut(range.start);
        let flags = MapFlags::PRIVATE | MapFlags::FIXED;
        // SAFETY: by the caller's condition these pages are the code's alone and nothing runs it; they have the same content as before.
        unsafe { mmap(place, range.len(), ProtFlags::READ | ProtFlags::EXEC, flags, &file, *offset as u64)? };
    }
    Ok(path)
}

/// A new file in this process's folder.
fn create(name: &str) -> io::Result<(PathBuf, File)> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let base =
        Path::new(name).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_else(|| "rule".into());
    let path = folder()?.join(format!("{base}.{}", NEXT.fetch_add(1, Ordering::Relaxed)));
    let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
    Ok((path, file))
}

/// A folder of this process that nobody else can write to.
pub fn folder() -> io::Result<&'static Path> {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    if let Some(folder) = FOLDER.get() {
        return Ok(folder);
    }
    let made = make_folder()?;
    Ok(FOLDER.get_or_init(|| made))
}

/// Another process may have had the same number before, and its folder is then still there.
fn make_folder() -> io::Result<PathBuf> {
    let mut attempt = 0;
    loop {
        let path = std::env::temp_dir().join(format!("relon-perf-{}-{attempt}", std::process::id()));
        match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < 1000 => attempt += 1,
            Err(error) => return Err(error),
        }
    }
}
