//! The rules of the folder: which version of each serves, and what is wrong with those that do not load.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use relon::{Engine, Error, ErrorKind, ModuleFiles, Program, Reloadable, Sources, TrapKind};
use serde_json::{Value, json};

use crate::payment::{Answer, Payment, Request, Verdict};

/// A rule of the service. Its Rust types are what the signature of every new version is compared with.
type ScoringRule = Reloadable<(&'static Payment<'static>,), Verdict<'static>>;

/// All rules of a folder.
#[derive(Debug)]
pub struct Catalog {
    engine: Engine,
    folder: PathBuf,
    files: RwLock<BTreeMap<String, File>>,
}

/// A file of the folder, as it was found last.
#[derive(Debug, Default)]
struct File {
    /// The rule that serves, once a version was good.
    rule: Option<Arc<ScoringRule>>,
    /// What the last version was made from; none where it has to be looked at again whatever changes.
    sources: Option<Sources>,
    /// Why the last version was refused.
    refused: Option<Error>,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Unanswered {
    /// No file of the folder has this name.
    Unknown,
    /// No version of the rule was good so far: the error of the last.
    NotLoaded(Box<Error>),
    /// The rule stopped.
    Stopped(Box<Error>),
}

/// What became of a file that changed.
#[derive(Debug)]
pub enum Event {
    /// This version serves now.
    Serves(u64),
    /// The new version was refused.
    Refused(Error),
    /// The rule is gone.
    Removed,
}

/// What a source turned out to be.
enum Loaded {
    Rule(Program),
    /// It has no `#main` and is there to be imported.
    Library,
    Refused(Error),
}

impl Catalog {
    /// The rules of a folder, none of which is loaded yet.
    ///
    /// # Errors
    /// Where the natives of this program were made for another version of relon.
    pub fn new(folder: impl Into<PathBuf>) -> Result<Self, Error> {
        let folder = folder.into();
        let mut engine = Engine::new();
        engine.natives(Arc::new(relon::include_natives!()?)).modules(ModuleFiles::within(&folder));
        Ok(Catalog { engine, folder, files: RwLock::default() })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Scores a payment by the rule of this name.
    ///
    /// # Errors
    /// Where there is no such rule, or it stops.
    pub fn score(&self, name: &str, request: &Request) -> Result<Answer, Unanswered> {
        let (rule, generation) = self.serving(name)?.current_and_generation();
        let answer = rule.run((&request.payment(),), |verdict| Answer::new(request, generation + 1, &verdict));
        answer.map_err(|error| Unanswered::Stopped(Box::new(error)))
    }

    fn serving(&self, name: &str) -> Result<Arc<ScoringRule>, Unanswered> {
        let files = self.read();
        let file = files.get(name).ok_or(Unanswered::Unknown)?;
        match (&file.rule, &file.refused) {
            (Some(rule), _) => Ok(rule.clone()),
            (None, Some(error)) => Err(Unanswered::NotLoaded(Box::new(error.clone()))),
            (None, None) => Err(Unanswered::Unknown),
        }
    }

    /// Looks for what has changed in the folder and takes it up. One thread does this, while others score.
    ///
    /// # Errors
    /// Where the folder cannot be read: then everything stays as it is.
    pub fn refresh(&self) -> std::io::Result<Vec<(String, Event)>> {
        let found = relon_files(&self.folder)?;
        let mut events = self.remove_others(&found);
        for (name, path) in found {
            if self.is_unchanged(&name) {
                continue;
            }
            // Compiling takes its time, so no lock is held here.
            let loaded = self.load(&path);
            let mut files = self.files.write().unwrap_or_else(PoisonError::into_inner);
            let event = files.entry(name.clone()).or_default().take(loaded);
            events.extend(event.map(|event| (name, event)));
        }
        Ok(events)
    }

    fn remove_others(&self, found: &BTreeMap<String, PathBuf>) -> Vec<(String, Event)> {
        let mut files = self.files.write().unwrap_or_else(PoisonError::into_inner);
        let gone = files.extract_if(.., |name, _| !found.contains_key(name));
        gone.filter(|(_, file)| file.is_rule()).map(|(name, _)| (name, Event::Removed)).collect()
    }

    /// Whether the file, and all that it imports, are what they were when it was loaded.
    fn is_unchanged(&self, name: &str) -> bool {
        let sources = self.read().get(name).and_then(|file| file.sources.clone());
        let same = |path: &str, text: &str| std::fs::read_to_string(path).is_ok_and(|now| now == text);
        sources.is_some_and(|sources| sources.files().iter().all(|file| same(file.path(), file.text())))
    }

    fn load(&self, path: &Path) -> Loaded {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                let message = format!("cannot read `{}`: {error}", path.display());
                return Loaded::Refused(Error::plain(ErrorKind::Input, message, None));
            }
        };
        match self.engine.load(&path.display().to_string(), &text) {
            Ok(program) => Loaded::Rule(program),
            Err(error) if error.kind() == ErrorKind::Trap(TrapKind::NoMainSignature) => Loaded::Library,
            Err(error) => Loaded::Refused(error),
        }
    }

    /// The rules for people: which version serves, and what is wrong with the last.
    pub fn status(&self) -> Value {
        let files = self.read();
        files.iter().filter(|(_, file)| file.is_rule()).map(|(name, file)| file.status(name)).collect()
    }

    /// What is wrong with rules, as text.
    pub fn problems(&self) -> String {
        let texts: Vec<String> =
            self.read().values().filter_map(|file| Some(file.refused.as_ref()?.render(false))).collect();
        texts.join("\n\n")
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<String, File>> {
        self.files.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl File {
    fn is_rule(&self) -> bool {
        self.rule.is_some() || self.refused.is_some()
    }

    /// Takes up what was loaded. Where it is refused, the rule that serves goes on.
    fn take(&mut self, loaded: Loaded) -> Option<Event> {
        let program = match loaded {
            Loaded::Library => {
                let was_rule = std::mem::take(self).is_rule();
                return was_rule.then_some(Event::Removed);
            }
            Loaded::Rule(program) => program,
            Loaded::Refused(error) => return self.refuse(error),
        };
        match self.serve(&program) {
            Ok(version) => {
                self.sources = Some(program.sources().clone());
                self.refused = None;
                Some(Event::Serves(version))
            }
            Err(error) => self.refuse(error),
        }
    }

    /// Lets a program take over, if its types are those of the service.
    fn serve(&mut self, program: &Program) -> Result<u64, Error> {
        match &self.rule {
            Some(rule) => rule.replace(program)?,
            None => self.rule = Some(Arc::new(ScoringRule::new(program)?)),
        }
        Ok(self.version())
    }

    /// Tells of an error once.
    fn refuse(&mut self, error: Error) -> Option<Event> {
        self.sources = None;
        let is_known = self.refused.as_ref().is_some_and(|known| known.to_json() == error.to_json());
        self.refused = Some(error.clone());
        (!is_known).then_some(Event::Refused(error))
    }

    /// The version that serves; 0 where none does.
    fn version(&self) -> u64 {
        self.rule.as_ref().map_or(0, |rule| rule.generation() + 1)
    }

    fn status(&self, name: &str) -> Value {
        let problem = self.refused.as_ref().map(|error| {
            let mut problem = error.to_json();
            problem["text"] = error.render(false).into();
            problem
        });
        json!({ "name": name, "version": self.version(), "problem": problem })
    }
}

/// The `.relon` files of a folder by their names.
fn relon_files(folder: &Path) -> std::io::Result<BTreeMap<String, PathBuf>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "relon")
            && let Some(name) = path.file_stem().and_then(|stem| stem.to_str())
        {
            found.insert(name.to_owned(), path.clone());
        }
    }
    Ok(found)
}
