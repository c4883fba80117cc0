//! The mean of what was recorded in each step: it needs no buckets.

use super::increase::{Counted, Increase};
use super::steps::Steps;

/// Values that tell the sum of what they count.
pub(super) trait Recorded: Counted {
    /// Where it is known.
    fn sum(&self) -> Option<f64>;
}

/// What was recorded in each step, by any number of series.
#[derive(Debug)]
pub(super) struct Means {
    /// How many with a known sum, and that sum.
    sums: Vec<(f64, f64)>,
}

impl Means {
    pub(super) fn new(steps: Steps) -> Self {
        Self { sums: vec![(0.0, 0.0); steps.count] }
    }

    pub(super) fn add<V: Recorded>(&mut self, steps: Steps, increase: &Increase<V>) {
        let Some(sum) = increase.amount.sum() else {
            return;
        };
        let amount = increase.amount.amount();
        steps.share(increase.from, increase.to, |step, share| {
            self.sums[step].0 += amount * share;
            self.sums[step].1 += sum * share;
        });
    }

    /// Step by step; none where nothing was recorded.
    pub(super) fn values(&self) -> Vec<Option<f64>> {
        self.sums.iter().map(|(count, sum)| (*count > 0.0).then(|| sum / count)).collect()
    }
}
