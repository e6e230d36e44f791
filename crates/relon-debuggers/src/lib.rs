//! Machine code that is made at run time, for gdb and perf.
//!
//! Both read files, and code that a program makes for itself is in none. So an ELF file is made of it ([`Image`]): what lies in memory, at
//! the addresses where it lies, with the names of functions and with line tables. gdb is given the file in memory, by an interface that it
//! has for this ([`gdb`]). For perf it is written to disk, and the code is mapped again from there, so that samples in it are samples in a
//! file ([`perf`]); names, lines and inlined functions then come from the file as for any other program, without a step in between.
//!
//! ```
//! use relon_debuggers::Tools;
//!
//! assert_eq!(Tools::parse("gdb,perf")?, Tools { gdb: true, perf: true });
//! assert!(Tools::parse("gbd").is_err());
//! # Ok::<(), relon_debuggers::Error>(())
//! ```

pub mod gdb;
mod image;
#[cfg(feature = "lines")]
pub mod lines;
#[cfg(target_os = "linux")]
pub mod perf;

use std::fmt;

pub use image::{Image, Loaded, Section, Symbol};

/// The variable that names who is told of code, besides those that the program names itself.
pub const VARIABLE: &str = "RELON_DEBUG";

/// Who is told of code. To tell someone makes loading slower, and the code itself no different.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tools {
    /// A debugger that is or will be attached to this process, and knows the interface of gdb for code that is made at run time.
    pub gdb: bool,
    /// perf, by a file for each program. The files stay when the process ends, since perf reads them later.
    pub perf: bool,
}

impl Tools {
    /// Whether anyone is told.
    pub fn any(self) -> bool {
        self.gdb || self.perf
    }

    /// All of both.
    #[must_use]
    pub fn and(self, other: Tools) -> Tools {
        Tools { gdb: self.gdb || other.gdb, perf: self.perf || other.perf }
    }

    /// Those of a list such as `gdb,perf`.
    ///
    /// # Errors
    /// Names what is none of them.
    pub fn parse(list: &str) -> Result<Tools, Error> {
        let mut tools = Tools::default();
        for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            match name {
                "gdb" => tools.gdb = true,
                "perf" => tools.perf = true,
                other => return Err(Error(format!("{VARIABLE} names `{other}`: it is a list of `gdb` and `perf`"))),
            }
        }
        Ok(tools)
    }

    /// Those that [`VARIABLE`] names.
    ///
    /// # Errors
    /// As for [`parse`](Self::parse).
    pub fn of_environment() -> Result<Tools, Error> {
        std::env::var_os(VARIABLE).map_or(Ok(Tools::default()), |list| Tools::parse(&list.to_string_lossy()))
    }
}

/// What is known of code, as long as this lives: dropping it takes back what gdb was told. Has to be dropped before the code is freed.
#[derive(Debug)]
#[must_use]
pub struct Known {
    _gdb: Option<gdb::Registration>,
}

/// Tells the tools of code. `name` is that of the file it comes from, as people know it.
///
/// # Errors
/// Where there can be no file for perf.
///
/// # Safety
/// The image is that of code which lies in this process as it says, which nothing runs yet, and which is alive as long as the result.
pub unsafe fn announce(image: &Image, name: &str, tools: Tools) -> Result<Known, Error> {
    if tools.perf {
        // SAFETY: the caller's condition.
        unsafe { announce_to_perf(image, name)? };
    }
    Ok(Known { _gdb: tools.gdb.then(|| gdb::Registration::new(image.bytes().to_vec())) })
}

#[cfg(target_os = "linux")]
unsafe fn announce_to_perf(image: &Image, name: &str) -> Result<(), Error> {
    // SAFETY: the caller's condition.
    let done = unsafe { perf::map(image, name) };
    done.map(drop).map_err(|error| {
        let folder = std::env::temp_dir();
        let folder = folder.display();
        Error(format!("perf cannot be told of code: {error}: {folder} has to take files that may be executed; TMPDIR names another folder"))
    })
}

#[cfg(not(target_os = "linux"))]
unsafe fn announce_to_perf(_image: &Image, _name: &str) -> Result<(), Error> {
    Err(Error("perf cannot be told of code: there is no perf on this system".to_owned()))
}

/// Why nobody was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}
