//! Operators, library functions and natives that give an Int, a Float, a Bool or a String.
//!
//! Most are tables of patterns: the text, with the types of what goes into its holes.

use crate::generate::Generator;
use crate::scope::Scope;
use crate::tree::{Part, Tree};
use crate::types::Ty;

/// A construct: its name, its text, and the types of its holes by letter. `*` is any type, `L` a list of anything, `D` a dict of
/// anything, `l` `List<Int>`, `g` `List<Float>`, `t` `List<String>`, `d` `Dict<String, Int>`, `N` an Int that is seldom zero, `G` a Float
/// that is seldom zero, `m` a small Int.
type Pattern = (&'static str, &'static str, &'static str);

const INTS: [Pattern; 51] = [
    ("Int / -1", "(@ / -1)", "I"),
    ("Int % -1", "(@ % -1)", "I"),
    ("pieces", "len(string.split(@, @))", "SS"),
    ("Int +", "(@ + @)", "II"),
    ("Int +", "(@ + @)", "II"),
    ("Int -", "(@ - @)", "II"),
    ("Int -", "(@ - @)", "II"),
    ("Int *", "(@ * @)", "Im"),
    ("Int *", "(@ % 1000 * @)", "Im"),
    ("large product", "(@ * @)", "II"),
    ("Int /", "(@ / @)", "IN"),
    ("Int /", "(@ / @)", "IN"),
    ("Int %", "(@ % @)", "IN"),
    ("Int %", "(@ % @)", "IN"),
    ("Int negation", "(-@)", "I"),
    ("precedence", "(@ + @ * @ - @)", "mmmm"),
    ("len", "len(@)", "L"),
    ("len", "len(@)", "S"),
    ("len", "len(@)", "D"),
    ("list.len", "list.len(@)", "L"),
    ("String.len()", "@.len()", "S"),
    ("String.length()", "@.length()", "S"),
    ("List.len()", "@.len()", "L"),
    ("List.length()", "@.length()", "L"),
    ("Dict.len()", "@.len()", "D"),
    ("list.sum", "list.sum(@)", "l"),
    ("list.avg", "list.avg([@, ...@])", "Il"),
    ("list.avg", "list.avg(@)", "l"),
    ("List.sum()", "@.sum()", "l"),
    ("List.max()", "@.max()", "l"),
    ("List.min()", "[@, ...@].min()", "Il"),
    ("List.max()", "[@, ...@].max()", "Il"),
    ("math.abs", "math.abs(@)", "I"),
    ("math.max", "math.max(@, @)", "II"),
    ("math.min", "math.min(@, @)", "II"),
    ("math.clamp", "math.clamp(@, @, @)", "III"),
    ("recursion through a bound", "as_bound(@)", "I"),
    ("native host.double", "host.double(@)", "I"),
    ("native mul_div", "mul_div(@, @, @)", "ImN"),
    ("native at", "at(@, @)", "lm"),
    ("native at", "at([@, ...@], 0)", "Il"),
    ("native positive", "positive(@)", "I"),
    ("native positive", "positive(@ % 10 + 11)", "I"),
    ("native ackermann", "ackermann(@ ? 1 : 2, 3)", "B"),
    ("native count", "(count() - count())", ""),
    ("native count", "(counted() - counted() + @)", "I"),
    ("native tag_count", "tag_count([as_reading(@, @, @)])", "SFI"),
    ("recursion without end", "as_endless(@)", "I"),
    ("native swap_last", "[swap_last(@), swap_last(@)][1]", "II"),
    ("native parse_int", "(parse_int(@) match { Some(i): i, None: @ })", "SI"),
    ("native range_of", "(range_of(@) match { Some(r): r.high - r.low, None: @ })", "lI"),
];

const FLOATS: [Pattern; 24] = [
    ("Float that is not finite", "(@ * 1e308 * 1e308)", "F"),
    ("Float +", "(@ + @)", "FF"),
    ("Float -", "(@ - @)", "FF"),
    ("Float *", "(@ * @)", "FF"),
    ("Float /", "(@ / @)", "FG"),
    ("Float %", "(@ % @)", "FG"),
    ("Float and Int", "(@ + @)", "FI"),
    ("Float and Int", "(@ - @)", "IF"),
    ("Float and Int", "(@ * @)", "IF"),
    ("Float and Int", "(@ / @)", "FN"),
    ("Float and Int", "(@ % @)", "FN"),
    ("Float negation", "(-@)", "F"),
    ("list.sum of Floats", "list.sum(@)", "g"),
    ("list.avg of Floats", "list.avg([@, ...@])", "Fg"),
    ("List.sum() of Floats", "[@, ...@].sum()", "Fg"),
    ("List.max() of Floats", "[@, ...@].max()", "Fg"),
    ("List.min() of Floats", "[@, ...@].min()", "Fg"),
    ("math.abs of a Float", "math.abs(@)", "F"),
    ("math.max of Floats", "math.max(@, @)", "FF"),
    ("math.min of Floats", "math.min(@, @)", "FF"),
    ("math.clamp of Floats", "math.clamp(@, @, @)", "FFF"),
    ("native pick", "pick(@, @, @)", "BIF"),
    ("native rate", "rate(@)", "S"),
    ("native excess", "excess(as_reading(@, @, @))", "SFI"),
];

const BOOLS: [Pattern; 38] = [
    ("comparison with no number", "(@ >= NaN)", "F"),
    ("comparison with no number", "(NaN <= @)", "F"),
    ("comparison with no number", "(@ < NaN)", "F"),
    ("comparison with no number", "(NaN > @)", "F"),
    ("Int <", "(@ < @)", "II"),
    ("Int >", "(@ > @)", "II"),
    ("Int <=", "(@ <= @)", "II"),
    ("Int >=", "(@ >= @)", "II"),
    ("Float <", "(@ < @)", "FF"),
    ("Float >", "(@ > @)", "FF"),
    ("Float <=", "(@ <= @)", "FF"),
    ("Float >=", "(@ >= @)", "FF"),
    ("Int < Float", "(@ < @)", "IF"),
    ("Float >= Int", "(@ >= @)", "FI"),
    ("String <", "(@ < @)", "SS"),
    ("String >", "(@ > @)", "SS"),
    ("String <=", "(@ <= @)", "SS"),
    ("String >=", "(@ >= @)", "SS"),
    ("&&", "(@ && @)", "BB"),
    ("||", "(@ || @)", "BB"),
    ("&&", "(@ && @ || @)", "BBB"),
    ("!", "(!@)", "B"),
    ("list.contains", "list.contains(@, @)", "lI"),
    ("List.contains()", "@.contains(@)", "tS"),
    ("List.contains()", "[1, @].contains(@)", "II"),
    ("List.is_empty()", "@.is_empty()", "L"),
    ("String.is_empty()", "@.is_empty()", "S"),
    ("String.contains()", "@.contains(@)", "SS"),
    ("string.contains", "string.contains(@, @)", "SS"),
    ("String.starts_with()", "@.starts_with(@)", "SS"),
    ("String.ends_with()", "@.ends_with(@)", "SS"),
    ("Dict.has_key()", "@.has_key(@)", "DS"),
    ("dict.has_key", "dict.has_key(@, @)", "DS"),
    ("native is_even", "is_even(@)", "I"),
    ("native matches", "matches(\"[a-z]+|é\", @)", "S"),
    ("native matches", "matches(@, @)", "SS"),
    ("Int == Int", "(@ == @)", "II"),
    ("Float == Float", "(@ == @)", "FF"),
];

const STRINGS: [Pattern; 29] = [
    ("function of the library by another name", "louder(@)", "S"),
    ("String +", "(@ + @)", "SS"),
    ("String + Int", "(@ + @)", "SI"),
    ("Float + String", "(@ + @)", "FS"),
    ("Bool + String", "(@ + @)", "BS"),
    ("Int + String", "(@ + @ + @)", "ISI"),
    ("f-string", "f\"${@}\"", "I"),
    ("f-string", "f\"é${@}:${@}\"", "FS"),
    ("f-string", "f#\"\\n${@}\"#", "B"),
    ("string.upper", "string.upper(@)", "S"),
    ("string.lower", "string.lower(@)", "S"),
    ("string.replace", "string.replace(@, @, @)", "SSS"),
    ("string.join", "string.join(@, @)", "tS"),
    ("String.upper()", "@.upper()", "S"),
    ("String.lower()", "@.lower()", "S"),
    ("String.replace()", "@.replace(@, @)", "SSS"),
    ("String.concat()", "@.concat(@)", "SS"),
    ("String.trim()", "@.trim()", "S"),
    ("String.trim_start()", "@.trim_start()", "S"),
    ("String.trim_end()", "@.trim_end()", "S"),
    ("List.join()", "@.join(@)", "tS"),
    ("type", "type(@)", "*"),
    ("native reversed", "reversed(@)", "S"),
    ("native longest", "(longest(@) match { Some(s): s, None: @ })", "tS"),
    ("native initials", "initials(\"x\" + @)", "S"),
    ("native initials", "initials(@)", "S"),
    ("native capital", "(capital(@) match { Some(s): s, _: @ })", "SS"),
    ("native capital", "(capital(@ ? \"JP\" : \"AT\") match { Some(s): s, _: \"\" })", "B"),
    ("String +", "(@ + \"ß\")", "S"),
];

const EDGE_INTS: [&str; 12] = [
    "9223372036854775807",
    "-9223372036854775808",
    "-9223372036854775807",
    "4611686018427387904",
    "3037000500",
    "-4294967296",
    "9007199254740993",
    "0x7fffffff",
    "-1",
    "0",
    "0b101",
    "0o17",
];
const SMALL_INTS: [&str; 8] = ["0", "1", "2", "3", "-1", "5", "10", "-7"];
const FLOAT_TEXTS: [&str; 18] = [
    "0.0",
    "(-0.0)",
    "1.5",
    "-2.25",
    "0.1",
    "1e3",
    "3.0",
    "100.0",
    "-1.0",
    "0.3333333333333333",
    "1e15",
    "123456789.125",
    "1e308",
    "5e-324",
    "2.2250738585072014e-308",
    "9007199254740993.0",
    "NaN",
    "Infinity",
];
const TEXTS: [&str; 18] = [
    "\"two\nlines\"",
    "r\"raw\\n\"",
    "\"\"",
    "\"a\"",
    "\"é\"",
    "\"xyz\"",
    "\"a,b\"",
    "\"東京\"",
    "\" pad\\t\"",
    "\"k\"",
    "\"ß\\u{1F600}\"",
    "r#\"\"q\"\\n\"#",
    "\"42\"",
    "\"A b C\"",
    "\"İı\"",
    "\"e\\u0301\"",
    "\"\\n\\\"\\\\\"",
    "\"FR\"",
];

/// The constructs of the tables.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    INTS.iter().chain(&FLOATS).chain(&BOOLS).chain(&STRINGS).map(|(name, ..)| *name)
}

impl Generator {
    /// A literal of a type that has text.
    pub(crate) fn scalar_literal(&mut self, ty: &Ty, scope: &Scope) -> Tree {
        let text = match ty {
            Ty::Int if scope.in_loop && self.random.percent(25) => "&index",
            Ty::Int if self.random.percent(5) => return self.edge_int(),
            Ty::Int => *self.random.pick(&SMALL_INTS),
            // The last ones are rare, since a result cannot hold what comes of them.
            Ty::Float => {
                let end = if self.random.percent(10) { FLOAT_TEXTS.len() } else { FLOAT_TEXTS.len() - 6 };
                FLOAT_TEXTS[self.random.below(end)]
            }
            Ty::Bool => *self.random.pick(&["true", "false"]),
            _ => *self.random.pick(&TEXTS),
        };
        let name = if text == "&index" { "&index" } else { "literal" };
        Tree::leaf(name, ty.to_string(), text)
    }

    /// An Int whose neighbours are far away. It comes from a call, since arithmetic on literals is done before a program runs.
    fn edge_int(&mut self) -> Tree {
        let literal = Tree::leaf("edge Int", "Int", *self.random.pick(&EDGE_INTS));
        self.ascribe(&Ty::Int, literal)
    }

    /// An expression that only values with text have.
    pub(crate) fn special_scalar(&mut self, ty: &Ty, scope: &Scope, depth: usize) -> Tree {
        if *ty == Ty::Bool && self.random.percent(20) {
            return self.equality(scope, depth - 1);
        }
        if *ty == Ty::Int
            && self.random.percent(8)
            && let Some(types) = self.file_types.clone()
        {
            return self.by_type_of_a_file(&types, scope, depth - 1);
        }
        let pattern = match ty {
            Ty::Int => *self.random.pick(&INTS),
            Ty::Float => *self.random.pick(&FLOATS),
            Ty::Bool => *self.random.pick(&BOOLS),
            _ => *self.random.pick(&STRINGS),
        };
        // What fails easily is rare, or hardly a program would come to its end.
        if pattern.0 == "recursion without end" && self.random.percent(70) {
            return self.special_scalar(ty, scope, depth);
        }
        let fails = ["large product", "native at", "native positive", "native initials", "list.avg", "native matches"];
        if fails.contains(&pattern.0) && self.random.percent(60) || pattern.1 == "@.max()" && self.random.percent(80) {
            return self.special_scalar(ty, scope, depth);
        }
        self.fill(pattern, &ty.to_string(), scope, depth - 1)
    }

    fn fill(&mut self, (name, text, holes): Pattern, ty: &str, scope: &Scope, depth: usize) -> Tree {
        self.uses_records_of_natives |= text.contains("as_reading") || text.contains("range_of");
        let parts = holes.chars().map(|hole| self.hole(hole, scope, depth)).collect();
        Tree::new(name, ty, text, parts)
    }

    fn hole(&mut self, hole: char, scope: &Scope, depth: usize) -> Tree {
        let any = self.any_type();
        match hole {
            'N' => self.divisor(&Ty::Int, &["1", "2", "3", "-1", "7", "10", "-3"], scope, depth),
            'G' => self.divisor(&Ty::Float, &["2.0", "0.5", "-3.0", "1e-3"], scope, depth),
            'm' => match self.random.percent(70) {
                true => Tree::leaf("literal", "Int", *self.random.pick(&SMALL_INTS)),
                false => self.expression(&Ty::Int, scope, depth),
            },
            'I' => self.expression(&Ty::Int, scope, depth),
            'F' => self.expression(&Ty::Float, scope, depth),
            'B' => self.expression(&Ty::Bool, scope, depth),
            'S' => self.expression(&Ty::String, scope, depth),
            'L' => self.evident(&Ty::list(any), scope, depth),
            'D' => self.evident(&Ty::Dict(Box::new(any)), scope, depth),
            'l' => self.evident(&Ty::list(Ty::Int), scope, depth),
            'g' => self.evident(&Ty::list(Ty::Float), scope, depth),
            't' => self.evident(&Ty::list(Ty::String), scope, depth),
            _ => self.evident(&any, scope, depth),
        }
    }

    fn divisor(&mut self, ty: &Ty, literals: &[&'static str], scope: &Scope, depth: usize) -> Tree {
        let zero = if *ty == Ty::Int { "0" } else { "0.0" };
        match self.random.below(10) {
            0..6 => Tree::leaf("literal", ty.to_string(), *self.random.pick(literals)),
            6..8 => {
                let dict = self.new_dict();
                let inner = Scope { dict, ..scope.clone() };
                let value = self.expression(ty, &inner, depth);
                let pattern = format!("((dv == {zero} ? as_one(dv) : dv) where {{ {ty} dv: @ }})");
                Tree::new("guarded divisor", ty.to_string(), &pattern.replace("as_one(dv)", literals[0]), vec![value])
            }
            _ => {
                let value = self.expression(ty, scope, depth);
                self.ascribe(ty, value)
            }
        }
    }

    fn equality(&mut self, scope: &Scope, depth: usize) -> Tree {
        let ty = self.any_type();
        let parts = vec![self.evident(&ty, scope, depth), self.evident(&ty, scope, depth)];
        let operator = *self.random.pick(&["==", "!="]);
        Tree::new("equality", "Bool", &format!("(@ {operator} @)"), parts)
    }

    /// Text of several values.
    pub(crate) fn text_of(&mut self, values: Vec<Tree>) -> Tree {
        let mut parts = vec![Part::Text("f\"".to_owned())];
        for value in values {
            parts.extend([Part::Text("${".to_owned()), Part::Tree(value), Part::Text("} ".to_owned())]);
        }
        parts.push(Part::Text("\"".to_owned()));
        Tree { name: "f-string", ty: "String".to_owned(), parts, parameter: None }
    }
}
