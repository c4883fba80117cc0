//! What of OTLP's points makes sense, and what does not.

use super::Column;
use super::metric::Metric;
use super::point::{Buckets, Explicit, Exponential, Heap, Points, Summary};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1 as otlp;
use otlp::exponential_histogram_data_point::Buckets as OtlpBuckets;
use otlp::number_data_point::Value;

/// A point as OTLP has it.
pub(super) trait Incoming {
    /// What is kept of it.
    type Value: Heap + PartialEq;

    fn head(&self) -> Head<'_>;

    /// Its value; `metric` has the bounds that points share.
    fn read(&self, metric: &mut Metric) -> Result<Self::Value, Unusable>;

    fn empty() -> Points;

    /// The column for its values; none when the series is of another kind.
    fn column(points: &mut Points) -> Option<&mut Column<Self::Value>>;
}

/// What all points have.
pub(super) struct Head<'a> {
    pub(super) attributes: &'a [KeyValue],
    pub(super) start: u64,
    pub(super) time: u64,
    pub(super) flags: u32,
    pub(super) exemplars: &'a [otlp::Exemplar],
}

/// Why a point is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unusable {
    /// NaN or infinite: allowed, and nothing that can be drawn.
    NotFinite,
    /// Against the protocol, with the reason in words.
    Refused(&'static str),
}

/// Senders have 160 or 320. One point cannot claim more than a page can show by far.
const BUCKETS_MAX: usize = 4_096;
/// Of the specification. Below the least one bucket is of all numbers there are.
const SCALES: std::ops::RangeInclusive<i32> = -10..=20;

impl Incoming for otlp::NumberDataPoint {
    type Value = f64;

    fn head(&self) -> Head<'_> {
        head(&self.attributes, self.start_time_unix_nano, self.time_unix_nano, self.flags, &self.exemplars)
    }

    fn read(&self, _metric: &mut Metric) -> Result<f64, Unusable> {
        let value = match self.value.ok_or(Unusable::Refused("a number point without a value"))? {
            Value::AsDouble(value) => value,
            Value::AsInt(value) => value as f64,
        };
        if value.is_finite() { Ok(value) } else { Err(Unusable::NotFinite) }
    }

    fn empty() -> Points {
        Points::Numbers(Column::default())
    }

    fn column(points: &mut Points) -> Option<&mut Column<f64>> {
        if let Points::Numbers(column) = points { Some(column) } else { None }
    }
}

impl Incoming for otlp::HistogramDataPoint {
    type Value = Explicit;

    fn head(&self) -> Head<'_> {
        head(&self.attributes, self.start_time_unix_nano, self.time_unix_nano, self.flags, &self.exemplars)
    }

    fn read(&self, metric: &mut Metric) -> Result<Explicit, Unusable> {
        let (bounds, counts) = explicit_buckets(&self.explicit_bounds, &self.bucket_counts)?;
        Ok(Explicit {
            count: self.count,
            sum: self.sum.filter(|sum| sum.is_finite()),
            max: self.max.filter(|max| max.is_finite()),
            bounds: metric.layouts.shared(bounds),
            counts,
        })
    }

    fn empty() -> Points {
        Points::Explicit(Column::default())
    }

    fn column(points: &mut Points) -> Option<&mut Column<Explicit>> {
        if let Points::Explicit(column) = points { Some(column) } else { None }
    }
}

impl Incoming for otlp::ExponentialHistogramDataPoint {
    type Value = Exponential;

    fn head(&self) -> Head<'_> {
        head(&self.attributes, self.start_time_unix_nano, self.time_unix_nano, self.flags, &self.exemplars)
    }

    fn read(&self, _metric: &mut Metric) -> Result<Exponential, Unusable> {
        if !SCALES.contains(&self.scale) {
            return Err(Unusable::Refused("an exponential histogram whose scale is not from -10 to 20"));
        }
        if !(self.zero_threshold.is_finite() && self.zero_threshold >= 0.0) {
            return Err(Unusable::Refused("an exponential histogram whose zero threshold is no distance"));
        }
        Ok(Exponential {
            count: self.count,
            sum: self.sum.filter(|sum| sum.is_finite()),
            max: self.max.filter(|max| max.is_finite()),
            scale: self.scale,
            zero_count: self.zero_count,
            zero_threshold: self.zero_threshold,
            positive: exponential_buckets(self.positive.as_ref())?,
            negative: exponential_buckets(self.negative.as_ref())?,
        })
    }

    fn empty() -> Points {
        Points::Exponential(Column::default())
    }

    fn column(points: &mut Points) -> Option<&mut Column<Exponential>> {
        if let Points::Exponential(column) = points { Some(column) } else { None }
    }
}

impl Incoming for otlp::SummaryDataPoint {
    type Value = Summary;

    fn head(&self) -> Head<'_> {
        head(&self.attributes, self.start_time_unix_nano, self.time_unix_nano, self.flags, &[])
    }

    fn read(&self, _metric: &mut Metric) -> Result<Summary, Unusable> {
        if self.quantile_values.len() > BUCKETS_MAX {
            return Err(Unusable::Refused("a summary with more than 4,096 quantiles"));
        }
        let pairs = self.quantile_values.iter().map(|at| (at.quantile, at.value));
        // A quantile of nothing is NaN: senders say so when nothing was recorded lately.
        let mut quantiles: Vec<(f64, f64)> =
            pairs.filter(|(quantile, value)| (0.0..=1.0).contains(quantile) && value.is_finite()).collect();
        quantiles.sort_by(|a, b| a.0.total_cmp(&b.0));
        let sum = Some(self.sum).filter(|sum| sum.is_finite());
        Ok(Summary { count: self.count, sum, quantiles: quantiles.into() })
    }

    fn empty() -> Points {
        Points::Summaries(Column::default())
    }

    fn column(points: &mut Points) -> Option<&mut Column<Summary>> {
        if let Points::Summaries(column) = points { Some(column) } else { None }
    }
}

fn head<'a>(
    attributes: &'a [KeyValue],
    start: u64,
    time: u64,
    flags: u32,
    exemplars: &'a [otlp::Exemplar],
) -> Head<'a> {
    Head { attributes, start, time, flags, exemplars }
}

/// Some senders spell out the last bucket's bound, which is infinite: it is left out, as OTLP has it.
fn explicit_buckets<'a>(bounds: &'a [f64], counts: &[u64]) -> Result<(&'a [f64], Box<[u64]>), Unusable> {
    if counts.is_empty() {
        return Ok((&[], Box::default()));
    }
    if counts.len() > BUCKETS_MAX {
        return Err(Unusable::Refused("a histogram with more than 4,096 buckets"));
    }
    if counts.len() != bounds.len() + 1 {
        return Err(Unusable::Refused("a histogram that has not one bucket more than bounds"));
    }
    let (finite, counts) = match bounds {
        [finite @ .., last] if *last == f64::INFINITY => (
            finite,
            [&counts[..finite.len()], &[counts[finite.len()].saturating_add(counts[finite.len() + 1])]]
                .concat(),
        ),
        finite => (finite, counts.to_vec()),
    };
    let ascending = finite.windows(2).all(|pair| pair[0] < pair[1]);
    if !ascending || !finite.iter().all(|bound| bound.is_finite()) {
        return Err(Unusable::Refused("a histogram whose bounds do not ascend"));
    }
    Ok((finite, counts.into()))
}

fn exponential_buckets(buckets: Option<&OtlpBuckets>) -> Result<Buckets, Unusable> {
    let Some(buckets) = buckets else {
        return Ok(Buckets::default());
    };
    // Empty buckets at both ends say nothing, and would widen what is shown.
    let counts = &buckets.bucket_counts;
    let first = counts.iter().position(|count| *count > 0).unwrap_or(counts.len());
    let end = counts.iter().rposition(|count| *count > 0).map_or(first, |last| last + 1);
    let counts = &counts[first..end];
    if counts.len() > BUCKETS_MAX {
        return Err(Unusable::Refused("an exponential histogram with more than 4,096 buckets"));
    }
    let beyond = Unusable::Refused("an exponential histogram with buckets beyond all numbers");
    let offset =
        i32::try_from(first).ok().and_then(|first| buckets.offset.checked_add(first)).ok_or(beyond)?;
    offset.checked_add(BUCKETS_MAX as i32).ok_or(beyond)?;
    Ok(Buckets { offset, counts: counts.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_infinite_last_bound_is_left_out_and_its_buckets_become_one() {
        let read = explicit_buckets(&[1.0, f64::INFINITY], &[3, 4, 5]);
        assert_eq!(read, Ok((&[1.0][..], Box::from([3, 9]))));
    }

    #[test]
    fn histograms_that_make_no_sense_are_refused() {
        for (bounds, counts) in
            [(&[2.0, 1.0][..], &[1, 1, 1][..]), (&[f64::NAN], &[1, 1]), (&[1.0], &[1, 1, 1])]
        {
            assert!(matches!(explicit_buckets(bounds, counts), Err(Unusable::Refused(_))), "{bounds:?}");
        }
    }

    #[test]
    fn buckets_at_the_end_of_all_numbers_do_not_overflow() {
        let buckets = OtlpBuckets { offset: i32::MAX, bucket_counts: vec![0, 1] };
        assert!(matches!(exponential_buckets(Some(&buckets)), Err(Unusable::Refused(_))));
        let empty_ends = OtlpBuckets { offset: -2, bucket_counts: vec![0, 7, 0] };
        assert_eq!(exponential_buckets(Some(&empty_ends)), Ok(Buckets { offset: -1, counts: [7].into() }));
    }
}
