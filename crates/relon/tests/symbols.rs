//! Natives of several packages whose symbols are the same.

use std::path::Path;
use std::sync::Arc;

use relon::{Engine, NativesPackage};

/// Its symbol is that of `host.double`.
#[relon::native(name = "host__double")]
pub fn named_alike(text: &str) -> i64 {
    text.len() as i64
}

#[test]
fn natives_with_one_symbol_are_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/suite/natives");
    let package = Arc::new(NativesPackage::build(&folder, &mut |_| {}).expect("a package"));
    let mut engine = Engine::new();
    engine.natives(package).natives(relon::natives![named_alike]);
    let error = engine.load("a.relon", "#main(Int n, String text) -> Int\nhost.double(n) + host__double(text)");
    let text = error.expect_err("one symbol").render(false);
    for part in ["`relon_native_host__double`", "`host.double(n: Int) -> Int`", "`host__double(text: String) -> Int`"] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
}
