//! From the `otel.sdk.*` metrics to what was lost in all.

use super::advice::advice;
use super::{Loss, LossList};
use crate::query::Temporality;
use crate::query::text::text;
use crate::store::metrics::{Column, MetricWindow, Points, Series, canonical};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The metrics that count what became of items, and what the items are. The second names are those of earlier conventions.
const METRICS: [(&str, &str); 10] = [
    ("otel.sdk.processor.span.processed", "spans"),
    ("otel.sdk.exporter.span.exported", "spans"),
    ("otel.sdk.processor.log.processed", "log records"),
    ("otel.sdk.exporter.log.exported", "log records"),
    ("otel.sdk.exporter.metric_data_point.exported", "data points"),
    ("otel.sdk.processor.span.processed.count", "spans"),
    ("otel.sdk.exporter.span.exported.count", "spans"),
    ("otel.sdk.span.processor.spans_processed", "spans"),
    ("otel.sdk.span.exporter.spans_exported", "spans"),
    ("otel.sdk.processor.log_record.processed", "log records"),
];

/// What was lost according to the series in memory. Series with `error.type` count what was lost, those without what was not.
pub(super) fn losses(window: &MetricWindow) -> LossList {
    let mut tell = BTreeSet::new();
    let mut losses: BTreeMap<(String, Option<String>, String, String, &str), Loss> = BTreeMap::new();
    for (metric, what) in METRICS {
        for of_kind in window.named(metric) {
            for (key, series) in &of_kind.series {
                tell.insert(series.origin.service.clone());
                let Some(reason) = attribute(&key.attributes, "error.type") else {
                    continue;
                };
                let count = total(series, of_kind.stream_of(key).temporality);
                if count > 0 {
                    let loss = loss(series, (metric, what), (&key.attributes, reason), count);
                    let same = (
                        loss.service.clone(),
                        loss.instance.clone(),
                        loss.reason.clone(),
                        loss.component.clone(),
                        metric,
                    );
                    losses.entry(same).and_modify(|known| known.count += count).or_insert(loss);
                }
            }
        }
    }
    let mut losses: Vec<Loss> = losses.into_values().collect();
    losses.sort_by_key(|loss| std::cmp::Reverse(loss.count));
    losses.truncate(LOSSES_MAX);
    LossList { losses, services_that_tell: tell.into_iter().filter(|service| !service.is_empty()).collect() }
}

/// More than a page can show; the largest stay.
const LOSSES_MAX: usize = 500;

fn loss(
    series: &Series,
    (metric, what): (&str, &str),
    (attributes, reason): (&[u8], String),
    count: u64,
) -> Loss {
    Loss {
        service: series.origin.service.clone(),
        instance: attribute(&series.origin.resource, "service.instance.id"),
        what: what.to_owned(),
        count,
        advice: advice(&reason).to_owned(),
        reason,
        component: attribute(attributes, "otel.component.name").unwrap_or_default(),
        metric: metric.to_owned(),
    }
}

fn attribute(bytes: &[u8], key: &str) -> Option<String> {
    // Most series have no such key, and are not looked into any further.
    canonical::keys(bytes).find(|known| *known == key)?;
    let attribute = canonical::read(bytes).into_iter().find(|attribute| attribute.key == key)?;
    let mut scratch = String::new();
    let (value, _) = text(attribute.value.as_ref(), VALUE_BYTES, &mut scratch);
    Some(value.to_owned())
}

/// How much of a value is told, in bytes.
const VALUE_BYTES: usize = 200;

fn total(series: &Series, temporality: Option<Temporality>) -> u64 {
    match &series.points {
        Points::Numbers(column) if temporality == Some(Temporality::Delta) => {
            column.iter().map(|point| point.value).sum::<f64>() as u64
        }
        Points::Numbers(column) => last_of_each_count(column) as u64,
        _ => 0,
    }
}

/// Each process counts from 0, and so does one whose value goes down. Processes may come in turns.
fn last_of_each_count(column: &Column<f64>) -> f64 {
    let mut total = 0.0;
    let mut newest: HashMap<u64, f64> = HashMap::new();
    for point in column.iter() {
        let before = newest.insert(point.start, point.value);
        total += before.filter(|before| *before > point.value).unwrap_or(0.0);
    }
    total + newest.values().sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::metrics::testing::*;
    use opentelemetry_proto::tonic::metrics::v1::AggregationTemporality::{self, Cumulative, Delta};
    use opentelemetry_proto::tonic::metrics::v1::NumberDataPoint;

    const FULL: [(&str, &str); 2] = [("error.type", "queue_full"), ("otel.component.name", "batching/0")];

    fn told(temporality: AggregationTemporality, points: Vec<NumberDataPoint>) -> LossList {
        let mut window = window();
        let name = "otel.sdk.processor.span.processed";
        window.insert(&request("shop", vec![metric(name, "{span}", counter(temporality, points))]), 1);
        losses(&window)
    }

    #[test]
    fn what_was_lost_is_the_newest_total_and_restarts_add_up() {
        let points = vec![
            number(&[], 1, 10, 1_000.0),
            number(&FULL, 1, 10, 3.0),
            number(&FULL, 1, 20, 5.0),
            number(&FULL, 25, 30, 2.0),
        ];
        let told = told(Cumulative, points);
        assert_eq!(told.services_that_tell, ["shop"]);
        let loss = &told.losses[0];
        assert_eq!((loss.count, loss.what.as_str(), loss.component.as_str()), (7, "spans", "batching/0"));
        assert!(loss.advice.contains("OTEL_BSP_MAX_QUEUE_SIZE"));
    }

    #[test]
    fn deltas_add_up() {
        let told = told(Delta, vec![number(&FULL, 1, 10, 3.0), number(&FULL, 10, 20, 5.0)]);
        assert_eq!(told.losses.iter().map(|loss| loss.count).collect::<Vec<_>>(), [8]);
    }

    #[test]
    fn where_nothing_was_lost_there_is_no_loss() {
        let told = told(Cumulative, vec![number(&[], 1, 10, 1_000.0), number(&FULL, 1, 10, 0.0)]);
        assert_eq!(told.losses, []);
        assert_eq!(told.services_that_tell, ["shop"]);
    }
}
