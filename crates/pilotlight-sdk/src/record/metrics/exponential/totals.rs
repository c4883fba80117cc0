//! A snapshot of an exponential histogram.

use super::{Buckets, SCALES, SIZE_MIN, steps_to_fit};

/// What was measured: by one thread up to a moment, by several threads together, or between two moments.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ExponentialTotals {
    /// How fine the buckets are: their boundaries are the powers of `2^(2^-scale)`.
    pub(crate) scale: i8,
    /// All values: those in the buckets and the zeros.
    pub(crate) count: u64,
    /// Infinite when it is beyond the range of a float, and not a number when it is the difference of two such.
    pub(crate) sum: f64,
    /// `None` when nothing was measured, or when it is not known (see [`since`](Self::since)).
    pub(crate) min: Option<f64>,
    /// `None` when nothing was measured, or when it is not known.
    pub(crate) max: Option<f64>,
    /// Values that are exactly zero, of either sign: the zero threshold is 0.
    pub(crate) zero_count: u64,
    pub(crate) positive: Buckets,
    /// By their magnitudes: bucket `i` holds the values from `-base^(i + 1)` up to, not including, `-base^i`.
    pub(crate) negative: Buckets,
}

/// Of nothing, at the finest scale.
impl Default for ExponentialTotals {
    fn default() -> Self {
        Self {
            scale: *SCALES.end(),
            count: 0,
            sum: 0.0,
            min: None,
            max: None,
            zero_count: 0,
            positive: Buckets::default(),
            negative: Buckets::default(),
        }
    }
}

impl ExponentialTotals {
    /// Whether nothing was measured.
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether a negative value was measured: the sum is then not monotonic.
    pub(crate) fn has_negative(&self) -> bool {
        !self.negative.counts.is_empty()
    }

    /// Adds what `other` measured, at the finest scale that both have and at which neither sign takes more than `size_max`
    /// buckets (at least 2). The order in which many are merged makes no difference but for the rounding of the sum.
    pub(crate) fn merge(&mut self, other: &Self, size_max: u16) {
        if other.is_empty() {
            return;
        }
        (self.min, self.max) = self.extremes_with(other);
        let scale = self.scale_with(other, usize::from(size_max.max(SIZE_MIN)));
        let (own_steps, other_steps) = (steps(self.scale, scale), steps(other.scale, scale));
        for (own, other) in [(&mut self.positive, &other.positive), (&mut self.negative, &other.negative)] {
            own.downscale(own_steps);
            own.add(other, other_steps);
        }
        self.scale = scale;
        self.count += other.count;
        self.zero_count += other.zero_count;
        self.sum += other.sum;
    }

    /// What was measured after `earlier`, which is a snapshot of the same histogram, or a merger of snapshots of the same
    /// histograms.
    ///
    /// The lowest and highest value since then are not known, unless nothing had been measured before. The sum is the
    /// difference of the sums, and rounded as they are. Should `earlier` count more than there is, that is nothing since.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        if earlier.is_empty() {
            return self.clone();
        }
        let mut since = self.clone();
        since.scale = self.scale.min(earlier.scale);
        let (own_steps, earlier_steps) = (steps(self.scale, since.scale), steps(earlier.scale, since.scale));
        for (own, earlier) in
            [(&mut since.positive, &earlier.positive), (&mut since.negative, &earlier.negative)]
        {
            own.downscale(own_steps);
            own.subtract(earlier, earlier_steps);
        }
        since.zero_count = self.zero_count.saturating_sub(earlier.zero_count);
        since.count_again();
        since.sum = if since.is_empty() { 0.0 } else { self.sum - earlier.sum };
        (since.min, since.max) = (None, None);
        since
    }

    /// The count is always derived: so it agrees with the buckets even where they were read while they changed.
    pub(super) fn count_again(&mut self) {
        let buckets = self.positive.total().wrapping_add(self.negative.total());
        self.count = buckets.wrapping_add(self.zero_count);
    }

    fn extremes_with(&self, other: &Self) -> (Option<f64>, Option<f64>) {
        match self.is_empty() {
            true => (other.min, other.max),
            false => (
                self.min.zip(other.min).map(|(a, b)| a.min(b)),
                self.max.zip(other.max).map(|(a, b)| a.max(b)),
            ),
        }
    }

    fn scale_with(&self, other: &Self, size_max: usize) -> i8 {
        let scale = if self.is_empty() { other.scale } else { self.scale.min(other.scale) };
        let (own_steps, other_steps) = (steps(self.scale, scale), steps(other.scale, scale));
        let signs = [(&self.positive, &other.positive), (&self.negative, &other.negative)];
        let too_fine = signs.map(|(own, other)| {
            let ranges = [own.range(own_steps), other.range(other_steps)];
            let range = ranges.into_iter().flatten().reduce(|(a, b), (c, d)| (a.min(c), b.max(d)));
            range.map_or(0, |(low, high)| steps_to_fit(low, high, size_max))
        });
        scale.saturating_sub_unsigned(too_fine[0].max(too_fine[1]) as u8)
    }
}

/// How many scales down it is; none when it is not down.
fn steps(from: i8, to: i8) -> u32 {
    u32::try_from(i32::from(from) - i32::from(to)).unwrap_or(0)
}
