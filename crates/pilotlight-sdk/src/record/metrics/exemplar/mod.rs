//! Exemplars: single measurements kept as examples, with the trace they were made in.
//!
//! A cell's reservoir decides with one comparison that a measurement is not wanted, which is the answer for nearly all of
//! them: each slot knows the count at which its next example is due (Algorithm L, with the count as its clock). Only a measurement
//! that is due is looked at, in the current context.
//!
//! Specification: "Exemplar", <https://opentelemetry.io/docs/specs/otel/metrics/sdk/#exemplar>.
//!
//! ```text
//!  reservoir.rs   the examples of one cell: due? in a sampled span? then kept
//!   ├ sampling.rs which of many, each as likely as the others
//!   └ custom.rs   a user's choice
//! ```

mod custom;
mod reservoir;
mod sampling;

use std::fmt;

use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanId, TraceId};

use crate::config::ExemplarFilter;
use crate::record::clock::{Clock, UnixNanos};

use super::number::PointNumber;

pub use custom::{ExemplarReservoir, Offer};

pub(crate) use custom::ReservoirMaker;
pub(crate) use reservoir::Reservoir;

/// One measurement kept as an example.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Exemplar {
    pub(crate) time_nanos: UnixNanos,
    pub(crate) value: PointNumber,
    /// The span it was made in; invalid when there was none.
    pub(crate) span_id: SpanId,
    pub(crate) trace_id: TraceId,
    /// The attributes that a view leaves out of the series.
    pub(crate) filtered_attributes: Vec<KeyValue>,
}

/// How a stream chooses its exemplars.
#[derive(Clone)]
pub(crate) enum ReservoirKind {
    /// So many of all measurements, each as likely as the others (`SimpleFixedSizeExemplarReservoir`).
    Fixed(usize),
    /// One of each bucket (`AlignedHistogramBucketExemplarReservoir`).
    Aligned(usize),
    /// What the user chose.
    Custom(ReservoirMaker),
}

impl fmt::Debug for ReservoirKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(size) => write!(f, "Fixed({size})"),
            Self::Aligned(buckets) => write!(f, "Aligned({buckets})"),
            Self::Custom(_) => f.write_str("Custom"),
        }
    }
}

/// What all reservoirs of a stream have in common.
#[derive(Clone, Debug)]
pub(crate) struct ExemplarSettings {
    pub(crate) filter: ExemplarFilter,
    pub(crate) kind: ReservoirKind,
    pub(crate) clock: Clock,
}
