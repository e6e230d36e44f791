//! Files that a rule imports: remembered when it is checked, and compared before what is kept of it is used.

use std::sync::{Mutex, PoisonError};

use relon_codegen_llvm::codec::{Damaged, Reader, Writer};
use relon_frontend::{Modules, SourceText};

/// An import, and what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Import {
    importer: String,
    import: String,
    found: SourceText,
}

/// Finds what other modules find, and remembers it.
#[derive(Debug)]
pub(super) struct Recorder<'a> {
    modules: &'a dyn Modules,
    imports: Mutex<Vec<Import>>,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(modules: &'a dyn Modules) -> Self {
        Recorder { modules, imports: Mutex::default() }
    }

    pub(super) fn into_imports(self) -> Vec<Import> {
        self.imports.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Modules for Recorder<'_> {
    fn load(&self, importer: &str, import: &str) -> Result<SourceText, String> {
        let found = self.modules.load(importer, import)?;
        let known = Import { importer: importer.to_owned(), import: import.to_owned(), found: found.clone() };
        self.imports.lock().unwrap_or_else(PoisonError::into_inner).push(known);
        Ok(found)
    }
}

/// The files that are imported, in the order in which they were first read; none where one of them is another one now.
pub(super) fn replay(imports: &[Import], modules: Option<&dyn Modules>) -> Option<Vec<SourceText>> {
    let mut files: Vec<SourceText> = Vec::new();
    for Import { importer, import, found } in imports {
        if modules?.load(importer, import).ok()? != *found {
            return None;
        }
        if files.iter().all(|file| file.path != found.path) {
            files.push(found.clone());
        }
    }
    Some(files)
}

pub(super) fn encode(imports: &[Import], writer: &mut Writer) {
    writer.number(imports.len());
    for Import { importer, import, found } in imports {
        for text in [importer, import, &found.path, &found.text] {
            writer.text(text);
        }
    }
}

pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Vec<Import>, Damaged> {
    let import = |reader: &mut Reader<'_>| {
        let (importer, import) = (reader.text()?, reader.text()?);
        Ok(Import { importer, import, found: SourceText { path: reader.text()?, text: reader.text()? } })
    };
    (0..reader.number()?).map(|_| import(reader)).collect()
}
