//! What watching a query allocates on the caller's thread, on top of what the query does.

use allocation_counter::measure;
use anyhow::Result;
use pilotlight_bench::{queries, watching};

fn main() -> Result<()> {
    watching::allocations::run(&queries::sides(), |work| {
        let counted = measure(work);
        (counted.count_total, counted.bytes_total)
    })
}
