//! Units as words: `s` becomes `seconds`.
//!
//! Specification: "Metric Metadata",
//! <https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#metric-metadata>.

use super::name::collapse;

/// UCUM's spelling, and the word for several of it. Without its last letter it is the word for one.
const WORDS: [(&str, &str); 23] = [
    ("d", "days"),
    ("h", "hours"),
    ("min", "minutes"),
    ("s", "seconds"),
    ("ms", "milliseconds"),
    ("us", "microseconds"),
    ("ns", "nanoseconds"),
    ("By", "bytes"),
    ("KiBy", "kibibytes"),
    ("MiBy", "mebibytes"),
    ("GiBy", "gibibytes"),
    ("TiBy", "tebibytes"),
    ("kBy", "kilobytes"),
    ("KBy", "kilobytes"),
    ("MBy", "megabytes"),
    ("GBy", "gigabytes"),
    ("TBy", "terabytes"),
    ("m", "meters"),
    ("V", "volts"),
    ("A", "amperes"),
    ("J", "joules"),
    ("W", "watts"),
    ("g", "grams"),
];

/// Those that are the same for one and for several.
const UNCOUNTED: [(&str, &str); 3] = [("Cel", "celsius"), ("Hz", "hertz"), ("%", "percent")];

/// What comes after `per`, and has no place in [`WORDS`].
const PERIODS: [(&str, &str); 3] = [("wk", "week"), ("mo", "month"), ("a", "year")];

/// The words for `unit`; empty when there is nothing to say.
///
/// What stands in braces is dropped (a count of things has no unit), `a/b` becomes `a_per_b`, and `1` becomes `ratio` if
/// `is_gauge`: for counts, `1` says nothing. What is not known stays as it is, as far as its characters allow.
pub(super) fn words(unit: &str, is_gauge: bool) -> String {
    let unit = without_annotations(unit);
    if unit.trim() == "1" {
        return if is_gauge { "ratio".to_owned() } else { String::new() };
    }
    match unit.split_once('/') {
        None => several(unit.trim()),
        Some((what, per)) => joined(&several(what.trim()), &one(per.trim())),
    }
}

fn joined(what: &str, per: &str) -> String {
    match (what, per) {
        (what, "") => what.to_owned(),
        ("", per) => format!("per_{per}"),
        (what, per) => format!("{what}_per_{per}"),
    }
}

fn several(unit: &str) -> String {
    // The 1 of `1/s`.
    if unit == "1" {
        return String::new();
    }
    known(unit, &WORDS).or_else(|| known(unit, &UNCOUNTED)).map_or_else(|| sanitised(unit), str::to_owned)
}

fn one(unit: &str) -> String {
    let word = known(unit, &WORDS).map(|word| &word[..word.len() - 1]);
    let word = word.or_else(|| known(unit, &UNCOUNTED)).or_else(|| known(unit, &PERIODS));
    word.map_or_else(|| sanitised(unit), str::to_owned)
}

fn known(unit: &str, words: &[(&str, &'static str)]) -> Option<&'static str> {
    words.iter().find_map(|(spelling, word)| (*spelling == unit).then_some(*word))
}

fn sanitised(unit: &str) -> String {
    collapse(unit, |c| c.is_ascii_alphanumeric()).trim_matches('_').to_owned()
}

/// `unit` without anything in braces, closed or not.
fn without_annotations(unit: &str) -> String {
    let mut depth = 0_usize;
    let mut bare = String::with_capacity(unit.len());
    for c in unit.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            c if depth == 0 => bare.push(c),
            _ => {}
        }
    }
    bare
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_a_counter(unit: &str) -> String {
        words(unit, false)
    }

    #[test]
    fn abbreviations_become_words() {
        for (unit, word) in [
            ("s", "seconds"),
            ("ms", "milliseconds"),
            ("us", "microseconds"),
            ("By", "bytes"),
            ("KiBy", "kibibytes"),
            ("kBy", "kilobytes"),
            ("m", "meters"),
            ("Cel", "celsius"),
            ("Hz", "hertz"),
            ("%", "percent"),
        ] {
            assert_eq!(of_a_counter(unit), word, "{unit}");
        }
    }

    #[test]
    fn rates_are_so_many_per_one() {
        assert_eq!(of_a_counter("By/s"), "bytes_per_second");
        assert_eq!(of_a_counter("m/min"), "meters_per_minute");
        assert_eq!(of_a_counter("{request}/s"), "per_second");
        assert_eq!(of_a_counter("1/s"), "per_second");
        assert_eq!(of_a_counter("By/{request}"), "bytes");
        assert_eq!(of_a_counter("W/Cel"), "watts_per_celsius");
        assert_eq!(of_a_counter("By/mo"), "bytes_per_month");
    }

    #[test]
    fn what_is_counted_is_no_unit() {
        assert_eq!(of_a_counter("{request}"), "");
        assert_eq!(of_a_counter("{request"), "");
        assert_eq!(of_a_counter(""), "");
        assert_eq!(of_a_counter("By{compressed}"), "bytes");
    }

    #[test]
    fn one_is_a_ratio_for_gauges_alone() {
        assert_eq!(words("1", true), "ratio");
        assert_eq!(words("1", false), "");
        assert_eq!(words("1{utilization}", true), "ratio");
    }

    #[test]
    fn unknown_units_keep_what_a_name_may_hold() {
        assert_eq!(of_a_counter("widgets"), "widgets");
        assert_eq!(of_a_counter("°F"), "F");
        assert_eq!(of_a_counter("a..b"), "a_b");
        assert_eq!(of_a_counter("/"), "");
        assert_eq!(of_a_counter("µ"), "");
    }
}
