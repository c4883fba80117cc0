//! What watching a call allocates on the caller's thread, on top of what the call does.

use allocation_counter::measure;
use anyhow::Result;
use pilotlight_bench::{calls, watching};

fn main() -> Result<()> {
    watching::allocations::run(&[calls::side()], |work| {
        let counted = measure(work);
        (counted.count_total, counted.bytes_total)
    })
}
