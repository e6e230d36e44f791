//! Whole programs: directives, and a root dict of values, functions and dicts.

use serde_json::Value;

use crate::files::heading;
use crate::generate::{Generator, parameter_name};
use crate::scope::Scope;
use crate::tree::{Part, Tree};
use crate::types::Ty;

/// Expressions of one entry.
const FUEL: i64 = 34;
/// How deep the expressions of an entry go.
const DEPTH: usize = 5;

/// Sets of arguments: they cost little beside the compilation.
const ARGUMENTS: usize = 8;

/// A program, and the arguments that it runs with.
#[derive(Clone, Debug)]
pub struct Program {
    /// The program.
    pub tree: Tree,
    /// Sets of arguments.
    pub arguments: Vec<Value>,
}

/// A dict with types that only it knows.
const TYPES_IN_A_DICT: &str = "{ #enum Size0 { S, L(Int) }, #schema Box0 { #expect \"a box costs something\" Int cents: (c) => c > -50, \
                               #default Size0.S Size0 size: * }, Box0 box: { cents: @ }, total: box.cents - 2, \
                               name: box.size match { S: \"small\", L(cm): f\"${cm} cm\" } }";
/// The file that holds the types of a program of which the root is no dict.
const SHARED: &str = "shared.relon";

/// The program of a seed. It is the same for ever.
pub fn program(seed: u64) -> Program {
    let mut generator = Generator::new(seed);
    let mut libraries = Vec::new();
    if generator.random.percent(25) {
        libraries.push(generator.library());
    }
    if generator.random.percent(10) {
        libraries.push(generator.value_file());
    }
    let types = generator.declare();
    let parameters = generator.parameters();
    let mut scope = Scope::default();
    for (name, ty) in &parameters {
        scope.add(name, ty.clone(), None);
    }
    let (mut imports, mut files) = (Vec::new(), Vec::new());
    for library in libraries {
        generator.file_types = generator.file_types.take().or(library.types);
        library.names.into_iter().for_each(|(name, ty)| scope.add_way(name, ty));
        imports.push(library.import);
        files.push(library.file);
    }
    let root = match generator.random.percent(20) {
        true => generator.split(types, &scope, &mut imports, &mut files),
        false => generator.whole(types, scope, &mut imports),
    };
    let declared = parameters.iter().map(|(name, ty)| Tree {
        parameter: Some(name.clone()),
        ..Tree::leaf("parameter", "", format!("{ty} {name}"))
    });
    let parts = vec![
        Part::List { items: imports, between: "\n", least: 0 },
        Part::List { items: declared.collect(), between: ", ", least: 0 },
        Part::Tree(root),
        Part::List { items: files, between: "", least: 0 },
    ];
    let tree = Tree::of_parts("program", "", "@\n#main(@)@\n@", parts);
    let arguments = (0..ARGUMENTS).map(|number| generator.arguments(&parameters, number)).collect();
    Program { tree, arguments }
}

/// What an entry of the root dict is.
#[derive(Clone)]
enum Entry {
    Value(Ty),
    /// A function, and whether it calls itself.
    Function(Vec<Ty>, Ty, bool),
    /// A function that calls another one, which calls it.
    Mutual(Ty),
    /// A dict of a value and a function.
    Nested(Ty, Ty),
    /// A dict that declares types of its own.
    Types,
}

/// A helper as an entry that its file offers.
fn offered(helper: Tree) -> Tree {
    Tree::leaf("helper", "", helper.text().replacen("#internal ", "", 1))
}

impl Generator {
    /// A program whose root is a dict: the directives, and the root with the type of the result.
    fn whole(&mut self, types: Vec<Tree>, scope: Scope, imports: &mut Vec<Tree>) -> Tree {
        if self.random.percent(4) {
            let text = *self.random.pick(&["#relaxed", "#unstrict"]);
            imports.push(Tree::leaf("directive without effect", "", text));
        }
        if self.random.percent(8) {
            imports.push(Tree::leaf("comment", "", "// a comment, é /*\n/* over\ntwo lines // */"));
        }
        // An import may stand in the root dict.
        let is_inside = self.random.percent(30);
        let (inside, outside): (Vec<Tree>, Vec<Tree>) =
            std::mem::take(imports).into_iter().partition(|tree| is_inside && tree.name.starts_with("import of"));
        *imports = outside;
        let inside = inside.into_iter().map(|tree| Tree::new("import in the root", "", "@", vec![tree])).collect();
        let root = self.root(inside, scope);
        imports.extend(self.common_directives());
        imports.extend(types);
        Tree::new("root dict", "", " -> Dict\n\n@", vec![root])
    }

    /// A program whose root is any expression; its types and helpers are in a file that it imports.
    fn split(&mut self, types: Vec<Tree>, scope: &Scope, imports: &mut Vec<Tree>, files: &mut Vec<Tree>) -> Tree {
        self.fuel = FUEL * 2;
        let ty = self.result_type();
        let value = self.expression(&ty, scope, DEPTH);
        imports.push(Tree::leaf("import of types", "", format!("#import * from \"{SHARED}\"")));
        let mut directives = self.common_directives();
        directives.extend(types);
        let helpers = self.helpers().into_iter().map(offered).collect();
        let parts = vec![
            Part::List { items: directives, between: "\n", least: 0 },
            Part::List { items: helpers, between: ",\n    ", least: 0 },
        ];
        files.push(Tree::of_parts("file of types", "", &format!("{}@\n{{\n    @\n}}\n", heading(SHARED)), parts));
        // The records of natives come with the file.
        self.uses_records_of_natives = false;
        imports.extend(self.common_directives());
        Tree::new("root of any type", "", &format!(" -> {ty}\n\n@"), vec![value])
    }

    /// A type of results: mostly a record, which is checked at the end.
    fn result_type(&mut self) -> Ty {
        if self.random.percent(70) { Ty::Record(self.random.below(self.types.schemas.len())) } else { self.any_type() }
    }

    /// What every file begins with: the standard library, and the records of natives where they are used.
    pub(crate) fn common_directives(&mut self) -> Vec<Tree> {
        let mut directives: Vec<Tree> = ["list", "string", "dict", "math"]
            .iter()
            .map(|module| Tree::leaf("import", "", format!("#import {module} from \"std/{module}\"")))
            .collect();
        directives.push(Tree::leaf("import", "", "#import { upper as louder } from \"std/string\""));
        if self.uses_records_of_natives {
            let text = "#schema Range { Int low: *, Int high: * }\n#schema Reading { String name: *, Bool valid: *, Float value: *, \
                        Option<Int> limit: *, List<String> tags: * }";
            directives.push(Tree::leaf("records of natives", "", text));
        }
        directives
    }

    fn parameters(&mut self) -> Vec<(String, Ty)> {
        let mut parameters = vec![("n".to_owned(), Ty::Int), ("o".to_owned(), Ty::Int), ("x".to_owned(), Ty::Float)];
        for index in 0..2 + self.random.below(5) {
            parameters.push((format!("p{index}"), self.any_type()));
        }
        parameters
    }

    /// The root dict, with what stands before its entries.
    fn root(&mut self, mut first: Vec<Tree>, mut scope: Scope) -> Tree {
        let entries: Vec<Entry> = (0..5 + self.random.below(6)).map(|_| self.entry()).collect();
        self.hide_some(&entries);
        let mut trees = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            self.fuel = FUEL;
            let name = format!("e{index}");
            // Now and then an entry refers to one that may refer to it.
            let mut own = scope.clone();
            if self.random.percent(6)
                && let Some(Entry::Value(ty)) = entries.get(index + 1)
            {
                own.add(format!("e{}", index + 1), ty.clone(), Some(0));
            }
            trees.extend(self.entry_trees(&name, entry, &own));
            add_entry(&mut scope, &name, entry);
        }
        trees.extend(self.rows(&scope));
        self.random.shuffle(&mut trees);
        trees.extend(self.helpers());
        first.append(&mut trees);
        let trees = first;
        Tree::of_parts("root", "", "{\n    @\n}", vec![Part::List { items: trees, between: ",\n    ", least: 0 }])
    }

    /// Entries that are rows of operators on names and literals: deep expressions seldom end in values that tell operators apart.
    fn rows(&mut self, scope: &Scope) -> Vec<Tree> {
        let types = [Ty::Int, Ty::Bool, Ty::Int, Ty::String, Ty::Float];
        let mut rows = Vec::new();
        for (index, ty) in types.iter().enumerate() {
            if index >= 2 && self.random.percent(70) {
                continue;
            }
            self.fuel = FUEL;
            let items: Vec<Tree> = (0..4).map(|_| self.special_scalar(ty, scope, 1)).collect();
            let row = Part::List { items, between: ", ", least: 0 };
            rows.push(Tree::of_parts("row of operators", "", &format!("r{index}: [@]"), vec![row]));
        }
        rows
    }

    /// Chooses the values that do not become part of the result.
    fn hide_some(&mut self, entries: &[Entry]) {
        for (index, entry) in entries.iter().enumerate() {
            let Entry::Value(ty) = entry else { continue };
            // A Float can be no number, which has no JSON; then nothing of the result would be seen.
            if ty.has_float(&self.types) && self.random.percent(80) || self.random.percent(10) {
                self.hidden.push(format!("e{index}"));
            }
        }
    }

    fn entry(&mut self) -> Entry {
        match self.random.below(20) {
            0..11 => Entry::Value(self.any_type()),
            11..16 => {
                let mut parameters: Vec<Ty> = (0..1 + self.random.below(2)).map(|_| self.any_type()).collect();
                let is_recursive = self.random.percent(35);
                let result = self.any_type();
                if self.random.percent(25) {
                    let inputs = (0..1 + self.random.below(2)).map(|_| self.any_type()).collect();
                    parameters.push(Ty::Function(inputs, Box::new(self.any_type())));
                }
                if !is_recursive && self.random.percent(15) {
                    return Entry::Function(parameters, Ty::function(self.any_type(), result), false);
                }
                Entry::Function(parameters, result, is_recursive)
            }
            16 => Entry::Mutual(self.any_type()),
            17 if self.random.percent(30) => Entry::Types,
            _ => Entry::Nested(self.any_type(), self.any_type()),
        }
    }

    fn entry_trees(&mut self, name: &str, entry: &Entry, scope: &Scope) -> Vec<Tree> {
        match entry {
            Entry::Value(ty) => self.value(name, ty, scope),
            Entry::Function(parameters, result, is_recursive) => {
                vec![self.function(name, parameters, result, is_recursive.then_some(name), scope)]
            }
            Entry::Mutual(result) => {
                let other = format!("{name}_");
                vec![
                    self.function(name, &[Ty::Int], result, Some(&other), scope),
                    self.function(&other, &[Ty::Int], result, Some(name), scope),
                ]
            }
            Entry::Nested(value, result) => vec![self.nested(name, value, result, scope)],
            Entry::Types => {
                let inner = Scope { dict: self.new_dict(), ..scope.clone() };
                let cents = self.expression(&Ty::Int, &inner, 2);
                vec![Tree::new(
                    "types in a dict",
                    "",
                    &format!("#internal {name}: {}", TYPES_IN_A_DICT.replace('0', name)),
                    vec![cents],
                )]
            }
        }
    }

    fn value(&mut self, name: &str, ty: &Ty, scope: &Scope) -> Vec<Tree> {
        let is_hidden = self.hidden.iter().any(|hidden| hidden == name);
        let internal = if is_hidden { "#internal " } else { "" };
        let mut trees = Vec::new();
        if self.random.percent(65) || !ty.is_evident() && self.random.percent(50) {
            let value = self.expression(ty, scope, DEPTH);
            trees.push(Tree::new("typed entry", "", &format!("{internal}{ty} {name}: @"), vec![value]));
        } else {
            let value = self.evident(ty, scope, DEPTH);
            trees.push(Tree::new("entry of the root", "", &format!("{internal}{name}: @"), vec![value]));
        }
        if is_hidden && ty.has_text() {
            let own = Tree::leaf("name", ty.to_string(), name);
            let text = self.text_of(vec![own]);
            trees.push(Tree::new("entry of the root", "", &format!("{name}_text: @"), vec![text]));
        }
        trees
    }

    /// A function in one of the spellings. A recursive one calls `next` with a smaller first number.
    fn function(&mut self, name: &str, parameters: &[Ty], result: &Ty, next: Option<&str>, scope: &Scope) -> Tree {
        let mut types = parameters.to_vec();
        if next.is_some() && types != [Ty::Int] {
            types.insert(0, Ty::Int);
        }
        let mut inner = scope.clone();
        let names: Vec<String> = (0..types.len()).map(parameter_name).collect();
        for (name, ty) in names.iter().zip(&types) {
            inner.add(name, ty.clone(), None);
        }
        let typed: Vec<String> = types.iter().zip(&names).map(|(ty, name)| format!("{ty} {name}")).collect();
        let typed = typed.join(", ");
        let (kind, body) = match next {
            None => ("function", self.expression(result, &inner, 4)),
            Some(next) => ("recursive function", self.recursive_body(next, &types, result, &inner)),
        };
        let pattern = match self.random.below(3) {
            0 => format!("#internal {result} {name}({typed}): @"),
            1 => format!("#internal {name}({typed}) -> {result}: @"),
            _ => format!("#internal {name}: ({typed}) -> {result} => @"),
        };
        Tree::new(kind, "", &pattern, vec![body])
    }

    fn recursive_body(&mut self, next: &str, types: &[Ty], result: &Ty, scope: &Scope) -> Tree {
        let end = self.expression(result, scope, 2);
        let dict = self.new_dict();
        let mut arguments = vec![Tree::leaf("smaller argument", "", "a % 5 - 1")];
        arguments.extend(types[1..].iter().map(|ty| self.expression(ty, scope, 2)));
        let holes = vec!["@"; arguments.len()].join(", ");
        let call = Tree::new("recursive call", result.to_string(), &format!("{next}({holes})"), arguments);
        let mut inner = Scope { dict, ..scope.clone() };
        inner.add("again", result.clone(), None);
        let step = self.wrapped(result, &inner, 3);
        Tree::new(
            "recursion",
            result.to_string(),
            &format!("a <= 0 ? @ : (@ where {{ {result} again: @ }})"),
            vec![end, step, call],
        )
    }

    fn nested(&mut self, name: &str, value: &Ty, result: &Ty, scope: &Scope) -> Tree {
        let dict = self.new_dict();
        let mut inner = Scope { dict, ..scope.clone() };
        let stored = self.expression(value, &inner, 3);
        inner.hide("unit");
        inner.hide("run");
        inner.add("unit", value.clone(), Some(dict));
        inner.add("a", Ty::Int, None);
        let body = self.expression(result, &inner, 3);
        let pattern = match self.random.percent(50) {
            true => format!("#internal {name}: {{ {value} unit: @, {result} run(Int a): @ }}"),
            false => format!("#internal {name}: {{ {result} run(Int a): @, {value} unit: @ }}"),
        };
        let parts = if pattern.find("run") < pattern.find("unit") { vec![body, stored] } else { vec![stored, body] };
        Tree::new("dict of functions", "", &pattern, parts)
    }

    /// Functions that programs call to say what type a value has, and the like.
    pub(crate) fn helpers(&mut self) -> Vec<Tree> {
        let mut helpers: Vec<String> = Vec::new();
        for (number, ty) in self.ascribed.iter().enumerate() {
            helpers.push(format!("#internal {ty} as_{number}({ty} x): x"));
        }
        if self.pair.is_some() {
            helpers.push("#internal Pair as_pair(Pair x): x".to_owned());
        }
        helpers.push("#internal Int as_bound(Int x): x <= 0 ? 0 : 1 + as_bound(x % 50 - 1)".to_owned());
        helpers.push("#internal Int as_endless(Int x): x < 0 ? x : 1 + as_endless(x + 1)".to_owned());
        helpers.push("#internal Dict<String, Int> as_named(String x): { [<String> x]: 1, k: 2 }".to_owned());
        if self.uses_records_of_natives {
            helpers.push(
                "#internal Reading as_reading(String x, Float y, Int z): \
                 { name: x, valid: z != 0, value: y, limit: z > 3 ? Some(z) : None, tags: [x] }"
                    .to_owned(),
            );
        }
        helpers.into_iter().map(|text| Tree::leaf("helper", "", text)).collect()
    }
}

/// Adds what an entry offers to those after it.
fn add_entry(scope: &mut Scope, name: &str, entry: &Entry) {
    match entry {
        Entry::Value(ty) => scope.add(name, ty.clone(), Some(0)),
        Entry::Function(parameters, result, is_recursive) => {
            let mut types = parameters.clone();
            if *is_recursive && types != [Ty::Int] {
                types.insert(0, Ty::Int);
            }
            scope.add(name, Ty::Function(types, Box::new(result.clone())), Some(0));
        }
        Entry::Mutual(result) => scope.add(name, Ty::function(Ty::Int, result.clone()), Some(0)),
        Entry::Nested(value, result) => {
            scope.add_way(format!("{name}.unit"), value.clone());
            scope.add_way(format!("{name}.run"), Ty::function(Ty::Int, result.clone()));
        }
        Entry::Types => {
            scope.add_way(format!("{name}.total"), Ty::Int);
            scope.add_way(format!("{name}.name"), Ty::String);
        }
    }
}
