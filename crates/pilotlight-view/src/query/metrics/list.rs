//! Which metrics there are.

use crate::query::{MetricKind, MetricList, MetricSummary, UnixNano};
use crate::store::metrics::{Metric, MetricWindow, Stream, canonical};
use std::collections::BTreeSet;

/// Services and keys of one metric that are told. More nobody reads, and a sender can have any number.
const TOLD_MAX: usize = 200;

/// All of them, by name. Looks at every series, but not into its points.
pub(crate) fn list(window: &MetricWindow) -> MetricList {
    let mut metrics: Vec<MetricSummary> =
        window.metrics().map(|(name, metric)| summary(name, metric)).collect();
    metrics.sort_by(|a, b| (&a.name, a.kind as u8).cmp(&(&b.name, b.kind as u8)));
    MetricList { metrics, series_left_out: window.series_left_out() }
}

fn summary(name: &str, metric: &Metric) -> MetricSummary {
    let (mut services, mut keys) = (BTreeSet::new(), BTreeSet::new());
    let mut summary = MetricSummary {
        name: name.to_owned(),
        description: metric.descriptions.first().cloned().unwrap_or_default(),
        kind: metric.kind,
        series: metric.series.len() as u64,
        conflict: conflict(metric),
        ..MetricSummary::default()
    };
    let mut of_stream = vec![0_usize; metric.streams.len()];
    for (key, series) in &metric.series {
        add(&mut services, &series.origin.service);
        canonical::keys(&key.attributes).for_each(|key| add(&mut keys, key));
        of_stream[usize::from(key.stream)] += 1;
        summary.points += series.points.len() as u64;
        summary.exemplars |= !series.exemplars.is_empty();
        let newest = series.points.span().map_or(0, |(_, newest)| newest);
        summary.last = summary.last.max(UnixNano(newest));
    }
    let most = of_stream.iter().enumerate().rev().max_by_key(|(_, many)| **many).map_or(0, |(i, _)| i);
    if let Some(Stream { unit, temporality, monotonic }) = metric.streams.get(most) {
        unit.clone_into(&mut summary.unit);
        summary.temporality = *temporality;
        summary.monotonic = *monotonic && metric.kind == MetricKind::Sum;
    }
    summary.services = services.into_iter().map(str::to_owned).collect();
    summary.keys = keys.into_iter().map(str::to_owned).collect();
    summary
}

fn add<'a>(set: &mut BTreeSet<&'a str>, text: &'a str) {
    if !text.is_empty() && (set.len() < TOLD_MAX || set.contains(text)) {
        set.insert(text);
    }
}

/// In what the senders of a metric disagree.
fn conflict(metric: &Metric) -> Option<String> {
    let differing = |what: &str, all: BTreeSet<String>| {
        let listed: Vec<String> = all.iter().take(4).map(|one| format!("{one:?}")).collect();
        (all.len() > 1).then(|| format!("{what}: {}", listed.join(", ")))
    };
    let streams = &metric.streams;
    let temporalities =
        streams.iter().map(|stream| format!("{:?}", stream.temporality.unwrap_or_default()).to_lowercase());
    let monotonic = |stream: &Stream| if stream.monotonic { "only up" } else { "up and down" }.to_owned();
    let parts = [
        differing("units", streams.iter().map(|stream| stream.unit.clone()).collect()),
        differing("temporalities", temporalities.collect()),
        differing("directions", streams.iter().map(monotonic).collect()),
        differing("descriptions", metric.descriptions.iter().cloned().collect()),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!("Senders disagree about its {}.", parts.join("; ")))
}
