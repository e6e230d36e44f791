//! Comments of a rule, which become the documentation of its bindings.

use relon::Sources;

/// Finds what stands above declarations.
pub(crate) struct Comments<'s> {
    sources: &'s Sources,
}

/// Lines that may stand between a comment and the field that it is about.
const DIRECTIVES: [&str; 4] = ["#expect", "#default", "#msg", "#error"];

impl<'s> Comments<'s> {
    pub(crate) fn new(sources: &'s Sources) -> Self {
        Comments { sources }
    }

    /// The comment that the file of the rule begins with.
    pub(crate) fn of_file(&self) -> Option<String> {
        let lines = self.sources.main().text().lines().map(str::trim);
        joined(lines.take_while(|line| line.starts_with("//")))
    }

    /// The comment above a schema or an enum.
    pub(crate) fn of_type(&self, name: &str) -> Option<String> {
        self.sources.files().iter().find_map(|file| {
            let lines: Vec<&str> = file.text().lines().map(str::trim).collect();
            let at = declaration(&lines, name)?;
            // What a file begins with is about the file.
            above(&lines[..at]).filter(|(first, _)| *first > 0).map(|(_, text)| text)
        })
    }

    /// The comment above a field.
    pub(crate) fn of_field(&self, schema: &str, field: &str) -> Option<String> {
        self.sources.files().iter().find_map(|file| {
            let lines: Vec<&str> = file.text().lines().map(str::trim).collect();
            let start = declaration(&lines, schema)? + 1;
            let end = start + lines[start..].iter().position(|line| line.starts_with('}'))?;
            let is_field = |line: &&str| {
                let head = line.split(':').next().unwrap_or_default();
                line.contains(':') && !line.starts_with("//") && head.split_whitespace().next_back() == Some(field)
            };
            let at = start + lines[start..end].iter().position(is_field)?;
            above(&lines[start..at]).map(|(_, text)| text)
        })
    }
}

/// The line of a declaration.
fn declaration(lines: &[&str], name: &str) -> Option<usize> {
    lines.iter().position(|line| {
        let rest = line.strip_prefix("#schema ").or_else(|| line.strip_prefix("#enum "));
        let declared = rest.map(str::trim_start).and_then(|rest| rest.strip_prefix(name));
        declared.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    })
}

/// The comment at the end of lines, and the line that it begins in.
fn above(lines: &[&str]) -> Option<(usize, String)> {
    let is_directive =
        |line: &&str| !line.ends_with(',') && DIRECTIVES.iter().any(|directive| line.starts_with(directive));
    let end = lines.iter().rposition(|line| !is_directive(line))? + 1;
    let start = lines[..end].iter().rposition(|line| !line.starts_with("//")).map_or(0, |line| line + 1);
    joined(lines[start..end].iter().copied()).map(|text| (start, text))
}

fn joined<'l>(lines: impl Iterator<Item = &'l str>) -> Option<String> {
    let texts: Vec<&str> = lines.map(|line| line.trim_start_matches('/').trim()).collect();
    let text = texts.join("\n").trim().to_owned();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_found_above_declarations() {
        let source = "// About the rule.\n// More.\n\n// An order.\n#schema Order {\n    // Its lines.\n    #expect \"some\"\n    List<Int> lines: *,\n    // Off.\n    #default 0 Int off: *,\n    Int total: *\n}\n#schema OrderLine { Int n: * }\n";
        let sources = Sources::single("a.relon", source);
        let comments = Comments::new(&sources);
        assert_eq!(comments.of_file().as_deref(), Some("About the rule.\nMore."));
        assert_eq!(comments.of_type("Order").as_deref(), Some("An order."));
        assert_eq!(comments.of_type("OrderLine"), None);
        assert_eq!(comments.of_field("Order", "lines").as_deref(), Some("Its lines."));
        assert_eq!(comments.of_field("Order", "off").as_deref(), Some("Off."));
        assert_eq!(comments.of_field("Order", "total"), None);
    }
}
