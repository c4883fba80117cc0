//! Points as they are kept.

use super::Column;
use std::sync::Arc;

/// A value and the stretch of time that it is of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point<V> {
    /// Since when it counts, nanoseconds since 1970; 0 when that is not known, or would be after `time`.
    pub(crate) start: u64,
    /// When it was collected, nanoseconds since 1970.
    pub(crate) time: u64,
    /// Its value. Numbers are finite; whole ones beyond 2^53 have lost their last digits.
    pub(crate) value: V,
}

/// The points of a series: of one kind.
#[derive(Debug, Clone)]
pub(crate) enum Points {
    /// Of a gauge or a sum.
    Numbers(Column<f64>),
    /// Of a histogram with explicit bounds.
    Explicit(Column<Explicit>),
    /// Of an exponential histogram.
    Exponential(Column<Exponential>),
    /// Of a summary.
    Summaries(Column<Summary>),
}

/// A histogram with explicit bounds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Explicit {
    /// How many were recorded.
    pub(crate) count: u64,
    /// Their sum, where it is known and finite.
    pub(crate) sum: Option<f64>,
    /// The largest of them, likewise.
    pub(crate) max: Option<f64>,
    /// Upper bounds of the buckets, ascending and finite; shared by points that have the same. The last bucket has none.
    pub(crate) bounds: Arc<[f64]>,
    /// One more than there are bounds; empty where the sender keeps no buckets.
    pub(crate) counts: Box<[u64]>,
}

/// A histogram with exponential bounds: bucket i of scale s is of what is above 2^(i / 2^s) and up to 2^((i + 1) / 2^s).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Exponential {
    /// How many were recorded.
    pub(crate) count: u64,
    /// Their sum, where it is known and finite.
    pub(crate) sum: Option<f64>,
    /// The largest of them, likewise.
    pub(crate) max: Option<f64>,
    /// How fine its buckets are, -10 to 20.
    pub(crate) scale: i32,
    /// How many are not further from zero than the threshold.
    pub(crate) zero_count: u64,
    /// What is taken for zero; finite, not negative.
    pub(crate) zero_threshold: f64,
    /// Buckets of positive values.
    pub(crate) positive: Buckets,
    /// Buckets of negative values, by their distance from zero.
    pub(crate) negative: Buckets,
}

/// Neighbouring buckets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Buckets {
    /// The first one's index.
    pub(crate) offset: i32,
    /// How many in each.
    pub(crate) counts: Box<[u64]>,
}

/// What the sender summarised.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Summary {
    /// How many were recorded.
    pub(crate) count: u64,
    /// Their sum.
    pub(crate) sum: Option<f64>,
    /// Quantiles, ascending, with their values; all finite.
    pub(crate) quantiles: Box<[(f64, f64)]>,
}

/// What a value takes beside its own size.
pub(crate) trait Heap {
    /// Bytes.
    fn heap_bytes(&self) -> usize;
}

impl Heap for f64 {
    fn heap_bytes(&self) -> usize {
        0
    }
}

impl Heap for Explicit {
    /// Without the bounds: points share them.
    fn heap_bytes(&self) -> usize {
        self.counts.len() * size_of::<u64>()
    }
}

impl Heap for Exponential {
    fn heap_bytes(&self) -> usize {
        (self.positive.counts.len() + self.negative.counts.len()) * size_of::<u64>()
    }
}

impl Heap for Summary {
    fn heap_bytes(&self) -> usize {
        self.quantiles.len() * size_of::<(f64, f64)>()
    }
}

/// Does the same to the points of whatever kind.
macro_rules! each_kind {
    ($points:expr, $column:ident => $what:expr) => {
        match $points {
            Points::Numbers($column) => $what,
            Points::Explicit($column) => $what,
            Points::Exponential($column) => $what,
            Points::Summaries($column) => $what,
        }
    };
}

impl Points {
    pub(crate) fn len(&self) -> usize {
        each_kind!(self, column => column.len())
    }

    pub(crate) fn bytes(&self) -> usize {
        each_kind!(self, column => column.bytes())
    }

    /// The oldest and the newest point's time; none when there are no points.
    pub(crate) fn span(&self) -> Option<(u64, u64)> {
        each_kind!(self, column => Some((column.iter().next()?.time, column.iter().next_back()?.time)))
    }

    /// Since when the oldest point counts; none when there are no points.
    pub(crate) fn first_start(&self) -> Option<u64> {
        each_kind!(self, column => Some(column.iter().next()?.start))
    }

    /// Nothing that came late is at the end.
    pub(crate) fn is_settled(&self) -> bool {
        each_kind!(self, column => column.is_settled())
    }

    /// Puts what came late where it belongs.
    pub(crate) fn settle(&mut self) {
        each_kind!(self, column => column.settle());
    }

    pub(crate) fn drop_oldest(&mut self, many: usize) {
        each_kind!(self, column => column.drop_oldest(many));
    }
}
