//! The bucket counts of one sign, in the cell of one thread.

use crate::sync::atomic::{AtomicI32, AtomicU64, Ordering};

use super::{Buckets, width};

/// A fixed array of counts, read as a ring: bucket `base` is in the first slot, the buckets above it in the next, the
/// buckets below it in the last. As `first` to `last` are never wider than the array, both ends grow without moving anything.
///
/// One thread writes, others read. All atomics are relaxed: the cell's versions say which of them fit together.
#[derive(Debug)]
pub(super) struct Ring {
    slots: Box<[AtomicU64]>,
    /// Between `first` and `last`, and in the first slot, unless the ring is empty.
    base: AtomicI32,
    /// Greater than `last` while the ring is empty.
    first: AtomicI32,
    last: AtomicI32,
}

impl Ring {
    pub(super) fn new(size_max: usize) -> Self {
        let slots = (0..size_max).map(|_| AtomicU64::new(0)).collect();
        Self { slots, base: AtomicI32::new(0), first: AtomicI32::new(0), last: AtomicI32::new(-1) }
    }

    pub(super) fn size_max(&self) -> usize {
        self.slots.len()
    }

    /// The count of a bucket that the ring has room for as it is.
    #[inline]
    pub(super) fn count(&self, bucket: i32) -> Option<&AtomicU64> {
        let is_inside =
            self.first.load(Ordering::Relaxed) <= bucket && bucket <= self.last.load(Ordering::Relaxed);
        if is_inside { self.slot(bucket) } else { None }
    }

    /// `None` for no bucket of the ring; a reader may ask so while the writer moves things.
    #[inline]
    fn slot(&self, bucket: i32) -> Option<&AtomicU64> {
        let above_base = bucket.wrapping_sub(self.base.load(Ordering::Relaxed));
        let wrap = if above_base < 0 { self.slots.len() } else { 0 };
        self.slots.get((above_base as usize).wrapping_add(wrap))
    }

    /// The lowest and the highest bucket; `None` when nothing was counted.
    pub(super) fn range(&self) -> Option<(i32, i32)> {
        let (first, last) = (self.first.load(Ordering::Relaxed), self.last.load(Ordering::Relaxed));
        (first <= last).then_some((first, last))
    }

    /// Makes room for a bucket that fits.
    pub(super) fn extend(&self, bucket: i32) {
        let (first, last) = match self.range() {
            Some((first, last)) => (first.min(bucket), last.max(bucket)),
            None => {
                self.base.store(bucket, Ordering::Relaxed);
                (bucket, bucket)
            }
        };
        self.first.store(first, Ordering::Relaxed);
        self.last.store(last, Ordering::Relaxed);
    }

    /// Goes `steps` scales down: each 2^`steps` neighbours become one bucket.
    pub(super) fn downscale(&self, steps: u32) {
        let Some((first, last)) = self.range() else { return };
        self.straighten(first);
        // Upwards: a bucket's new slot is never above its old one, so none is overwritten before it was moved.
        let new_first = first >> steps;
        for (slot, bucket) in self.slots.iter().zip(first..=last) {
            let count = slot.load(Ordering::Relaxed);
            slot.store(0, Ordering::Relaxed);
            add(&self.slots[width(new_first, bucket >> steps) - 1], count);
        }
        self.base.store(new_first, Ordering::Relaxed);
        self.first.store(new_first, Ordering::Relaxed);
        self.last.store(last >> steps, Ordering::Relaxed);
    }

    /// Rotates the ring until `first` is in the first slot.
    fn straighten(&self, first: i32) {
        let below_base = width(first, self.base.load(Ordering::Relaxed)) - 1;
        let (above, below) = self.slots.split_at(self.slots.len() - below_base);
        reverse(above);
        reverse(below);
        reverse(&self.slots);
    }

    pub(super) fn clear(&self) {
        self.first.store(0, Ordering::Relaxed);
        self.last.store(-1, Ordering::Relaxed);
        for slot in &self.slots {
            slot.store(0, Ordering::Relaxed);
        }
    }

    /// Replaces what is in `buckets`. May run while the writer moves things, and then copies nonsense, within bounds.
    pub(super) fn copy_to(&self, buckets: &mut Buckets) {
        buckets.counts.clear();
        if let Some((first, last)) = self.range() {
            buckets.offset = first;
            let counts = (first..=last).take(self.size_max()).map(|bucket| self.slot(bucket));
            buckets.counts.extend(counts.map(|slot| slot.map_or(0, |slot| slot.load(Ordering::Relaxed))));
        }
    }
}

/// Only for the one thread that writes: nobody else adds in between.
fn add(count: &AtomicU64, more: u64) {
    count.store(count.load(Ordering::Relaxed).wrapping_add(more), Ordering::Relaxed);
}

fn reverse(slots: &[AtomicU64]) {
    for (one, other) in slots.iter().zip(slots.iter().rev()).take(slots.len() / 2) {
        let count = one.load(Ordering::Relaxed);
        one.store(other.load(Ordering::Relaxed), Ordering::Relaxed);
        other.store(count, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts bucket `n` `n + 10` times.
    fn ring_of(buckets: &[i32]) -> Ring {
        let ring = Ring::new(4);
        for &bucket in buckets {
            ring.extend(bucket);
            add(ring.count(bucket).unwrap(), (bucket + 10) as u64);
        }
        ring
    }

    fn copy(ring: &Ring) -> (i32, Vec<u64>) {
        let mut buckets = Buckets::default();
        ring.copy_to(&mut buckets);
        (buckets.offset, buckets.counts)
    }

    #[test]
    fn both_ends_grow_in_any_order() {
        for buckets in [[2, 3, 4, 5], [5, 4, 3, 2], [3, 2, 5, 4], [4, 5, 2, 3]] {
            assert_eq!(copy(&ring_of(&buckets)), (2, vec![12, 13, 14, 15]), "{buckets:?}");
        }
    }

    #[test]
    fn a_bucket_outside_has_no_count_before_there_is_room_made_for_it() {
        let ring = Ring::new(4);
        assert!(ring.count(0).is_none());
        ring.extend(0);
        assert!(ring.count(0).is_some() && ring.count(1).is_none() && ring.count(-1).is_none());
    }

    #[test]
    fn neighbours_become_one_bucket_wherever_the_ring_began() {
        for buckets in [[-1, 0, 1, 2], [2, 1, 0, -1], [1, 0, 2, -1]] {
            let ring = ring_of(&buckets);
            ring.downscale(1);
            assert_eq!(copy(&ring), (-1, vec![9, 10 + 11, 12]), "{buckets:?}");
            ring.downscale(3);
            assert_eq!(copy(&ring), (-1, vec![9, 10 + 11 + 12]), "{buckets:?}");
        }
    }

    #[test]
    fn a_ring_that_was_made_smaller_has_room_at_both_ends() {
        let ring = ring_of(&[1, 0, 2, 3]);
        ring.downscale(1);
        ring.extend(-1);
        add(ring.count(-1).unwrap(), 7);
        assert_eq!(copy(&ring), (-1, vec![7, 10 + 11, 12 + 13]));
    }
}
