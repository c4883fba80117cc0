//! Algorithm L: so many of a run of measurements whose length nobody knows, each as likely as the others.

use crate::record::random_fraction;

/// Where one run of Algorithm L stands.
#[derive(Clone, Copy, Default)]
pub(super) struct Sampling {
    /// How many examples this run has taken.
    taken: u64,
    /// The algorithm's W, shrinking with every example once the slots are full.
    w: f64,
}

impl Sampling {
    /// An example is taken at `count`. Answers its slot of `size`, and the count at which the next one is due.
    pub(super) fn take(&mut self, count: u64, size: usize) -> (usize, u64) {
        if self.taken == 0 {
            self.w = 1.0;
        }
        self.taken += 1;
        let slot = match usize::try_from(self.taken) {
            Ok(taken) if taken <= size => taken - 1,
            _ => ((random_fraction() * size as f64) as usize).min(size - 1),
        };
        if self.taken < size as u64 {
            return (slot, count + 1);
        }
        self.w *= fraction().powf(1.0 / size as f64);
        let skipped = (fraction().ln() / (1.0 - self.w).ln()).floor();
        (slot, count.saturating_add(1).saturating_add(skipped as u64))
    }
}

/// Above zero and below one.
fn fraction() -> f64 {
    random_fraction().clamp(f64::EPSILON, 1.0 - f64::EPSILON)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_filled_first_and_the_next_one_is_always_later() {
        let mut sampling = Sampling::default();
        let mut due = 1;
        for taken in 0..200 {
            let (slot, next) = sampling.take(due, 4);
            assert!(slot < 4 && next > due, "{slot} {next}");
            assert!(taken >= 4 || slot == taken, "{taken} {slot}");
            due = next.min(u64::MAX - 1);
        }
    }

    #[test]
    fn late_measurements_are_as_likely_as_early_ones() {
        const RUNS: usize = 4_000;
        const MEASUREMENTS: u64 = 100;
        let mut late = 0;
        for _ in 0..RUNS {
            let (mut sampling, mut due, mut kept) = (Sampling::default(), 1, 0);
            while due <= MEASUREMENTS {
                kept = due;
                due = sampling.take(due, 1).1;
            }
            late += usize::from(kept > MEASUREMENTS / 2);
        }
        // Half of them, give or take six standard deviations.
        assert!(
            (late as f64 - RUNS as f64 / 2.0).abs() < 6.0 * (RUNS as f64 / 4.0).sqrt(),
            "{late} of {RUNS}"
        );
    }
}
