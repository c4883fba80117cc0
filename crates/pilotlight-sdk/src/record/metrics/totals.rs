//! What one or several cells have measured, as a collection adds it up.

use super::exponential::ExponentialTotals;
use super::histogram::HistogramTotals;
use super::number::NumberType;

/// The state of a series, of one kind of aggregation.
#[derive(Clone, Debug)]
pub(crate) enum Totals {
    Sum(Sum),
    LastValue(LastValue),
    Histogram(HistogramTotals),
    Exponential(Box<ExponentialTotals>),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Sum {
    pub(crate) number: NumberType,
    pub(crate) sum: u64,
    /// How many measurements are in it: a sum of zero may have been measured.
    pub(crate) updates: u64,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct LastValue {
    pub(crate) number: NumberType,
    pub(crate) value: u64,
    pub(crate) time: u64,
    pub(crate) updates: u64,
}

impl Totals {
    /// Whether nothing was measured.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Sum(sum) => sum.updates == 0,
            Self::LastValue(last) => last.updates == 0,
            Self::Histogram(histogram) => histogram.count() == 0,
            Self::Exponential(histogram) => histogram.is_empty(),
        }
    }

    /// Whether a sum of finite floats has become too large for one.
    pub(crate) fn has_infinite_sum(&self) -> bool {
        match self {
            Self::Sum(Sum { number: NumberType::Float, sum, .. }) => !f64::from_bits(*sum).is_finite(),
            Self::Sum(_) | Self::LastValue(_) => false,
            Self::Histogram(histogram) => !histogram.sum.is_finite(),
            Self::Exponential(histogram) => !histogram.sum.is_finite(),
        }
    }

    /// Adds what another cell of the same stream has measured. Exponential histograms keep within `size_max` buckets.
    pub(crate) fn merge(&mut self, other: &Self, size_max: u16) {
        match (self, other) {
            (Self::Sum(sum), Self::Sum(more)) => {
                sum.sum = sum.number.add(sum.sum, more.sum);
                sum.updates += more.updates;
            }
            (Self::LastValue(last), Self::LastValue(other)) => {
                let updates = last.updates + other.updates;
                if other.updates > 0 && (last.updates == 0 || other.time >= last.time) {
                    *last = *other;
                }
                last.updates = updates;
            }
            (Self::Histogram(histogram), Self::Histogram(more)) => histogram.merge(more),
            (Self::Exponential(histogram), Self::Exponential(more)) => histogram.merge(more, size_max),
            // All cells of a stream aggregate alike.
            _ => {}
        }
    }

    /// What came after `earlier` was read from the same cell.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        match (self, earlier) {
            (Self::Sum(now), Self::Sum(then)) => Self::Sum(Sum {
                number: now.number,
                sum: now.number.subtract(now.sum, then.sum),
                updates: now.updates - then.updates,
            }),
            (Self::LastValue(now), Self::LastValue(then)) => {
                Self::LastValue(LastValue { updates: now.updates - then.updates, ..*now })
            }
            (Self::Histogram(now), Self::Histogram(then)) => Self::Histogram(now.since(then)),
            (Self::Exponential(now), Self::Exponential(then)) => Self::Exponential(Box::new(now.since(then))),
            _ => self.clone(),
        }
    }
}
