//! Prints what `benches/spans.rs` measured as rows of the table.

use anyhow::Result;
use clap::Parser;
use pilotlight_bench::{span_runs, table};

/// The results of `cargo bench --bench spans` as a table.
#[derive(Parser)]
struct Args {
    /// Forget earlier results instead: bench again afterwards.
    #[arg(long)]
    forget: bool,
    /// Leave the table's head out.
    #[arg(long)]
    no_head: bool,
}

fn main() -> Result<()> {
    let args = Args::parse();
    if args.forget {
        return span_runs::forget();
    }
    if !args.no_head {
        table::print_head();
    }
    span_runs::rows()?.iter().for_each(|rows| table::print(rows));
    Ok(())
}
