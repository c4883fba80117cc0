//! How much was added in each step.

use super::increase::Increase;
use super::steps::Steps;

/// What was added in each step, by any number of series.
#[derive(Debug, Clone)]
pub(super) struct Sums {
    amounts: Vec<f64>,
    /// Steps of which something is known, be it that nothing was added.
    known: Vec<bool>,
    /// From the first thing known to the last, nanoseconds since 1970.
    extent: (u64, u64),
    /// Steps in which a series began anew, ascending where the series came one after the other.
    resets: Vec<u32>,
}

impl Sums {
    pub(super) fn new(steps: Steps) -> Self {
        Self {
            amounts: vec![0.0; steps.count],
            known: vec![false; steps.count],
            extent: (u64::MAX, 0),
            resets: Vec::new(),
        }
    }

    /// Adds so much, which was added when the increase says.
    pub(super) fn add<V>(&mut self, steps: Steps, increase: &Increase<V>, amount: f64) {
        self.extent = (self.extent.0.min(increase.from), self.extent.1.max(increase.to));
        steps.share(increase.from, increase.to, |step, share| {
            self.amounts[step] += amount * share;
            self.known[step] = true;
        });
        // A step is marked once, though many points are in it.
        if let Some(step) = steps.at(increase.to).filter(|_| increase.reset).map(|step| step as u32)
            && self.resets.last() != Some(&step)
        {
            self.resets.push(step);
        }
    }

    /// How much a second.
    pub(super) fn rates(&self, steps: Steps) -> Vec<Option<f64>> {
        let rate = |step: usize| self.amounts[step] / steps.seconds(step, self.extent);
        (0..steps.count).map(|step| self.known[step].then(|| rate(step))).collect()
    }

    /// How much in each step.
    pub(super) fn amounts(&self) -> Vec<Option<f64>> {
        self.amounts.iter().zip(&self.known).map(|(amount, known)| known.then_some(*amount)).collect()
    }

    /// Steps in which a series began anew.
    pub(super) fn resets(mut self) -> Vec<u32> {
        self.resets.sort_unstable();
        self.resets.dedup();
        self.resets
    }
}
