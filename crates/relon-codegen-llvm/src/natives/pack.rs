//! The artefact made of a natives crate: one small module per native, and what is known of it.

use std::collections::HashMap;
use std::sync::OnceLock;

use relon_natives::descriptor::Descriptor;
use relon_natives::packed_symbol;

use super::analyze::{Graph, Home, Reason, Verdict, is_mangled};
use super::{Library, Origin, cut, source};
use crate::Error;
use crate::cocompile::Effort;
use crate::codec::{Damaged, Fingerprint, Reader, Writer, checksum};
use crate::llvm::{self, Context, Cpu, Module, Target, TargetMachine, Watch, rustc_version};

/// How names of the constants begin that hold descriptors.
const DESCRIPTOR_PREFIX: &str = "__relon_descriptor_";
/// How names of functions begin that are for hosts alone: no rule calls them.
const HOST_PREFIX: &str = "relon_call_";
/// The first text of an encoded pack. It changes with the format.
const FORMAT: &str = "relon natives pack 4";

/// A native within a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedNative {
    /// The symbol of the C function.
    pub symbol: String,
    /// The C function's type, as LLVM writes it.
    pub signature: String,
    /// Why the native stays a call; none where it is inlined.
    pub reason: Option<String>,
    /// Instructions of the native's own function.
    pub instructions: usize,
    /// Target features that its bodies need.
    pub features: Vec<String>,
    /// Symbols that its bodies need.
    pub externals: Vec<String>,
    /// Its bodies as bitcode; empty where there must be no copy of them.
    pub bitcode: Vec<u8>,
    /// The same bodies with line tables; empty where these are not known. They are kept apart, since what debuggers read makes bodies take
    /// longer to read and to compile.
    pub traced: Vec<u8>,
}

/// The natives of a crate.
#[derive(Clone, Debug)]
pub struct NativesPack {
    origin: Origin,
    descriptors: Vec<Vec<u8>>,
    natives: Vec<PackedNative>,
    by_symbol: HashMap<String, usize>,
    fingerprint: OnceLock<u128>,
}

/// The fingerprint follows from the rest.
impl PartialEq for NativesPack {
    fn eq(&self, other: &Self) -> bool {
        (&self.origin, &self.descriptors, &self.natives) == (&other.origin, &other.descriptors, &other.natives)
    }
}

impl Eq for NativesPack {}

impl NativesPack {
    /// Makes a pack of a crate's bitcode, or IR as text, alone. What natives call comes along with them, whatever its size.
    ///
    /// # Errors
    /// Where the bitcode can't be read.
    pub fn from_bitcode(bitcode: &[u8]) -> Result<NativesPack, Error> {
        NativesPack::make(bitcode, Home::Nowhere)
    }

    /// Makes a pack of a crate's bitcode and the library that the same run of rustc made: large functions stay in the library.
    ///
    /// # Errors
    /// Where the bitcode can't be read.
    pub fn with_library(bitcode: &[u8], library: &Library) -> Result<NativesPack, Error> {
        NativesPack::make(bitcode, Home::Library(library))
    }

    /// Makes a pack for natives that are linked into the program which runs the rules, and found by a table of symbols: see
    /// [`needs`](Self::needs) and [`table_source`](Self::table_source). The library is made of the same crate; it only tells which statics of
    /// other crates are constant.
    ///
    /// # Errors
    /// Where the bitcode can't be read.
    pub fn for_program(bitcode: &[u8], library: &Library) -> Result<NativesPack, Error> {
        NativesPack::make(bitcode, Home::Program(library))
    }

    fn make(bitcode: &[u8], home: Home<'_>) -> Result<NativesPack, Error> {
        let _watch = Watch::start("a pack of natives".into());
        let context = Context::new()?;
        let whole = source::read(&context, bitcode)?;
        whole.drop_roots();
        let aliases = whole.dissolve_aliases();
        let target = Target { triple: whole.triple(), data_layout: whole.data_layout() };
        let machine =
            TargetMachine::new(&target.triple, &Cpu { name: String::new(), features: String::new() }, Effort::Full)?;
        Watch::phase("cutting up");
        let graph = Graph::read(&whole, home);
        let exports = graph.exports().into_iter().map(|symbol| (symbol.clone(), symbol));
        let is_native =
            |symbol: &str| !is_mangled(symbol) && ["__", HOST_PREFIX].iter().all(|prefix| !symbol.starts_with(prefix));
        let named = exports.chain(aliases).filter(|(symbol, _)| is_native(symbol));
        let natives = pack_natives(&whole, &graph, named.collect(), &machine)?;
        let rustc = rustc_version().map(str::to_owned).unwrap_or_default();
        let processor = whole.functions().iter().find_map(|function| function.text("target-cpu")).unwrap_or_default();
        let (source, fingerprint) = (checksum(bitcode), relon_natives::abi::FINGERPRINT);
        let origin = Origin { rustc, llvm: llvm::version()?, target, processor, source, fingerprint };
        NativesPack::of(origin, descriptors(&whole), natives)
    }

    fn of(origin: Origin, descriptors: Vec<Vec<u8>>, natives: Vec<PackedNative>) -> Result<NativesPack, Error> {
        let by_symbol = natives.iter().enumerate().map(|(index, native)| (native.symbol.clone(), index)).collect();
        Ok(NativesPack { origin, descriptors, natives, by_symbol, fingerprint: OnceLock::new() })
    }

    /// A number that packs have in common where they hold the same, to the byte.
    pub fn fingerprint(&self) -> u128 {
        *self.fingerprint.get_or_init(|| Fingerprint::of(&self.encode()))
    }

    /// The natives.
    pub fn natives(&self) -> &[PackedNative] {
        &self.natives
    }

    /// The native with this symbol.
    pub fn native(&self, symbol: &str) -> Option<&PackedNative> {
        self.by_symbol.get(symbol).map(|index| &self.natives[*index])
    }

    /// What the natives declare about themselves. Hand-made ones declare nothing.
    ///
    /// # Errors
    /// Where a descriptor was written by another version of `relon`.
    pub fn descriptors(&self) -> Result<Vec<Descriptor>, Error> {
        let decode = |bytes: &Vec<u8>| {
            Descriptor::decode(bytes)
                .map_err(|error| Error::Pack(format!("the natives' crate holds a descriptor that is {error}")))
        };
        self.descriptors.iter().map(decode).collect()
    }

    /// The pack, said to be made by other tools than those at hand.
    #[must_use]
    pub fn with_origin(mut self, origin: Origin) -> NativesPack {
        self.origin = origin;
        self.fingerprint = OnceLock::new();
        self
    }

    /// The pack for a program whose own link-time optimisation hides what Rust's libraries have inside: natives that need such symbols stay
    /// calls. Where the rule takes part in that optimisation, they are inlined there.
    #[must_use]
    pub fn with_public_symbols(mut self) -> NativesPack {
        self.fingerprint = OnceLock::new();
        for native in &mut self.natives {
            if let Some(hidden) = native.externals.iter().find(|symbol| is_mangled(symbol)) {
                let name = rustc_demangle::demangle(hidden);
                native.reason = Some(format!("needs `{name:#}`, which link-time optimisation hides"));
                native.bitcode = Vec::new();
                native.traced = Vec::new();
                native.externals = Vec::new();
            }
        }
        self
    }

    /// The pack without the line tables of its bodies, which is smaller.
    #[must_use]
    pub fn without_line_tables(mut self) -> NativesPack {
        self.fingerprint = OnceLock::new();
        for native in &mut self.natives {
            native.traced = Vec::new();
        }
        self
    }

    /// What made the pack, and for which machine.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// All symbols that bodies of the pack need from elsewhere, and those of the natives themselves: what a table for it must hold.
    pub fn needs(&self) -> Vec<&str> {
        let externals = self.natives.iter().flat_map(|native| &native.externals).map(String::as_str);
        let mut all: Vec<&str> = externals.chain(self.natives.iter().map(|native| native.symbol.as_str())).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Rust source for a table of all [`needs`](Self::needs) and of the packed entries of the package's natives, to be compiled into the
    /// program that holds the natives: a function `symbols() -> Vec<(&'static str, *const u8)>`, as [`Table::new`](super::Table::new) takes
    /// it; `DESCRIPTORS`, what is known of the natives; and `SOURCE`, as [`Origin::check_program`] takes it.
    ///
    /// # Errors
    /// Damaged descriptors.
    pub fn table_source(&self) -> Result<String, Error> {
        use std::fmt::Write;
        let own = |native: &Descriptor| !native.symbol.starts_with("relon_std_");
        let packed = self.descriptors()?.into_iter().filter(own).map(|native| packed_symbol(&native.symbol));
        let symbols = self.needs().into_iter().map(str::to_owned).chain(packed);
        let (mut externs, mut entries, mut descriptors) = (String::new(), String::new(), String::new());
        for (index, symbol) in symbols.enumerate() {
            let _ = writeln!(externs, "    #[link_name = {symbol:?}] fn symbol{index}();");
            let _ = writeln!(entries, "        ({symbol:?}, symbol{index} as *const u8),");
        }
        for descriptor in &self.descriptors {
            let _ = writeln!(descriptors, "    b\"{}\",", descriptor.escape_ascii());
        }
        // With this ABI the declarations promise nothing: where the program is optimised as a whole, they are those of the natives too, which may
        // unwind through such a function.
        Ok(format!(
            "#[allow(clashing_extern_declarations)]\nunsafe extern \"C-unwind\" {{\n{externs}}}\n\n\
             /// Addresses of what natives need from this program.\n\
             fn symbols() -> Vec<(&'static str, *const u8)> {{\n    vec![\n{entries}    ]\n}}\n\n\
             /// What is known of the natives.\n\
             const DESCRIPTORS: &[&[u8]] = &[\n{descriptors}];\n\n\
             /// Which natives these are.\n\
             const SOURCE: u64 = {:#x};\n",
            self.origin.source
        ))
    }

    /// The pack as bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.text(FORMAT);
        self.origin.encode(&mut writer);
        writer.number(self.descriptors.len());
        for descriptor in &self.descriptors {
            writer.bytes(descriptor);
        }
        writer.number(self.natives.len());
        for native in &self.natives {
            native.encode(&mut writer);
        }
        writer.finish()
    }

    /// Reads [`encode`](Self::encode)'s bytes.
    ///
    /// # Errors
    /// Damaged bytes, and packs of another version.
    pub fn decode(bytes: &[u8]) -> Result<NativesPack, Error> {
        let mut reader = Reader::new(bytes)?;
        if reader.text()? != FORMAT {
            return Err(Error::Pack("the natives' pack was made by another version of relon; build it again".into()));
        }
        let origin = Origin::decode(&mut reader)?;
        let descriptors = (0..reader.number()?).map(|_| Ok(reader.bytes()?.to_vec()));
        let descriptors = descriptors.collect::<Result<_, Damaged>>()?;
        let natives =
            (0..reader.number()?).map(|_| PackedNative::decode(&mut reader)).collect::<Result<_, Damaged>>()?;
        reader.end()?;
        NativesPack::of(origin, descriptors, natives)
    }
}

impl PackedNative {
    /// The bodies, with line tables where these are asked for and known.
    pub(crate) fn bodies(&self, traced: bool) -> &[u8] {
        if traced && !self.traced.is_empty() { &self.traced } else { &self.bitcode }
    }

    fn encode(&self, writer: &mut Writer) {
        writer.text(&self.symbol);
        writer.text(&self.signature);
        writer.texts(self.reason.as_slice());
        writer.number(self.instructions);
        writer.texts(&self.features);
        writer.texts(&self.externals);
        writer.bytes(&self.bitcode);
        writer.bytes(&self.traced);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<PackedNative, Damaged> {
        Ok(PackedNative {
            symbol: reader.text()?,
            signature: reader.text()?,
            reason: match reader.texts()?.as_slice() {
                [] => None,
                [reason] => Some(reason.clone()),
                _ => return Err(Damaged),
            },
            instructions: reader.number()?,
            features: reader.texts()?,
            externals: reader.texts()?,
            bitcode: reader.bytes()?.to_vec(),
            traced: reader.bytes()?.to_vec(),
        })
    }
}

/// Judges and cuts out natives: pairs of a symbol and its function.
fn pack_natives(
    whole: &Module<'_>,
    graph: &Graph<'_>,
    named: Vec<(String, String)>,
    machine: &TargetMachine,
) -> Result<Vec<PackedNative>, Error> {
    let judge = |(symbol, function): (String, String)| (graph.verdict(&symbol, &function), symbol, function);
    let judged: Vec<_> = named.into_iter().map(judge).collect();
    let is_copied = |verdict: &Verdict| verdict.reason.as_ref().is_none_or(Reason::allows_copy);
    let wanted = judged.iter().filter(|(verdict, ..)| is_copied(verdict));
    let wanted: Vec<_> = wanted.map(|(verdict, symbol, function)| cut::Wanted { symbol, function, verdict }).collect();
    let mut pieces = cut::cut_all(whole, graph, &wanted, machine)?.into_iter();
    let pack = |(verdict, symbol, function): (Verdict, String, String)| {
        let piece = if is_copied(&verdict) { pieces.next() } else { None };
        let name = std::ffi::CString::new(function).map_err(|_| Damaged)?;
        let signature = whole.function(&name).map(|function| function.signature()).unwrap_or_default();
        Ok(packed(symbol, signature, verdict, piece.unwrap_or_default()))
    };
    judged.into_iter().map(pack).collect()
}

fn packed(symbol: String, signature: String, verdict: Verdict, piece: cut::Piece) -> PackedNative {
    PackedNative {
        symbol,
        signature,
        reason: verdict.reason.as_ref().map(Reason::to_string),
        instructions: verdict.instructions,
        features: verdict.features,
        externals: piece.externals,
        bitcode: piece.bitcode,
        traced: piece.traced,
    }
}

/// The descriptors in the bitcode, in the order of their names.
fn descriptors(whole: &Module<'_>) -> Vec<Vec<u8>> {
    let variables = whole.variables().into_iter().map(|variable| (variable.name(), variable));
    let mut found: Vec<(String, Vec<u8>)> = variables
        .filter(|(name, _)| name.starts_with(DESCRIPTOR_PREFIX))
        .filter_map(|(name, variable)| Some((name, variable.bytes()?)))
        .collect();
    found.sort();
    found.into_iter().map(|(_, bytes)| bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that a damaged disk would not give, since their checksum is right: they are read to the end or refused.
    #[test]
    fn bytes_with_a_right_checksum_are_read_or_refused() {
        let Target { triple, .. } = Target::host().expect("a target");
        let ir = format!(
            "target triple = \"{triple}\"\ndefine i64 @twice(i64 %x) {{\n  %y = shl i64 %x, 1\n  ret i64 %y\n}}\n"
        );
        let bytes = NativesPack::from_bitcode(ir.as_bytes()).expect("a pack").encode();
        let body = &bytes[..bytes.len() - 8];
        let decode = |body: &[u8]| NativesPack::decode(&[body, &checksum(body).to_le_bytes()].concat());
        assert!(decode(body).is_ok());
        for length in 0..body.len() {
            assert!(decode(&body[..length]).is_err(), "the first {length} bytes");
        }
        let mut refused = 0;
        for bit in 0..body.len() * 8 {
            let mut damaged = body.to_vec();
            damaged[bit / 8] ^= 1 << (bit % 8);
            refused += usize::from(decode(&damaged).is_err());
        }
        assert!(refused > 64, "lengths and texts are looked at: {refused}");
    }
}
