//! Loading a rule by way of the cache.

use std::sync::Arc;
use std::time::Instant;

use relon_codegen_llvm::identity;
use relon_frontend::{Modules, SourceText};
use relon_natives::descriptor::Descriptor;

use super::entry::{Entry, Kept};
use super::imports::{self, Recorder};
use super::key::Key;
use super::{Cache, folder};
use crate::Sources;
use crate::engine::{Engine, Phases, refused, warnings};
use crate::error::Error;
use crate::program::{Code, Program};

impl Engine {
    /// Loads a rule with LLVM's code from the cache, or compiles it and keeps the code.
    pub(crate) fn load_by_cache(&self, cache: &Cache, path: &str, source: &str) -> Result<Program, Error> {
        let start = Instant::now();
        let descriptors = self.host().descriptors()?;
        let settings = self.settings(path, source)?;
        let Some(key) = Key::new(&settings) else {
            cache.had_trouble("nothing is kept: the processor, or the file of this program, is not known".to_owned());
            return self.compile(path, source);
        };
        if let Some(entry) = find(cache, &key)
            && let Some(program) = self.restored(entry, path, source, &descriptors, start)?
        {
            cache.count_hit();
            return Ok(program);
        }
        cache.count_miss();
        self.compile_and_keep(cache, &key, path, source)
    }

    /// The program of what was kept; none where an imported file is another one, or LLVM, or a symbol is missing.
    fn restored(
        &self,
        entry: Entry,
        path: &str,
        source: &str,
        descriptors: &[Descriptor],
        start: Instant,
    ) -> Result<Option<Program>, Error> {
        let is_other = identity::loaded_llvm().is_some_and(|loaded| *loaded != entry.llvm);
        if is_other || !entry.llvm.holds() {
            return Ok(None);
        }
        let Some(imported) = imports::replay(&entry.imports, self.module_files()) else { return Ok(None) };
        let main = SourceText { path: path.to_owned(), text: source.to_owned() };
        let sources = Sources::new(std::iter::once(main).chain(imported).collect());
        let Entry { module, artifact, frames, typed_ir, natives, has_warnings, .. } = entry;
        let lowered = self.lowered(module, sources)?;
        let mut phases = Phases::default();
        phases.add(&[("find", start.elapsed())]);
        let options = lowered.llvm_options(self.llvm_settings())?;
        let Ok(compiled) = lowered.load(artifact, &options, frames, Some(typed_ir), &mut phases) else {
            return Ok(None);
        };
        let warned = if has_warnings { self.check(path, source)?.warnings().cloned() } else { None };
        let is_called = |native: &&Descriptor| natives.contains(&native.symbol);
        let natives = descriptors.iter().filter(is_called).cloned().collect();
        Ok(Some(Program::new(Code::Compiled(Arc::new(compiled)), natives, phases.into_steps(), warned)))
    }

    fn compile_and_keep(&self, cache: &Cache, key: &Key, path: &str, source: &str) -> Result<Program, Error> {
        let mut phases = Phases::default();
        let recorder = self.module_files().map(Recorder::new);
        let modules = recorder.as_ref().map(|recorder| recorder as &dyn Modules);
        let (checked, sources) = phases.time("check", || self.checked_with(path, source, modules))?;
        let imports = recorder.map(Recorder::into_imports).unwrap_or_default();
        let checked = checked.map_err(|error| refused(error, &sources))?;
        let odd = warnings(checked.warnings.clone(), &sources);
        let natives = checked.natives.clone();
        let lowered = self.lower(checked, sources, &mut phases)?;
        let options = lowered.llvm_options(self.llvm_settings())?;
        let artifact = lowered.artifact(&options)?;
        let frames = crate::machine::estimated_frames(&lowered.module);
        if artifact.is_portable(&lowered.module, &options) {
            let symbols: Vec<String> = natives.iter().map(|native| native.symbol.clone()).collect();
            let kept = |llvm| Kept {
                key: key.bytes(),
                llvm,
                imports: &imports,
                natives: &symbols,
                has_warnings: odd.is_some(),
                frames,
                module: &lowered.module,
                artifact: &artifact,
            };
            phases.time("keep", || keep(cache, key, kept));
        }
        let compiled = lowered.load(artifact, &options, frames, None, &mut phases)?;
        Ok(Program::new(Code::Compiled(Arc::new(compiled)), natives, phases.into_steps(), odd))
    }
}

/// What is kept under a key. What is damaged is removed.
fn find(cache: &Cache, key: &Key) -> Option<Entry> {
    let bytes = folder::read(&cache.folder, key.name).unwrap_or_else(|error| {
        cache.had_trouble(format!("the cache in `{}` cannot be read: {error}", cache.folder.display()));
        None
    })?;
    Entry::decode(&bytes, key.bytes()).unwrap_or_else(|_| {
        cache.had_trouble(format!("a unit in the cache `{}` was damaged, and is removed", cache.folder.display()));
        if let Err(error) = folder::remove(&cache.folder, key.name) {
            cache.had_trouble(format!("a damaged unit cannot be removed: {error}"));
        }
        None
    })
}

fn keep<'a>(cache: &Cache, key: &Key, kept: impl FnOnce(&'a identity::FileIdentity) -> Kept<'a>) {
    let Some(llvm) = identity::loaded_llvm() else {
        cache.had_trouble("nothing is kept: the file of the loaded LLVM is not known".to_owned());
        return;
    };
    if let Err(error) = folder::write(&cache.folder, key.name, &kept(llvm).encode(), cache.limit) {
        cache.had_trouble(format!("nothing can be kept in the cache `{}`: {error}", cache.folder.display()));
    }
}
