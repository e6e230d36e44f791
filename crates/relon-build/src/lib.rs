//! Compiles business rules into a Rust program, from the program's build script.
//!
//! ```no_run
//! // build.rs
//! fn main() -> Result<(), relon_build::Error> {
//!     relon_build::Rules::new("rules").natives("../natives").compile()
//! }
//! ```
//!
//! Each file with `#main` in the folder becomes machine code in a static library, together with the natives that it calls, and a module of
//! typed bindings, which `relon::include_rules!()` takes up:
//!
//! ```ignore
//! relon::include_rules!();
//!
//! let quote = pricing::run(&order)?;
//! ```
//!
//! The program needs no LLVM when it runs. It depends on `relon` without default features and with the feature `rules`, and on the package of
//! natives, whose functions the rules share with it: a static of a native is one, whoever calls.
//!
//! A program that loads rules when it runs, and lets them inline its natives, calls [`embed_natives`] instead.
//!
//! The steps: find the rules (`find`), build the natives (`natives`), check and lower each rule (`rule`), compile what has changed (`unit`), and write
//! bindings (`bindings`).

mod bindings;
mod embed;
mod error;
mod find;
mod hash;
mod lto;
mod natives;
mod output;
mod rule;
mod unit;

use std::path::PathBuf;

pub use embed::embed_natives;
pub use error::Error;
pub use relon::Capability;

use bindings::Tree;
use find::RuleFile;
use natives::Package;
use output::{Output, cargo};
use relon_codegen_llvm::archive::{Member, archive};
use rule::Checked;

/// How compiled rules become part of the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Delivery {
    /// By link-time optimisation where the settings are right for it, else as machine code.
    #[default]
    Auto,
    /// As machine code.
    Object,
    /// By link-time optimisation of the whole program: the rule, its natives and what calls it are optimised as one. It is an error where
    /// the settings are not right for it.
    Lto,
}

/// Rules to be compiled into the program. Its methods say how, and [`compile`](Self::compile) does it.
#[derive(Clone, Debug)]
pub struct Rules {
    root: PathBuf,
    natives: Option<PathBuf>,
    granted: Vec<Capability>,
    delivery: Delivery,
    serde: bool,
    valid_args: bool,
}

impl Rules {
    /// The `.relon` files in a folder and those below it, or one file. A file without `#main` is only there to be imported.
    ///
    /// A relative path starts at the package of the build script.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let (root, delivery) = (path.into(), Delivery::Auto);
        Rules { root, natives: None, granted: Vec::new(), delivery, serde: false, valid_args: false }
    }

    /// Lets rules call the natives of the cargo package in this folder. The program has to depend on it as well.
    #[must_use]
    pub fn natives(mut self, package: impl Into<PathBuf>) -> Self {
        self.natives = Some(package.into());
        self
    }

    /// Lets natives use this capability.
    #[must_use]
    pub fn grant(mut self, capability: Capability) -> Self {
        self.granted.push(capability);
        self
    }

    /// Says how compiled rules become part of the program: [`Delivery::Auto`] unless this is called.
    #[must_use]
    pub fn delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }

    /// Says whether owned types derive `serde::Serialize` and `serde::Deserialize`. The program then depends on `serde` with its derive
    /// macros.
    #[must_use]
    pub fn serde(mut self, derive: bool) -> Self {
        self.serde = derive;
        self
    }

    /// Says whether arguments can be checked apart from runs, once for many of them: `validate` checks, and `run_valid` relies on it; both have forms
    /// for many rows. It takes longer to compile.
    #[must_use]
    pub fn valid_args(mut self, valid_args: bool) -> Self {
        self.valid_args = valid_args;
        self
    }

    /// Checks and compiles the rules, and writes what `relon::include_rules!()` takes up. To be called once in a build script.
    ///
    /// # Errors
    /// What is wrong with the rules, each with its file and line, or with natives, settings or the toolchain. Cargo is told of each as well.
    pub fn compile(&self) -> Result<(), Error> {
        self.try_compile().inspect_err(|error| error.headlines().iter().for_each(|line| cargo::error(line)))
    }

    fn try_compile(&self) -> Result<(), Error> {
        let output = Output::new(PathBuf::from(variable("OUT_DIR")?));
        check_target()?;
        cargo::rerun_if_changed(&self.root);
        cargo::rerun_if_env_changed(relon_codegen_llvm::llvm::LLVM_OVERRIDE);
        let files = find::rule_files(&self.root)?;
        let package = self.natives.as_deref().map(|folder| Package::build_for_cargo(folder, &output)).transpose()?;
        let rules = self.check(files, package.as_ref())?;
        let link = lto::decide(self.delivery)?;
        let name = unit_name(&variable("CARGO_PKG_NAME")?);
        let library = format!("relon_rules_{name}");
        let (mut units, mut tree) = (Vec::new(), Tree::default());
        for rule in rules {
            let unit = unit::compile(&rule, package.as_ref(), &name, link, &output)?;
            let items = bindings::items(&bindings::Rule {
                module: &rule.module,
                sources: &rule.sources,
                prefix: &unit.prefix,
                library: &library,
                facts: unit.facts,
                serde: self.serde,
            });
            let path = rule.file.path.display();
            let items = items.map_err(|message| Error::new(format!("{path}: {message}")))?;
            if tree.has(&rule.file.module) {
                return Err(Error::new(format!("{path}: another rule has the same name in Rust: rename the file")));
            }
            tree.add(&rule.file.module, bindings::about(&rule.sources), items);
            units.push(unit);
        }
        let members: Vec<Member<'_>> =
            units.iter().map(|unit| Member::new(format!("{}.o", unit.prefix), &unit.content)).collect();
        output.write(&format!("lib{library}.a"), &archive(&members)?)?;
        output.write("relon_rules.rs", text(&tree, package.as_ref()).as_bytes())?;
        cargo::link_search(output.folder());
        cargo::tell_inputs();
        Ok(())
    }

    /// Checks all rules, so that all that is wrong is said at once.
    fn check(&self, files: Vec<RuleFile>, package: Option<&Package>) -> Result<Vec<Checked>, Error> {
        let (mut checked, mut errors) = (Vec::new(), Vec::new());
        let is_empty = files.is_empty();
        for file in files {
            match rule::check(file, package, &self.granted, self.valid_args) {
                Ok(Some(rule)) => checked.push(rule),
                Ok(None) => {}
                Err(error) => errors.push(error),
            }
        }
        if !errors.is_empty() {
            return Err(Error::all(errors));
        }
        if checked.is_empty() {
            let found = if is_empty { "no file that ends with `.relon`" } else { "no file with `#main`" };
            return Err(Error::new(format!("there is no rule to compile: `{}` has {found}", self.root.display())));
        }
        Ok(checked)
    }
}

/// What `include_rules!` takes up.
fn text(tree: &Tree, package: Option<&Package>) -> String {
    let mut out = "// Generated by relon-build.\n".to_owned();
    if let Some(package) = package {
        let name = bindings::identifier(&package.crate_name);
        out.push_str(&format!(
            "\n// Rules call these natives: the package has to be a dependency of this one.\n#[allow(unused_imports)]\nuse ::{name} as _;\n"
        ));
    }
    out.push_str(&tree.render());
    out
}

/// A variable that cargo sets for build scripts.
fn variable(name: &str) -> Result<String, Error> {
    std::env::var(name).map_err(|_| Error::new(format!("cargo has not set {name}: call this in a build script")))
}

/// Natives are built for the machine that builds the program.
fn check_target() -> Result<(), Error> {
    let (host, target) = (variable("HOST")?, variable("TARGET")?);
    match host == target {
        true => Ok(()),
        false => Err(Error::new(format!("rules are compiled for {host} only, and this build is for {target}"))),
    }
}

/// A text as a part of C symbols.
fn unit_name(text: &str) -> String {
    let escape = |c: char| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' => c.to_string(),
        '-' => "_".to_owned(),
        other => format!("u{:x}", u32::from(other)),
    };
    text.trim_start_matches("r#").chars().map(escape).collect()
}
