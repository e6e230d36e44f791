//! What tells programs, processors and toolchains from others, without asking a compiler or loading one.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crate::codec::{Damaged, Reader, Writer};
use crate::llvm;

/// A file or folder as it is on this machine. One that is replaced, written to or moved is another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileIdentity {
    path: PathBuf,
    state: [u64; 7],
}

impl FileIdentity {
    /// Of the file at this path, where there is one.
    pub fn of(path: &Path) -> Option<FileIdentity> {
        let metadata = fs::metadata(path).ok()?;
        let times = [metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec()];
        let [mtime, mtime_nsec, ctime, ctime_nsec] = times.map(|time| time as u64);
        let state = [metadata.dev(), metadata.ino(), metadata.size(), mtime, mtime_nsec, ctime, ctime_nsec];
        Some(FileIdentity { path: path.to_owned(), state })
    }

    /// The path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it was neither made nor changed since a moment.
    pub(crate) fn is_older_than(&self, moment: std::time::Duration) -> bool {
        let [.., mtime, mtime_nsec, ctime, ctime_nsec] = self.state;
        let before = (moment.as_secs(), u64::from(moment.subsec_nanos()));
        (mtime, mtime_nsec) < before && (ctime, ctime_nsec) < before
    }

    /// Whether the file is still the one that it was.
    pub fn holds(&self) -> bool {
        FileIdentity::of(&self.path).as_ref() == Some(self)
    }

    /// Writes it, for [`decode`](Self::decode).
    pub fn encode(&self, writer: &mut Writer) {
        writer.bytes(self.path.as_os_str().as_encoded_bytes());
        for number in self.state {
            writer.number(number as usize);
        }
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    /// Where it is something else.
    pub fn decode(reader: &mut Reader<'_>) -> Result<FileIdentity, Damaged> {
        use std::os::unix::ffi::OsStrExt;
        let path = PathBuf::from(std::ffi::OsStr::from_bytes(reader.bytes()?));
        let mut state = [0; 7];
        for number in &mut state {
            *number = reader.number()? as u64;
        }
        Ok(FileIdentity { path, state })
    }
}

/// The file that holds the code of this crate: a program, or a library where the program has it in one. A build of its own keeps units of
/// its own, so that development versions need no numbers.
pub fn own_code() -> Option<&'static FileIdentity> {
    static OWN: LazyLock<Option<FileIdentity>> = LazyLock::new(|| file_with(own_code as *const () as usize));
    OWN.as_ref()
}

/// The LLVM library of this process, where it is loaded.
pub fn loaded_llvm() -> Option<&'static FileIdentity> {
    static LLVM: LazyLock<Option<FileIdentity>> = LazyLock::new(|| file_with(llvm::address_of_code().ok()?));
    if llvm::is_loaded() { LLVM.as_ref() } else { None }
}

/// The file from which the memory at an address was mapped.
fn file_with(address: usize) -> Option<FileIdentity> {
    let maps = fs::read_to_string("/proc/self/maps").ok()?;
    let path = maps.lines().find_map(|line| {
        let (range, rest) = line.split_once(' ')?;
        let (start, end) = range.split_once('-')?;
        let number = |text| usize::from_str_radix(text, 16).ok();
        let path = rest.get(rest.find('/')?..)?;
        (number(start)? <= address && address < number(end)?).then_some(path)
    });
    FileIdentity::of(Path::new(path?))
}

/// The processor of this machine as it describes itself: all that LLVM reads of it, and more. None where that is not known.
pub fn processor() -> Option<&'static [u32]> {
    static PROCESSOR: LazyLock<Option<Vec<u32>>> = LazyLock::new(describe_processor);
    PROCESSOR.as_deref()
}

#[cfg(target_arch = "x86_64")]
fn describe_processor() -> Option<Vec<u32>> {
    use std::arch::x86_64::{__cpuid, __cpuid_count};

    /// Leaves that tell features, with the part of each register that is the same on all cores.
    const LEAVES: [(u32, u32, [u32; 4]); 11] = [
        (1, 0, [!0, 0, !0, !0]),
        (7, 0, [!0; 4]),
        (7, 1, [!0; 4]),
        (7, 2, [!0; 4]),
        (0xd, 1, [!0, 0, 0, 0]),
        (0x14, 0, [!0; 4]),
        (0x19, 0, [!0; 4]),
        (0x1e, 1, [!0; 4]),
        (0x24, 0, [!0; 4]),
        (0x8000_0001, 0, [!0, 0, !0, !0]),
        (0x8000_0008, 0, [0, !0, 0, 0]),
    ];
    let (basic, extended) = (__cpuid(0), __cpuid(0x8000_0000));
    let mut described = vec![basic.eax, basic.ebx, basic.ecx, basic.edx, extended.eax];
    for (leaf, part, [eax, ebx, ecx, edx]) in LEAVES {
        let last = if leaf < 0x8000_0000 { basic.eax } else { extended.eax };
        if leaf <= last {
            let found = __cpuid_count(leaf, part);
            described.extend([found.eax & eax, found.ebx & ebx, found.ecx & ecx, found.edx & edx]);
        }
    }
    if std::arch::is_x86_feature_detected!("xsave") {
        // SAFETY: the processor has the instruction, and the system allows it.
        let state = unsafe { enabled_state() };
        described.extend([state as u32, (state >> 32) as u32]);
    }
    Some(described)
}

/// Which registers the system saves, and so lets programs use.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "xsave")]
unsafe fn enabled_state() -> u64 {
    // SAFETY: the feature is there.
    unsafe { std::arch::x86_64::_xgetbv(0) }
}

#[cfg(not(target_arch = "x86_64"))]
fn describe_processor() -> Option<Vec<u32>> {
    None
}

/// Which LLVM would be loaded now, as far as that can be known without asking rustc: what the answer depends on. A unit also names the
/// library that made it, which still has to be there.
pub fn toolchain() -> Vec<u8> {
    let mut writer = Writer::default();
    for name in [llvm::LLVM_OVERRIDE, "RUSTC", "RUSTUP_TOOLCHAIN", "RUSTUP_HOME"] {
        writer.bytes(std::env::var_os(name).unwrap_or_default().as_encoded_bytes());
    }
    writer.number(llvm::system_version().map_or(0, |version| version as usize));
    let home = std::env::var_os("RUSTUP_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".rustup")));
    let settings = home.map(|home| home.join("settings.toml"));
    for path in [rustc(), settings].into_iter().flatten() {
        if let Some(identity) = FileIdentity::of(&path) {
            identity.encode(&mut writer);
        }
    }
    writer.into_bytes()
}

/// The rustc that would be run.
fn rustc() -> Option<PathBuf> {
    command("RUSTC", "rustc")
}

/// The program that a variable names, or else the one of this name on the path.
pub(crate) fn command(variable: &str, name: &str) -> Option<PathBuf> {
    let name = PathBuf::from(std::env::var_os(variable).unwrap_or_else(|| name.into()));
    if name.components().count() > 1 {
        return Some(name);
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(&name)).find(|candidate| candidate.is_file())
}
