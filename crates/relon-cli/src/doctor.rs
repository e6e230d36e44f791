//! `relon doctor`: which compilers are used, whether they fit each other, and what to do where they don't.

use relon::{Effort, Engine, Error, toolchain};
use serde_json::{Value, json};

use crate::args::Format;
use crate::failure::Failure;
use crate::run::print;

/// A rule that calls the standard library: compiling it needs LLVM, and running it shows that the code is right.
const TRIAL: &str = "#main(String text) -> Int\ntext.trim().upper().length() * 2\n";

/// One line of the report.
struct Finding {
    name: &'static str,
    outcome: Result<String, Error>,
    /// What the finding is worth to know where it failed.
    otherwise: &'static str,
}

/// Looks at everything and says what it saw.
pub(crate) fn doctor(format: Format) -> Result<(), Failure> {
    let findings = look();
    match format {
        Format::Human => print(findings.iter().map(Finding::line).collect::<Vec<_>>().join("\n").as_str())?,
        Format::Json => print(&Value::from_iter(findings.iter().map(Finding::to_json)).to_string())?,
    }
    match findings.iter().all(|finding| finding.outcome.is_ok()) {
        true => Ok(()),
        false => Err(Failure::Reported(3)),
    }
}

/// Everything that can be looked at: without LLVM there is no more to see.
fn look() -> Vec<Finding> {
    let no_natives = "natives packages can't be built; rules can be run";
    let no_llvm = "rules can't be compiled by LLVM; Cranelift and the evaluator run them";
    let mut findings = vec![
        Finding { name: "rustc", outcome: rustc(), otherwise: no_natives },
        Finding { name: "library", outcome: library(), otherwise: no_llvm },
    ];
    match toolchain::llvm() {
        Err(error) => findings.push(Finding { name: "llvm", outcome: Err(error), otherwise: no_llvm }),
        Ok(llvm) => findings.extend([
            Finding { name: "llvm", outcome: Ok(shown(&llvm)), otherwise: no_llvm },
            Finding { name: "bitcode", outcome: bitcode(&llvm), otherwise: no_natives },
            Finding { name: "processor", outcome: Ok(processor(&llvm)), otherwise: no_llvm },
            Finding { name: "trial", outcome: trial(), otherwise: no_llvm },
        ]),
    }
    findings
}

impl Finding {
    fn line(&self) -> String {
        match &self.outcome {
            Ok(text) => format!("{:<10} {text}", self.name),
            Err(error) => {
                let indented = message(error).replace('\n', "\n           ");
                format!("{:<10} FAILED: {indented}\n           Without it {}", self.name, self.otherwise)
            }
        }
    }

    fn to_json(&self) -> Value {
        match &self.outcome {
            Ok(text) => json!({ "name": self.name, "ok": true, "text": text }),
            Err(error) => json!({ "name": self.name, "ok": false, "text": message(error) }),
        }
    }
}

fn message(error: &Error) -> String {
    error.problems().iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>().join("\n")
}

fn rustc() -> Result<String, Error> {
    let rustc = toolchain::rustc()?;
    Ok(format!("{}, with LLVM {}, on {}", rustc.version, rustc.llvm, rustc.host))
}

fn shown(llvm: &toolchain::Llvm) -> String {
    format!("{}, {}: {}", llvm.version, llvm.origin, llvm.path.display())
}

fn bitcode(llvm: &toolchain::Llvm) -> Result<String, Error> {
    let (llvm, rustc, reads) = (&llvm.version, toolchain::rustc()?.llvm, llvm.reads_bitcode);
    Ok(match reads {
        true if *llvm == rustc => "LLVM reads what rustc writes: it is the same version".to_owned(),
        true => format!("LLVM {llvm} reads what the LLVM {rustc} of rustc writes"),
        false => format!("LLVM {llvm} can't read what the LLVM {rustc} of rustc writes: it gets it as text, rewritten"),
    })
}

fn processor(llvm: &toolchain::Llvm) -> String {
    format!("{}, with {}", llvm.processor, llvm.features.join(" "))
}

fn library() -> Result<String, Error> {
    let library = toolchain::library()?;
    Ok(format!("compiled by rustc {} and written by LLVM {}, for {}", library.rustc, library.llvm, library.target))
}

fn trial() -> Result<String, Error> {
    let mut engine = Engine::new();
    engine.effort(Effort::Quick);
    let program = engine.load("trial.relon", TRIAL)?;
    let result = program.run_json(r#"{"text": " relon "}"#)?;
    let time: std::time::Duration = program.phases().iter().map(|(_, time)| *time).sum();
    let time = time.as_secs_f64() * 1e3;
    match result.trim() {
        "10" => Ok(format!("a rule was compiled in {time:.1} ms and gave the right result")),
        other => Err(wrong(other)),
    }
}

/// The LLVM at hand miscompiles; nothing that it makes can be trusted.
fn wrong(result: &str) -> Error {
    Error::plain(
        relon::ErrorKind::Toolchain,
        format!("a rule whose result is 10 gave {result}"),
        Some("use another LLVM: the one of rustc's toolchain".into()),
    )
}
