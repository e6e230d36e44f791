//! What a host gives to its rules: packages of natives, and functions that it registered.

use std::collections::BTreeMap;
use std::sync::Arc;

#[cfg(feature = "llvm")]
use relon_codegen_llvm::codec::Writer;
#[cfg(any(feature = "cranelift", feature = "llvm"))]
use relon_ir::Convention;
use relon_ir::World;
use relon_natives::Callee;
use relon_natives::descriptor::{Capability, Descriptor};
use relon_natives::open::OpenNative;
#[cfg(any(feature = "cranelift", feature = "llvm"))]
use relon_natives::{StandardLibrary, Symbols};

use crate::error::{Error, ErrorKind};
use crate::natives::NativesPackage;

/// Packages of natives and functions of the host, and in which worlds they are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Host {
    packages: Vec<Arc<NativesPackage>>,
    /// By name.
    functions: BTreeMap<String, Arc<OpenNative>>,
    world: World,
    /// Natives in another world, by name.
    worlds: BTreeMap<String, World>,
    granted: Vec<Capability>,
}

impl Host {
    pub(crate) fn add_package(&mut self, package: Arc<NativesPackage>) {
        if !self.packages.iter().any(|known| Arc::ptr_eq(known, &package)) {
            self.packages.push(package);
        }
    }

    pub(crate) fn register(&mut self, native: OpenNative) {
        self.functions.insert(native.descriptor().name.clone(), Arc::new(native));
    }

    pub(crate) fn grant(&mut self, capability: Capability) {
        self.granted.push(capability);
    }

    pub(crate) fn granted(&self) -> &[Capability] {
        &self.granted
    }

    pub(crate) fn set_world(&mut self, world: World) {
        self.world = world;
    }

    pub(crate) fn set_world_of(&mut self, name: String, world: World) {
        self.worlds.insert(name, world);
    }

    #[cfg(any(feature = "cranelift", feature = "llvm"))]
    pub(crate) fn packages(&self) -> &[Arc<NativesPackage>] {
        &self.packages
    }

    /// All natives that rules may call. A registered function takes the place of a package's native of the same name and types.
    ///
    /// # Errors
    /// Names that natives cannot have, natives that share a name or a symbol, and worlds that a native cannot be in.
    pub(crate) fn descriptors(&self) -> Result<Vec<Descriptor>, Error> {
        let mut all: Vec<Descriptor> = Vec::new();
        for native in self.packages.iter().flat_map(|package| package.descriptors()) {
            if let Some(problem) = native.name_problem() {
                return Err(Error::plain(ErrorKind::Input, problem, None));
            }
            match all.iter().find(|known| known.name == native.name || known.symbol == native.symbol) {
                Some(known) => return Err(twice(known, native)),
                None => all.push(native.clone()),
            }
        }
        for function in self.functions.values() {
            if let Some(problem) = function.problem() {
                return Err(Error::plain(ErrorKind::Input, problem, None));
            }
            let place = all.iter_mut().find(|known| known.name == function.descriptor().name);
            match place {
                Some(known) if known.has_types_of(function.descriptor()) => *known = function.descriptor_like(known),
                Some(known) => return Err(mistyped(known, function.descriptor())),
                None => all.push(function.descriptor().clone()),
            }
        }
        self.check_worlds(&all)?;
        Ok(all)
    }

    fn check_worlds(&self, all: &[Descriptor]) -> Result<(), Error> {
        for (name, world) in &self.worlds {
            let Some(native) = all.iter().find(|native| native.name == *name) else {
                let message = format!("there is no native `{name}`, which is to be in the {world} world");
                return Err(Error::plain(ErrorKind::Input, message, None));
            };
            if native.open && *world != World::Open {
                let message = format!("`{native}` was registered by the host and cannot be in the {world} world");
                let hint = "a function with a state has neither a body nor an address of its own".to_owned();
                return Err(Error::plain(ErrorKind::Input, message, Some(hint)));
            }
        }
        Ok(())
    }

    /// Writes all that decides what a rule is compiled to. Functions of the host are told by their types: none of them is in code.
    #[cfg(feature = "llvm")]
    pub(crate) fn encode(&self, writer: &mut Writer) {
        writer.number(self.packages.len());
        for package in &self.packages {
            writer.number(usize::from(package.has_bodies()));
            writer.bytes(&package.fingerprint().to_le_bytes());
        }
        writer.number(self.functions.len());
        for function in self.functions.values() {
            writer.text(&format!("{:?}", function.descriptor()));
        }
        writer.text(self.world.name());
        writer.number(self.worlds.len());
        for (name, world) in &self.worlds {
            writer.text(name);
            writer.text(world.name());
        }
        for capability in Capability::ALL {
            writer.number(usize::from(self.granted.contains(&capability)));
        }
    }

    /// The world that a native is to be in.
    #[cfg(any(feature = "cranelift", feature = "llvm"))]
    pub(crate) fn world_of(&self, name: &str) -> World {
        self.worlds.get(name).copied().unwrap_or(self.world)
    }

    /// Where a native is in this process: a function of the host by the address of its target, others by those of their entries.
    ///
    /// # Errors
    /// Where nobody has it.
    #[cfg(any(feature = "cranelift", feature = "llvm"))]
    pub(crate) fn address(&self, native: &relon_ir::Native) -> Result<usize, Error> {
        let address = match native.convention {
            Convention::Open => {
                let target = self.function(&native.name).map(|function| std::ptr::from_ref(function.target()));
                target.map(|target| target.expose_provenance())
            }
            Convention::Direct | Convention::Status => {
                let mut symbols = self.packages.iter().map(|package| package.symbols());
                let in_packages = || symbols.find_map(|symbols| symbols.address(&native.symbol));
                StandardLibrary.address(&native.symbol).or_else(in_packages)
            }
        };
        address.ok_or_else(|| {
            let message = format!("the native `{}` is nowhere in this process", native.name);
            Error::plain(ErrorKind::Toolchain, message, None)
        })
    }

    /// The registered function with this name.
    pub(crate) fn function(&self, name: &str) -> Option<&OpenNative> {
        self.functions.get(name).map(|function| &**function)
    }

    /// What a caller calls that knows the signature only at run time.
    pub(crate) fn callee(&self, native: &Descriptor) -> Option<Callee> {
        if native.open {
            return self.function(&native.name).map(|function| Callee::Open(*function.target()));
        }
        self.packages.iter().find_map(|package| package.packed_entry(native)).map(Callee::Packed)
    }

    /// The same host with the functions and grants of another, for a rule that was loaded with these natives.
    ///
    /// # Errors
    /// The first function that is missing there, has other types or its parameters in another order, or needs what is not granted there.
    pub(crate) fn bound(&self, other: &Host, natives: &[Descriptor]) -> Result<Host, Error> {
        for expected in natives.iter().filter(|native| native.open) {
            other.check_bound(expected)?;
        }
        let (functions, granted) = (other.functions.clone(), other.granted.clone());
        Ok(Host { functions, granted, ..self.clone() })
    }

    fn check_bound(&self, expected: &Descriptor) -> Result<(), Error> {
        let found = self.function(&expected.name).ok_or_else(|| missing(expected))?;
        if let Some(problem) = found.problem() {
            return Err(Error::plain(ErrorKind::Input, problem, None));
        }
        let found = found.descriptor();
        // The rule may have named its arguments, which are passed by position now.
        let place = |name: &str| found.params.iter().position(|param| param.name == name);
        let moved =
            expected.params.iter().enumerate().any(|(at, param)| place(&param.name).is_some_and(|place| place != at));
        if moved || !found.has_types_of(expected) {
            return Err(mistyped(expected, found));
        }
        match found.requires.iter().find(|capability| !self.granted.contains(capability)) {
            Some(capability) => Err(not_granted(found, *capability)),
            None => Ok(()),
        }
    }

    /// The package with these natives, where a file can hold the code of all of them.
    ///
    /// # Errors
    /// Names the first that no file can hold.
    #[cfg(feature = "llvm")]
    pub(crate) fn package_for_files(&self, natives: &[Descriptor]) -> Result<Option<Arc<NativesPackage>>, Error> {
        let mut found: Option<&Arc<NativesPackage>> = None;
        for native in natives.iter().filter(|native| !native.symbol.starts_with("relon_std_")) {
            let holder = self.packages.iter().find(|package| package.descriptors().contains(native));
            let Some(holder) = holder.filter(|holder| holder.linkable().is_some()) else {
                return Err(only_here(native));
            };
            if found.replace(holder).is_some_and(|other| !Arc::ptr_eq(other, holder)) {
                let message = "the rule calls natives of two packages, and files have room for those of one".to_owned();
                let hint = "put the natives into one package".to_owned();
                return Err(Error::plain(ErrorKind::Input, message, Some(hint)));
            }
        }
        Ok(found.or(self.packages.iter().find(|package| package.linkable().is_some())).cloned())
    }

    /// Marks this thread as running a rule, until the guard is dropped.
    pub(crate) fn enter(&self) -> Inside<'_> {
        self.packages.iter().for_each(|package| package.enter());
        Inside(self)
    }
}

/// While it lives, panics of natives of packages are quiet on this thread.
pub(crate) struct Inside<'a>(&'a Host);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.packages.iter().for_each(|package| package.leave());
    }
}

fn twice(one: &Descriptor, other: &Descriptor) -> Error {
    let message = match one.name == other.name {
        true => format!("two packages have a native `{}`: `{one}` and `{other}`", one.name),
        false => format!("natives of two packages have the symbol `{}`: `{one}` and `{other}`", one.symbol),
    };
    let hint = "give one of them another name: `#[relon::native(name = \"..\")]`".to_owned();
    Error::plain(ErrorKind::Input, message, Some(hint))
}

fn mistyped(expected: &Descriptor, found: &Descriptor) -> Error {
    let message = format!("the native `{}` is `{expected}`, and was registered as `{found}`", expected.name);
    let hint = "register a function with the same parameters and result, or under another name".to_owned();
    Error::plain(ErrorKind::Input, message, Some(hint))
}

#[cfg(feature = "llvm")]
fn only_here(native: &Descriptor) -> Error {
    let message = format!("the native `{native}` is a function of this program, which a file cannot hold");
    let hint = "call natives of a package that was built with `NativesPackage::build_linked`".to_owned();
    Error::plain(ErrorKind::Input, message, Some(hint))
}

fn missing(expected: &Descriptor) -> Error {
    let message = format!("the rule calls `{expected}`, and no native `{}` was registered", expected.name);
    Error::plain(ErrorKind::Input, message, Some("register it with `Engine::register`".to_owned()))
}

fn not_granted(native: &Descriptor, capability: Capability) -> Error {
    let message = format!("`{native}` needs the capability `{capability}`, which is not granted");
    Error::plain(ErrorKind::Analyze, message, Some("grant it with `Engine::grant`".to_owned()))
}
