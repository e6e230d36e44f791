//! The schemas and enums of a program.

use crate::generate::Generator;
use crate::scope::Scope;
use crate::tree::{Part, Tree};
use crate::types::{Field, Payload, Schema, Ty, Variant};

impl Generator {
    /// Declares types, and decides which types expressions are made of.
    pub(crate) fn declare(&mut self) -> Vec<Tree> {
        self.pool = vec![Ty::Int, Ty::Int, Ty::String, Ty::Bool, Ty::Float, Ty::list(Ty::Int)];
        if self.random.percent(40) {
            self.pool.push(Ty::list(Ty::String));
        }
        if self.random.percent(45) {
            self.pool.push(Ty::list(Ty::option(Ty::Int)));
        }
        let mut trees = Vec::new();
        for number in 0..1 + self.random.below(3) {
            trees.push(self.schema(number));
            self.pool.push(Ty::Record(number));
        }
        for number in 0..1 + self.random.below(2) {
            trees.push(self.enumeration(number));
            self.pool.push(Ty::Enum(number));
        }
        for _ in 0..5 {
            let ty = self.compound(2);
            self.pool.push(ty);
        }
        if self.random.percent(25) {
            trees.push(self.tuple_schema());
        }
        self.random.shuffle(&mut trees);
        trees
    }

    /// A tuple with a name.
    fn tuple_schema(&mut self) -> Tree {
        let items = vec![self.any_type(), self.any_type()];
        let text = format!("#schema Pair ({}, {})", items[0], items[1]);
        self.pool.push(Ty::Tuple(items.clone()));
        self.pair = Some(items);
        Tree::leaf("tuple schema", "", text)
    }

    /// A type made of others.
    fn compound(&mut self, depth: usize) -> Ty {
        if depth == 0 {
            return self.any_type();
        }
        let part = self.compound(depth - 1);
        let part = if self.random.percent(60) { self.any_type() } else { part };
        match self.random.below(6) {
            0 => Ty::list(part),
            1 => Ty::option(part),
            2 => Ty::Dict(Box::new(part)),
            3 => Ty::Result(Box::new(part), Box::new(Ty::String)),
            4 if self.random.percent(15) => Ty::Tuple(vec![part]),
            4 if self.random.percent(5) => Ty::Tuple(Vec::new()),
            _ => Ty::Tuple(vec![part, self.any_type()]),
        }
    }

    fn field_type(&mut self, own: Ty) -> Ty {
        match self.random.below(10) {
            0..5 => self.any_type(),
            5 => Ty::option(self.any_type()),
            6 => Ty::list(own),
            7 => Ty::option(own),
            _ => self.compound(1),
        }
    }

    /// A schema of its own, or one that begins with another's fields.
    fn schema(&mut self, number: usize) -> Tree {
        let base = (number > 0 && self.random.percent(35)).then(|| self.random.below(number));
        let mut fields: Vec<Field> = base.map_or_else(Vec::new, |base| self.types.schemas[base].fields.clone());
        let mut trees = Vec::new();
        for index in 0..1 + self.random.below(4) {
            let ty = if index == 0 { self.any_type() } else { self.field_type(Ty::Record(number)) };
            let redeclared = base.is_some() && self.random.percent(15);
            let (name, ty) = match redeclared {
                true => (fields[0].name.clone(), fields[0].ty.clone()),
                false => (format!("f{number}{index}"), ty),
            };
            let (tree, has_default) = self.field(&name, &ty, &fields);
            if trees.iter().any(|(known, _): &(String, Tree)| *known == name) {
                continue;
            }
            fields.retain(|field| field.name != name);
            fields.push(Field { name: name.clone(), ty, has_default });
            trees.push((name, tree));
        }
        self.types.schemas.push(Schema { base, fields });
        let items = trees.into_iter().map(|(_, tree)| tree).collect();
        let head = base.map_or_else(String::new, |base| format!("R{base} + "));
        let name = if base.is_some() { "schema from another" } else { "schema" };
        let pattern = format!("#schema R{number} {head}{{ @ }}");
        Tree::of_parts(name, "", &pattern, vec![Part::List { items, between: ", ", least: 0 }])
    }

    fn field(&mut self, name: &str, ty: &Ty, before: &[Field]) -> (Tree, bool) {
        let has_predicate = self.random.percent(30);
        let (default, has_default) = self.default(name, ty, before);
        if !has_predicate && !has_default && self.random.percent(20) {
            return (Tree::leaf("field with its type behind", "", format!("{name}: {ty}")), false);
        }
        let messages = ["#expect \"fits, é\" ", "#msg \"fits\" ", "#error \"fits\\n\" "];
        let message = if has_predicate && self.random.percent(50) { *self.random.pick(&messages) } else { "" };
        let body = if has_predicate { self.predicate(ty) } else { Tree::leaf("no predicate", "", "*") };
        let body = if message.is_empty() { body } else { Tree::new("predicate with a message", "", "@", vec![body]) };
        let parts = vec![default, body];
        (Tree::new("schema field", "", &format!("{message}@{ty} {name}: @"), parts), has_default)
    }

    fn default(&mut self, name: &str, ty: &Ty, before: &[Field]) -> (Tree, bool) {
        let none = (Tree::leaf("no default", "", ""), false);
        if !ty.has_text() || !self.random.percent(if *ty == Ty::Int { 55 } else { 35 }) {
            return none;
        }
        if self.random.percent(50) {
            let literal = self.scalar_literal(ty, &Scope::default());
            // A call is no literal.
            let is_literal = !literal.text().contains('(');
            return if is_literal { (Tree::new("default", "", "#default @ ", vec![literal]), true) } else { none };
        }
        let mut scope = Scope::default();
        for field in before.iter().filter(|field| !field.has_default && field.name != name) {
            scope.add_way(format!("self.{}", field.name), field.ty.clone());
        }
        self.fuel = 12;
        let ints: Vec<String> = scope.find(|known| *known == Ty::Int).into_iter().map(|name| name.text).collect();
        if *ty == Ty::Int && !ints.is_empty() && self.random.percent(75) {
            // It fails for a value that is not rare.
            let text = format!("#default (self) => 60 / {} ", self.random.pick(&ints));
            return (Tree::leaf("default that may fail", "", text), true);
        }
        let value = self.expression(ty, &scope, 2);
        (Tree::new("computed default", "", "#default (self) => @ ", vec![value]), true)
    }

    /// A condition that mostly holds.
    fn predicate(&mut self, ty: &Ty) -> Tree {
        if self.random.percent(25) {
            self.fuel = 10;
            let body = self.expression(&Ty::Bool, &Scope::default().with("v", ty.clone()), 2);
            return Tree::new("predicate", "", "(v) => @", vec![body]);
        }
        let text = match ty {
            Ty::Int => {
                *self.random.pick(&["v > -100", "v != 3", "v < 5000", "v <= 7 || v % 2 == 0", "as_bound(v) < 60"])
            }
            Ty::Float => "v < 1e300 && v >= -1000.0",
            Ty::String => *self.random.pick(&["len(v) < 30", "v != \"bad\"", "!v.contains(\"no\")"]),
            Ty::List(_) => "v.len() < 7",
            Ty::Dict(_) => "!v.has_key(\"bad\")",
            Ty::Bool
            | Ty::Tuple(_)
            | Ty::Option(_)
            | Ty::Result(..)
            | Ty::Record(_)
            | Ty::Enum(_)
            | Ty::Function(..) => "v == v",
        };
        Tree::leaf("predicate", "", format!("(v) => {text}"))
    }

    fn enumeration(&mut self, number: usize) -> Tree {
        let mut variants = Vec::new();
        for index in 0..2 + self.random.below(3) {
            let own = Ty::Enum(number);
            let payload = match (index, self.random.below(5)) {
                (_, 0 | 1) | (0, 4) => Payload::Unit,
                (0, _) => Payload::Tuple(vec![self.any_type()]),
                (_, 2) => Payload::Tuple(vec![own, self.any_type()]),
                (_, 3) => {
                    let other = self.field_type(own);
                    Payload::Struct(vec![("x".to_owned(), self.any_type()), ("y".to_owned(), other)])
                }
                _ => Payload::Tuple(vec![self.compound(1), self.field_type(own)]),
            };
            variants.push(Variant { name: format!("V{index}"), payload });
        }
        let text: Vec<String> = variants.iter().map(variant_text).collect();
        self.types.enums.push(variants);
        Tree::leaf("enum", "", format!("#enum E{number} {{ {} }}", text.join(", ")))
    }
}

fn variant_text(variant: &Variant) -> String {
    let name = &variant.name;
    match &variant.payload {
        Payload::Unit => name.clone(),
        Payload::Tuple(items) => {
            format!("{name}({})", items.iter().map(Ty::to_string).collect::<Vec<_>>().join(", "))
        }
        Payload::Struct(fields) => {
            let fields: Vec<String> = fields.iter().map(|(field, ty)| format!("{field}: {ty}")).collect();
            format!("{name} {{ {} }}", fields.join(", "))
        }
    }
}
