//! The chart: a panel for each of a few workloads, a bar for each engine, on a scale where each line is ten times the one before.

use std::fmt::Write;

use peers_work::Workload;

use crate::measure::Results;

const SHOWN: [Workload; 4] = [Workload::LoopInt, Workload::LoopText, Workload::RowRecord, Workload::Batch];
const LABEL: f64 = 170.0;
const PLOT: f64 = 300.0;
const BAR: f64 = 16.0;
const PANEL: f64 = LABEL + PLOT + 90.0;
const HEAD: f64 = 46.0;
/// Nanoseconds at the left end, and powers of ten from there on.
const LEAST: f64 = 0.1;
const POWERS: u32 = 5;

/// An SVG picture.
pub fn svg(results: &[Results]) -> String {
    let shown: Vec<&Results> =
        SHOWN.iter().filter_map(|workload| results.iter().find(|results| results.workload == *workload)).collect();
    let bars = |results: &Results| results.measured.iter().filter(|measured| is_shown(&measured.engine)).count();
    let most = shown.iter().map(|results| bars(results)).max().unwrap_or(0) as f64;
    let height = HEAD + most * (BAR + 4.0) + 34.0;
    let (width, rows) = (PANEL * 2.0, shown.len().div_ceil(2) as f64);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {total}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{width}\" height=\"{total}\" fill=\"#ffffff\"/>\n",
        total = rows * height
    );
    for (index, results) in shown.into_iter().enumerate() {
        let (x, y) = ((index % 2) as f64 * PANEL, (index / 2) as f64 * height);
        put(&mut out, format_args!("<g transform=\"translate({x} {y})\">\n"));
        panel(&mut out, results);
        out.push_str("</g>\n");
    }
    out.push_str("</svg>\n");
    out
}

fn is_shown(engine: &str) -> bool {
    !matches!(engine, "Relon, evaluator" | "Relon, Cranelift open" | "Rust, LTO")
}

fn panel(out: &mut String, results: &Results) {
    let mut bars: Vec<_> = results.measured.iter().filter(|measured| is_shown(&measured.engine)).collect();
    bars.sort_by(|left, right| left.median.total_cmp(&right.median));
    let bottom = HEAD + bars.len() as f64 * (BAR + 4.0);
    put(
        out,
        format_args!(
            "<text x=\"{LABEL}\" y=\"20\" font-weight=\"bold\">{}, ns for each {}</text>\n",
            results.workload.name(),
            results.workload.unit()
        ),
    );
    for power in 0..=POWERS {
        let (x, value) = (LABEL + PLOT * f64::from(power) / f64::from(POWERS), LEAST * 10_f64.powi(power as i32));
        put(
            out,
            format_args!("<line x1=\"{x}\" y1=\"{}\" x2=\"{x}\" y2=\"{bottom}\" stroke=\"#d8d8d8\"/>\n", HEAD - 6.0),
        );
        put(
            out,
            format_args!(
                "<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\" fill=\"#666666\">{}</text>\n",
                HEAD - 10.0,
                value as f32
            ),
        );
    }
    for (index, bar) in bars.into_iter().enumerate() {
        let y = HEAD + index as f64 * (BAR + 4.0);
        let length = ((bar.median / LEAST).log10() / f64::from(POWERS) * PLOT).clamp(1.0, PLOT);
        let colour = match bar.engine.as_str() {
            engine if engine.starts_with("Relon") => "#d1495b",
            engine if engine.starts_with("Rust") => "#555555",
            _ => "#6c9bc9",
        };
        put(
            out,
            format_args!("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n", LABEL - 8.0, y + 12.5, bar.engine),
        );
        put(
            out,
            format_args!("<rect x=\"{LABEL}\" y=\"{y}\" width=\"{length:.1}\" height=\"{BAR}\" fill=\"{colour}\"/>\n"),
        );
        put(out, format_args!("<text x=\"{:.1}\" y=\"{}\">{:.2}</text>\n", LABEL + length + 5.0, y + 12.5, bar.median));
    }
}

fn put(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("writing to a text does not fail");
}
