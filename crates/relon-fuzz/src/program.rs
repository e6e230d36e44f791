//! Whole programs: directives, and a root dict of values, functions and dicts.

use serde_json::Value;

use crate::generate::{Generator, parameter_name};
use crate::scope::Scope;
use crate::tree::{Part, Tree};
use crate::types::Ty;

/// Expressions of one entry.
const FUEL: i64 = 34;
/// How deep the expressions of an entry go.
const DEPTH: usize = 5;

/// A program, and the arguments that it runs with.
#[derive(Clone, Debug)]
pub struct Program {
    /// The program.
    pub tree: Tree,
    /// Sets of arguments.
    pub arguments: Vec<Value>,
}

/// The program of a seed. It is the same for ever.
pub fn program(seed: u64) -> Program {
    let mut generator = Generator::new(seed);
    let types = generator.declare();
    let parameters = generator.parameters();
    let root = generator.root(&parameters);
    let declared = parameters.iter().map(|(name, ty)| Tree {
        parameter: Some(name.clone()),
        ..Tree::leaf("parameter", "", format!("{ty} {name}"))
    });
    let parts = vec![
        Part::List { items: generator.directives(types), between: "\n", least: 0 },
        Part::List { items: declared.collect(), between: ", ", least: 0 },
        Part::Tree(root),
    ];
    let tree = Tree::of_parts("program", "", "@\n#main(@) -> Dict\n\n@\n", parts);
    let arguments = (0..3).map(|number| generator.arguments(&parameters, number)).collect();
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
}

impl Generator {
    fn directives(&mut self, mut types: Vec<Tree>) -> Vec<Tree> {
        let mut directives: Vec<Tree> = ["list", "string", "dict", "math"]
            .iter()
            .map(|module| Tree::leaf("import", "", format!("#import {module} from \"std/{module}\"")))
            .collect();
        if self.uses_records_of_natives {
            let text = "#schema Range { Int low: *, Int high: * }\n#schema Reading { String name: *, Bool valid: *, Float value: *, \
                        Option<Int> limit: *, List<String> tags: * }";
            directives.push(Tree::leaf("records of natives", "", text));
        }
        directives.append(&mut types);
        directives
    }

    fn parameters(&mut self) -> Vec<(String, Ty)> {
        let mut parameters = vec![("n".to_owned(), Ty::Int)];
        for index in 0..2 + self.random.below(5) {
            parameters.push((format!("p{index}"), self.any_type()));
        }
        parameters
    }

    fn root(&mut self, parameters: &[(String, Ty)]) -> Tree {
        let mut scope = Scope::default();
        for (name, ty) in parameters {
            scope.add(name, ty.clone(), None);
        }
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
        self.random.shuffle(&mut trees);
        trees.extend(self.helpers());
        Tree::of_parts("root", "", "{\n    @\n}", vec![Part::List { items: trees, between: ",\n    ", least: 0 }])
    }

    /// Chooses the values that do not become part of the result.
    fn hide_some(&mut self, entries: &[Entry]) {
        for (index, entry) in entries.iter().enumerate() {
            let Entry::Value(ty) = entry else { continue };
            // A Float can be no number, which has no JSON; then nothing of the result would be seen.
            if ty.has_float(&self.types) && self.random.percent(90) || self.random.percent(10) {
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
                    let function = Ty::function(self.any_type(), self.any_type());
                    parameters.push(function);
                }
                if !is_recursive && self.random.percent(15) {
                    return Entry::Function(parameters, Ty::function(self.any_type(), result), false);
                }
                Entry::Function(parameters, result, is_recursive)
            }
            16 => Entry::Mutual(self.any_type()),
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
    fn helpers(&mut self) -> Vec<Tree> {
        let mut helpers: Vec<String> = Vec::new();
        for (number, ty) in self.ascribed.iter().enumerate() {
            helpers.push(format!("#internal {ty} as_{number}({ty} x): x"));
        }
        helpers.push("#internal Int as_bound(Int x): x <= 0 ? 0 : 1 + as_bound(x % 50 - 1)".to_owned());
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
    }
}
