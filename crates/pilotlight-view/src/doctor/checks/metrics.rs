//! Causes 24 and 25: metrics that come late, or in a form that the backend does not want.

use std::time::Duration;

use super::Verdict;
use crate::doctor::facts::Facts;
use crate::doctor::report::Draft;
use crate::doctor::settings::{Signal, Temporality};

/// Who waits longer believes that something is broken.
const LATE: Duration = Duration::from_secs(60);

/// The path of Prometheus's own OTLP receiver.
const PROMETHEUS_PATH: &str = "/api/v1/otlp";

pub(super) fn check(facts: &Facts) -> Verdict {
    let metrics = facts.settings.of(Signal::Metrics);
    if facts.settings.disabled.value || !metrics.sends_otlp() {
        return Verdict::skipped("metrics are not sent as OTLP");
    }
    let interval = &facts.settings.interval;
    let late = (interval.value >= LATE).then(|| {
        Draft::note("metrics-come-late", format!("The first metrics come after {} seconds", interval.value.as_secs()))
            .seen(format!("interval: {} ms ({})", interval.value.as_millis(), interval.from))
            .because("Metrics are collected and sent once in an interval, and a program that ends sooner sends them only when it is shut down.")
            .next("Set OTEL_METRIC_EXPORT_INTERVAL=1000 while developing.")
    });
    let temporality = &facts.settings.temporality;
    let is_prometheus = metrics.url().is_some_and(|url| url.path.contains(PROMETHEUS_PATH));
    let unwanted = (is_prometheus && temporality.value != Temporality::Cumulative).then(|| {
        Draft::error(
            "temporality-unwanted",
            format!("Prometheus does not take metrics that are {}", temporality.value),
        )
        .seen(format!("temporality: {} ({})", temporality.value, temporality.from))
        .seen_all(metrics.url().map(|url| format!("metrics go to {url}")))
        .because("Prometheus keeps sums since the start, and drops sums since the last time.")
        .next("Set OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=cumulative.")
    });
    Verdict::Checked(unwanted.into_iter().chain(late).collect())
}
