//! From the `otel.sdk.*` metrics to what was lost in all.

use super::advice::advice;
use super::{Loss, LossList, METRICS, REASON};
use crate::query::Temporality;
use crate::query::text::text;
use crate::store::metrics::{MetricWindow, Points, Series, Tally, canonical};
use std::collections::{BTreeMap, BTreeSet};

/// What was lost according to the series in memory.
pub(super) fn losses(window: &MetricWindow) -> LossList {
    let mut tell = BTreeSet::new();
    let mut losses: BTreeMap<(String, Option<String>, String, String, &str), Loss> = BTreeMap::new();
    for (metric, what) in METRICS {
        for of_kind in window.named(metric) {
            for (key, series) in &of_kind.series {
                tell.insert(series.origin.service.clone());
                let Some(reason) = attribute(&key.attributes, REASON) else {
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
                    losses
                        .entry(same)
                        .and_modify(|known| known.count = known.count.saturating_add(count))
                        .or_insert(loss);
                }
            }
        }
    }
    let mut losses: Vec<Loss> = losses.into_values().collect();
    losses.sort_by_key(|loss| std::cmp::Reverse(loss.count));
    let lost = losses.iter().fold(0_u64, |sum, loss| sum.saturating_add(loss.count));
    let left_out = losses.len().saturating_sub(LOSSES_MAX) as u64;
    losses.truncate(LOSSES_MAX);
    let services_that_tell = tell.into_iter().filter(|service| !service.is_empty()).collect();
    LossList { losses, left_out, lost, services_that_tell }
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

/// With what points counted that have been let go of.
fn total(series: &Series, temporality: Option<Temporality>) -> u64 {
    let Points::Numbers(column) = &series.points else {
        return 0;
    };
    let gone = series.gone.as_deref().cloned();
    let mut tally = gone.unwrap_or_else(|| Tally::new(temporality.unwrap_or_default()));
    column.iter().for_each(|point| tally.add(point));
    tally.total() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::metrics::Limits;
    use crate::store::metrics::testing::*;
    use opentelemetry_proto::tonic::metrics::v1::AggregationTemporality::{self, Cumulative, Delta};
    use opentelemetry_proto::tonic::metrics::v1::{self as otlp, NumberDataPoint};

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
    fn losses_beyond_all_numbers_and_beyond_the_list_are_in_the_sum() {
        let point = |i: u32| number(&[("error.type", &i.to_string())], 1, 10, 2.0);
        let told_of_many = told(Cumulative, (0..600).map(point).collect());
        assert_eq!((told_of_many.losses.len(), told_of_many.left_out, told_of_many.lost), (500, 100, 1_200));
        let huge = |other| number(&[FULL[0], FULL[1], ("other", other)], 1, 10, 1e300);
        let told = told(Cumulative, vec![huge("a"), huge("b"), number(&[("error.type", "x")], 1, 10, 1e300)]);
        assert_eq!((told.losses.len(), told.losses[0].count, told.lost), (2, u64::MAX, u64::MAX));
    }

    /// A number of points that count losses, by several processes without ids, and of one service that has lost nothing.
    fn told_at(time: u64, temporality: AggregationTemporality) -> Vec<Vec<otlp::ResourceMetrics>> {
        let name = "otel.sdk.processor.span.processed";
        let of =
            |service, points| request(service, vec![metric(name, "{span}", counter(temporality, points))]);
        let restarted = 1_000 + time / 100;
        let points = vec![
            number(&FULL, 1, time, time as f64),
            number(&FULL, restarted, 1_000 + time, (time % 100) as f64),
            number(&[("error.type", "shutdown")], 3, time, (time % 17) as f64),
        ];
        vec![of("shop", points), of("cart", vec![number(&[], 1, time, 5.0)])]
    }

    /// Something else, new each time.
    fn noise(time: u64) -> Vec<otlp::ResourceMetrics> {
        let points = (0..10).map(|i| number(&[("id", &(time * 10 + i).to_string())], 0, time, 1.0)).collect();
        request("noisy", vec![metric("depth", "1", gauge(points))])
    }

    #[test]
    fn losses_stay_as_they_are_when_points_and_series_have_to_go() {
        for temporality in [Cumulative, Delta] {
            let mut roomy = window();
            let mut narrow = MetricWindow::new(Limits { bytes_max: 128 << 10, series_max: 1_000 });
            for time in 1..=400 {
                for request in told_at(time, temporality) {
                    roomy.insert(&request, time * SECOND);
                    narrow.insert(&request, time * SECOND);
                }
                narrow.insert(&noise(time), (1_000 + time) * SECOND);
            }
            assert!(narrow.points_dropped() > 2_000);
            assert_eq!(losses(&narrow), losses(&roomy));
            assert_eq!(losses(&narrow).services_that_tell, ["cart", "shop"]);
        }
    }

    #[test]
    fn losses_are_told_where_no_other_series_can_be_begun() {
        let mut window = MetricWindow::new(Limits { bytes_max: 1 << 20, series_max: 5 });
        window.insert(&noise(1), SECOND);
        told_at(10, Cumulative).iter().for_each(|request| _ = window.insert(request, SECOND));
        let told = losses(&window);
        assert_eq!(told.losses.iter().map(|loss| loss.count).collect::<Vec<_>>(), [20, 10]);
        assert_eq!(told.services_that_tell, ["cart", "shop"]);
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
