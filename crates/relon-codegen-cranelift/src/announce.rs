//! Tells debuggers of a unit that was loaded: its functions, and which line each instruction was made for.

use cranelift_codegen::ir::SourceLoc;
use relon_debuggers::lines::{Function, Row, dwarf};
use relon_debuggers::{Image, Known, Loaded, Section, Symbol, Tools};
use relon_ir::{Lines, Module, Span, Way, shown};

use crate::Error;
use crate::entry::{Export, exports};
use crate::generate::Compiled;
use crate::jit::Code;
use crate::unit::with_code;

/// Whole pages of any system that we run on. Code shares no page with anything else.
const PAGE: usize = 4096;

/// Who is told of code, and what they are told of its source.
#[derive(Clone, Debug)]
pub struct Audience {
    /// Who is told.
    pub tools: Tools,
    /// Where lines begin.
    pub lines: Lines,
}

impl Audience {
    /// Tells them. `spans` has the places that the code's numbers stand for.
    pub(crate) fn announce(
        &self,
        module: &Module,
        compiled: &[Compiled],
        spans: &[Span],
        code: &mut Code,
    ) -> Result<Known, Error> {
        let mut functions = Vec::new();
        for ((name, home), compiled) in names(module).into_iter().zip(compiled) {
            let Some(start) = code.address(compiled.id).map(<*const u8>::expose_provenance) else { continue };
            let range = start..start + compiled.bytes.len();
            functions.push(Function { name, rows: self.rows(compiled, start, home, spans), range });
        }
        functions.sort_by_key(|function| function.range.start);
        let paths: Vec<&str> = self.lines.paths().collect();
        let told = dwarf(&paths, &functions).and_then(|debug| {
            let image = Image::new(&loaded(&functions, debug));
            // SAFETY: the code was loaded a moment ago, and nobody has got an address of it; it lives as long as the unit, which has the result too.
            unsafe { relon_debuggers::announce(&image, paths.first().unwrap_or(&"rule"), self.tools) }
        });
        told.map_err(|error| Error::Debuggers(error.to_string()))
    }

    /// The places of a function's code. What was made for no place is at that of the function.
    fn rows(&self, compiled: &Compiled, start: usize, home: Option<Span>, spans: &[Span]) -> Vec<Row> {
        let span = |place: SourceLoc| if place.is_default() { home } else { spans.get(place.bits() as usize).copied() };
        let row = |offset: usize, span: Option<Span>| {
            let place = self.lines.place(span.or(home)?)?;
            Some(Row { address: start + offset, file: place.file, line: place.line, column: place.column })
        };
        let first = row(0, home);
        let others = compiled.places.iter().filter_map(|(offset, place)| row(*offset, span(*place)));
        let mut rows: Vec<Row> = first.into_iter().chain(others).collect();
        rows.dedup_by_key(|row| (row.file, row.line, row.column));
        rows
    }
}

/// Names and places of all functions, in the order in which they are compiled.
fn names(module: &Module) -> Vec<(String, Option<Span>)> {
    let functions = with_code(module).map(|(_, function)| (shown(&function.name).to_owned(), function.span));
    let of_export = |Export { entry, way }: Export<'_>| {
        let behind = match way {
            Way::Direct => ".direct",
            Way::Listed | Way::Batch => "",
        };
        (format!("relon_entry_{}{behind}", entry.name), Some(entry.span))
    };
    functions.chain(exports(module).into_iter().map(of_export)).collect()
}

/// The pages that the functions lie in.
fn loaded(functions: &[Function], debug: Vec<(String, Vec<u8>)>) -> Loaded {
    let starts = functions.iter().map(|function| function.range.start);
    let ends = functions.iter().map(|function| function.range.end);
    let start = starts.min().unwrap_or(PAGE) / PAGE * PAGE;
    let end = ends.max().unwrap_or(start).next_multiple_of(PAGE);
    let place = std::ptr::with_exposed_provenance::<u8>(start);
    // SAFETY: these pages hold the code, and can be read. Without functions there are none, and no byte is.
    let memory = unsafe { std::slice::from_raw_parts(place, end - start) }.to_vec();
    let sections = vec![Section { name: ".text".to_owned(), range: start..end, code: true }];
    let symbol = |function: &Function| Symbol { name: function.name.clone(), range: function.range.clone() };
    Loaded { base: start, memory, sections, symbols: functions.iter().map(symbol).collect(), debug }
}
