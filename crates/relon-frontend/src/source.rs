//! Source texts, and where those of imported files come from.

/// A source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// How messages name it; two imports of one file have the same.
    pub path: String,
    /// What it says.
    pub text: String,
}

/// Finds the files that rules import.
pub trait Modules: std::fmt::Debug + Send + Sync {
    /// The file that `import` names in the file `importer`, which is a path as [`SourceText::path`] or that of the program.
    ///
    /// # Errors
    /// Why there is no such file, in words for the author of the rule.
    fn load(&self, importer: &str, import: &str) -> Result<SourceText, String>;
}
