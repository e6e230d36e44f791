//! A rule as files that a program is linked with: an object, a static library, bitcode or assembly, and a header for C.

mod c_types;
mod header;
mod linked;

use std::sync::Arc;

use relon_codegen_llvm::Report;
use relon_codegen_llvm::archive::{self, Member};
use relon_codegen_llvm::cocompile::{self, Built};
pub use relon_codegen_llvm::cocompile::{BuildOptions, Delivery, Processor};
use relon_codegen_llvm::natives::shim;
use relon_ir::Module;

pub(crate) use self::linked::Linked;
use crate::error::{Error, ErrorKind, toolchain};
use crate::natives::NativesPackage;
use crate::{Sources, library, source};

/// A rule, compiled for files.
#[derive(Debug)]
pub struct Unit {
    built: Built,
    module: Module,
    sources: Sources,
    warnings: Option<Error>,
    natives: Option<Arc<NativesPackage>>,
    prefix: String,
}

impl Unit {
    pub(crate) fn build(
        module: Module,
        sources: Sources,
        warnings: Option<Error>,
        package: Option<Arc<NativesPackage>>,
        options: &BuildOptions,
    ) -> Result<Unit, Error> {
        let mut linked = vec![library::library()?];
        linked.extend(package.iter().filter_map(|package| package.linkable()));
        let built = cocompile::build(&module, &linked, options).map_err(|error| match error {
            relon_codegen_llvm::Error::Ir(message) => Error::plain(ErrorKind::Input, message, None),
            other => toolchain(other),
        })?;
        Ok(Unit { built, module, sources, warnings, natives: package, prefix: options.prefix.clone() })
    }

    /// The unit as an object. It needs the natives that were not inlined, and Rust's own libraries, from the program.
    pub fn object(&self) -> &[u8] {
        self.built.object()
    }

    /// The unit as bitcode of rustc's LLVM.
    pub fn bitcode(&self) -> &[u8] {
        self.built.bitcode()
    }

    /// The unit as assembly.
    ///
    /// # Errors
    /// Where LLVM cannot print it.
    pub fn assembly(&self) -> Result<String, Error> {
        self.built.assembly().map_err(toolchain)
    }

    /// The unit with all that it needs: a program in C that is linked with it needs only the system's libraries beside it.
    ///
    /// # Errors
    /// Where the natives package was not built for it, or rustc is missing.
    pub fn static_library(&self) -> Result<Vec<u8>, Error> {
        let object = Member::new(format!("{}.o", self.prefix), self.built.object());
        // The functions for a call's context are for the program, and nothing in the unit refers to them.
        let runtime = archive::members(library::LIBRARY_OBJECTS).map_err(toolchain)?;
        let bundled = match &self.natives {
            Some(package) => {
                let whole = self.staticlib_of(package)?;
                let own = archive::members(&whole).map_err(toolchain)?;
                let own = own.into_iter().filter(|member| member.name.starts_with("relon_natives"));
                let roots: Vec<Member<'_>> = std::iter::once(object).chain(own).collect();
                archive::bundle(&roots, &[&whole])
            }
            None => {
                let rust = shim::rust_libraries().map_err(toolchain)?;
                let roots: Vec<Member<'_>> = std::iter::once(object).chain(runtime).collect();
                archive::bundle(&roots, &[&rust])
            }
        };
        bundled.map_err(toolchain)
    }

    fn staticlib_of(&self, package: &NativesPackage) -> Result<Vec<u8>, Error> {
        let missing = || {
            let hint = "build the package with `NativesPackage::build_linked`".to_owned();
            Error::plain(ErrorKind::Toolchain, "the natives package has no static library", Some(hint))
        };
        let path = package.staticlib().ok_or_else(missing)?;
        std::fs::read(path).map_err(|error| {
            Error::plain(ErrorKind::Toolchain, format!("cannot read `{}`: {error}", path.display()), None)
        })
    }

    /// A header for C and C++: the types of parameters and result, the entries, and what each status means. `name` is the file's own.
    pub fn header(&self, name: &str) -> String {
        header::header(&self.module, &self.sources, &self.prefix, name)
    }

    /// What became of the calls of natives.
    pub fn report(&self) -> &Report {
        self.built.report()
    }

    /// What is odd about the source without being wrong, if anything.
    pub fn warnings(&self) -> Option<&Error> {
        self.warnings.as_ref()
    }
}

/// Line and column of the start of a span.
fn place(sources: &Sources, span: relon_ir::Span) -> (&str, source::Position) {
    let file = sources.file(span);
    (file.path(), file.position(span.start))
}
