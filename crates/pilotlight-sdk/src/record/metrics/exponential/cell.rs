//! One thread's exponential histogram of one series.

use std::sync::OnceLock;

use crate::record::metrics::version::Version;
use crate::sync::atomic::{AtomicI32, AtomicU64, Ordering, fence};

use super::index::index;
use super::ring::Ring;
use super::{Buckets, ExponentialTotals, SCALES, SIZE_MIN, steps_to_fit, width};

/// Measured into by one thread, read by any.
///
/// Memory: 8 bytes a bucket for each sign that occurs (1.3 KB at the default of 160), and about 150 more.
#[derive(Debug)]
pub(crate) struct ExponentialCell {
    /// Where buckets lie: changes when the range grows or the scale falls, a bounded number of times in a cell's life. So a
    /// reader always gets a time in which it does not, however busy the writer is.
    layout: Version,
    /// What was measured.
    measurement: Version,
    scale_max: i8,
    scale: AtomicI32,
    zero_count: AtomicU64,
    sum: Float,
    /// Infinite before the first value.
    min: Float,
    max: Float,
    positive: Ring,
    /// Most series have no negative values; the first one allocates.
    negative: OnceLock<Ring>,
}

impl ExponentialCell {
    /// Each sign takes at most `size_max` buckets (at least 2), and the scale starts at `scale_max` (−10 to 20); a value
    /// beyond these is taken as the nearest within.
    pub(crate) fn new(size_max: u16, scale_max: i8) -> Self {
        let scale_max = scale_max.clamp(*SCALES.start(), *SCALES.end());
        Self {
            layout: Version::default(),
            measurement: Version::default(),
            scale_max,
            scale: AtomicI32::new(scale_max.into()),
            zero_count: AtomicU64::new(0),
            sum: Float::new(0.0),
            min: Float::new(f64::INFINITY),
            max: Float::new(f64::NEG_INFINITY),
            positive: Ring::new(size_max.max(SIZE_MIN).into()),
            negative: OnceLock::new(),
        }
    }

    /// Counts a finite value. Only ever called by the one thread that writes.
    ///
    /// Cost: 12 ns, most of it the logarithm. A value that widens the range adds some; a fall of the scale (at most 30 in a cell's life)
    /// goes through the buckets once.
    #[inline]
    pub(crate) fn record(&self, value: f64) {
        if value == 0.0 {
            return self.measure(&self.zero_count, value);
        }
        let ring = if value > 0.0 { &self.positive } else { self.negative() };
        let bucket = index(value.abs(), self.scale.load(Ordering::Relaxed));
        match ring.count(bucket) {
            Some(count) => self.measure(count, value),
            None => self.measure_outside(ring, bucket, value),
        }
    }

    /// A whole snapshot, by any thread.
    ///
    /// Where the writer is so busy that none can be had (see [`Version::read`]), the sum, the extremes or single buckets
    /// may lack measurements made during the call, which the next snapshot has. The count is that of the buckets always.
    pub(crate) fn totals(&self) -> ExponentialTotals {
        let mut totals = self.nothing();
        self.layout.read(|| self.measurement.read(|| self.copy_to(&mut totals)));
        totals.positive.trim();
        totals.negative.trim();
        totals.count_again();
        totals
    }

    /// Back to nothing at the finest scale, for another series.
    pub(crate) fn reset(&mut self) {
        self.scale.store(self.scale_max.into(), Ordering::Relaxed);
        self.zero_count.store(0, Ordering::Relaxed);
        self.sum.set(0.0);
        self.min.set(f64::INFINITY);
        self.max.set(f64::NEG_INFINITY);
        self.positive.clear();
        if let Some(negative) = self.negative.get() {
            negative.clear();
        }
    }

    fn negative(&self) -> &Ring {
        self.negative.get_or_init(|| Ring::new(self.positive.size_max()))
    }

    /// The words of one measurement.
    #[inline]
    fn measure(&self, count: &AtomicU64, value: f64) {
        self.measurement.write(|| {
            self.sum.set(self.sum.get() + value);
            if value < self.min.get() {
                self.min.set(value);
            }
            if value > self.max.get() {
                self.max.set(value);
            }
            // Release: whoever counts the measurement, even in a hurry, has its value in the sum.
            count.store(count.load(Ordering::Relaxed).wrapping_add(1), Ordering::Release);
        });
    }

    /// The bucket is new: makes room for it, if need be at a lower scale.
    #[cold]
    fn measure_outside(&self, ring: &Ring, bucket: i32, value: f64) {
        let (low, high) =
            ring.range().map_or((bucket, bucket), |(low, high)| (low.min(bucket), high.max(bucket)));
        let steps = steps_to_fit(low, high, ring.size_max());
        self.layout.write(|| {
            if steps > 0 {
                self.downscale(steps);
            }
            ring.extend(bucket >> steps);
        });
        if let Some(count) = ring.count(bucket >> steps) {
            self.measure(count, value);
        }
    }

    /// Both signs have the same scale.
    fn downscale(&self, steps: u32) {
        let scale = self.scale.load(Ordering::Relaxed);
        self.scale.store(scale.saturating_sub_unsigned(steps), Ordering::Relaxed);
        self.positive.downscale(steps);
        if let Some(negative) = self.negative.get() {
            negative.downscale(steps);
        }
    }

    /// Empty, with room for what there is, so that reading does not allocate while the writer writes.
    fn nothing(&self) -> ExponentialTotals {
        let room = |ring: &Ring| {
            let width = ring.range().map_or(0, |(first, last)| width(first, last));
            Buckets::with_capacity(width.min(ring.size_max()))
        };
        let negative = self.negative.get().map(room).unwrap_or_default();
        ExponentialTotals { positive: room(&self.positive), negative, ..ExponentialTotals::default() }
    }

    fn copy_to(&self, totals: &mut ExponentialTotals) {
        totals.scale = self.scale.load(Ordering::Relaxed) as i8;
        totals.zero_count = self.zero_count.load(Ordering::Relaxed);
        self.positive.copy_to(&mut totals.positive);
        if let Some(negative) = self.negative.get() {
            negative.copy_to(&mut totals.negative);
        }
        // Pairs with the release of each count.
        fence(Ordering::Acquire);
        totals.sum = self.sum.get();
        totals.min = Some(self.min.get()).filter(|min| min.is_finite());
        totals.max = Some(self.max.get()).filter(|max| max.is_finite());
    }
}

/// A float that one thread writes and others read, relaxed.
#[derive(Debug)]
struct Float(AtomicU64);

impl Float {
    fn new(value: f64) -> Self {
        Self(AtomicU64::new(value.to_bits()))
    }

    #[inline]
    fn get(&self) -> f64 {
        f64::from_bits(self.0.load(Ordering::Relaxed))
    }

    #[inline]
    fn set(&self, value: f64) {
        self.0.store(value.to_bits(), Ordering::Relaxed);
    }
}

#[cfg(all(test, pilotlight_loom))]
mod loom_models {
    use std::sync::Mutex;

    use loom::sync::Arc;
    use loom::thread;

    use super::*;

    /// The snapshots a reader finds while the rest of `values` is recorded after the first `before`. The reader is spawned
    /// and the writer is not: see the models of [`Version`].
    fn found(values: &'static [f64], before: usize, scale_max: i8) -> Vec<ExponentialTotals> {
        let found = std::sync::Arc::new(Mutex::new(Vec::new()));
        let all = std::sync::Arc::clone(&found);
        let mut model = loom::model::Builder::new();
        // Seconds; with two interruptions it takes a minute, and finds the same.
        model.preemption_bound = Some(1);
        model.check(move || {
            let cell = Arc::new(ExponentialCell::new(2, scale_max));
            values[..before].iter().for_each(|value| cell.record(*value));
            let reader = {
                let cell = Arc::clone(&cell);
                thread::spawn(move || cell.totals())
            };
            values[before..].iter().for_each(|value| cell.record(*value));
            all.lock().unwrap().push(reader.join().unwrap());
        });
        std::mem::take(&mut *found.lock().unwrap())
    }

    fn counts(found: &[ExponentialTotals]) -> std::collections::BTreeSet<u64> {
        found.iter().map(|totals| totals.count).collect()
    }

    #[test]
    fn loom_a_snapshot_holds_whole_measurements_while_the_scale_falls() {
        let found = found(&[4.0, 1.0], 1, 2);
        assert_eq!(counts(&found), [1, 2].into());
        for totals in found {
            let (scale, sum, min) = (totals.scale, totals.sum, totals.min);
            let expected = if totals.count == 1 { (4.0, Some(4.0)) } else { (5.0, Some(1.0)) };
            assert_eq!((sum, min, totals.max), (expected.0, expected.1, Some(4.0)));
            assert!(scale == -1 || (scale, totals.count) == (2, 1), "in the middle of a fall: {totals:?}");
            let lowest = index(min.unwrap(), scale.into());
            assert_eq!(totals.positive, Buckets { offset: lowest, counts: vec![1; totals.count as usize] });
        }
    }

    #[test]
    fn loom_a_snapshot_holds_whole_measurements_of_either_sign() {
        // The first negative value comes before: loom does not see what a `OnceLock` hands over.
        let found = found(&[-3.0, 5.0, -3.0], 1, 0);
        assert_eq!(counts(&found), [1, 2, 3].into());
        for totals in found {
            let signs = (totals.positive.total(), totals.negative.total(), totals.sum);
            assert!([(0, 1, -3.0), (1, 1, 2.0), (1, 2, -1.0)].contains(&signs), "{totals:?}");
        }
    }
}
