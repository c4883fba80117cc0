//! How recorded values are distributed, step by step: the same for histograms of both kinds.

use super::increase::Increase;
use super::means::Recorded;
use super::steps::Steps;
use crate::query::{Heatmap, Quantiles};

/// Histograms that can be put together.
pub(super) trait Distributed: Recorded {
    /// Buckets that all histograms of a question can be told in.
    type Layout;

    /// Adds what is in its buckets to the rows. Answers false when it cannot be told in these buckets.
    fn add_to(&self, layout: &Self::Layout, rows: &mut [f64]) -> bool;

    /// The largest value, where it is known to be of this very stretch of time.
    fn max(&self) -> Option<f64>;
}

/// A row of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Row {
    /// Where its values begin; none when that is not known.
    pub(super) low: Option<f64>,
    /// Where they end; none when that is not known.
    pub(super) high: Option<f64>,
}

/// How values lie between the ends of a row, as long as nothing else is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inside {
    /// Evenly.
    Evenly,
    /// Evenly by their logarithm, as the row's ends do.
    ByLogarithm,
}

/// More rows than that no picture shows.
pub(super) const ROWS_MAX: usize = 200;
/// The quantiles of histograms.
const QUANTILES: [f64; 4] = [0.5, 0.9, 0.95, 0.99];

/// What was recorded in each step.
#[derive(Debug)]
pub(super) struct Distribution {
    rows: Vec<Row>,
    inside: Inside,
    /// `counts[step * rows.len() + row]`
    counts: Vec<f64>,
    /// The largest value in each step, where it is known.
    max: Vec<Option<f64>>,
    /// The histogram that is being added, told in these rows.
    told: Vec<f64>,
    /// How many histograms could not be told in these rows.
    pub(super) left_out: u64,
}

impl Distribution {
    pub(super) fn new(rows: Vec<Row>, inside: Inside, steps: Steps) -> Self {
        Self {
            counts: vec![0.0; rows.len() * steps.count],
            told: vec![0.0; rows.len()],
            rows,
            inside,
            max: vec![None; steps.count],
            left_out: 0,
        }
    }

    pub(super) fn add<V: Distributed>(&mut self, layout: &V::Layout, steps: Steps, increase: &Increase<V>) {
        let rows = self.rows.len();
        let mut fits = None;
        steps.share(increase.from, increase.to, |step, share| {
            // Once, however many steps it is shared out to; and not at all when it is out of the range.
            fits.get_or_insert_with(|| {
                self.told.fill(0.0);
                increase.amount.add_to(layout, &mut self.told)
            });
            let counts = self.counts[step * rows..][..rows].iter_mut();
            counts.zip(&self.told).for_each(|(count, told)| *count += told * share);
            self.max[step] = largest(self.max[step], increase.amount.max());
        });
        self.left_out += u64::from(fits == Some(false));
    }

    pub(super) fn heatmap(&self) -> Heatmap {
        // A row ends where the next one begins, even if there is a little nothing between them.
        let bounds = self.rows.iter().skip(1).filter_map(|row| row.low).collect::<Vec<_>>();
        let open = self.rows.last().is_some_and(|row| row.high.is_none());
        if open {
            return Heatmap {
                bounds,
                low: self.rows.first().and_then(|row| row.low),
                counts: self.counts.clone(),
            };
        }
        // Of these rows the last one has a bound; above it, there is a row of nothing.
        let last = self.rows.last().and_then(|row| row.high);
        let counts =
            self.counts.chunks(self.rows.len().max(1)).flat_map(|step| step.iter().copied().chain([0.0]));
        Heatmap {
            bounds: bounds.into_iter().chain(last).collect(),
            low: self.rows.first().and_then(|row| row.low),
            counts: counts.collect(),
        }
    }

    /// Quantiles, and in how many steps at least one of them is beyond the last bound.
    pub(super) fn quantiles(&self) -> (Quantiles, usize) {
        let steps = self.max.len();
        let mut values = vec![vec![None; steps]; QUANTILES.len()];
        let mut beyond = 0;
        for step in 0..steps {
            let counts = &self.counts[step * self.rows.len()..][..self.rows.len()];
            let total: f64 = counts.iter().sum();
            let mut any_beyond = false;
            for (values, quantile) in values.iter_mut().zip(QUANTILES) {
                let found = self.quantile(counts, total, quantile, self.max[step]);
                any_beyond |= found.is_some_and(|(_, beyond)| beyond);
                values[step] = found.map(|(value, _)| value);
            }
            beyond += usize::from(any_beyond);
        }
        (Quantiles { quantiles: QUANTILES.to_vec(), values }, beyond)
    }

    /// The value that so many are not above, and whether it is really above the last bound by an unknown amount.
    fn quantile(&self, counts: &[f64], total: f64, quantile: f64, max: Option<f64>) -> Option<(f64, bool)> {
        if total <= 0.0 {
            return None;
        }
        let mut left = quantile * total;
        let last = counts.iter().rposition(|count| *count > 0.0)?;
        for (row, count) in counts.iter().enumerate() {
            // What rounding leaves over is in the last row that has anything.
            if *count > 0.0 && (left <= *count || row == last) {
                return Some(self.within(row, (left / count).clamp(0.0, 1.0), max));
            }
            left -= count;
        }
        None
    }

    fn within(&self, row: usize, part: f64, max: Option<f64>) -> (f64, bool) {
        let Row { low, high } = self.rows[row];
        match (low, high) {
            (Some(low), Some(high)) => (self.between(low, high, part), false),
            (None, Some(high)) => (high, false),
            (Some(low), None) => match max.filter(|max| *max > low) {
                Some(max) => (self.between(low, max, part), false),
                None => (low, true),
            },
            // One bucket for everything tells nothing but the largest.
            (None, None) => (max.unwrap_or(0.0), max.is_none()),
        }
    }

    fn between(&self, low: f64, high: f64, part: f64) -> f64 {
        match self.inside {
            Inside::ByLogarithm if low > 0.0 => low * (high / low).powf(part),
            Inside::ByLogarithm if high < 0.0 => low * (high / low).powf(part),
            _ => low + (high - low) * part,
        }
    }
}

fn largest(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.max(other)),
        (one, other) => one.or(other),
    }
}
