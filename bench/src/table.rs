//! One Markdown table for everything that is measured.

use crate::summary::Summary;

/// A line of the table.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// What was done.
    pub work: String,
    /// By whom.
    pub contestant: String,
    /// What it took.
    pub measured: Option<Summary>,
    /// The unit of `measured`.
    pub unit: &'static str,
    /// Spans that were made and spans that arrived; or measurements, or series.
    pub spans: Option<Arrived>,
    /// What the application is told at the end, and anything else worth a word.
    pub said: String,
}

/// How many of the spans, measurements or series arrived.
#[derive(Clone, Copy, Debug)]
pub struct Arrived {
    /// By the application.
    pub made: u64,
    /// Counted on the other side.
    pub received: u64,
}

/// Prints the table's head.
pub fn print_head() {
    println!("| work | contestant | median (min–max) | beside the first | made | received | told |");
    println!("|---|---|--:|--:|--:|--:|---|");
}

/// Prints the rows of one piece of work; all but the first are compared with the first.
pub fn print(rows: &[Row]) {
    let first = rows.first().and_then(|row| row.measured).filter(|first| first.median > 0.0);
    for (index, row) in rows.iter().enumerate() {
        let beside = first.filter(|_| index > 0).zip(row.measured);
        println!(
            "| {} | {} | {} | {} | {} | {} |",
            row.work,
            row.contestant,
            row.measured.map(|summary| measured(summary, row.unit)).unwrap_or_default(),
            beside.map(|(first, this)| ratio(this.median / first.median)).unwrap_or_default(),
            row.spans.map_or_else(|| " | ".to_owned(), arrived),
            row.said,
        );
    }
}

fn measured(summary: Summary, unit: &str) -> String {
    // Three digits are what shared machines are good for.
    let digits = match summary.median.abs() {
        0.0 => 0,
        median if median < 10.0 => 2,
        median if median < 100.0 => 1,
        _ => 0,
    };
    let Summary { median, min, max } = summary;
    if min == max {
        return format!("{median:.digits$} {unit}").trim_end().to_owned();
    }
    format!("{median:.digits$} {unit} ({min:.digits$}–{max:.digits$})")
}

fn ratio(ratio: f64) -> String {
    if ratio > 0.0 && ratio < 0.1 { format!("× {ratio:.3}") } else { format!("× {ratio:.2}") }
}

fn arrived(spans: Arrived) -> String {
    let share = 100.0 * spans.received as f64 / spans.made.max(1) as f64;
    match spans.received == spans.made {
        true => format!("{} | all", spans.made),
        false => format!("{} | **{}** ({share:.1} %)", spans.made, spans.received),
    }
}
