//! Arguments as JSON: those that fit, and some that do not.

use serde_json::{Map, Value, json};

use crate::generate::Generator;
use crate::types::{Payload, Ty};

impl Generator {
    /// Arguments for these parameters. The first set fits; one in eight of the others does not.
    pub(crate) fn arguments(&mut self, parameters: &[(String, Ty)], number: usize) -> Value {
        let mut arguments = Map::new();
        for (name, ty) in parameters {
            arguments.insert(name.clone(), self.json(ty, 3));
        }
        if number > 0 && self.random.percent(12) {
            let (name, _) = self.random.pick(parameters).clone();
            match self.random.below(4) {
                0 => drop(arguments.remove(&name)),
                1 => drop(arguments.insert("unknown".to_owned(), json!(1))),
                _ => {
                    let wrong = self.wrong();
                    self.spoil(arguments.get_mut(&name).expect("an argument"), wrong);
                }
            }
        }
        Value::Object(arguments)
    }

    fn wrong(&mut self) -> Value {
        let values = [
            json!(null),
            json!(3),
            json!(2.5),
            json!("V0"),
            json!([]),
            json!({}),
            json!(true),
            json!({"Some": 1}),
            json!([1]),
        ];
        self.random.pick(&values).clone()
    }

    /// Puts a value that hardly fits somewhere into another.
    fn spoil(&mut self, value: &mut Value, wrong: Value) {
        let goes_on = self.random.percent(70);
        match value {
            Value::Array(items) if goes_on && !items.is_empty() => {
                let index = self.random.below(items.len());
                self.spoil(&mut items[index], wrong);
            }
            Value::Object(fields) if goes_on && !fields.is_empty() => {
                let keys: Vec<String> = fields.keys().cloned().collect();
                let key = self.random.pick(&keys).clone();
                match self.random.percent(30) {
                    true => drop(fields.remove(&key)),
                    false => self.spoil(&mut fields[&key], wrong),
                }
            }
            _ => *value = wrong,
        }
    }

    fn json(&mut self, ty: &Ty, depth: usize) -> Value {
        let inner = depth.saturating_sub(1);
        match ty {
            Ty::Int => match self.random.percent(18) {
                true => json!(*self.random.pick(&[i64::MAX, i64::MIN, -1, 1 << 53, i64::MIN + 1, 1 << 32])),
                false => json!(*self.random.pick(&[0, 1, 2, 3, -1, 7, 12, 100])),
            },
            Ty::Float => match self.random.percent(15) {
                true => json!(*self.random.pick(&[-0.0, 1e308, 5e-324, 1e16, 1e-7, 9007199254740993.0])),
                false => self.random.pick(&[json!(0), json!(1.5), json!(-3), json!(0.1), json!(100.0)]).clone(),
            },
            Ty::Bool => json!(self.random.percent(50)),
            Ty::String => json!(*self.random.pick(&["", "a", "é,b", "xyz", "東京 x", "12", "A b", "k"])),
            Ty::List(item) => {
                let count = self.random.below(if depth == 0 { 1 } else { 4 });
                (0..count).map(|_| self.json(item, inner)).collect()
            }
            Ty::Tuple(items) => items.iter().map(|item| self.json(item, inner)).collect(),
            Ty::Dict(value) => {
                let keys = ["k", "a", "é", "Z"];
                let count = self.random.below(if depth == 0 { 1 } else { 4 });
                let entries = keys[..count].iter().map(|key| ((*key).to_owned(), self.json(value, inner)));
                Value::Object(entries.collect())
            }
            Ty::Option(_) if depth == 0 || self.random.percent(35) => json!(null),
            Ty::Option(value) => match self.random.percent(20) || matches!(**value, Ty::Option(_)) {
                true => json!({"Some": self.json(value, inner)}),
                false => self.json(value, inner),
            },
            Ty::Result(value, error) => match self.random.percent(60) {
                true => json!({"Ok": self.json(value, inner)}),
                false => json!({"Err": self.json(error, inner)}),
            },
            Ty::Record(number) => self.json_record(*number, depth),
            Ty::Enum(number) => self.json_variant(*number, depth),
            Ty::Function(..) => json!(null),
        }
    }

    fn json_record(&mut self, number: usize, depth: usize) -> Value {
        let mut record = Map::new();
        for field in self.types.schemas[number].fields.clone() {
            let may_be_absent = field.has_default || matches!(field.ty, Ty::Option(_));
            if !(may_be_absent && (depth == 0 || self.random.percent(40))) {
                record.insert(field.name, self.json(&field.ty, depth.saturating_sub(1)));
            }
        }
        if self.random.percent(5) {
            record.insert("extra".to_owned(), json!([1, null]));
        }
        Value::Object(record)
    }

    fn json_variant(&mut self, number: usize, depth: usize) -> Value {
        let variants = self.types.enums[number].clone();
        let variant = if depth == 0 { variants[0].clone() } else { self.random.pick(&variants).clone() };
        let inner = depth.saturating_sub(1);
        let payload = match &variant.payload {
            Payload::Unit if self.random.percent(50) => return json!(variant.name),
            Payload::Unit => json!({}),
            Payload::Tuple(items) => items.iter().map(|item| self.json(item, inner)).collect(),
            Payload::Struct(fields) => {
                Value::Object(fields.iter().map(|(name, ty)| (name.clone(), self.json(ty, inner))).collect())
            }
        };
        Value::Object([(variant.name, payload)].into_iter().collect())
    }
}
