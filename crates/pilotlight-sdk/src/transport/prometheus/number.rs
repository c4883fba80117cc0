//! Numbers as Prometheus reads them.

/// Appends `value`: the shortest digits that read back as the same number, with an exponent where it is below -4 or above 5;
/// `NaN`, `+Inf`, `-Inf`. Prometheus's own libraries write it so, and OpenMetrics asks for it in bounds.
pub(super) fn write_float(out: &mut String, value: f64) {
    if value.is_nan() {
        out.push_str("NaN");
    } else if value.is_infinite() {
        out.push_str(if value > 0.0 { "+Inf" } else { "-Inf" });
    } else {
        write_finite(out, value);
    }
}

/// Appends the upper bound of a bucket as a label's value. OpenMetrics wants to see that it is no integer (`10.0`).
pub(super) fn write_bound(out: &mut String, bound: f64, always_a_point: bool) {
    let start = out.len();
    // Negative zero becomes zero.
    write_float(out, bound + 0.0);
    if always_a_point && bound.is_finite() && !out[start..].contains(['.', 'e']) {
        out.push_str(".0");
    }
}

/// Appends a time in seconds since the Unix epoch, exactly.
pub(super) fn write_seconds(out: &mut String, unix_nanos: u64) {
    const SECOND: u64 = 1_000_000_000;
    let text = format!("{}.{:09}", unix_nanos / SECOND, unix_nanos % SECOND);
    let digits = text.trim_end_matches('0');
    out.push_str(digits);
    if digits.ends_with('.') {
        out.push('0');
    }
}

fn write_finite(out: &mut String, value: f64) {
    let scientific = format!("{value:e}");
    // `{:e}` always writes an exponent.
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>() {
        Ok(-4..=5) | Err(_) => out.push_str(&value.to_string()),
        Ok(exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            out.push_str(&format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs()));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn float(value: f64) -> String {
        let mut out = String::new();
        write_float(&mut out, value);
        out
    }

    fn bound(bound: f64, always_a_point: bool) -> String {
        let mut out = String::new();
        write_bound(&mut out, bound, always_a_point);
        out
    }

    fn seconds(nanos: u64) -> String {
        let mut out = String::new();
        write_seconds(&mut out, nanos);
        out
    }

    #[test]
    fn floats_are_short_and_have_an_exponent_where_prometheus_has_one() {
        for (value, text) in [
            (0.0, "0"),
            (1.0, "1"),
            (0.1, "0.1"),
            (-2.5, "-2.5"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (100_000.0, "100000"),
            (1e6, "1e+06"),
            (1_234_567.0, "1.234567e+06"),
            (1e100, "1e+100"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
        ] {
            assert_eq!(float(value), text);
        }
    }

    #[test]
    fn bounds_look_like_floats_in_openmetrics() {
        assert_eq!((bound(10.0, true), bound(10.0, false)), ("10.0".into(), "10".into()));
        assert_eq!(bound(-0.0, true), "0.0");
        assert_eq!(bound(1e6, true), "1e+06");
        assert_eq!(bound(0.25, true), "0.25");
        assert_eq!(bound(f64::INFINITY, true), "+Inf");
    }

    #[test]
    fn times_are_exact() {
        assert_eq!(seconds(1_700_000_000_123_456_789), "1700000000.123456789");
        assert_eq!(seconds(1_700_000_000_500_000_000), "1700000000.5");
        assert_eq!(seconds(20_000_000_000), "20.0");
    }

    proptest! {
        #[test]
        fn every_finite_float_reads_back_as_itself(value: f64) {
            prop_assume!(value.is_finite());
            prop_assert_eq!(float(value).parse::<f64>().unwrap(), value);
        }
    }
}
