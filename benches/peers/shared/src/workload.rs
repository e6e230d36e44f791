//! What is measured.

/// Something that engines are asked to do `n` times, or for `n` things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Workload {
    LoopInt,
    LoopText,
    RowScalar,
    RowRecord,
    Batch,
    BatchNumbers,
    Total,
    LongRule,
    Table,
    Pipeline,
    PipelineList,
    Text,
    Recursion,
}

impl Workload {
    pub const ALL: [Workload; 13] = [
        Workload::LoopInt,
        Workload::LoopText,
        Workload::RowScalar,
        Workload::RowRecord,
        Workload::Batch,
        Workload::BatchNumbers,
        Workload::Total,
        Workload::LongRule,
        Workload::Table,
        Workload::Pipeline,
        Workload::PipelineList,
        Workload::Text,
        Workload::Recursion,
    ];

    /// How tables call it.
    pub const fn name(self) -> &'static str {
        match self {
            Workload::LoopInt => "native call in a loop, number",
            Workload::LoopText => "native call in a loop, text",
            Workload::RowScalar => "row call, number",
            Workload::RowRecord => "row call, record",
            Workload::Batch => "batch of 10^6 orders",
            Workload::BatchNumbers => "batch of 10^6 lines of numbers",
            Workload::Total => "sum over 10^6 lines in ranges",
            Workload::LongRule => "rule of 200 lines, 20 natives",
            Workload::Table => "decision table of 2,000 rows",
            Workload::Pipeline => "filter, map, reduce over 10^6",
            Workload::PipelineList => "the same over a list",
            Workload::Text => "text of many pieces",
            Workload::Recursion => "fib(25)",
        }
    }

    /// What one of `n` is.
    pub const fn unit(self) -> &'static str {
        match self {
            Workload::LoopInt | Workload::LoopText | Workload::RowScalar | Workload::RowRecord | Workload::LongRule => {
                "call"
            }
            Workload::Batch | Workload::BatchNumbers | Workload::Total => "row",
            Workload::Table => "question",
            Workload::Pipeline | Workload::PipelineList => "item",
            Workload::Text => "piece",
            Workload::Recursion => "fib(25)",
        }
    }

    /// The largest `n`.
    pub const fn most(self) -> u64 {
        match self {
            Workload::LoopInt | Workload::LoopText => 10_000_000,
            Workload::Text => 100_000,
            _ => 1_000_000,
        }
    }

    /// The `n` of every engine that can do as much in the time there is; others do less.
    pub const fn is_whole(self) -> bool {
        matches!(
            self,
            Workload::Batch | Workload::BatchNumbers | Workload::Total | Workload::Pipeline | Workload::PipelineList
        )
    }
}
