//! Exponential histograms, put together.
//!
//! Of two scales, the coarser one can tell what the finer one tells, exactly: each of its buckets is 2, 4, 8, … whole finer ones. So
//! all are told in the coarsest scale that there is; in a coarser one still, when there would be too many rows. What is taken for zero
//! by one is taken for zero by all. (Specification: metrics data model, "Exponential Buckets", "Zero Count and Zero Threshold".)

use super::distribution::{Distributed, Inside, ROWS_MAX, Row};
use super::increase::Counted;
use super::means::Recorded;
use crate::store::metrics::{Buckets, Column, Exponential, Points};

/// The buckets that histograms are told in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    scale: i32,
    /// What is taken for zero.
    threshold: f64,
    /// The first and the last bucket of positive values.
    positive: Option<(i64, i64)>,
    /// The same of negative values, by their distance from zero.
    negative: Option<(i64, i64)>,
    /// Something is taken for zero.
    zero: bool,
}

impl Scale {
    /// Of all these series; none when nothing was recorded.
    pub(super) fn of<'a>(columns: impl Iterator<Item = &'a Column<Exponential>> + Clone) -> Option<Self> {
        let points = || columns.clone().flat_map(Column::iter).map(|point| &point.value);
        let mut scale = points().map(|point| point.scale).min()?;
        let largest = points().map(|point| point.zero_threshold).fold(0.0, f64::max);
        let folded = points().any(|point| point.zero_threshold < largest);
        // A bucket that the threshold is in cannot be parted: it is taken for zero as a whole, and the threshold is its end.
        let threshold = if folded { bound(index(largest, scale) + 1, scale) } else { largest };
        let zero = points().any(|point| point.zero_count > 0);
        let mut positive = range(points().map(|point| (point, &point.positive)), scale, threshold);
        let mut negative = range(points().map(|point| (point, &point.negative)), scale, threshold);
        while long(positive) + long(negative) + 2 > ROWS_MAX {
            scale -= 1;
            positive = positive.map(|(first, last)| (first >> 1, last >> 1));
            negative = negative.map(|(first, last)| (first >> 1, last >> 1));
        }
        let any = zero || positive.is_some() || negative.is_some();
        any.then_some(Self { scale, threshold, positive, negative, zero: zero || folded })
    }

    /// Negative values from the furthest on, zero, positive ones.
    pub(super) fn rows(&self) -> (Vec<Row>, Inside) {
        let bound = |index: i64| bound(index, self.scale);
        let below = self.negative.map(|(first, last)| (first..=last).rev()).into_iter().flatten();
        let below = below.map(|index| Row { low: Some(-bound(index + 1)), high: Some(-bound(index)) });
        let least = if self.negative.is_some() { -self.threshold } else { 0.0 };
        let zero = Row { low: Some(least), high: Some(self.threshold) };
        let above = self.positive.map(|(first, last)| first..=last).into_iter().flatten();
        let above = above.map(|index| Row { low: Some(bound(index)), high: Some(bound(index + 1)) });
        (below.chain(self.has_zero_row().then_some(zero)).chain(above).collect(), Inside::ByLogarithm)
    }

    /// Between negative and positive values there is a row, even if it is empty.
    fn has_zero_row(&self) -> bool {
        self.zero || (self.positive.is_some() && self.negative.is_some())
    }
}

/// The lower bound of a bucket: finite, so that it can be told as JSON.
fn bound(index: i64, scale: i32) -> f64 {
    f64::exp2(index as f64 * f64::exp2(f64::from(-scale))).min(f64::MAX)
}

/// The bucket that a positive value is in.
fn index(value: f64, scale: i32) -> i64 {
    (value.log2() * f64::exp2(f64::from(scale))).ceil() as i64 - 1
}

fn long(range: Option<(i64, i64)>) -> usize {
    range.map_or(0, |(first, last)| usize::try_from(last - first + 1).unwrap_or(usize::MAX / 4))
}

/// The first and the last bucket with anything, of those that are not taken for zero.
fn range<'a>(
    points: impl Iterator<Item = (&'a Exponential, &'a Buckets)>,
    scale: i32,
    threshold: f64,
) -> Option<(i64, i64)> {
    let mut range: Option<(i64, i64)> = None;
    for (point, buckets) in points.filter(|(_, buckets)| !buckets.counts.is_empty()) {
        let zero = taken_for_zero(point, threshold);
        let first = i64::from(buckets.offset).max(zero);
        let last = i64::from(buckets.offset) + buckets.counts.len() as i64 - 1;
        if last < first {
            continue;
        }
        let (first, last) = (first >> (point.scale - scale), last >> (point.scale - scale));
        range = Some(range.map_or((first, last), |known| (known.0.min(first), known.1.max(last))));
    }
    range
}

/// The first bucket that is not taken for zero by a threshold larger than its own. The one that the threshold is in is, as a whole.
fn taken_for_zero(point: &Exponential, threshold: f64) -> i64 {
    if threshold > point.zero_threshold { index(threshold, point.scale) + 1 } else { i64::MIN }
}

/// The same counts in a coarser scale, with a threshold that is not smaller.
fn coarser(point: &Exponential, scale: i32, threshold: f64) -> Exponential {
    let zero = taken_for_zero(point, threshold);
    let (positive, to_zero) = coarser_buckets(&point.positive, point.scale - scale, zero);
    let (negative, also_to_zero) = coarser_buckets(&point.negative, point.scale - scale, zero);
    Exponential {
        scale,
        zero_count: point.zero_count.saturating_add(to_zero).saturating_add(also_to_zero),
        zero_threshold: threshold.max(point.zero_threshold),
        positive,
        negative,
        ..*point
    }
}

/// And how many are taken for zero now.
fn coarser_buckets(buckets: &Buckets, steps: i32, zero: i64) -> (Buckets, u64) {
    let each = || (i64::from(buckets.offset)..).zip(&buckets.counts);
    let to_zero = each().filter(|(index, _)| *index < zero).fold(0_u64, |sum, (_, n)| sum.saturating_add(*n));
    let mut left =
        each().filter(|(index, _)| *index >= zero).map(|(index, n)| (index >> steps, *n)).peekable();
    let Some(offset) = left.peek().map(|(index, _)| *index) else {
        return (Buckets::default(), to_zero);
    };
    let mut counts: Vec<u64> = Vec::new();
    for (index, count) in left {
        let position = (index - offset) as usize;
        if position == counts.len() {
            counts.push(0);
        }
        counts[position] = counts[position].saturating_add(count);
    }
    (Buckets { offset: offset as i32, counts: counts.into() }, to_zero)
}

impl Counted for Exponential {
    fn column(points: &Points) -> Option<&Column<Self>> {
        if let Points::Exponential(column) = points { Some(column) } else { None }
    }

    fn amount(&self) -> f64 {
        self.count as f64
    }

    /// Senders make a scale coarser, and a threshold larger, when they need to; what came before is told so too.
    fn since(&self, earlier: &Self) -> Option<Self> {
        if earlier.scale < self.scale || earlier.zero_threshold > self.zero_threshold {
            return None;
        }
        let before = coarser(earlier, self.scale, self.zero_threshold);
        Some(Self {
            count: self.count.checked_sub(before.count)?,
            sum: self.sum.zip(before.sum).map(|(now, before)| now - before),
            // The largest since the start says nothing of the time between.
            max: None,
            zero_count: self.zero_count.checked_sub(before.zero_count)?,
            positive: less(&self.positive, &before.positive)?,
            negative: less(&self.negative, &before.negative)?,
            ..*self
        })
    }
}

/// Bucket by bucket; none when there were more before.
fn less(now: &Buckets, before: &Buckets) -> Option<Buckets> {
    let mut left = now.clone();
    for (index, count) in (i64::from(before.offset)..).zip(&before.counts).filter(|(_, count)| **count > 0) {
        let position = usize::try_from(index - i64::from(now.offset)).ok()?;
        let counted = left.counts.get_mut(position)?;
        *counted = counted.checked_sub(*count)?;
    }
    Some(left)
}

impl Recorded for Exponential {
    fn sum(&self) -> Option<f64> {
        self.sum
    }
}

impl Distributed for Exponential {
    type Layout = Scale;

    fn add_to(&self, layout: &Scale, rows: &mut [f64]) -> bool {
        let told = coarser(self, layout.scale, layout.threshold);
        let below = layout.negative.map_or(0, |range| long(Some(range)));
        let mut add = |buckets: &Buckets, row: &dyn Fn(i64) -> Option<i64>| {
            for (index, count) in (i64::from(buckets.offset)..).zip(&buckets.counts) {
                let row = row(index).and_then(|row| usize::try_from(row).ok());
                if let Some(row) = row.and_then(|row| rows.get_mut(row)) {
                    *row += *count as f64;
                }
            }
        };
        let above = (below + usize::from(layout.has_zero_row())) as i64;
        add(&told.negative, &|index| Some(layout.negative?.1 - index));
        add(&told.positive, &|index| Some(above + index - layout.positive?.0));
        if layout.has_zero_row() {
            rows[below] += told.zero_count as f64;
        }
        true
    }

    fn max(&self) -> Option<f64> {
        self.max
    }
}
