//! Questions about the points of one metric.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::{AggregationTemporality, Exemplar};

use super::points::{Point, ReceivedPoint};
use crate::tree::hex;

/// The points that came of one metric, in order of arrival: of all its series, or of those that [`with`](Self::with) left.
#[derive(Clone, Debug)]
pub struct Points {
    name: String,
    points: Vec<ReceivedPoint>,
}

impl Points {
    pub(super) fn of(name: &str, all: &[ReceivedPoint]) -> Self {
        let points = all.iter().filter(|point| point.name == name).cloned().collect();
        Self { name: name.to_owned(), points }
    }

    /// Only those with this attribute.
    pub fn with(mut self, key: &str, value: &str) -> Self {
        self.points.retain(|received| received.point.attribute(key).as_deref() == Some(value));
        self
    }

    /// Only those without this attribute.
    pub fn without(mut self, key: &str) -> Self {
        self.points.retain(|received| received.point.attribute(key).is_none());
        self
    }

    /// Whether nothing came.
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// The points themselves.
    pub fn all(&self) -> &[ReceivedPoint] {
        &self.points
    }

    /// The last value of each series, added up: of cumulative sums and histograms what was added in all (histograms: the sum of
    /// what was measured), of gauges the present value.
    pub fn latest(&self) -> f64 {
        self.last_of_each().iter().map(|point| point.value()).sum()
    }

    /// The deltas of all series added up; of histograms, the sums of what was measured.
    pub fn sum_of_deltas(&self) -> f64 {
        self.points.iter().map(|received| self.delta(received).value()).sum()
    }

    /// How many measurements the histograms hold by their last, cumulative points.
    pub fn count(&self) -> u64 {
        self.last_of_each().iter().map(|point| point.count()).sum()
    }

    /// How many measurements the histograms hold by all of their deltas.
    pub fn count_of_deltas(&self) -> u64 {
        self.points.iter().map(|received| self.delta(received).count()).sum()
    }

    /// Bounds and counts of the histograms by their last, cumulative points, added up; one count more than bounds.
    pub fn buckets(&self) -> (Vec<f64>, Vec<u64>) {
        let mut total: Option<(Vec<f64>, Vec<u64>)> = None;
        for point in self.last_of_each() {
            let Point::Histogram { point, .. } = point else {
                panic!("{} has no buckets with bounds of their own: {point:?}", self.name)
            };
            let (bounds, counts) = total
                .get_or_insert_with(|| (point.explicit_bounds.clone(), vec![0; point.bucket_counts.len()]));
            assert_eq!(*bounds, point.explicit_bounds, "the series of {} have other bounds", self.name);
            for (sum, count) in counts.iter_mut().zip(&point.bucket_counts) {
                *sum += count;
            }
        }
        total.unwrap_or_default()
    }

    /// Every exemplar of every point.
    pub fn exemplars(&self) -> impl Iterator<Item = &Exemplar> {
        self.points.iter().flat_map(|received| received.point.exemplars())
    }

    /// The traces that the exemplars belong to, in hexadecimal.
    pub fn exemplar_traces(&self) -> Vec<String> {
        self.exemplars()
            .filter(|exemplar| !exemplar.trace_id.is_empty())
            .map(|exemplar| hex(&exemplar.trace_id))
            .collect()
    }

    /// How many series there are.
    pub fn series(&self) -> usize {
        self.last_of_each().len()
    }

    fn last_of_each(&self) -> Vec<&Point> {
        let mut last = BTreeMap::new();
        for received in &self.points {
            assert_ne!(
                received.point.temporality(),
                Some(AggregationTemporality::Delta),
                "{} came as deltas, whose last one says little",
                self.name
            );
            last.insert(identity(received), &received.point);
        }
        last.into_values().collect()
    }

    fn delta<'a>(&self, received: &'a ReceivedPoint) -> &'a Point {
        let temporality = received.point.temporality();
        assert_eq!(temporality, Some(AggregationTemporality::Delta), "{} is added up", self.name);
        &received.point
    }
}

/// What tells a series from all others: who recorded it, and its attributes in any order.
fn identity(received: &ReceivedPoint) -> (Vec<String>, String, Vec<String>) {
    let sorted = |attributes: &[KeyValue]| {
        let mut texts: Vec<_> = attributes.iter().map(|attribute| format!("{attribute:?}")).collect();
        texts.sort();
        texts
    };
    let scope = format!("{:?}", received.scope);
    (sorted(&received.resource.attributes), scope, sorted(received.point.attributes()))
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::common::v1::any_value::Value;
    use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
    use opentelemetry_proto::tonic::metrics::v1::{
        AggregationTemporality, Exemplar, HistogramDataPoint, NumberDataPoint, number_data_point,
    };

    use super::*;

    const CUMULATIVE: AggregationTemporality = AggregationTemporality::Cumulative;
    const DELTA: AggregationTemporality = AggregationTemporality::Delta;

    fn attributes(pairs: &[(&str, &str)]) -> Vec<KeyValue> {
        let attribute = |(key, value): &(&str, &str)| KeyValue {
            key: (*key).into(),
            value: Some(AnyValue { value: Some(Value::StringValue((*value).into())) }),
            ..KeyValue::default()
        };
        pairs.iter().map(attribute).collect()
    }

    fn received(point: Point) -> ReceivedPoint {
        ReceivedPoint {
            resource: Default::default(),
            scope: Default::default(),
            name: "n".into(),
            description: String::new(),
            unit: String::new(),
            point,
        }
    }

    fn sum(temporality: AggregationTemporality, value: i64, pairs: &[(&str, &str)]) -> ReceivedPoint {
        let point = NumberDataPoint {
            attributes: attributes(pairs),
            value: Some(number_data_point::Value::AsInt(value)),
            ..NumberDataPoint::default()
        };
        received(Point::Sum { point, temporality, is_monotonic: true })
    }

    fn histogram(counts: [u64; 3], pairs: &[(&str, &str)], trace: u8) -> ReceivedPoint {
        let point = HistogramDataPoint {
            attributes: attributes(pairs),
            count: counts.iter().sum(),
            sum: Some(1.5),
            explicit_bounds: vec![1.0, 2.0],
            bucket_counts: counts.into(),
            exemplars: vec![Exemplar { trace_id: vec![trace; 2], ..Exemplar::default() }],
            ..HistogramDataPoint::default()
        };
        received(Point::Histogram { point, temporality: CUMULATIVE })
    }

    #[test]
    fn of_cumulative_points_the_last_of_each_series_counts_in_whatever_order_its_attributes_are() {
        let points = Points::of(
            "n",
            &[
                sum(CUMULATIVE, 3, &[("a", "1"), ("b", "2")]),
                sum(CUMULATIVE, 5, &[("b", "2"), ("a", "1")]),
                sum(CUMULATIVE, 100, &[("a", "2")]),
            ],
        );

        assert_eq!((points.series(), points.latest()), (2, 105.0));
        assert_eq!(points.clone().with("a", "1").latest(), 5.0);
        assert_eq!(points.without("b").latest(), 100.0);
        assert!(Points::of("other", &[]).is_empty());
    }

    #[test]
    fn deltas_are_added_up() {
        let all = [sum(DELTA, 3, &[]), sum(DELTA, 5, &[])];

        assert_eq!(Points::of("n", &all).sum_of_deltas(), 8.0);
    }

    #[test]
    #[should_panic(expected = "n came as deltas")]
    fn the_last_of_deltas_is_not_taken_for_a_total() {
        Points::of("n", &[sum(DELTA, 3, &[])]).latest();
    }

    #[test]
    fn histograms_are_added_up_bucket_by_bucket() {
        let all = [
            histogram([1, 0, 0], &[("a", "1")], 0xaa),
            histogram([1, 1, 0], &[("a", "1")], 0xbb),
            histogram([0, 0, 4], &[], 0xcc),
        ];
        let points = Points::of("n", &all);

        assert_eq!((points.count(), points.latest()), (6, 3.0));
        assert_eq!(points.buckets(), (vec![1.0, 2.0], vec![1, 1, 4]));
        assert_eq!(points.exemplar_traces(), ["aaaa", "bbbb", "cccc"]);
    }
}
