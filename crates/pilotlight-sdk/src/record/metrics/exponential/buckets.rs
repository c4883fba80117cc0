//! The bucket counts of one sign, as they are exported.

use super::width;

/// Counts of consecutive buckets. Neither the first nor the last is zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Buckets {
    /// The index of the first bucket; 0 when there is none.
    pub(crate) offset: i32,
    pub(crate) counts: Vec<u64>,
}

impl Buckets {
    pub(super) fn with_capacity(size: usize) -> Self {
        Self { offset: 0, counts: Vec::with_capacity(size) }
    }

    /// How many values are in the buckets.
    pub(crate) fn total(&self) -> u64 {
        self.counts.iter().fold(0, |total, count| total.wrapping_add(*count))
    }

    /// The lowest and the highest bucket, `steps` scales down.
    pub(super) fn range(&self, steps: u32) -> Option<(i32, i32)> {
        let above_first = i32::try_from(self.counts.len().checked_sub(1)?).unwrap_or(i32::MAX);
        Some((self.offset >> steps, self.offset.saturating_add(above_first) >> steps))
    }

    /// Each bucket with its count, `steps` scales down; an index may come several times.
    fn downscaled(&self, steps: u32) -> impl Iterator<Item = (i32, u64)> {
        (self.offset..=i32::MAX).map(move |bucket| bucket >> steps).zip(self.counts.iter().copied())
    }

    /// Goes `steps` scales down: each 2^`steps` neighbours become one bucket.
    pub(super) fn downscale(&mut self, steps: u32) {
        if steps > 0 {
            let fine = std::mem::take(self);
            self.add(&fine, steps);
        }
    }

    /// Adds the counts of `others`, which are `steps` scales finer.
    pub(super) fn add(&mut self, others: &Self, steps: u32) {
        let Some((low, high)) = others.range(steps) else { return };
        self.cover(low, high);
        for (bucket, count) in others.downscaled(steps) {
            self.counts[width(self.offset, bucket) - 1] += count;
        }
    }

    /// Takes the counts of `others` away, which are `steps` scales finer; no count falls below zero.
    pub(super) fn subtract(&mut self, others: &Self, steps: u32) {
        for (bucket, count) in others.downscaled(steps) {
            let slot = width(self.offset, bucket).checked_sub(1).and_then(|slot| self.counts.get_mut(slot));
            if let Some(left) = slot {
                *left = left.saturating_sub(count);
            }
        }
        self.trim();
    }

    /// Adds empty buckets until `low` and `high` are among them.
    fn cover(&mut self, low: i32, high: i32) {
        let (first, last) = self.range(0).unwrap_or((low, high));
        let (new_first, new_last) = (first.min(low), last.max(high));
        self.counts.splice(0..0, std::iter::repeat_n(0, width(new_first, first) - 1));
        self.counts.resize(width(new_first, new_last), 0);
        self.offset = new_first;
    }

    /// Drops the zeros at both ends.
    pub(super) fn trim(&mut self) {
        let is_used = |count: &u64| *count > 0;
        let used = self.counts.iter().rposition(is_used).map_or(0, |last| last + 1);
        self.counts.truncate(used);
        let unused = self.counts.iter().position(is_used).unwrap_or(0);
        self.counts.drain(..unused);
        self.offset = if used == 0 { 0 } else { self.offset.saturating_add_unsigned(unused as u32) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(offset: i32, counts: &[u64]) -> Buckets {
        Buckets { offset, counts: counts.to_vec() }
    }

    #[test]
    fn added_buckets_cover_both_ranges() {
        let mut sum = buckets(2, &[1, 2]);
        sum.add(&buckets(-1, &[5]), 0);
        sum.add(&buckets(3, &[1, 0, 7]), 0);
        assert_eq!(sum, buckets(-1, &[5, 0, 0, 1, 3, 0, 7]));
    }

    #[test]
    fn finer_buckets_are_added_to_those_they_are_part_of() {
        let mut sum = buckets(0, &[10, 20]);
        sum.add(&buckets(-1, &[1, 2, 3, 4]), 1);
        assert_eq!(sum, buckets(-1, &[1, 15, 24]));
    }

    #[test]
    fn what_is_left_of_a_subtraction_has_no_empty_ends() {
        let mut left = buckets(-2, &[1, 2, 3, 4]);
        left.subtract(&buckets(-4, &[0, 0, 1, 1, 0, 4]), 0);
        assert_eq!(left, buckets(-1, &[1, 3]));
        left.subtract(&buckets(-1, &[9, 9, 9]), 0);
        assert_eq!(left, Buckets::default());
    }

    #[test]
    fn no_buckets_stay_none_at_any_scale() {
        let mut none = Buckets::default();
        none.downscale(3);
        none.add(&Buckets::default(), 1);
        assert_eq!((none.range(0), none.total()), (None, 0));
    }
}
