//! Expressions of a wanted type: those that every type has. What only some types have is in [`crate::scalars`] and [`crate::values`].

use crate::library::FileTypes;
use crate::random::Random;
use crate::scope::{Name, Scope};
use crate::tree::{Part, Tree};
use crate::types::{Payload, Ty, Types, Variant};

/// Makes the parts of one program.
pub(crate) struct Generator {
    pub(crate) random: Random,
    pub(crate) types: Types,
    /// Types that expressions are made of.
    pub(crate) pool: Vec<Ty>,
    /// So many more expressions may be made before all become as short as they can.
    pub(crate) fuel: i64,
    /// Types that have a function `as_N`, which gives back its argument and so says what type it has.
    pub(crate) ascribed: Vec<Ty>,
    /// Whether the program uses records of natives.
    pub(crate) uses_records_of_natives: bool,
    /// Types that the program imports.
    pub(crate) file_types: Option<FileTypes>,
    /// The types of the tuple schema `Pair`.
    pub(crate) pair: Option<Vec<Ty>>,
    /// Entries of the root that `&root` does not see.
    pub(crate) hidden: Vec<String>,
    last_name: usize,
    last_dict: usize,
}

impl Generator {
    /// Starts a program.
    pub(crate) fn new(seed: u64) -> Self {
        Generator {
            random: Random::new(seed),
            types: Types::default(),
            pool: Vec::new(),
            fuel: 0,
            ascribed: Vec::new(),
            uses_records_of_natives: false,
            file_types: None,
            pair: None,
            hidden: Vec::new(),
            last_name: 0,
            last_dict: 0,
        }
    }

    /// A name that is new, or now and then one that hides another.
    pub(crate) fn name(&mut self, scope: &Scope) -> String {
        let locals = scope.find(|ty| !matches!(ty, Ty::Function(..)));
        let locals: Vec<&Name> = locals.iter().filter(|name| !name.text.contains(['.', '&'])).collect();
        if !locals.is_empty() && self.random.percent(6) {
            return self.random.pick(&locals).text.clone();
        }
        self.last_name += 1;
        format!("v{}", self.last_name)
    }

    /// The number of a dict literal.
    pub(crate) fn new_dict(&mut self) -> usize {
        self.last_dict += 1;
        self.last_dict
    }

    /// A type that expressions are made of.
    pub(crate) fn any_type(&mut self) -> Ty {
        self.random.pick(&self.pool).clone()
    }

    /// An expression where the type is expected, so that literals need not say it.
    pub(crate) fn expression(&mut self, ty: &Ty, scope: &Scope, depth: usize) -> Tree {
        self.fuel -= 1;
        if depth == 0 || self.fuel < 0 {
            return self.short(ty, scope);
        }
        if matches!(ty, Ty::Function(..)) {
            return self.function_value(ty, scope, depth - 1);
        }
        let choice = self.random.below(100);
        if choice < 26
            && let Some(name) = self.named(ty, scope)
        {
            return name;
        }
        if choice < 40
            && let Some(call) = self.call(ty, scope, depth)
        {
            return call;
        }
        if choice < 66 { self.general(ty, scope, depth) } else { self.special(ty, scope, depth) }
    }

    /// An expression that says itself what type it has.
    pub(crate) fn evident(&mut self, ty: &Ty, scope: &Scope, depth: usize) -> Tree {
        if ty.is_evident() {
            return self.expression(ty, scope, depth);
        }
        if self.random.percent(55)
            && let Some(name) = self.named(ty, scope)
        {
            return name;
        }
        if depth > 0
            && self.random.percent(25)
            && let Some(call) = self.call(ty, scope, depth)
        {
            return call;
        }
        if depth > 0 && self.random.percent(15) {
            return self.where_typed(ty, scope, depth);
        }
        let value = self.expression(ty, scope, depth.saturating_sub(1));
        self.ascribe(ty, value)
    }

    /// A value given through a function that says its type.
    pub(crate) fn ascribe(&mut self, ty: &Ty, value: Tree) -> Tree {
        let number = self.ascribed.iter().position(|known| known == ty).unwrap_or_else(|| {
            self.ascribed.push(ty.clone());
            self.ascribed.len() - 1
        });
        Tree::new("call that says a type", ty.to_string(), &format!("as_{number}(@)"), vec![value])
    }

    fn short(&mut self, ty: &Ty, scope: &Scope) -> Tree {
        match self.random.percent(60) {
            true => self.named(ty, scope).unwrap_or_else(|| self.literal(ty, scope, 0)),
            false => self.literal(ty, scope, 0),
        }
    }

    /// A name in scope, by one of the ways to refer to it.
    fn named(&mut self, ty: &Ty, scope: &Scope) -> Option<Tree> {
        let names = scope.find(|known| known == ty);
        if names.is_empty() {
            return None;
        }
        let name = self.random.pick(&names).clone();
        let is_function = matches!(ty, Ty::Function(..));
        let by_reference = self.random.percent(20) && !is_function;
        Some(match name.dict {
            Some(dict) if by_reference && dict == scope.dict => {
                Tree::leaf("&sibling", ty.to_string(), format!("&sibling.{}", name.text))
            }
            Some(0) if by_reference && !self.hidden.contains(&name.text) => {
                Tree::leaf("&root", ty.to_string(), format!("&root.{}", name.text))
            }
            _ => Tree::leaf("name", ty.to_string(), name.text),
        })
    }

    /// A call of a function in scope.
    fn call(&mut self, ty: &Ty, scope: &Scope, depth: usize) -> Option<Tree> {
        let functions = scope.find(|known| matches!(known, Ty::Function(_, result) if **result == *ty));
        if functions.is_empty() {
            return None;
        }
        let function = self.random.pick(&functions).clone();
        let Ty::Function(parameters, _) = &function.ty else { return None };
        let mut arguments: Vec<Tree> =
            parameters.iter().map(|parameter| self.expression(parameter, scope, depth - 1)).collect();
        let callee = function.text;
        // The functions of the root dict name their parameters a, b, ...
        if function.dict == Some(0) && self.random.percent(25) && !arguments.is_empty() {
            return Some(self.call_by_name(ty, &callee, arguments));
        }
        if !parameters.is_empty() && !callee.contains('.') && self.random.percent(20) {
            arguments[0] = self.evident(&parameters[0], scope, depth - 1);
            let holes = vec!["@"; arguments.len() - 1].join(", ");
            return Some(Tree::new("pipe", ty.to_string(), &format!("(@ | {callee}({holes}))"), arguments));
        }
        let holes = vec!["@"; arguments.len()].join(", ");
        Some(Tree::new("call", ty.to_string(), &format!("{callee}({holes})"), arguments))
    }

    fn call_by_name(&mut self, ty: &Ty, callee: &str, arguments: Vec<Tree>) -> Tree {
        let first = self.random.below(arguments.len());
        let mut order: Vec<usize> = (first..arguments.len()).collect();
        self.random.shuffle(&mut order);
        let mut holes = vec!["@".to_owned(); first];
        holes.extend(order.iter().map(|&index| format!("{}=@", parameter_name(index))));
        let mut given: Vec<Tree> = arguments[..first].to_vec();
        given.extend(order.iter().map(|&index| arguments[index].clone()));
        Tree::new("named arguments", ty.to_string(), &format!("{callee}({})", holes.join(", ")), given)
    }

    /// An expression that may have any type.
    fn general(&mut self, ty: &Ty, scope: &Scope, depth: usize) -> Tree {
        let inner = depth - 1;
        match self.random.below(14) {
            13 if self.random.percent(50) => self.function_in_where(ty, scope, inner),
            0 | 1 => self.ternary(ty, scope, inner),
            2 => self.match_option(ty, scope, inner),
            3 | 4 if !self.types.enums.is_empty() => self.match_enum(ty, scope, inner),
            5 => self.match_result(ty, scope, inner),
            6 => self.where_typed(ty, scope, depth),
            7 => self.part_of_record(ty, scope, inner),
            8 => self.item_of_tuple(ty, scope, inner),
            9 => self.item_of_list(ty, scope, inner),
            10 => self.reduced(ty, scope, inner),
            11 => self.called_closure(ty, scope, inner),
            _ => self.value_of_dict(ty, scope, inner),
        }
    }

    fn ternary(&mut self, ty: &Ty, scope: &Scope, depth: usize) -> Tree {
        let parts = vec![
            self.expression(&Ty::Bool, scope, depth),
            self.expression(ty, scope, depth),
            self.expression(ty, scope, depth),
        ];
        Tree::new("condition", ty.to_string(), "(@ ? @ : @)", parts)
    }

    fn match_option(&mut self, ty: &Ty, scope: &Scope, depth: usize) -> Tree {
        let value = self.any_type();
        let name = self.name(scope);
        let parts = vec![
            self.evident(&Ty::option(value.clone()), scope, depth),
            self.expression(ty, &scope.with(&name, value), depth),
            self.expression(ty, scope, depth),
        ];
        let last = if self.random.percent(30) { "_" } else { "None" };
        Tree::new("match Option", ty.to_string(), &format!("(@ match {{ Some({name}): @, {last}: @ }})"), parts)
    }

    fn match_result(&mut self, ty: &Ty, scope: &Scope, depth: usize) -> Tree {
        let results: Vec<Ty> = self.pool.iter().filter(|ty| matches!(ty, Ty::Result(..))).cloned().collect();
        let (value, error) = match results.is_empty() {
            true => (self.any_type(), Ty::String),
            false => match self.random.pick(&results).clone() {
                Ty::Result(value, error) => (*value, *error),
                other => (other, Ty::String),
            },
        };
        let name = self.name(scope);
        let parts = vec![
            self.evident(&Ty::Result(Box::new(value.clone()), Box::new(error.clone())), scope, depth),
            self.expression(ty, &scope.with(&name, value), depth),
            self.expression(ty, &scope.with(&name, error), depth),
        ];
        Tree::new("match Result", ty.to_string(), &format!("(@ match {{ Ok({name}): @, Err({name}): @ }})"), parts)
    }

    fn match_enum(&mut self, ty: &Ty, scope: &Scope, depth: usize) -> Tree {
        let number = self.random.below(self.types.enums.len());
        let scrutinee = self.evident(&Ty::Enum(number), scope, depth);
        let subject = scrutinee.text();
        let is_name = subject.chars().all(|c| c.is_alphanumeric() || c == '_');
        let mut variants = self.types.enums[number].clone();
        self.random.shuffle(&mut variants);
        let ends_with_rest = self.random.percent(30);
        if ends_with_rest {
            variants.pop();
        }
        let mut arms: Vec<Tree> = Vec::new();
        for variant in &variants {
            arms.push(self.arm(ty, number, variant, is_name.then_some(subject.as_str()), scope, depth));
        }
        if ends_with_rest {
            arms.push(Tree::new("arm _", "", "_: @", vec![self.expression(ty, scope, depth)]));
        }
        let least = arms.len().min(1);
        let arms = Part::List { items: arms, between: ", ", least };
        Tree::of_parts("match enum", ty.to_string(), "(@ match { @ })", vec![Part::Tree(scrutinee), arms])
    }

    fn arm(
        &mut self,
        ty: &Ty,
        number: usize,
        variant: &Variant,
        subject: Option<&str>,
        scope: &Scope,
        depth: usize,
    ) -> Tree {
        let mut inner = scope.clone();
        let qualified = if self.random.percent(25) { format!("E{number}.") } else { String::new() };
        let path = format!("{qualified}{}", variant.name);
        if let Some(subject) = subject
            && self.random.percent(50)
        {
            let fields: Vec<(String, Ty)> = match &variant.payload {
                Payload::Unit => Vec::new(),
                Payload::Tuple(items) => items.iter().enumerate().map(|(i, ty)| (i.to_string(), ty.clone())).collect(),
                Payload::Struct(fields) => fields.clone(),
            };
            for (field, ty) in fields {
                inner.add_way(format!("{subject}.{field}"), ty);
            }
            let body = self.expression(ty, &inner, depth);
            return Tree::new("arm that narrows", "", &format!("{path}: @"), vec![body]);
        }
        let pattern = match &variant.payload {
            Payload::Unit => String::new(),
            Payload::Tuple(items) => format!("({})", self.binders(items, &mut inner).join(", ")),
            Payload::Struct(fields) => {
                if self.random.percent(30) {
                    fields.iter().for_each(|(field, ty)| inner.add(field, ty.clone(), None));
                    let names: Vec<&str> = fields.iter().map(|(field, _)| field.as_str()).collect();
                    let body = self.expression(ty, &inner, depth);
                    let pattern = format!("{path} {{ {} }}: @", names.join(", "));
                    return Tree::new("arm with the fields' names", "", &pattern, vec![body]);
                }
                let types: Vec<Ty> = fields.iter().map(|(_, ty)| ty.clone()).collect();
                let binders = self.binders(&types, &mut inner);
                let fields: Vec<String> = fields.iter().zip(binders).map(|((f, _), b)| format!("{f}: {b}")).collect();
                format!(" {{ {} }}", fields.join(", "))
            }
        };
        let body = self.expression(ty, &inner, depth);
        Tree::new("arm", "", &format!("{path}{pattern}: @"), vec![body])
    }

    fn binders(&mut self, types: &[Ty], scope: &mut Scope) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for ty in types {
            let name = self.name(scope);
            if self.random.percent(15) || names.contains(&name) {
                names.push("_".to_owned());
            } else {
                scope.add(&name, ty.clone(), None);
                names.push(name);
            }
        }
        names
    }

    /// `where` with one or two bindings, of which the last is used for certain.
    fn where_typed(&mut self, ty: &Ty, scope: &Scope, depth: usize) -> Tree {
        let inner_depth = depth - 1;
        let dict = self.new_dict();
        let (first, other) = (self.name(scope), self.any_type());
        self.last_name += 1;
        let second = format!("v{}", self.last_name);
        let mut inner = scope.clone();
        inner.dict = dict;
        // A binding does not see itself, so an outer one of its name is still seen in its value.
        let other_value = self.expression(&other, &inner, inner_depth);
        inner.add(&first, other.clone(), None);
        let value = self.expression(ty, &inner, inner_depth);
        let mut outer = inner.clone();
        outer.dict = scope.dict;
        outer.add(&first, other.clone(), None);
        outer.add(&second, ty.clone(), None);
        let body = match self.random.percent(40) {
            true => Tree::leaf("name", ty.to_string(), &second),
            false => self.wrapped(ty, &outer, inner_depth),
        };
        let mut entries = vec![
            Tree::new("where entry", "", &format!("{other} {first}: @"), vec![other_value]),
            Tree::new("where entry", "", &format!("{ty} {second}: @"), vec![value]),
        ];
        self.random.shuffle(&mut entries);
        let entries = Part::List { items: entries, between: ", ", least: 0 };
        Tree::of_parts("where", ty.to_string(), "(@ where { @ })", vec![Part::Tree(body), entries])
    }

    /// A function that only one expression knows.
    fn function_in_where(&mut self, ty: &Ty, scope: &Scope, depth: usize) -> Tree {
        let argument = self.expression(&Ty::Int, scope, depth);
        let mut inner = Scope { dict: self.new_dict(), ..scope.clone() };
        inner.add("own", Ty::Int, None);
        let body = self.expression(ty, &inner, depth);
        let pattern = format!("(g(@) where {{ {ty} g(Int own): @ }})");
        Tree::new("function in where", ty.to_string(), &pattern, vec![argument, body])
    }

    /// An expression that says its type only if that type always does.
    pub(crate) fn wrapped(&mut self, ty: &Ty, scope: &Scope, depth: usize) -> Tree {
        let value = self.expression(ty, scope, depth);
        if ty.is_evident() { value } else { self.ascribe(ty, value) }
    }

    fn part_of_record(&mut self, ty: &Ty, scope: &Scope, depth: usize) -> Tree {
        let mut ways = Vec::new();
        for (number, schema) in self.types.schemas.iter().enumerate() {
            ways.extend(schema.fields.iter().filter(|f| f.ty == *ty).map(|f| (number, f.name.clone())));
        }
        if ways.is_empty() {
            return self.part_of_literal(ty, scope, depth);
        }
        let (number, field) = self.random.pick(&ways).clone();
        let record = self.evident(&Ty::Record(number), scope, depth);
        Tree::new("field", ty.to_string(), &format!("@.{field}"), vec![record])
    }

    /// A field of a literal, or of two that are merged.
    fn part_of_literal(&mut self, ty: &Ty, scope: &Scope, depth: usize) -> Tree {
        let mut inner = scope.clone();
        inner.dict = self.new_dict();
        inner.hide("p");
        inner.hide("q");
        let other = self.any_type();
        let parts =
            vec![self.evident(ty, &inner, depth), self.evident(&other, &inner, depth), self.evident(ty, &inner, depth)];
        let pattern = match self.random.below(4) {
            3 if !self.types.schemas.is_empty() => return self.field_added(ty, scope, depth),
            0 | 3 => "{ p: @, q: @, z: @ }.p",
            1 => "({ p: @, q: @ } + { p: @ }).p",
            _ => "{ ...{ z: @, q: @ }, p: @ }.p",
        };
        Tree::new("part of a literal", ty.to_string(), pattern, parts)
    }

    /// A record with one more field is a plain record.
    fn field_added(&mut self, ty: &Ty, scope: &Scope, depth: usize) -> Tree {
        let record = Ty::Record(self.random.below(self.types.schemas.len()));
        let inner = Scope { dict: self.new_dict(), ..scope.clone() };
        let parts = vec![self.evident(&record, scope, depth), self.evident(ty, &inner, depth)];
        Tree::new("field added to a record", ty.to_string(), "(@ + { added: @ }).added", parts)
    }

    fn item_of_tuple(&mut self, ty: &Ty, scope: &Scope, depth: usize) -> Tree {
        let tuples: Vec<Ty> =
            self.pool.iter().filter(|known| matches!(known, Ty::Tuple(items) if items.contains(ty))).cloned().collect();
        if tuples.is_empty() {
            let other = self.any_type();
            let parts = vec![self.evident(&other, scope, depth), self.evident(ty, scope, depth)];
            return Tree::new("item of a tuple literal", ty.to_string(), "(@, @).1", parts);
        }
        let tuple = self.random.pick(&tuples).clone();
        let position = match &tuple {
            Ty::Tuple(items) => items.iter().position(|item| item == ty).unwrap_or(0),
            _ => 0,
        };
        let value = self.evident(&tuple, scope, depth);
        Tree::new("item of a tuple", ty.to_string(), &format!("@.{position}"), vec![value])
    }

    fn item_of_list(&mut self, ty: &Ty, scope: &Scope, depth: usize) -> Tree {
        let list = Ty::list(ty.clone());
        let text = ty.to_string();
        match self.random.below(24) {
            0 => Tree::new("first of a list", text, "list.first(@)", vec![self.evident(&list, scope, depth)]),
            1 => Tree::new("last of a list", text, "list.last(@)", vec![self.evident(&list, scope, depth)]),
            2 => {
                let parts = vec![self.evident(&list, scope, depth), self.expression(&Ty::Int, scope, depth)];
                Tree::new("item of a list", text, "@[@]", parts)
            }
            // A position that exists.
            _ => {
                let parts = vec![
                    self.evident(ty, scope, depth),
                    self.evident(&list, scope, depth),
                    self.evident(ty, scope, depth),
                ];
                let position = self.random.below(2);
                Tree::new("item of a list", text, &format!("[@, ...@, @][{position}]"), parts)
            }
        }
    }

    fn reduced(&mut self, ty: &Ty, scope: &Scope, depth: usize) -> Tree {
        let item = self.any_type();
        let (done, name) = (self.name(scope), self.name(scope));
        let name = if done == name { format!("{name}_") } else { name };
        let inner = scope.with(&done, ty.clone()).with(&name, item.clone());
        let parts = vec![
            self.evident(&Ty::list(item.clone()), scope, depth),
            self.evident(ty, scope, depth),
            self.evident(ty, &inner, depth.min(2)),
        ];
        let pattern = match self.random.percent(50) {
            true => format!("@.reduce(@, ({ty} {done}, {item} {name}) => @)"),
            false => format!("list.reduce(@, @, ({done}, {name}) => @)"),
        };
        Tree::new("reduce", ty.to_string(), &pattern, parts)
    }

    /// A function that is chosen or written down, called on the spot.
    fn called_closure(&mut self, ty: &Ty, scope: &Scope, depth: usize) -> Tree {
        let parameter = self.any_type();
        let argument = self.expression(&parameter, scope, depth);
        let function = Ty::function(parameter, ty.clone());
        let one = self.closure(&function, scope, depth, true);
        if self.random.percent(50) {
            return Tree::new("called closure", ty.to_string(), "(@)(@)", vec![one, argument]);
        }
        let parts =
            vec![self.expression(&Ty::Bool, scope, depth), one, self.function_value(&function, scope, depth), argument];
        Tree::new("chosen function", ty.to_string(), "(@ ? @ : @)(@)", parts)
    }

    /// A function: one that has a name, or a closure with types.
    pub(crate) fn function_value(&mut self, ty: &Ty, scope: &Scope, depth: usize) -> Tree {
        match self.named(ty, scope) {
            Some(name) if self.random.percent(60) => name,
            _ => self.closure(ty, scope, depth, true),
        }
    }

    /// A closure. Without types, its place has to give them.
    pub(crate) fn closure(&mut self, ty: &Ty, scope: &Scope, depth: usize, with_types: bool) -> Tree {
        let Ty::Function(parameters, result) = ty else { return self.literal(ty, scope, 0) };
        let mut inner = scope.clone();
        inner.in_loop = false;
        let mut names: Vec<String> = Vec::new();
        for parameter in parameters {
            let mut name = self.name(scope);
            while names.iter().any(|known| known.ends_with(&name)) {
                name.push('_');
            }
            inner.add(&name, parameter.clone(), None);
            names.push(if with_types { format!("{parameter} {name}") } else { name });
        }
        let names = names.join(", ");
        if self.random.percent(40) {
            let body = self.expression(result, &inner, depth.min(3));
            return Tree::new(
                "closure with a result",
                ty.to_string(),
                &format!("({names}) -> {result} => @"),
                vec![body],
            );
        }
        let body = self.evident(result, &inner, depth.min(3));
        Tree::new("closure", ty.to_string(), &format!("({names}) => @"), vec![body])
    }

    fn value_of_dict(&mut self, ty: &Ty, scope: &Scope, depth: usize) -> Tree {
        let dict = self.evident(&Ty::Dict(Box::new(ty.clone())), scope, depth);
        match self.random.percent(5) {
            true => {
                let key = self.expression(&Ty::String, scope, depth);
                Tree::new("value of a dict", ty.to_string(), "@[@]", vec![dict, key])
            }
            false => {
                let inner = Scope { dict: self.new_dict(), ..scope.clone() };
                let parts = vec![dict, self.evident(ty, &inner, depth)];
                Tree::new("value of a merged dict", ty.to_string(), "(@ + { k: @ })[\"k\"]", parts)
            }
        }
    }
}

/// How the functions of the root dict name their parameters.
pub(crate) fn parameter_name(index: usize) -> String {
    ["a", "b", "c", "d"][index].to_owned()
}
