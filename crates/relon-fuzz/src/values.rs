//! Lists, tuples, dicts, records, variants, options and results: their literals, and what else gives them.

use crate::generate::Generator;
use crate::scope::Scope;
use crate::tree::{Part, Tree};
use crate::types::{Payload, Ty, Variant};

/// Short values that may still be made once the fuel is spent.
const SHORT_VALUES: i64 = 200;

impl Generator {
    /// A literal. Where there is no depth left it is the shortest one.
    pub(crate) fn literal(&mut self, ty: &Ty, scope: &Scope, depth: usize) -> Tree {
        let text = ty.to_string();
        let inner = depth.saturating_sub(1);
        match ty {
            Ty::Int | Ty::Float | Ty::Bool | Ty::String => self.scalar_literal(ty, scope),
            Ty::List(item) => self.list(item, scope, depth),
            Ty::Tuple(items) if items.is_empty() => Tree::leaf("empty tuple", text, "()"),
            Ty::Tuple(items) => {
                let holes = if items.len() == 1 { "@,".to_owned() } else { vec!["@"; items.len()].join(", ") };
                let items = items.iter().map(|item| self.expression(item, scope, inner)).collect();
                Tree::new("tuple", text, &format!("({holes})"), items)
            }
            Ty::Dict(value) => self.dict(value, scope, depth),
            Ty::Option(value) => match depth > 0 && self.random.percent(65) {
                true => Tree::new("Some", text, "Some(@)", vec![self.expression(value, scope, inner)]),
                false => Tree::leaf("None", text, "None"),
            },
            Ty::Result(value, error) => match self.random.percent(60) {
                true => Tree::new("Ok", text, "Ok(@)", vec![self.expression(value, scope, inner)]),
                false => Tree::new("Err", text, "Err(@)", vec![self.expression(error, scope, inner)]),
            },
            Ty::Record(number) => self.record(*number, scope, depth),
            Ty::Enum(number) => self.variant(*number, scope, depth),
            Ty::Function(..) => self.closure(ty, scope, inner, true),
        }
    }

    /// An expression that only this type has: a literal in half of the cases, or something that makes values of it.
    pub(crate) fn special(&mut self, ty: &Ty, scope: &Scope, depth: usize) -> Tree {
        if self.random.percent(if ty.has_text() { 10 } else { 45 }) {
            return self.literal(ty, scope, depth);
        }
        match ty {
            Ty::Int | Ty::Float | Ty::Bool | Ty::String => self.special_scalar(ty, scope, depth),
            Ty::List(item) => self.special_list(item, scope, depth - 1),
            Ty::Dict(value) => self.special_dict(value, scope, depth - 1),
            Ty::Record(number) if self.random.percent(60) => self.changed_record(*number, scope, depth - 1),
            Ty::Record(number) => self.record_of_more(*number, scope, depth),
            Ty::Tuple(items) if self.pair.as_ref() == Some(items) && self.random.percent(50) => {
                let pair = self.literal(ty, scope, depth);
                Tree::new("named tuple", ty.to_string(), "as_pair(@)", vec![pair])
            }
            Ty::Tuple(_) | Ty::Option(_) | Ty::Result(..) | Ty::Enum(_) | Ty::Function(..) => {
                self.literal(ty, scope, depth)
            }
        }
    }

    /// How many items a list or dict gets. Types that hold lists of themselves would go on without end if there was no end to the fuel.
    fn count(&mut self, depth: usize) -> usize {
        match depth {
            0 if self.fuel < -SHORT_VALUES => 0,
            0 => self.random.below(2),
            _ => self.random.below(4),
        }
    }

    fn list(&mut self, item: &Ty, scope: &Scope, depth: usize) -> Tree {
        let text = Ty::list(item.clone()).to_string();
        let count = self.count(depth);
        let inner = depth.saturating_sub(1);
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(match depth > 0 && self.random.percent(20) {
                true => {
                    let spread = self.evident(&Ty::list(item.clone()), scope, inner);
                    Tree::new("spread in a list", "", "...@", vec![spread])
                }
                false => self.expression(item, scope, inner),
            });
        }
        let (least, pattern) = if count > 0 && self.random.percent(5) { (1, "[@, ]") } else { (0, "[@]") };
        let name = if least > 0 { "list with a comma at its end" } else { "list" };
        Tree::of_parts(name, text, pattern, vec![Part::List { items, between: ", ", least }])
    }

    fn special_list(&mut self, item: &Ty, scope: &Scope, depth: usize) -> Tree {
        let ty = Ty::list(item.clone());
        let text = ty.to_string();
        match self.random.below(9) {
            0 | 1 => self.comprehension(item, scope, depth),
            2 => self.mapped(item, scope, depth),
            3 | 4 => {
                let (list, test) = (self.evident(&ty, scope, depth), Ty::function(item.clone(), Ty::Bool));
                let with_types = self.random.percent(50);
                let test = self.closure(&test, scope, depth, with_types);
                let pattern = *self.random.pick(&["@.filter(@)", "list.filter(@, @)", "(@ | list.filter(@))"]);
                Tree::new("filter", text, pattern, vec![list, test])
            }
            5 => {
                let lists = Ty::list(ty.clone());
                Tree::new("list.flatten", text, "list.flatten(@)", vec![self.evident(&lists, scope, depth)])
            }
            6 => {
                let dict = self.evident(&Ty::Dict(Box::new(item.clone())), scope, depth);
                let pattern = *self.random.pick(&["@.values()", "dict.values(@)"]);
                Tree::new("values of a dict", text, pattern, vec![dict])
            }
            7 => self.list_of_its_own(item, scope, depth),
            _ => self.list(item, scope, depth + 1),
        }
    }

    /// Lists that only some types of items have.
    fn list_of_its_own(&mut self, item: &Ty, scope: &Scope, depth: usize) -> Tree {
        let text = Ty::list(item.clone()).to_string();
        match item {
            Ty::Int => match self.random.below(3) {
                0 => Tree::new("range", text, "range(@ % 4)", vec![self.expression(&Ty::Int, scope, depth)]),
                1 => Tree::leaf("range", text, format!("range(-1, {})", self.random.below(4))),
                _ => {
                    let list = self.evident(&Ty::list(Ty::Int), scope, depth);
                    Tree::new("native sorted", text, "sorted(@)", vec![list])
                }
            },
            Ty::String => {
                let parts = vec![self.expression(&Ty::String, scope, depth)];
                let patterns = [
                    "@.split(\",\")",
                    "@.split(\"\")",
                    "string.split(@, \"a\")",
                    "words(@)",
                    "as_named(@).keys()",
                    "dict.keys(as_named(@))",
                ];
                let pattern = *self.random.pick(&patterns);
                Tree::new("texts", text, pattern, parts)
            }
            Ty::Option(_) => {
                let list = self.evident(&Ty::list(item.clone()), scope, depth);
                Tree::new("list.compact", text, "list.compact(@)", vec![list])
            }
            _ => self.list(item, scope, depth),
        }
    }

    fn comprehension(&mut self, item: &Ty, scope: &Scope, depth: usize) -> Tree {
        let source = self.any_type();
        let name = self.name(scope);
        let mut inner = scope.with(&name, source.clone());
        inner.in_loop = true;
        let list = self.evident(&Ty::list(source), scope, depth);
        let body = self.expression(item, &inner, depth.min(2));
        let text = Ty::list(item.clone()).to_string();
        if self.random.percent(50) {
            let condition = self.expression(&Ty::Bool, &inner, depth.min(2));
            let pattern = format!("[@ for {name} in @ if @]");
            return Tree::new("comprehension with a condition", text, &pattern, vec![body, list, condition]);
        }
        Tree::new("comprehension", text, &format!("[@ for {name} in @]"), vec![body, list])
    }

    fn mapped(&mut self, item: &Ty, scope: &Scope, depth: usize) -> Tree {
        let source = self.any_type();
        let function = Ty::function(source.clone(), item.clone());
        let list = self.evident(&Ty::list(source), scope, depth);
        let function = match self.random.percent(40) {
            true => self.function_value(&function, scope, depth),
            false => self.closure(&function, scope, depth, false),
        };
        let pattern = *self.random.pick(&["@.map(@)", "list.map(@, @)"]);
        Tree::new("map", Ty::list(item.clone()).to_string(), pattern, vec![list, function])
    }

    fn dict(&mut self, value: &Ty, scope: &Scope, depth: usize) -> Tree {
        let dict = self.new_dict();
        let mut inner = Scope { dict, ..scope.clone() };
        for name in ["k", "a", "b"] {
            inner.hide(name);
        }
        let count = self.count(depth);
        let inner_depth = depth.saturating_sub(1);
        let mut entries = Vec::new();
        for index in 0..count {
            let literal = ["k", "\"é\"", "\"a b\""][index];
            entries.push(match self.random.below(if depth == 0 { 1 } else { 6 }) {
                0..4 => {
                    let value = self.expression(value, &inner, inner_depth);
                    Tree::new("entry", "", &format!("{literal}: @"), vec![value])
                }
                4 => {
                    let parts = vec![
                        self.expression(&Ty::String, &inner, inner_depth),
                        self.expression(value, &inner, inner_depth),
                    ];
                    Tree::new("computed key", "", "[<String> @]: @", parts)
                }
                _ => {
                    let parts = vec![
                        self.expression(&Ty::Int, &inner, inner_depth),
                        self.expression(value, &inner, inner_depth),
                    ];
                    Tree::new("computed key of an Int", "", "[<Int> @]: @", parts)
                }
            });
        }
        let text = Ty::Dict(Box::new(value.clone())).to_string();
        Tree::of_parts("dict", text, "{ @ }", vec![Part::List { items: entries, between: ", ", least: 0 }])
    }

    fn special_dict(&mut self, value: &Ty, scope: &Scope, depth: usize) -> Tree {
        let ty = Ty::Dict(Box::new(value.clone()));
        let text = ty.to_string();
        let left = self.evident(&ty, scope, depth);
        let pattern =
            *self.random.pick(&["(@ + @)", "@.merge(@)", "dict.merge(@, @)", "{ ...@, [<String> \"k\" + \"2\"]: @ }"]);
        if pattern.starts_with('{') {
            let inner = Scope { dict: self.new_dict(), ..scope.clone() };
            let parts = vec![self.evident(&ty, &inner, depth), self.evident(value, &inner, depth)];
            return Tree::new("spread in a dict", text, pattern, parts);
        }
        let right = self.evident(&ty, scope, depth);
        Tree::new("merge of dicts", text, pattern, vec![left, right])
    }

    fn record(&mut self, number: usize, scope: &Scope, depth: usize) -> Tree {
        let mut inner = Scope { dict: self.new_dict(), ..scope.clone() };
        let mut fields = self.types.schemas[number].fields.clone();
        fields.iter().for_each(|field| inner.hide(&field.name));
        self.random.shuffle(&mut fields);
        let mut entries = Vec::new();
        for field in fields {
            let may_be_left_out = field.has_default || matches!(field.ty, Ty::Option(_));
            if may_be_left_out && (depth == 0 || self.random.percent(40)) {
                continue;
            }
            let value = self.expression(&field.ty, &inner, depth.saturating_sub(1));
            entries.push(Tree::new("record entry", "", &format!("{}: @", field.name), vec![value]));
        }
        let entries = Part::List { items: entries, between: ", ", least: 0 };
        Tree::of_parts("record", format!("R{number}"), "{ @ }", vec![entries])
    }

    /// A record merged with some fields, which checks it again.
    fn changed_record(&mut self, number: usize, scope: &Scope, depth: usize) -> Tree {
        let record = self.evident(&Ty::Record(number), scope, depth);
        let fields = self.types.schemas[number].fields.clone();
        let field = self.random.pick(&fields).clone();
        let mut inner = Scope { dict: self.new_dict(), ..scope.clone() };
        inner.hide(&field.name);
        let value = self.evident(&field.ty, &inner, depth);
        let pattern = format!("(@ + {{ {}: @ }})", field.name);
        Tree::new("merge into a record", format!("R{number}"), &pattern, vec![record, value])
    }

    /// A record of a schema that has all fields of this one and more, where this one is wanted.
    fn record_of_more(&mut self, number: usize, scope: &Scope, depth: usize) -> Tree {
        let schemas = self.types.schemas.iter().enumerate();
        let larger: Vec<usize> =
            schemas.filter(|(_, schema)| schema.base == Some(number)).map(|(more, _)| more).collect();
        if larger.is_empty() {
            return self.record(number, scope, depth);
        }
        let more = *self.random.pick(&larger);
        let value = self.evident(&Ty::Record(more), scope, depth - 1);
        let ascribed = self.ascribe(&Ty::Record(number), value);
        Tree::new("record of a larger schema", format!("R{number}"), "@", vec![ascribed])
    }

    fn variant(&mut self, number: usize, scope: &Scope, depth: usize) -> Tree {
        let variants = self.types.enums[number].clone();
        let Variant { name, payload } =
            if depth == 0 { variants[0].clone() } else { self.random.pick(&variants).clone() };
        let inner = depth.saturating_sub(1);
        let text = format!("E{number}");
        match payload {
            Payload::Unit => Tree::leaf("unit variant", &text, format!("{text}.{name}")),
            Payload::Tuple(items) => {
                let holes = vec!["@"; items.len()].join(", ");
                let items = items.iter().map(|item| self.expression(item, scope, inner)).collect();
                Tree::new("tuple variant", &text, &format!("{text}.{name}({holes})"), items)
            }
            Payload::Struct(mut fields) => {
                self.random.shuffle(&mut fields);
                let mut scope = Scope { dict: self.new_dict(), ..scope.clone() };
                fields.iter().for_each(|(field, _)| scope.hide(field));
                let holes: Vec<String> = fields.iter().map(|(field, _)| format!("{field}: @")).collect();
                let values = fields.iter().map(|(_, ty)| self.expression(ty, &scope, inner)).collect();
                Tree::new("struct variant", &text, &format!("{text}.{name} {{ {} }}", holes.join(", ")), values)
            }
        }
    }
}
