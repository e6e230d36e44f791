//! Sources of any size for measuring how the front end grows with them.

use std::fmt::Write;

/// Lines that one unit of [`rules`] has: its share of declarations and of fields.
const UNIT: usize = 25;

/// A rule of about so many lines: schemas, enums, functions, fields with ternaries, matches, comprehensions and references.
pub(crate) fn rules(lines: usize) -> String {
    let units = (lines / UNIT).max(1);
    let mut text = String::new();
    for unit in 0..units {
        declarations(&mut text, unit).expect("writing to a text does not fail");
    }
    text.push_str("#main(Int n, List<Int> xs, String tier) -> Dict\n{\n");
    for unit in 0..units {
        fields(&mut text, unit).expect("writing to a text does not fail");
    }
    text.push_str("}\n");
    text
}

fn declarations(text: &mut String, unit: usize) -> std::fmt::Result {
    writeln!(
        text,
        "#schema Item{unit} {{
    String sku: *,
    #expect \"a line is for 1 to 1,000 pieces\"
    Int quantity: (q) => q >= 1 && q <= 1000,
    #default 100 Int cents: *,
    Option<Int> weight: *
}}
#enum Decision{unit} {{ Approved {{ limit: Int }}, Referred(String), Declined }}"
    )
}

fn fields(text: &mut String, unit: usize) -> std::fmt::Result {
    let before = unit.saturating_sub(1);
    writeln!(
        text,
        "    // Unit {unit}.
    #internal Int gross_{unit}(Item{unit} item): item.quantity * item.cents,
    #internal Decision{unit} decide_{unit}(Int limit): limit > 1000 ? Decision{unit}.Approved {{ limit: limit }}
        : limit > 100 ? Decision{unit}.Referred(f\"limit ${{limit}}\")
        : Decision{unit}.Declined,
    #internal Item{unit} item_{unit}: {{ sku: \"sku-{unit}\", quantity: {quantity}, cents: n, weight: None }},
    base_{unit}: n > {unit} ? gross_{unit}(item_{unit}) : {unit},
    total_{unit}: base_{unit} + &sibling.bonus_{unit} + (n == {unit} ? 1 : total_{before}_part),
    bonus_{unit}: tier == \"gold\" ? 300 : tier == \"silver\" ? 150 : 0,
    total_{unit}_part: n < 0 ? base_{unit} : {unit},
    picked_{unit}: [x * {quantity} + &index for x in xs if x > {unit}].sum(),
    decided_{unit}: decide_{unit}(base_{unit}) match {{
        Approved {{ limit }}: limit,
        Referred(why): len(why),
        Declined: 0
    }},
    text_{unit}: f\"${{picked_{unit}}} of ${{base_{unit}}} for ${{tier}}\",",
        quantity = unit % 1000 + 1,
    )
}

/// A rule with a list of so many records.
pub(crate) fn list_table(entries: usize) -> String {
    let mut text =
        "#schema Row { String key: *, Int from: *, Float rate: *, Bool active: * }\n#main(Int n) -> Int\n".to_owned();
    text.push_str("rows.filter((row) => row.from > n).len() where { List<Row> rows: [\n");
    for entry in 0..entries {
        let comma = if entry + 1 == entries { "" } else { "," };
        let (from, active) = (entry * 7, entry % 2 == 0);
        writeln!(text, "    {{ key: \"row-{entry}\", from: {from}, rate: {entry}.5, active: {active} }}{comma}")
            .expect("writing to a text does not fail");
    }
    text.push_str("] }\n");
    text
}

/// A rule with a dict literal of so many keys.
pub(crate) fn dict_table(entries: usize) -> String {
    let mut text = "#main(String key) -> Int\nrates[key] where { Dict<String, Int> rates: {\n".to_owned();
    for entry in 0..entries {
        let comma = if entry + 1 == entries { "" } else { "," };
        writeln!(text, "    key_{entry}: {}{comma}", entry * 7).expect("writing to a text does not fail");
    }
    text.push_str("} }\n");
    text
}
