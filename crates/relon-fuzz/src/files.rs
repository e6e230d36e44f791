//! Programs of several files, as one text: a line `//// NAME` begins another file, which the files before may import.

use relon::{Modules, SourceText};

/// What begins the line above a file.
const MARK: &str = "//// ";

/// The files of a program.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    /// The program itself.
    pub(crate) main: String,
    others: Vec<(String, String)>,
}

/// The line above a file of this name.
pub(crate) fn heading(name: &str) -> String {
    format!("{MARK}{name}\n")
}

impl Files {
    /// The files of a text.
    pub(crate) fn of(text: &str) -> Self {
        let mut parts = text.split(MARK);
        let main = parts.next().unwrap_or_default().to_owned();
        let named = parts.filter_map(|part| part.split_once('\n'));
        Files { main, others: named.map(|(name, text)| (name.to_owned(), text.to_owned())).collect() }
    }
}

impl Modules for Files {
    fn load(&self, _importer: &str, import: &str) -> Result<SourceText, String> {
        let found = self.others.iter().find(|(name, _)| name == import);
        let (path, text) = found.ok_or_else(|| format!("the program has no file `{import}`"))?.clone();
        Ok(SourceText { path, text })
    }
}

#[cfg(test)]
mod tests {
    use relon::Modules;

    use super::Files;

    #[test]
    fn a_text_is_taken_apart_at_its_headings() {
        let files = Files::of("main\n//// a.relon\none\n//// b.relon\ntwo\n");
        assert_eq!(files.main, "main\n");
        assert_eq!(files.load("", "b.relon").map(|file| file.text), Ok("two\n".to_owned()));
        assert!(files.load("", "c.relon").is_err());
    }
}
