//! The rules, as modules: `rules/price.relon` is the module `price`, with a type for each schema and functions that run the rule.

relon::include_rules!();
