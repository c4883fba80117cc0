//! The histogram as a whole: what was recorded against what a slow and simple calculation makes of it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;

use super::index::index;
use super::*;

/// What is expected of `values` at the finest scale at which each sign fits into `size_max` buckets.
fn expected(values: &[f64], size_max: u16, scale_max: i8) -> (i8, Buckets, Buckets) {
    for scale in (*SCALES.start()..=scale_max).rev() {
        let side = |is_side: fn(f64) -> bool| {
            let mut counts = BTreeMap::<i32, u64>::new();
            for value in values.iter().filter(|value| is_side(**value)) {
                *counts.entry(index(value.abs(), scale.into())).or_default() += 1;
            }
            buckets_of(&counts, size_max)
        };
        if let (Some(positive), Some(negative)) = (side(|value| value > 0.0), side(|value| value < 0.0)) {
            return (scale, positive, negative);
        }
    }
    panic!("two buckets hold every number at the lowest scale");
}

/// `None` when they are too many.
fn buckets_of(counts: &BTreeMap<i32, u64>, size_max: u16) -> Option<Buckets> {
    let Some(((first, _), (last, _))) = counts.first_key_value().zip(counts.last_key_value()) else {
        return Some(Buckets::default());
    };
    let counts_of =
        |(first, last)| (first..=last).map(|index| counts.get(&index).copied().unwrap_or(0)).collect();
    let is_fit = width(*first, *last) <= size_max.into();
    is_fit.then(|| Buckets { offset: *first, counts: counts_of((*first, *last)) })
}

fn cell_of(values: &[f64], size_max: u16, scale_max: i8) -> ExponentialCell {
    let cell = ExponentialCell::new(size_max, scale_max);
    values.iter().for_each(|value| cell.record(*value));
    cell
}

fn totals_of(values: &[f64], size_max: u16, scale_max: i8) -> ExponentialTotals {
    cell_of(values, size_max, scale_max).totals()
}

fn assert_holds(totals: &ExponentialTotals, values: &[f64], size_max: u16, scale_max: i8) {
    let (scale, positive, negative) = expected(values, size_max, scale_max);
    assert_eq!((totals.scale, &totals.positive, &totals.negative), (scale, &positive, &negative));
    assert_eq!(totals.count, values.len() as u64);
    assert_eq!(totals.zero_count, values.iter().filter(|value| **value == 0.0).count() as u64);
    assert_eq!(totals.min, values.iter().copied().reduce(f64::min));
    assert_eq!(totals.max, values.iter().copied().reduce(f64::max));
    assert_eq!(totals.has_negative(), values.iter().any(|value| *value < 0.0));
}

/// The same but for the sum, which rounds differently in another order.
fn assert_same_but_sum(one: &ExponentialTotals, other: &ExponentialTotals) {
    assert_eq!(one, &ExponentialTotals { sum: one.sum, ..other.clone() });
}

fn finite() -> impl Strategy<Value = f64> {
    use prop::num::f64::{NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    prop_oneof![
        NORMAL | SUBNORMAL | ZERO | POSITIVE | NEGATIVE,
        0.9..1.1,
        -1e3..1e3,
        (-1022..=1023_i32).prop_map(|exponent| 2f64.powi(exponent)),
    ]
}

fn several() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(finite(), 0..40)
}

/// Values of a narrow range as well: all of one order of magnitude.
fn alike() -> impl Strategy<Value = Vec<f64>> {
    prop_oneof![several(), prop::collection::vec(0.99..1.01, 0..40), prop::collection::vec(-4.0..-1.0, 0..40)]
}

proptest! {
    #[test]
    fn any_values_are_in_their_buckets_at_the_finest_scale_that_fits(
        values in alike(), size_max in 2_u16..=40, scale_max in -10_i8..=20,
    ) {
        let totals = totals_of(&values, size_max, scale_max);
        assert_holds(&totals, &values, size_max, scale_max);
        prop_assert_eq!(totals.sum.to_bits(), values.iter().fold(0.0, |sum, value| sum + value).to_bits());
    }

    #[test]
    fn merged_totals_are_those_of_one_cell_in_whatever_order(
        a in alike(), b in alike(), c in alike(), size_max in 2_u16..=40, scale_max in -10_i8..=20,
    ) {
        let [one, two, three] = [&a, &b, &c].map(|values| totals_of(values, size_max, scale_max));
        let merged = |totals: [&ExponentialTotals; 2]| {
            let mut sum = ExponentialTotals::default();
            totals.into_iter().for_each(|other| sum.merge(other, size_max));
            sum
        };
        let (left, right) = (merged([&merged([&one, &two]), &three]), merged([&one, &merged([&three, &two])]));
        assert_same_but_sum(&left, &right);
        let all = [a, b, c].concat();
        if !all.is_empty() {
            assert_same_but_sum(&left, &totals_of(&all, size_max, scale_max));
        }
    }

    #[test]
    fn what_came_since_and_what_was_before_are_all_there_is(
        before in alike(), after in alike(), size_max in 2_u16..=40, scale_max in -10_i8..=20,
    ) {
        let cell = cell_of(&before, size_max, scale_max);
        let earlier = cell.totals();
        after.iter().for_each(|value| cell.record(*value));
        let later = cell.totals();
        let since = later.since(&earlier);

        let mut finer = totals_of(&after, size_max, scale_max);
        for buckets in [&mut finer.positive, &mut finer.negative] {
            buckets.downscale((finer.scale - later.scale) as u32);
        }
        prop_assert_eq!((&since.positive, &since.negative), (&finer.positive, &finer.negative));
        prop_assert_eq!((since.count, since.zero_count), (finer.count, finer.zero_count));

        let mut again = earlier.clone();
        again.merge(&since, size_max);
        prop_assert_eq!((&again.positive, &again.negative), (&later.positive, &later.negative));
        prop_assert_eq!(again.count, later.count);
    }
}

#[test]
fn nothing_recorded_is_nothing() {
    let totals = ExponentialCell::new(160, 20).totals();
    assert!(totals.is_empty());
    assert_eq!(totals, ExponentialTotals::default());
    assert_eq!(totals.since(&totals), totals);
}

#[test]
fn zeros_of_both_signs_are_zeros() {
    assert_holds(&totals_of(&[0.0, -0.0], 160, 20), &[0.0, -0.0], 160, 20);
}

#[test]
fn the_whole_range_of_a_float_fits_whatever_the_size() {
    let values = [f64::MIN_POSITIVE, f64::MAX, -f64::MAX, -f64::MIN_POSITIVE, f64::from_bits(1), -0.0, 1.0];
    for (size_max, scale) in [(2, -10), (3, -10), (160, -4), (u16::MAX, 5)] {
        let totals = totals_of(&values, size_max, 20);
        assert_holds(&totals, &values, size_max, 20);
        assert_eq!(totals.scale, scale);
    }
}

#[test]
fn settings_out_of_range_are_taken_as_the_nearest_within() {
    assert_holds(&totals_of(&[1.0, 1.5, 300.0], 0, 20), &[1.0, 1.5, 300.0], 2, 20);
    assert_eq!(totals_of(&[1.0], 160, 21).scale, 20);
    assert_eq!(totals_of(&[1.0], 160, -11).scale, -10);
}

#[test]
fn a_cell_that_was_reset_is_as_good_as_new() {
    let mut cell = cell_of(&[1.0, 1e300, -5.0, 0.0], 4, 7);
    cell.reset();
    assert_eq!(cell.totals(), ExponentialTotals { scale: 7, ..ExponentialTotals::default() });
    cell.record(-3.0);
    assert_holds(&cell.totals(), &[-3.0], 4, 7);
}

#[test]
fn extremes_are_known_only_of_what_was_seen_whole() {
    let cell = cell_of(&[5.0], 160, 20);
    let earlier = cell.totals();
    assert_eq!(earlier.since(&ExponentialTotals::default()).min, Some(5.0));
    cell.record(2.0);
    let mut since = cell.totals().since(&earlier);
    assert_eq!((since.count, since.sum, since.min, since.max), (1, 2.0, None, None));
    since.merge(&earlier, 160);
    assert_eq!((since.count, since.min), (2, None));
}

/// Nothing a reader finds was ever lost again, though the scale falls and buckets move while it reads.
#[test]
fn counts_only_grow_while_a_thread_records() {
    let (cell, is_done) = (ExponentialCell::new(8, 20), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..1_000_000_i32 {
                // Ever wider, at both ends and in both signs.
                let magnitude = 1.0 + f64::from(n % 1000) * f64::from(n) * 1e-6;
                cell.record([magnitude, -magnitude, 1.0 / magnitude, 0.0][n as usize % 4]);
            }
            is_done.store(true, Ordering::Release);
        });
        let mut earlier = ExponentialTotals::default();
        while !is_done.load(Ordering::Acquire) {
            let later = cell.totals();
            assert_eq!(later.positive.total() + later.negative.total() + later.zero_count, later.count);
            assert_eq!(later.since(&earlier).count, later.count - earlier.count, "{earlier:?}\n{later:?}");
            assert!(later.scale <= earlier.scale && later.positive.counts.len() <= 8);
            earlier = later;
        }
    });
    let totals = cell.totals();
    assert_eq!((totals.count, totals.zero_count), (1_000_000, 250_000));
}

/// A million values of each distribution: what a histogram tells about them is within what its scale promises.
mod quantiles {
    use rand::rngs::Xoshiro256PlusPlus as Random;
    use rand::{RngExt, SeedableRng};

    use super::*;

    const VALUES: usize = 1_000_000;

    /// The bounds of the bucket of the value with that rank, from the lowest on.
    fn bounds(totals: &ExponentialTotals, rank: u64) -> (f64, f64) {
        let base = (-f64::from(totals.scale)).exp2();
        let boundary = |index: i32| (f64::from(index) * base).exp2();
        let buckets = |buckets: &Buckets| (buckets.offset..).zip(buckets.counts.clone()).collect::<Vec<_>>();
        let negative = buckets(&totals.negative).into_iter().rev();
        let negative = negative.map(|(index, count)| ((-boundary(index + 1), -boundary(index)), count));
        let positive = buckets(&totals.positive).into_iter();
        let positive = positive.map(|(index, count)| ((boundary(index), boundary(index + 1)), count));
        let mut seen = 0;
        let mut all = negative.chain([((0.0, 0.0), totals.zero_count)]).chain(positive);
        all.find_map(|(bounds, count)| {
            seen += count;
            (seen > rank).then_some(bounds)
        })
        .unwrap()
    }

    /// The value between the bounds that is, relatively, as far from one as from the other.
    fn middle((low, high): (f64, f64)) -> f64 {
        if low == 0.0 { 0.0 } else { 2.0 * low / (low + high) * high }
    }

    fn assert_quantiles_are_right(of: &str, scale_min: i8, mut draw: impl FnMut(&mut Random) -> f64) {
        let mut random = Random::seed_from_u64(42);
        let mut values = (0..VALUES).map(|_| draw(&mut random)).collect::<Vec<_>>();
        let totals = totals_of(&values, 160, 20);
        values.sort_by(f64::total_cmp);
        assert!(totals.scale >= scale_min, "{of} at scale {}", totals.scale);

        let base = (-f64::from(totals.scale)).exp2().exp2();
        let error_max = (base - 1.0) / (base + 1.0) * (1.0 + 1e-9);
        for quantile in [0.0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1.0] {
            let rank = ((VALUES - 1) as f64 * quantile) as usize;
            let (exact, estimate) = (values[rank], middle(bounds(&totals, rank as u64)));
            let error = (estimate - exact).abs();
            assert!(error <= exact.abs() * error_max, "{of}, quantile {quantile}: {estimate} for {exact}");
        }
    }

    /// Above zero, up to and including one.
    fn unit(random: &mut Random) -> f64 {
        1.0 - random.random::<f64>()
    }

    fn normal(random: &mut Random) -> f64 {
        (-2.0 * unit(random).ln()).sqrt() * (std::f64::consts::TAU * unit(random)).cos()
    }

    #[test]
    fn of_uniform_values_are_within_the_bound() {
        assert_quantiles_are_right("1 to 2", 7, |random| 1.0 + unit(random));
        assert_quantiles_are_right("0 to 1000", 2, |random| 1000.0 * unit(random));
    }

    #[test]
    fn of_normal_values_of_both_signs_are_within_the_bound() {
        assert_quantiles_are_right("normal about 100", 5, |random| 100.0 + 10.0 * normal(random));
        assert_quantiles_are_right("normal about 0", 2, normal);
    }

    #[test]
    fn of_latencies_are_within_the_bound() {
        assert_quantiles_are_right("log-normal", 3, |random| (0.5 * normal(random) - 4.0).exp());
        assert_quantiles_are_right("Pareto", 2, |random| unit(random).powf(-1.0 / 1.5));
        assert_quantiles_are_right("exponential", 2, |random| -unit(random).ln() + 1e-9);
    }

    #[test]
    fn of_tiny_huge_and_no_values_are_within_the_bound() {
        assert_quantiles_are_right("tiny and huge", -4, |random| {
            let sign = [1.0, -1.0, 0.0][random.random_range(0..3)];
            sign * (random.random_range(-1000.0..1000.0_f64)).exp2()
        });
    }

    /// Which the specification permits to count as the smallest normal number.
    #[test]
    fn of_subnormal_values_are_that_of_the_smallest_normal_number() {
        let totals = totals_of(&[f64::from_bits(1), f64::MIN_POSITIVE / 2.0], 160, 20);
        let (low, high) = bounds(&totals, 1);
        assert!(low < f64::MIN_POSITIVE && f64::MIN_POSITIVE <= high);
        assert_eq!(totals.min, Some(f64::from_bits(1)));
    }
}
