//! From a lowered rule to what the linker takes.

use std::sync::Arc;

use relon_codegen_llvm::cocompile::{self, BuildOptions};
use relon_codegen_llvm::llvm::identity;
use relon_codegen_llvm::natives::NativesPack;

use crate::error::Error;
use crate::natives::{self, Package};
use crate::output::Output;
use crate::rule::Checked;
use crate::{hash, lto, unit_name};

/// A compiled rule.
pub(crate) struct Unit {
    /// What the symbols of its entries begin with.
    pub(crate) prefix: String,
    /// Machine code or bitcode.
    pub(crate) content: Vec<u8>,
    pub(crate) facts: Facts,
}

/// What its bindings have to know of a unit.
#[derive(Clone, Copy)]
pub(crate) struct Facts {
    /// Whether a native that is left as a call may panic.
    pub(crate) may_panic: bool,
    /// Whether the code refers to the state of its call.
    pub(crate) uses_context: bool,
}

impl Facts {
    fn to_byte(self) -> u8 {
        u8::from(self.may_panic) | u8::from(self.uses_context) << 1
    }

    fn of_byte(byte: u8) -> Self {
        Facts { may_panic: byte & 1 != 0, uses_context: byte & 2 != 0 }
    }
}

/// What units and their facts are like; it changes where they do, so that none of another kind is taken up.
const FORMAT: u8 = 2;

/// Functions outside of a unit that do not panic.
const QUIET: [&str; 8] = [
    "memcpy",
    "memmove",
    "memset",
    "memcmp",
    "bcmp",
    "relon_std_failed",
    "relon_std_too_large",
    "_GLOBAL_OFFSET_TABLE_",
];

/// Compiles a rule, or gives what was kept of the last time where nothing has changed since.
pub(crate) fn compile(
    rule: &Checked,
    package: Option<&Package>,
    owner: &str,
    link: lto::Link,
    output: &Output,
) -> Result<Unit, Error> {
    let prefix = prefix(owner, &rule.file.module);
    let options = BuildOptions {
        prefix: prefix.clone(),
        processor: lto::processor(),
        delivery: link.chosen.into(),
        lines: natives::line_tables().then(|| rule.sources.lines()),
        ..BuildOptions::default()
    };
    let texts: Vec<&str> = rule.sources.files().iter().map(|file| file.text()).collect();
    let key = hash::of(&[
        &[FORMAT],
        rule.module.to_string().as_bytes(),
        texts.concat().as_bytes(),
        format!("{options:?} {link:?}").as_bytes(),
        &package.map_or(0, |package| package.hash).to_le_bytes(),
        &relon_natives::abi::FINGERPRINT.to_le_bytes(),
        identity()?.as_bytes(),
    ]);
    let kept = format!("{prefix}.unit");
    if let Some(content) = output.kept(&kept, key) {
        return Ok(decoded(prefix, content));
    }
    let content = encoded(rule, package, &options, link)?;
    output.keep(&kept, key, &content)?;
    Ok(decoded(prefix, content))
}

/// What the symbols of a rule begin with. Each part has its length in front of it, or the rule `order` for valid arguments would have the symbols of
/// a rule `order_valid`, and the linker would take either for both.
fn prefix(owner: &str, module: &[String]) -> String {
    let mut prefix = format!("relon_{owner}");
    for part in module.iter().map(|part| unit_name(part)) {
        prefix.push_str(&format!("__{}{part}", part.len()));
    }
    prefix
}

/// The unit, with its facts in a byte at its end.
fn encoded(
    rule: &Checked,
    package: Option<&Package>,
    options: &BuildOptions,
    link: lto::Link,
) -> Result<Vec<u8>, Error> {
    let mut natives = vec![relon::compiling::library()?];
    natives.extend(package.map(|package| package.natives.clone()));
    if link.hides_symbols {
        for natives in &mut natives {
            natives.pack = Arc::new(NativesPack::clone(&natives.pack).with_public_symbols());
        }
    }
    let built = cocompile::build(&rule.module, &natives, options)?;
    let quiet = built.undefined().iter().all(|symbol| QUIET.contains(&symbol.as_str()));
    let mut content = match link.chosen {
        lto::Chosen::Object => built.object().to_vec(),
        lto::Chosen::Lto => built.bitcode().to_vec(),
    };
    content.push(Facts { may_panic: !quiet, uses_context: built.uses_context() }.to_byte());
    Ok(content)
}

fn decoded(prefix: String, mut content: Vec<u8>) -> Unit {
    let facts = Facts::of_byte(content.pop().unwrap_or(u8::MAX));
    Unit { prefix, content, facts }
}
