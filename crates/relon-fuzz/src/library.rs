//! A file of values and functions that a program imports.

use crate::files::heading;
use crate::generate::Generator;
use crate::scope::Scope;
use crate::tree::{Part, Tree};
use crate::types::Ty;

/// The file's name.
const FILE: &str = "more.relon";
/// How the functions of the file name their parameters.
const PARAMETERS: [&str; 2] = ["a", "b"];

/// Types that the file offers.
const TYPES: &str = "#enum Kind { Small, Large(Int), Other { of: Int } }\n\
                     #schema Part { #expect \"a part has a size\" Int size: (v) => v != 2, #default 3 Int count: * }";
/// A root that is no dict, and the type of its value.
type Root = (&'static str, fn() -> Ty);

/// Such roots of files.
const ROOTS: [Root; 4] = [
    ("6 * 7", || Ty::Int),
    ("[10, 20 - 3, 30]", || Ty::list(Ty::Int)),
    ("(Int x) -> Int => x * 3", || Ty::function(Ty::Int, Ty::Int)),
    ("\"é\" + 1", || Ty::String),
];
/// Expressions that give an Int by way of the types of the file, with `KIND` and `PART` for their names.
const USES: [(&str, usize); 4] = [
    ("(KIND.Large(@) match { Large(v): v, _: @ })", 2),
    ("(KIND.Other { of: @ } match { Small: 0, KIND.Large(v): v, Other { of }: of })", 1),
    ("(part.size + part.count where { PART part: { size: @ } })", 1),
    ("([part.size for part in [own]][0] where { PART own: { size: @, count: @ } })", 2),
];

/// A file, and what the program knows of it.
pub(crate) struct Library {
    /// The directive that imports it.
    pub(crate) import: Tree,
    /// The names that the program gets.
    pub(crate) names: Vec<(String, Ty)>,
    /// How the program calls the file's types.
    pub(crate) types: Option<FileTypes>,
    /// The file.
    pub(crate) file: Tree,
}

/// The names of types of another file.
#[derive(Clone, Debug)]
pub(crate) struct FileTypes {
    kind: &'static str,
    part: &'static str,
}

impl Generator {
    /// An Int that comes by way of a type of another file.
    pub(crate) fn by_type_of_a_file(&mut self, types: &FileTypes, scope: &Scope, depth: usize) -> Tree {
        let (pattern, holes) = *self.random.pick(&USES);
        let inner = Scope { dict: self.new_dict(), ..scope.clone() };
        let parts = (0..holes).map(|_| self.expression(&Ty::Int, &inner, depth)).collect();
        let pattern = pattern.replace("KIND", types.kind).replace("PART", types.part);
        Tree::new("type of a file", "Int", &pattern, parts)
    }

    /// A file whose root is no dict.
    pub(crate) fn value_file(&mut self) -> Library {
        let (root, ty) = *self.random.pick(&ROOTS);
        let import = Tree::leaf("import of a file", "", "#import w from \"value.relon\"");
        let file = Tree::leaf("file that is no dict", "", format!("{}{root}\n", heading("value.relon")));
        Library { import, names: vec![("w".to_owned(), ty())], types: None, file }
    }

    /// Makes a file of entries whose types need no declaration, and chooses how it is imported.
    pub(crate) fn library(&mut self) -> Library {
        let pool = vec![Ty::Int, Ty::Int, Ty::String, Ty::Bool, Ty::Float, Ty::list(Ty::Int)];
        let pool = std::mem::replace(&mut self.pool, pool);
        let ascribed = std::mem::take(&mut self.ascribed);
        let uses_records = std::mem::take(&mut self.uses_records_of_natives);
        let (mut scope, mut entries, mut offered) = (Scope::default(), Vec::new(), Vec::new());
        for name in ["quota", "shift", "label", "steps"] {
            self.fuel = 14;
            let ty = self.any_type();
            let (tree, ty) =
                if self.random.percent(50) { self.constant(name, ty, &scope) } else { self.helper(name, ty, &scope) };
            scope.add(name, ty.clone(), Some(0));
            entries.push(tree);
            offered.push((name.to_owned(), ty));
        }
        self.random.shuffle(&mut entries);
        entries.extend(self.helpers());
        let entries = Part::List { items: entries, between: ",\n    ", least: 0 };
        let directives = Part::List { items: self.common_directives(), between: "\n", least: 0 };
        let pattern = format!("{}@\n{TYPES}\n{{\n    @\n}}\n", heading(FILE));
        // All names of a file are those of its types as well, and the program may have records of natives itself.
        let has_records = self.uses_records_of_natives;
        let file = Tree::of_parts("imported file", "", &pattern, vec![directives, entries]);
        (self.pool, self.ascribed, self.uses_records_of_natives) = (pool, ascribed, uses_records);
        let (import, names, types) = self.import(offered, has_records);
        Library { import, names, types: Some(types), file }
    }

    fn constant(&mut self, name: &str, ty: Ty, scope: &Scope) -> (Tree, Ty) {
        let value = self.expression(&ty, scope, 3);
        (Tree::new("entry of a file", "", &format!("{ty} {name}: @"), vec![value]), ty)
    }

    fn helper(&mut self, name: &str, result: Ty, scope: &Scope) -> (Tree, Ty) {
        let mut inner = scope.clone();
        let types: Vec<Ty> = (0..1 + self.random.below(2)).map(|_| self.any_type()).collect();
        for (name, ty) in PARAMETERS.into_iter().zip(&types) {
            inner.add(name, ty.clone(), None);
        }
        let typed: Vec<String> = PARAMETERS.iter().zip(&types).map(|(name, ty)| format!("{ty} {name}")).collect();
        let body = self.expression(&result, &inner, 3);
        let tree =
            Tree::new("function of a file", "", &format!("{result} {name}({}): @", typed.join(", ")), vec![body]);
        (tree, Ty::Function(types, Box::new(result)))
    }

    /// One of the ways to import, and the names by which the program knows what it gets.
    fn import(&mut self, offered: Vec<(String, Ty)>, has_types: bool) -> (Tree, Vec<(String, Ty)>, FileTypes) {
        match self.random.below(if has_types { 2 } else { 3 }) {
            0 => {
                let names = offered.into_iter().map(|(name, ty)| (format!("m.{name}"), ty)).collect();
                let import = Tree::leaf("import of a file", "", format!("#import m from \"{FILE}\""));
                (import, names, FileTypes { kind: "m.Kind", part: "m.Part" })
            }
            1 => {
                let text = format!("#import {{ quota, shift as moved, label, Kind as Sort, Part }} from \"{FILE}\"");
                let renamed = offered.into_iter().filter(|(name, _)| name != "steps");
                let renamed = renamed.map(|(name, ty)| (if name == "shift" { "moved".to_owned() } else { name }, ty));
                (Tree::leaf("import of names", "", text), renamed.collect(), FileTypes { kind: "Sort", part: "Part" })
            }
            _ => {
                let import = Tree::leaf("import of all names", "", format!("#import * from \"{FILE}\""));
                (import, offered, FileTypes { kind: "Kind", part: "Part" })
            }
        }
    }
}
