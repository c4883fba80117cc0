//! Which bucket a value belongs to.
//!
//! A float is `1.fraction × 2^exponent`, so the base-2 logarithm's whole part is there to be read. At scales up to zero that
//! is all it takes. Above, the logarithm of `1.fraction` tells which of the `2^scale` buckets between two powers of two it
//! is: the library's logarithm, unless that is so close to a boundary that its rounding might have crossed it. Then the
//! digits are worked out one by one in integers.

const FRACTION_BITS: u32 = f64::MANTISSA_DIGITS - 1;
const FRACTION_MASK: u64 = (1 << FRACTION_BITS) - 1;
const EXPONENT_BIAS: i32 = f64::MAX_EXP - 1;

/// How near to a boundary, in buckets, the logarithm is not trusted: 2⁻²⁶ of the finest bucket is 64 times the error of a
/// logarithm that is off by a unit in the last place, and met by one value in thirty million.
const DOUBT: f64 = 1.0 / (1 << 26) as f64;

/// The bucket of a positive, finite `magnitude` at `scale`.
///
/// What is below the smallest normal number is counted as that number, as the specification permits.
#[inline]
pub(super) fn index(magnitude: f64, scale: i32) -> i32 {
    let bits = magnitude.max(f64::MIN_POSITIVE).to_bits();
    // The sign bit is zero: what stands above the fraction is the exponent alone.
    let exponent = (bits >> FRACTION_BITS) as i32 - EXPONENT_BIAS;
    let fraction = bits & FRACTION_MASK;
    match (fraction, scale > 0) {
        // A power of two ends its bucket, whose upper boundary it is.
        (0, true) => (exponent << scale) - 1,
        (0, false) => (exponent - 1) >> -scale,
        (_, true) => (exponent << scale) + digits(fraction, scale as u32),
        (_, false) => exponent >> -scale,
    }
}

/// The whole part of `log2(1.fraction) × 2^scale`; `fraction` is not zero.
#[inline]
fn digits(fraction: u64, scale: u32) -> i32 {
    let position = f64::from_bits(fraction | 1f64.to_bits()).log2() * f64::from(1_u32 << scale);
    let whole = position as i32;
    let rest = position - f64::from(whole);
    if rest > DOUBT && rest < 1.0 - DOUBT { whole } else { exact_digits(fraction, scale) }
}

/// The same, one binary digit after the other: squaring a number doubles its logarithm, and whether the square reaches two
/// is the next digit. `number` has 127 bits after the point, of which squaring cuts off less than three units. Each step
/// doubles the error, so 20 steps lose 22 bits; no float is nearer than 2⁻⁷⁸ to a boundary it is not on.
#[cold]
fn exact_digits(fraction: u64, scale: u32) -> i32 {
    let mut number = u128::from(fraction | 1 << FRACTION_BITS) << (127 - FRACTION_BITS);
    let mut digits = 0;
    for _ in 0..scale {
        let square = square(number);
        let reaches_two = square >> 127;
        digits = digits << 1 | reaches_two as i32;
        number = square << (1 - reaches_two);
    }
    digits
}

/// The upper half of the square, too small by less than three.
fn square(number: u128) -> u128 {
    let (high, low) = (number >> 64, number & u128::from(u64::MAX));
    // high² × 2¹²⁸ + 2 × high × low × 2⁶⁴ + low²: the last is less than one unit of the upper half.
    high * high + ((high * low) >> 63)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Computed with 600-bit arithmetic: the floats nearest to a boundary at scale 20 among all mantissas, and their
    /// buckets. The first four lie just below theirs, the others just above.
    const HARDEST: [(u64, i32); 8] = [
        (0x82cbdda791601, 624353),
        (0x55b6682f95586, 436877),
        (0xcda3e3e495771, 891944),
        (0x60a9cf36099ab, 484596),
        (0x39d283c3ba2a7, 308076),
        (0x1ab2362691fe7, 150060),
        (0x8e3d16129bb42, 668456),
        (0xf7d40f5fa2fed, 1024237),
    ];

    /// The digits by interval arithmetic, which knows when it does not know.
    fn certain_digits(fraction: u64, scale: u32) -> Option<i32> {
        let number = u128::from(fraction | 1 << FRACTION_BITS) << 75;
        let (mut low, mut high, mut digits) = (number, number, 0);
        for _ in 0..scale {
            let (below, above) = (square(low), square(high) + 3);
            if below >> 127 != above >> 127 {
                return None;
            }
            let reaches_two = below >> 127;
            digits = digits << 1 | reaches_two as i32;
            (low, high) = (below << (1 - reaches_two), above << (1 - reaches_two));
        }
        Some(digits)
    }

    /// The mantissas of the two floats around the boundary below bucket `digits`.
    fn neighbours(digits: i32, scale: u32) -> (u64, u64) {
        let mut above = (f64::from(digits) / f64::from(1 << scale)).exp2().to_bits() & FRACTION_MASK;
        while certain_digits(above, scale).unwrap() >= digits {
            above -= 1;
        }
        while certain_digits(above, scale).unwrap() < digits {
            above += 1;
        }
        (above - 1, above)
    }

    #[test]
    fn the_floats_on_both_sides_of_a_boundary_are_in_different_buckets_at_every_scale() {
        for scale in 1..=20 {
            let step = (1 << scale) / 500 + 1;
            for boundary in (1..1 << scale).step_by(step) {
                let (below, above) = neighbours(boundary, scale);
                assert_eq!(
                    digits(below, scale),
                    boundary - 1,
                    "just below boundary {boundary} at scale {scale}"
                );
                assert_eq!(digits(above, scale), boundary, "just above boundary {boundary} at scale {scale}");
            }
        }
    }

    #[test]
    fn the_floats_nearest_to_any_boundary_are_on_their_side_of_it() {
        for (fraction, bucket) in HARDEST {
            assert_eq!(digits(fraction, 20), bucket);
            assert_eq!(exact_digits(fraction, 20), bucket);
        }
    }

    #[test]
    fn a_power_of_two_is_the_last_value_of_its_bucket() {
        for scale in -10..=20 {
            for exponent in -1022..=1023 {
                let power = 2f64.powi(exponent);
                let after = index(power.next_up(), scale);
                assert_eq!(
                    index(power, scale),
                    if scale > 0 { (exponent << scale) - 1 } else { (exponent - 1) >> -scale }
                );
                assert_eq!(after, if scale > 0 { exponent << scale } else { exponent >> -scale });
                if exponent > -1022 {
                    assert_eq!(
                        index(power.next_down(), scale),
                        index(power, scale),
                        "2^{exponent} at scale {scale}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_is_below_the_normal_numbers_is_counted_with_the_smallest_of_them() {
        for scale in -10..=20 {
            let smallest = index(f64::MIN_POSITIVE, scale);
            assert_eq!(index(f64::from_bits(1), scale), smallest);
            assert_eq!(index(f64::MIN_POSITIVE.next_down(), scale), smallest);
        }
    }

    #[test]
    fn the_lowest_scale_holds_all_numbers_in_two_buckets() {
        assert_eq!((index(f64::MIN_POSITIVE, -10), index(1.0, -10)), (-1, -1));
        assert_eq!((index(1f64.next_up(), -10), index(f64::MAX, -10)), (0, 0));
    }

    proptest! {
        #[test]
        fn every_value_is_on_the_side_of_each_boundary_that_its_digits_say(fraction in 1..=FRACTION_MASK, scale in 1_u32..=20) {
            prop_assert_eq!(Some(digits(fraction, scale)), certain_digits(fraction, scale));
            prop_assert_eq!(exact_digits(fraction, scale), digits(fraction, scale));
        }

        #[test]
        fn one_scale_down_neighbours_share_a_bucket(magnitude in f64::MIN_POSITIVE..f64::MAX, scale in -9..=20) {
            prop_assert_eq!(index(magnitude, scale - 1), index(magnitude, scale) >> 1);
        }
    }
}
