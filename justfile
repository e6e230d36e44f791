# Recipes for people. `.ci/run` does not need `just`.

set shell := ["bash", "-euo", "pipefail", "-c"]

# Lists the recipes.
default:
    @just --list

# Prices an order and shows what became of each call into Rust.
demo:
    cargo run --release -- inspect examples/pricing/pricing.relon --natives examples/pricing/natives --args examples/pricing/order.json

# Runs a rule of your own: `just run rule.relon --args '{"n": 1}'`.
run *arguments:
    cargo run --release -- run {{arguments}}

# All tests.
test:
    cargo test --workspace

# The program suite alone.
suite:
    cargo test -p relon --features llvm --test suite

# What has to pass before a change is merged.
ci:
    .ci/run

# The closed world and the suite on an LLVM of the system, which is fetched where it isn't installed: `just llvm 19`, `just llvm 22`.
llvm version:
    scripts/system-llvm {{version}}

# Formats everything.
fmt:
    cargo fmt --all

# Formatting and lints, as the merge check sees them.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# Documentation of all crates.
doc:
    RUSTDOCFLAGS=-Dwarnings cargo doc --no-deps --workspace

# Median times of a warm compile of the pricing rule, step by step.
bench-compile:
    cargo run --release -p relon --features llvm --example soak -- examples/pricing/pricing.relon examples/pricing/order.json examples/pricing/natives 300 quick
    cargo run --release -p relon --features llvm --example soak -- examples/pricing/pricing.relon examples/pricing/order.json examples/pricing/natives 60 full
    cargo run --release -p relon --features llvm --example soak -- examples/pricing/pricing.relon examples/pricing/order.json examples/pricing/natives 1000 cranelift
    cargo run --release -p relon --features llvm --example soak -- examples/pricing/pricing.relon examples/pricing/order.json examples/pricing/natives 1000 kept

# Loads, runs and drops the pricing rule 2,000 times; fails where memory grows.
soak:
    cargo run --release -p relon --features llvm --example soak -- examples/pricing/pricing.relon examples/pricing/order.json examples/pricing/natives 2000

# A call of a rule against the same Rust, inlined and behind a C function pointer: loaded as text, linked as an object, and as bitcode.
bench-row rounds="400":
    cargo build --release --manifest-path benches/row-call/Cargo.toml --target-dir target/row-call --features jit
    target/row-call/release/row-call {{rounds}}
    # Flags are for the program alone, and not for its build script, where the target is named.
    RUSTFLAGS="-Clinker-plugin-lto" CARGO_PROFILE_RELEASE_LTO=fat cargo build --release --manifest-path benches/row-call/Cargo.toml \
        --target-dir target/row-call --target "$(rustc --print host-tuple)"
    "target/row-call/$(rustc --print host-tuple)/release/row-call" {{rounds}}

# Relon in every delivery and backend against plain Rust and the engines that Rust programs embed: writes docs/benchmarks.md and its chart.
bench:
    scripts/bench

# The same with fewer rounds, to be read at once.
bench-quick:
    scripts/bench quick

# Replaces a rule 10,000 times while two threads call it; fails at a wrong result or where memory grows.
soak-reload:
    RELOADS=10000 cargo test --release -p relon --features llvm --test reload -- --nocapture

# Lowered loops against generic natives over erased elements.
bench-generic:
    cargo run --release -p relon-codegen-llvm --example generic_functions

# How the time of checking, lowering and compiling grows with a rule and its natives, and that of running with rows and threads.
bench-growth:
    cargo run --release -p relon --example growth
    cargo run --release --manifest-path benches/peers/Cargo.toml --target-dir target/peers --features jit --bin peers -- --growth --write docs

# Breaks the programs of the suite at random and fails where the front end panics: `just mutate 7 100000`.
mutate seed="1" count="50000":
    cargo run --release -p relon --features llvm --example mutate -- {{seed}} {{count}}

# Runs well-typed random programs on every backend, for an hour or so; what differs is made smaller and put into `target/fuzz`.
fuzz-programs seed="1" count="100000":
    cargo run --release -p relon-fuzz -- programs {{seed}} {{count}}

# Rules whose natives use well-known crates, keep state, use vector instructions and panic, on every backend.
dependencies:
    for backend in eval cranelift llvm llvm-open; do cargo run --release -- test tests/dependencies --backend "$backend"; done

# Programs whose natives need C, threads and the unwinder, in release builds: optimised as a whole, stripped, and without unwinding.
hosts:
    cargo test -p relon-build --test hosts -- --ignored --test-threads=1

# The unsafe code of values, texts and calls under miri, which needs `rustup +nightly component add miri rust-src`. One test takes minutes there.
miri:
    cargo +nightly miri test -p relon-natives --lib -- --skip values_do_not_overlap abi:: open:: panics:: std::raw std::string

# Code of LLVM in this process, with inlined natives and their state, under valgrind. rustc's LLVM frees arrays like single values.
valgrind:
    CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER="valgrind -q --smc-check=all-non-file --show-mismatched-frees=no --error-exitcode=9 \
        --suppressions=$PWD/scripts/valgrind.supp" cargo test -p relon-codegen-llvm --test statics --test processor

# Entries, packed arguments and functions of the host with the address sanitizer of nightly Rust.
asan:
    RUSTFLAGS=-Zsanitizer=address cargo +nightly test -p relon-natives --lib --test entries --target x86_64-unknown-linux-gnu --target-dir target/asan
