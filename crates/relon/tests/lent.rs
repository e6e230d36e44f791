//! Results of natives that refer to what the natives were lent.

use relon::{Backend, Engine, Schema, Str};

/// A record that is made in the rule.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Order<'a> {
    qty: i64,
    name: Str<'a>,
}

/// A part of the record itself.
#[relon::native]
pub fn quantities<'a>(order: &'a Order<'a>) -> &'a [i64] {
    std::slice::from_ref(&order.qty)
}

/// The record itself.
#[relon::native]
pub fn alone<'a>(order: &'a Order<'a>) -> &'a [Order<'a>] {
    std::slice::from_ref(order)
}

const RULE: &str = r#"
#schema Order { Int qty: *, String name: * }
#main(Int n) -> List<Int>
{
  #internal List<Int> of(Int k): quantities({ qty: k * 3, name: "x" }),
  #internal Int sum(Int k): k <= 0 ? 0 : k + sum(k - 1),
  out: [...of(n), sum(50), ...of(n + 1), ...[order.qty for order in alone({ qty: n, name: "y" })]],
}.out
"#;

#[test]
fn a_list_may_be_part_of_a_record() {
    for &backend in Backend::ALL {
        let mut engine = Engine::new();
        engine.backend(backend).natives(relon::natives![quantities, alone]);
        let program = engine.load("parts.relon", RULE).unwrap_or_else(|error| panic!("{}", error.render(false)));
        assert_eq!(program.run_json("{\"n\": 7}").ok().as_deref(), Some("[21,1275,24,7]"), "{backend:?}");
        let rule = "#schema Order { Int qty: *, String name: * }\n#main(Int n) -> List<Int>\nquantities({ qty: n, name: \"x\" })";
        let program = engine.load("part.relon", rule).expect("a program");
        assert_eq!(program.run_json("{\"n\": 7}").ok().as_deref(), Some("[7]"), "{backend:?}");
        if backend != Backend::Eval {
            let entry = program.entry::<(i64,), Vec<i64>>().expect("an entry");
            assert_eq!(entry.run((7,), |list| list).ok(), Some(vec![7]), "{backend:?}");
        }
    }
}
