//! The base-2 exponential histogram: buckets that are as fine as the range of what was measured allows.
//!
//! ```text
//!  cell.rs         one thread's histogram of one series: record() on that thread, totals() on the exporter's
//!   ├ index.rs     which bucket a value belongs to, exactly
//!   └ ring.rs      the bucket counts of one sign, which grow at either end without moving
//!  totals.rs       a snapshot: merged over threads, subtracted for deltas
//!   └ buckets.rs   the bucket counts of one sign, as they are exported
//! ```
//!
//! At scale `s`, bucket `i` holds the values above `base^i` up to and including `base^(i + 1)`, where `base = 2^(2^-s)`. One
//! scale down, each two neighbours `2i` and `2i + 1` become bucket `i`, exactly: so a histogram starts at its finest scale and
//! goes down as far as its range makes necessary, and histograms of different scales can be added without error.
//!
//! Specification: [aggregation](https://opentelemetry.io/docs/specs/otel/metrics/sdk/#base2-exponential-bucket-histogram-aggregation),
//! [data model](https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram).

mod buckets;
mod cell;
mod index;
mod ring;
mod totals;

pub(crate) use buckets::Buckets;
pub(crate) use cell::ExponentialCell;
pub(crate) use totals::ExponentialTotals;

/// The scales the specification knows: at the lowest, two buckets hold all numbers there are.
pub(crate) const SCALES: std::ops::RangeInclusive<i8> = -10..=20;

/// With fewer buckets, no scale would hold both 1 and 2.
pub(crate) const SIZE_MIN: u16 = 2;

/// How many scales down the buckets `low` to `high` are no more than `size_max`, which is at least [`SIZE_MIN`].
fn steps_to_fit(low: i32, high: i32, size_max: usize) -> u32 {
    let is_wide = |steps: &u32| width(low >> steps, high >> steps) > size_max;
    (0..i32::BITS - 1).find(|steps| !is_wide(steps)).unwrap_or(i32::BITS - 1)
}

/// How many buckets `low` to `high` are.
fn width(low: i32, high: i32) -> usize {
    usize::try_from(i64::from(high) - i64::from(low) + 1).unwrap_or(0)
}

#[cfg(test)]
mod tests;
