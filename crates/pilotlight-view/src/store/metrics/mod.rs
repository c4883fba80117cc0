//! Metrics in memory: series with their points.
//!
//! ```text
//!  insert.rs      a request, point by point ── reading.rs, what of OTLP's points makes sense
//!   ├ origin.rs     who tells it: resource and scope, each once ── canonical.rs, attributes as bytes that compare
//!   ├ metric.rs     a name and a kind ── its streams (unit, temporality), its series ── layouts.rs, bounds that points share
//!   └ series.rs     one series ── column.rs, its points by time ── point.rs, the values ── exemplar.rs
//!  held.rs        what stays when the rest goes: what senders have lost ── tally.rs, what a series counted in all
//!  bound.rs       what goes when there is too much: the oldest points of each series, then series that have fallen silent
//!  distinct.rs    how many series were never begun, without remembering them
//! ```
//!
//! Nothing here computes: rates, resets and merges are the business of `query/metrics`.

mod bound;
pub(crate) mod canonical;
mod column;
pub(crate) mod distinct;
mod exemplar;
mod held;
mod insert;
mod layouts;
mod metric;
mod origin;
mod point;
mod reading;
mod series;
mod tally;
#[cfg(test)]
pub(crate) mod testing;
mod window;

pub(crate) use column::Column;
pub(crate) use exemplar::Exemplar;
pub(crate) use insert::Inserted;
pub(crate) use metric::{Metric, Stream};
pub(crate) use origin::Origin;
pub(crate) use point::{Buckets, Explicit, Exponential, Point, Points, Summary};
pub(crate) use series::{Series, SeriesKey};
pub(crate) use tally::Tally;
pub(crate) use window::{Limits, MetricWindow};
