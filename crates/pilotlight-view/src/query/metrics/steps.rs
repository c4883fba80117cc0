//! A range of time in equal steps.

/// Equal steps, in nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Steps {
    /// Where the first one begins.
    pub(super) start: u64,
    /// How long each is; never 0.
    pub(super) width: u64,
    /// How many; never 0.
    pub(super) count: usize,
}

impl Steps {
    /// Steps from here to there; the last one may end after it.
    pub(super) fn new(from: u64, to: u64, count: usize) -> Self {
        let count = count.max(1);
        Self { start: from, width: to.saturating_sub(from).div_ceil(count as u64).max(1), count }
    }

    /// Where the last one ends.
    pub(super) fn end(&self) -> u64 {
        self.start.saturating_add(self.width.saturating_mul(self.count as u64))
    }

    /// The step that a moment is in. The end of the range is in the last step.
    pub(super) fn at(&self, time: u64) -> Option<usize> {
        let step = usize::try_from(time.checked_sub(self.start)? / self.width).ok()?;
        if step < self.count {
            return Some(step);
        }
        (time == self.end()).then_some(self.count - 1)
    }

    /// Shares out what happened evenly between two moments: each step with the part of it that is in the step. A single moment is
    /// in one step as a whole. What is outside of the range is in no step.
    pub(super) fn share(&self, from: u64, to: u64, mut each: impl FnMut(usize, f64)) {
        if from >= to {
            if let Some(step) = self.at(to) {
                each(step, 1.0);
            }
            return;
        }
        let (low, high) = (from.max(self.start), to.min(self.end()));
        if low >= high {
            return;
        }
        let whole = (to - from) as f64;
        let first = ((low - self.start) / self.width) as usize;
        let last = ((high - 1 - self.start) / self.width) as usize;
        for step in first..=last.min(self.count - 1) {
            let begin = self.start + self.width * step as u64;
            let inside = high.min(begin.saturating_add(self.width)) - low.max(begin);
            each(step, inside as f64 / whole);
        }
    }

    /// Seconds of a step that data reaches into which goes from here to there: at the ends of the data steps are not whole, and a rate
    /// over the whole step would be too low. At least a second, where a step is that long: one point says nothing of less.
    pub(super) fn seconds(&self, step: usize, (from, to): (u64, u64)) -> f64 {
        let begin = self.start + self.width * step as u64;
        let inside = to.min(begin.saturating_add(self.width)).saturating_sub(from.max(begin));
        let least = self.width.min(1_000_000_000);
        let inside = if inside == 0 { self.width } else { inside.max(least) };
        inside as f64 / 1e9
    }

    pub(super) fn start_ms(&self) -> f64 {
        self.start as f64 / 1e6
    }

    pub(super) fn width_ms(&self) -> f64 {
        self.width as f64 / 1e6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(steps: Steps, from: u64, to: u64) -> Vec<f64> {
        let mut shares = vec![0.0; steps.count];
        steps.share(from, to, |step, share| shares[step] += share);
        shares
    }

    #[test]
    fn what_happened_between_two_moments_is_shared_out_and_nothing_is_lost() {
        let steps = Steps::new(100, 140, 4);
        assert_eq!(shares(steps, 105, 125), [0.25, 0.5, 0.25, 0.0]);
        assert_eq!(shares(steps, 120, 130), [0.0, 0.0, 1.0, 0.0]);
        assert_eq!(shares(steps, 131, 131), [0.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn what_is_outside_of_the_range_is_in_no_step() {
        let steps = Steps::new(100, 140, 4);
        assert_eq!(shares(steps, 80, 120), [0.25, 0.25, 0.0, 0.0]);
        assert_eq!(shares(steps, 0, 100), [0.0; 4]);
        assert_eq!(shares(steps, 130, 150), [0.0, 0.0, 0.0, 0.5]);
        assert_eq!(shares(steps, 200, 200), [0.0; 4]);
    }

    #[test]
    fn a_step_at_the_end_of_the_data_counts_as_long_as_the_data() {
        let second = 1_000_000_000;
        let steps = Steps::new(0, 40 * second, 4);
        assert_eq!(steps.seconds(0, (5 * second, 32 * second)), 5.0);
        assert_eq!(steps.seconds(1, (5 * second, 32 * second)), 10.0);
        assert_eq!(steps.seconds(3, (5 * second, 32 * second)), 2.0);
        assert_eq!(steps.seconds(3, (30 * second, 30 * second)), 10.0);
    }

    #[test]
    fn times_at_the_ends_of_all_times_do_not_overflow() {
        let steps = Steps::new(u64::MAX - 10, u64::MAX, 500);
        assert_eq!(steps.at(0), None);
        assert!(steps.at(u64::MAX).is_some());
        let all: f64 = shares(Steps::new(0, u64::MAX, 7), 0, u64::MAX).iter().sum();
        assert!((all - 1.0).abs() < 1e-9);
    }
}
