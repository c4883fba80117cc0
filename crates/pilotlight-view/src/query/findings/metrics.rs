//! Whether metrics come as they are expected.

use super::report::{Kind, Report, called, many};
use crate::finding::Severity;
use crate::store::books::{Books, DELTAS_MAX};
use std::collections::BTreeSet;

const DELTA: Kind = Kind {
    id: "delta-temporality",
    severity: Severity::Note,
    cause: "The sender tells what was added since the last time; Prometheus and what reads like it take totals only.",
    next: "If it goes to such a back end too, set OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=cumulative.",
};

const INTERVAL: Kind = Kind {
    id: "metrics-not-yet",
    severity: Severity::Note,
    cause: "SDKs send metrics every 60 seconds unless they are told otherwise.",
    next: "Wait for a minute, or set OTEL_METRIC_EXPORT_INTERVAL=1000 while you develop.",
};

/// How long after the first span no metric is nothing to speak of, and how long it is the interval, nanoseconds.
const WAITING: std::ops::Range<u64> = 10_000_000_000..75_000_000_000;

pub(super) fn look(report: &mut Report, books: &Books, now: u64) {
    report.checked("metrics that come as deltas");
    report.checked("metrics that are still to come");
    for (service, sender) in books.senders.all() {
        deltas(report, service, &sender.deltas);
    }
    let requests = &books.requests;
    if let (Some((first, last)), None) = (requests.traces, requests.metrics)
        && WAITING.contains(&now.saturating_sub(first))
    {
        let seconds = (last - first) / 1_000_000_000;
        let evidence = vec![format!("traces have come for {seconds} s, and no metric")];
        report.found(&INTERVAL, "No metric has come yet".into(), evidence, None);
    }
}

fn deltas(report: &mut Report, service: &str, names: &BTreeSet<String>) {
    if names.is_empty() {
        return;
    }
    let least = if names.len() < DELTAS_MAX { "" } else { "at least " };
    let mut evidence = vec![format!("{least}{} with deltas", many(names.len() as u64, "metric"))];
    evidence.extend(names.iter().take(3).map(|name| format!("for example {name:?}")));
    report.found(&DELTA, format!("{} sends deltas", called(service)), evidence, Some("/metrics".into()));
}
