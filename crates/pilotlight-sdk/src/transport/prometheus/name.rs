//! Names as Prometheus wants them: `http.server.request.duration` in seconds becomes
//! `http_server_request_duration_seconds`.
//!
//! Specification: "Metric Metadata" and "Metric Attributes",
//! <https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#otlp-metric-points-to-prometheus>.

use crate::config::PrometheusConfig;

use super::unit;

const TOTAL: &str = "_total";

/// A translated name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MetricName {
    /// With the unit, without `_total` where that is the type's suffix and not the author's word.
    pub(super) base: String,
    /// Whether the text format 0.0.4 has `_total` behind `base`.
    pub(super) has_total: bool,
    /// The unit, if `base` ends with it; else empty.
    pub(super) unit: String,
}

/// What a name's suffixes depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Suffixes {
    /// `_total`.
    Counter,
    /// `_ratio` for the unit `1`.
    Gauge,
    Neither,
}

impl MetricName {
    /// Translates `name`, measured in `unit`.
    pub(super) fn new(name: &str, unit: &str, suffixes: Suffixes, config: &PrometheusConfig) -> Self {
        let name = metric(name);
        // The author's `_total` moves behind the unit.
        let stem = name.strip_suffix(TOTAL).filter(|stem| suffixes == Suffixes::Counter && !stem.is_empty());
        let has_total = suffixes == Suffixes::Counter && (stem.is_some() || config.counter_suffixes);
        let mut unit = unit::words(unit, suffixes == Suffixes::Gauge);
        if !config.unit_suffixes {
            unit.clear();
        }
        let mut base = stem.unwrap_or(&name).to_owned();
        if !unit.is_empty() && base != unit && !ends_with_word(&base, &unit) {
            base = format!("{}_{unit}", ready_for_suffix(&base));
        }
        if suffixes == Suffixes::Counter {
            base.truncate(ready_for_suffix(&base).len());
        }
        if !ends_with_word(&base, &unit) {
            unit.clear();
        }
        Self { base, has_total, unit }
    }

    /// The name of the samples in the text format 0.0.4, where it is also the family's.
    pub(super) fn text(&self) -> String {
        if self.has_total { format!("{}{TOTAL}", self.base) } else { self.base.clone() }
    }
}

/// `name` without underscores at its end, since a suffix brings one; but not nothing.
fn ready_for_suffix(name: &str) -> &str {
    Some(name.trim_end_matches('_')).filter(|name| !name.is_empty()).unwrap_or(name)
}

fn ends_with_word(name: &str, word: &str) -> bool {
    name.strip_suffix(word).is_some_and(|rest| rest.ends_with('_'))
}

/// `name` with the characters that a metric's name may have: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
pub(super) fn metric(name: &str) -> String {
    never_a_digit_first(collapse(name, |c| c.is_ascii_alphanumeric() || c == ':'))
}

/// `key` with the characters that a label's name may have: `[a-zA-Z_][a-zA-Z0-9_]*`. Never two underscores in front, which
/// Prometheus keeps for itself.
pub(super) fn label(key: &str) -> String {
    never_a_digit_first(collapse(key, |c| c.is_ascii_alphanumeric()))
}

/// `text` with one underscore for each run of characters that are not `allowed`, underscores among them.
pub(super) fn collapse(text: &str, allowed: impl Fn(char) -> bool) -> String {
    let mut name = String::with_capacity(text.len());
    for c in text.chars() {
        if allowed(c) {
            name.push(c);
        } else if !name.ends_with('_') {
            name.push('_');
        }
    }
    name
}

fn never_a_digit_first(name: String) -> String {
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::prometheus::tests::config;

    fn counter(name: &str, unit: &str) -> String {
        MetricName::new(name, unit, Suffixes::Counter, &config()).text()
    }

    fn gauge(name: &str, unit: &str) -> String {
        MetricName::new(name, unit, Suffixes::Gauge, &config()).text()
    }

    #[test]
    fn what_a_name_cannot_hold_becomes_one_underscore() {
        assert_eq!(metric("http.server--duration"), "http_server_duration");
        assert_eq!(metric("a__b"), "a_b");
        assert_eq!(metric("job:rate"), "job:rate");
        assert_eq!(metric("größe"), "gr_e");
        assert_eq!(metric("0day"), "_0day");
        assert_eq!(metric(""), "_");
        assert_eq!(label("user:id"), "user_id");
        assert_eq!(label("__name__"), "_name_");
        assert_eq!(label("1st"), "_1st");
    }

    #[test]
    fn the_unit_is_added_unless_the_name_ends_with_it() {
        assert_eq!(gauge("queue.age", "s"), "queue_age_seconds");
        assert_eq!(gauge("queue.age.seconds", "s"), "queue_age_seconds");
        assert_eq!(gauge("nanoseconds", "s"), "nanoseconds_seconds");
        assert_eq!(gauge("seconds", "s"), "seconds");
        assert_eq!(gauge("cpu.utilization", "1"), "cpu_utilization_ratio");
        assert_eq!(gauge("odd.", "s"), "odd_seconds");
    }

    #[test]
    fn counters_end_in_total_once_and_behind_the_unit() {
        assert_eq!(counter("requests", "{request}"), "requests_total");
        assert_eq!(counter("requests.total", ""), "requests_total");
        assert_eq!(counter("cpu.time", "s"), "cpu_time_seconds_total");
        assert_eq!(counter("cpu_seconds_total", "s"), "cpu_seconds_total");
        assert_eq!(counter("cpu.total", "s"), "cpu_seconds_total");
        assert_eq!(counter("hits", "1"), "hits_total");
        assert_eq!(counter("_total", ""), "_total_total");
        assert_eq!(counter("odd.", ""), "odd_total");
        assert_eq!(counter("odd..total", ""), "odd_total");
    }

    #[test]
    fn each_suffix_can_be_switched_off() {
        let mut config = config();
        config.unit_suffixes = false;
        assert_eq!(MetricName::new("t", "s", Suffixes::Counter, &config).text(), "t_total");
        config.counter_suffixes = false;
        assert_eq!(MetricName::new("t", "s", Suffixes::Counter, &config).text(), "t");
        assert_eq!(MetricName::new("t.total", "s", Suffixes::Counter, &config).text(), "t_total");
    }

    #[test]
    fn the_unit_is_told_only_if_the_name_ends_with_it() {
        let unit = |name, unit| MetricName::new(name, unit, Suffixes::Neither, &config()).unit;
        assert_eq!(unit("age", "s"), "seconds");
        assert_eq!(unit("age_seconds", "s"), "seconds");
        assert_eq!(unit("seconds", "s"), "");
        assert_eq!(unit("_seconds", "s"), "seconds");
    }
}
