//! The instruments, by name.

use super::current;
use super::totals::Totals;
use crate::runtime::observables::{Observables, signed, text};
use opentelemetry::metrics::Meter;

/// What has been counted so far. All zero when no [`CountingAllocator`](super::CountingAllocator) is installed.
///
/// Exact for what happened before the call; while other threads allocate, their latest calls may be missing, but
/// there is never more freed than allocated.
pub fn totals() -> Totals {
    current::totals()
}

/// Registers the counting allocator's instruments with a meter, for as long as its provider lives.
///
/// Reports nothing while no [`CountingAllocator`](super::CountingAllocator) is installed. Call it once for a provider.
///
/// # Cost
/// One pass over the shards for each instrument and collection: four loads a thread.
pub fn register(meter: &Meter) {
    let instruments = Observables::new(meter, installed);
    allocated(&instruments);
    freed(&instruments);
    live(&instruments);
}

/// No program gets as far as a collection without an allocation.
fn installed() -> Option<Totals> {
    Some(totals()).filter(|totals| totals.allocations > 0)
}

fn allocated(instruments: &Observables<'_, Totals>) {
    instruments.counter(
        text("rust.allocator.allocated", "By", "Bytes allocated since the program started."),
        |totals, instrument| instrument.observe(totals.allocated_bytes, &[]),
    );
    instruments.counter(
        text("rust.allocator.allocations", "{allocation}", "Allocations since the program started."),
        |totals, instrument| instrument.observe(totals.allocations, &[]),
    );
}

fn freed(instruments: &Observables<'_, Totals>) {
    instruments.counter(
        text("rust.allocator.freed", "By", "Bytes freed since the program started."),
        |totals, instrument| instrument.observe(totals.freed_bytes, &[]),
    );
    instruments.counter(
        text("rust.allocator.frees", "{free}", "Allocations freed since the program started."),
        |totals, instrument| instrument.observe(totals.frees, &[]),
    );
}

fn live(instruments: &Observables<'_, Totals>) {
    instruments.up_down_counter(
        text("rust.allocator.live", "By", "Bytes allocated and not freed."),
        |totals, instrument| instrument.observe(signed(totals.live_bytes()), &[]),
    );
    instruments.up_down_counter(
        text("rust.allocator.live_allocations", "{allocation}", "Allocations not freed."),
        |totals, instrument| instrument.observe(signed(totals.live_allocations()), &[]),
    );
}
