//! What [jemalloc](https://jemalloc.net/jemalloc.3.html) tells about itself, by its `stats.*`.
//!
//! The application installs jemalloc, with the crate `tikv-jemallocator` of the same minor version. This reads its
//! statistics and nothing else; where jemalloc is linked but is not the global allocator they are true and say little.
//! On platforms that jemalloc does not build for (MSVC), neither does this feature.
//!
//! There are no semantic conventions for allocators; the namespace `jemalloc.` is its own.
//!
//! | Metric | Kind | Unit | What |
//! |---|---|---|---|
//! | `jemalloc.allocated` | up-down counter | `By` | allocated by the program |
//! | `jemalloc.active` | up-down counter | `By` | in pages that hold allocations; more than allocated is fragmentation |
//! | `jemalloc.metadata` | up-down counter | `By` | jemalloc's own |
//! | `jemalloc.resident` | up-down counter | `By` | in physical memory, at most |
//! | `jemalloc.mapped` | up-down counter | `By` | in extents that are mapped |
//! | `jemalloc.retained` | up-down counter | `By` | in address space kept for later; no physical memory |

use super::observables::{Observables, signed, text};
use super::recent::{AGE_MAX, Recent};
use opentelemetry::metrics::Meter;
use std::time::Instant;
use tikv_jemalloc_ctl::{Result, epoch, stats};

/// Registers jemalloc's statistics with a meter, for as long as its provider lives. Call it once for a provider.
///
/// # Cost
/// Each collection advances jemalloc's epoch once, which adds its arenas up: some microseconds for each arena.
/// Nothing otherwise.
pub fn register(meter: &Meter) {
    // What jemalloc does not tell, as it does not when it was built without statistics, is not reported.
    let recent = Recent::new(Statistics::read().ok(), AGE_MAX);
    let instruments =
        Observables::new(meter, move || recent.get(Instant::now(), |_, _| Statistics::read().ok()));
    in_use(&instruments);
    from_the_system(&instruments);
}

#[derive(Debug, Clone, Copy)]
struct Statistics {
    allocated: usize,
    active: usize,
    metadata: usize,
    resident: usize,
    mapped: usize,
    retained: usize,
}

impl Statistics {
    fn read() -> Result<Self> {
        // The values are those of the last time the epoch was advanced.
        epoch::advance()?;
        Ok(Self {
            allocated: stats::allocated::read()?,
            active: stats::active::read()?,
            metadata: stats::metadata::read()?,
            resident: stats::resident::read()?,
            mapped: stats::mapped::read()?,
            retained: stats::retained::read()?,
        })
    }
}

fn in_use(instruments: &Observables<'_, Statistics>) {
    let allocated = text("jemalloc.allocated", "By", "Bytes allocated by the program.");
    instruments.up_down_counter(allocated, |statistics, instrument| {
        instrument.observe(signed(statistics.allocated as u64), &[]);
    });
    let active = text("jemalloc.active", "By", "Bytes in pages that hold allocations.");
    instruments.up_down_counter(active, |statistics, instrument| {
        instrument.observe(signed(statistics.active as u64), &[]);
    });
    let metadata = text("jemalloc.metadata", "By", "Bytes that jemalloc uses for itself.");
    instruments.up_down_counter(metadata, |statistics, instrument| {
        instrument.observe(signed(statistics.metadata as u64), &[]);
    });
}

fn from_the_system(instruments: &Observables<'_, Statistics>) {
    let resident = text("jemalloc.resident", "By", "Bytes in physical memory, at most.");
    instruments.up_down_counter(resident, |statistics, instrument| {
        instrument.observe(signed(statistics.resident as u64), &[]);
    });
    let mapped = text("jemalloc.mapped", "By", "Bytes in extents that are mapped.");
    instruments.up_down_counter(mapped, |statistics, instrument| {
        instrument.observe(signed(statistics.mapped as u64), &[]);
    });
    let retained = text("jemalloc.retained", "By", "Bytes of address space kept for later.");
    instruments.up_down_counter(retained, |statistics, instrument| {
        instrument.observe(signed(statistics.retained as u64), &[]);
    });
}
