//! A unit that was made and is not loaded: an object and what is known of it. It can be kept as bytes and loaded by another process, which
//! then needs no LLVM.

use std::sync::Arc;

use relon_ir::Module as Ir;

use crate::codec::{Damaged, Reader, Writer};
use crate::llvm::{Cpu, Target, Watch};
use crate::natives::Symbols;
use crate::{Error, loader};

use super::load::Loaded;
use super::unit::Optimized;
use super::{Clock, CocompiledModule, Effort, NativeReport, Options, Phase, Report, World, link, module};

/// A unit that is not loaded.
pub struct Artifact {
    pub(super) object: Vec<u8>,
    pub(super) unit: Optimized,
    pub(super) phases: Vec<Phase>,
}

impl Artifact {
    /// Loads the unit, where its symbols are found here: those of natives by the packs that it was made with, in the same order.
    ///
    /// # Errors
    /// Where a symbol can't be resolved, or the object can't be loaded.
    pub fn load(self, ir: &Ir, symbols: &[Arc<dyn Symbols>], options: &Options) -> Result<CocompiledModule, Error> {
        let mut clock = Clock::start();
        Watch::phase("loading the code of");
        let Artifact { object, unit, mut phases } = self;
        let needs = link::resolve(&object, symbols)?;
        let at_address = |native: &relon_ir::Native| matches!(options.worlds.of(native), World::Static(_));
        let calls_natives =
            needs.iter().any(|(symbol, _)| link::may_panic(symbol)) || ir.natives.iter().any(at_address);
        let (loaded, known) = Loaded::announced(&object, &needs, options)?;
        let code = module::Code::of((loaded, known), ir, symbols, &options.worlds, calls_natives)?;
        clock.lap("load");
        phases.extend(clock.phases);
        Ok(CocompiledModule::new(code, unit, object.len(), phases))
    }

    /// Whether the unit can be loaded by any process, without LLVM: its code has no address in it, and relocations that are known here.
    pub fn is_portable(&self, ir: &Ir, options: &Options) -> bool {
        let at_address = |native: &relon_ir::Native| matches!(options.worlds.of(native), World::Static(_));
        !ir.natives.iter().any(at_address) && loader::takes(&self.object)
    }

    /// Writes the unit, for [`decode`](Self::decode).
    pub fn encode(&self, writer: &mut Writer) {
        writer.bytes(&self.object);
        self.unit.encode(writer);
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    /// Where it is something else.
    pub fn decode(reader: &mut Reader<'_>) -> Result<Artifact, Damaged> {
        let object = reader.bytes()?.to_vec();
        Ok(Artifact { object, unit: Optimized::decode(reader)?, phases: Vec::new() })
    }
}

impl Optimized {
    fn encode(&self, writer: &mut Writer) {
        writer.text(&self.before);
        writer.number(usize::from(self.bitcode.is_some()));
        if let Some(bitcode) = &self.bitcode {
            writer.bytes(bitcode);
        }
        self.report.encode(writer);
        writer.number(usize::from(self.uses_context));
        for text in [&self.target.triple, &self.target.data_layout, &self.cpu.name, &self.cpu.features] {
            writer.text(text);
        }
        writer.number(match self.effort {
            Effort::Quick => 0,
            Effort::Full => 1,
        });
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Optimized, Damaged> {
        Ok(Optimized {
            before: reader.text()?,
            bitcode: match reader.number()? {
                0 => None,
                _ => Some(reader.bytes()?.to_vec()),
            },
            report: Report::decode(reader)?,
            uses_context: reader.number()? != 0,
            target: Target { triple: reader.text()?, data_layout: reader.text()? },
            cpu: Cpu { name: reader.text()?, features: reader.text()? },
            effort: match reader.number()? {
                0 => Effort::Quick,
                1 => Effort::Full,
                _ => return Err(Damaged),
            },
        })
    }
}

impl Report {
    fn encode(&self, writer: &mut Writer) {
        writer.number(self.natives.len());
        for native in &self.natives {
            writer.text(&native.name);
            writer.text(&native.symbol);
            writer.text(native.world.name());
            writer.number(native.emitted);
            writer.number(native.left);
            writer.texts(native.reason.as_slice());
        }
        for number in [self.indirect_calls, self.functions, self.checks_emitted, self.checks_left, self.checks_batched]
        {
            writer.number(number);
        }
        writer.texts(&self.vectors);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Report, Damaged> {
        let natives = (0..reader.number()?).map(|_| NativeReport::decode(reader)).collect::<Result<_, _>>()?;
        Ok(Report {
            natives,
            indirect_calls: reader.number()?,
            functions: reader.number()?,
            checks_emitted: reader.number()?,
            checks_left: reader.number()?,
            checks_batched: reader.number()?,
            vectors: reader.texts()?,
        })
    }
}

impl NativeReport {
    fn decode(reader: &mut Reader<'_>) -> Result<NativeReport, Damaged> {
        use relon_ir::World;

        let (name, symbol, world) = (reader.text()?, reader.text()?, reader.text()?);
        let worlds = [World::Closed, World::Static, World::Open];
        Ok(NativeReport {
            name,
            symbol,
            world: worlds.into_iter().find(|known| known.name() == world).ok_or(Damaged)?,
            emitted: reader.number()?,
            left: reader.number()?,
            reason: reader.texts()?.pop(),
        })
    }
}
