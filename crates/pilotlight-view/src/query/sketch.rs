//! Durations in buckets, for quantiles.
//!
//! A bucket is told by the highest bit of a duration and the five bits behind it, so it is at most 1/32 as wide as it is high; the middle of it
//! is within 1.6 % of everything that is in it. Below 64 nanoseconds, each duration has a bucket of its own.

/// How many durations there were in each bucket. Some hundred bytes for durations within a factor of a hundred of each other.
#[derive(Debug, Clone, Default)]
pub(super) struct Sketch {
    /// The first bucket's number.
    first: usize,
    /// How many, from the first bucket on.
    counts: Vec<u32>,
    count: u64,
    max: u64,
}

/// Bits behind the highest one.
const BITS: u32 = 5;

impl Sketch {
    /// Adds a duration, nanoseconds.
    pub(super) fn add(&mut self, duration: u64) {
        let bucket = bucket(duration);
        if self.counts.is_empty() {
            self.first = bucket;
        }
        if bucket < self.first {
            self.counts.splice(0..0, std::iter::repeat_n(0, self.first - bucket));
            self.first = bucket;
        }
        let position = bucket - self.first;
        if position >= self.counts.len() {
            self.counts.resize(position + 1, 0);
        }
        self.counts[position] = self.counts[position].saturating_add(1);
        self.count += 1;
        self.max = self.max.max(duration);
    }

    /// How many there were.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// The longest, milliseconds.
    pub(super) fn max_ms(&self) -> f64 {
        self.max as f64 / 1e6
    }

    /// The duration that so many are not longer than, milliseconds; none when there are none.
    pub(super) fn quantile_ms(&self, quantile: f64) -> Option<f64> {
        // The one that stands there when all are in a row, as in "95 of 100".
        let mut left = ((self.count as f64 * quantile).ceil() as u64).clamp(1, self.count.max(1));
        for (bucket, count) in (self.first..).zip(&self.counts) {
            if left <= u64::from(*count) {
                return Some(middle(bucket).min(self.max as f64) / 1e6);
            }
            left -= u64::from(*count);
        }
        None
    }
}

fn bucket(duration: u64) -> usize {
    let high = 63 - (duration | 1).leading_zeros();
    if high <= BITS {
        return duration as usize;
    }
    let behind = (duration >> (high - BITS)) as usize & ((1 << BITS) - 1);
    (((high - BITS) as usize) << BITS) + (1 << BITS) + behind
}

fn middle(bucket: usize) -> f64 {
    if bucket < 2 << BITS {
        return bucket as f64;
    }
    let shift = (bucket >> BITS) - 1;
    let low = ((bucket & ((1 << BITS) - 1)) + (1 << BITS)) as f64;
    (low + 0.5) * f64::exp2(shift as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_within_two_percent_of_the_exact_ones() {
        let mut state = 1_u64;
        let mut durations: Vec<u64> = (0..10_000)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                1 << (state >> 59) | state >> 40
            })
            .collect();
        let mut sketch = Sketch::default();
        durations.iter().for_each(|duration| sketch.add(*duration));
        durations.sort_unstable();
        for quantile in [0.01, 0.5, 0.9, 0.95, 0.99, 1.0] {
            let exact = durations[(10_000.0 * quantile) as usize - 1] as f64 / 1e6;
            let error = sketch.quantile_ms(quantile).unwrap() / exact - 1.0;
            assert!(error.abs() < 0.02, "{quantile}: {error}");
        }
    }

    #[test]
    fn each_duration_is_in_a_bucket_near_it() {
        for high in 0..64 {
            for duration in [1_u64 << high, (1 << high) + (1 << high) / 3, u64::MAX >> (63 - high)] {
                let error = middle(bucket(duration)) / duration as f64 - 1.0;
                assert!(error.abs() < 0.0157, "{duration}: {error}");
            }
        }
        assert_eq!(middle(bucket(0)), 0.0);
    }

    #[test]
    fn of_nothing_there_is_no_quantile_and_of_one_it_is_that_one() {
        let mut sketch = Sketch::default();
        assert_eq!(sketch.quantile_ms(0.5), None);
        sketch.add(5_000_000);
        assert_eq!((sketch.quantile_ms(0.5), sketch.max_ms()), (Some(5.0), 5.0));
    }
}
