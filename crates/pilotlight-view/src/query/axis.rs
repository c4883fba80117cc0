//! The axis of a picture over time: equal steps from the first to the last of what is shown.

use crate::store::window::TimeRange;

/// Equal steps of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Axis {
    from: u64,
    last: u64,
    steps: usize,
}

/// A picture of fewer than this has its outliers on its axis; of more, one in 200 on either side may be nonsense without pressing all
/// the others into one step.
const ALL_SHOWN: usize = 1000;

impl Axis {
    /// Of the range that is asked for; where that is open, of the times that there are.
    pub(super) fn of(times: &mut [u64], range: TimeRange, steps: usize) -> Self {
        let (mut from, mut last) = (range.from, range.last);
        if range.from == 0 {
            from = quantile(times, 1).unwrap_or(0);
        }
        if range.last == u64::MAX {
            last = quantile(times, 199).unwrap_or(from);
        }
        Self { from, last: last.max(from), steps: steps.max(1) }
    }

    /// The step that a moment belongs to; what is before or behind belongs to the first or the last one.
    pub(super) fn step(&self, time: u64) -> usize {
        let into = u128::from(time.clamp(self.from, self.last) - self.from);
        let whole = u128::from(self.last - self.from) + 1;
        usize::try_from(into * self.steps as u128 / whole).unwrap_or(0)
    }

    /// How many steps there are.
    pub(super) fn steps(&self) -> usize {
        self.steps
    }

    /// Where a step begins, milliseconds since 1970; one more than there are steps for the end.
    #[allow(clippy::cast_precision_loss)] // A page's axis has no nanoseconds.
    pub(super) fn edge_ms(&self, step: usize) -> f64 {
        let width = (self.last - self.from) as f64 + 1.0;
        (self.from as f64 + width * step as f64 / self.steps as f64) / 1e6
    }
}

/// The time that so many of 200 are not behind; the first or the last one where there are few.
fn quantile(times: &mut [u64], of_200: usize) -> Option<u64> {
    if times.len() < ALL_SHOWN {
        return if of_200 < 100 { times.iter().min().copied() } else { times.iter().max().copied() };
    }
    let position = times.len() * of_200 / 200;
    Some(*times.select_nth_unstable(position).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_there_is_has_a_step() {
        let axis = Axis::of(&mut [0, u64::MAX], TimeRange::ALL, 60);
        assert_eq!((axis.step(0), axis.step(u64::MAX)), (0, 59));
        let one = Axis::of(&mut [5], TimeRange::ALL, 60);
        assert_eq!((one.step(5), one.step(0), one.step(9)), (0, 0, 0));
        assert_eq!(Axis::of(&mut [], TimeRange::ALL, 60).step(7), 0);
    }

    #[test]
    fn a_few_impossible_times_do_not_stretch_the_axis() {
        let mut times: Vec<u64> = (1_000_000..1_002_000).chain([0, u64::MAX]).collect();
        let axis = Axis::of(&mut times, TimeRange::ALL, 10);
        assert_eq!((axis.step(0), axis.step(1_001_000), axis.step(u64::MAX)), (0, 5, 9));
    }
}
