//! Metrics taken apart into their data points, each knowing all that a test asks about.

use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Exemplar, ExponentialHistogramDataPoint, HistogramDataPoint, Metric,
    NumberDataPoint, SummaryDataPoint, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;

use crate::tree::show;

/// A data point that was taken, with the metric it belongs to and who recorded it.
#[derive(Clone, Debug)]
pub struct ReceivedPoint {
    /// The service.
    pub resource: Resource,
    /// The library.
    pub scope: InstrumentationScope,
    /// The metric's name.
    pub name: String,
    /// The metric's description.
    pub description: String,
    /// The metric's unit.
    pub unit: String,
    /// The measurements.
    pub point: Point,
}

/// The kinds of points.
#[derive(Clone, Debug)]
pub enum Point {
    /// The last of the values that were measured.
    Gauge(NumberDataPoint),
    /// What was added up.
    Sum {
        /// The sum.
        point: NumberDataPoint,
        /// Since when.
        temporality: AggregationTemporality,
        /// Whether it can only grow.
        is_monotonic: bool,
    },
    /// A distribution over buckets with chosen bounds.
    Histogram {
        /// The distribution.
        point: HistogramDataPoint,
        /// Since when.
        temporality: AggregationTemporality,
    },
    /// A distribution over buckets whose bounds grow exponentially.
    ExponentialHistogram {
        /// The distribution.
        point: ExponentialHistogramDataPoint,
        /// Since when.
        temporality: AggregationTemporality,
    },
    /// Quantiles, which old protocols have.
    Summary(SummaryDataPoint),
}

impl Point {
    /// What tells this series from the others of the metric.
    pub fn attributes(&self) -> &[KeyValue] {
        match self {
            Self::Gauge(point) | Self::Sum { point, .. } => &point.attributes,
            Self::Histogram { point, .. } => &point.attributes,
            Self::ExponentialHistogram { point, .. } => &point.attributes,
            Self::Summary(point) => &point.attributes,
        }
    }

    /// The value of one of the attributes, as text.
    pub fn attribute(&self, key: &str) -> Option<String> {
        let attribute = self.attributes().iter().find(|attribute| attribute.key == key)?;
        attribute.value.as_ref()?.value.as_ref().map(show)
    }

    /// Since when this counts; gauges may leave it out.
    pub fn temporality(&self) -> Option<AggregationTemporality> {
        match self {
            Self::Gauge(_) | Self::Summary(_) => None,
            Self::Sum { temporality, .. }
            | Self::Histogram { temporality, .. }
            | Self::ExponentialHistogram { temporality, .. } => Some(*temporality),
        }
    }

    /// When it was collected, in nanoseconds since 1970.
    pub fn time(&self) -> u64 {
        match self {
            Self::Gauge(point) | Self::Sum { point, .. } => point.time_unix_nano,
            Self::Histogram { point, .. } => point.time_unix_nano,
            Self::ExponentialHistogram { point, .. } => point.time_unix_nano,
            Self::Summary(point) => point.time_unix_nano,
        }
    }

    /// The sum, or the gauge's value; of a histogram, the sum of what was measured.
    pub fn value(&self) -> f64 {
        match self {
            Self::Gauge(point) | Self::Sum { point, .. } => number(point),
            Self::Histogram { point, .. } => point.sum.unwrap_or(f64::NAN),
            Self::ExponentialHistogram { point, .. } => point.sum.unwrap_or(f64::NAN),
            Self::Summary(point) => point.sum,
        }
    }

    /// How many measurements a histogram holds.
    ///
    /// # Panics
    /// For gauges and sums, which do not say.
    pub fn count(&self) -> u64 {
        match self {
            Self::Histogram { point, .. } => point.count,
            Self::ExponentialHistogram { point, .. } => point.count,
            Self::Summary(point) => point.count,
            Self::Gauge(_) | Self::Sum { .. } => panic!("{self:?} does not count its measurements"),
        }
    }

    /// The measurements that were picked as examples.
    pub fn exemplars(&self) -> &[Exemplar] {
        match self {
            Self::Gauge(point) | Self::Sum { point, .. } => &point.exemplars,
            Self::Histogram { point, .. } => &point.exemplars,
            Self::ExponentialHistogram { point, .. } => &point.exemplars,
            Self::Summary(_) => &[],
        }
    }
}

/// Whole numbers as well: tests count to thousands, not to 2^53.
fn number(point: &NumberDataPoint) -> f64 {
    match point.value {
        Some(number_data_point::Value::AsDouble(value)) => value,
        Some(number_data_point::Value::AsInt(value)) => value as f64,
        None => f64::NAN,
    }
}

/// Takes a metric apart.
pub(super) fn points_of(
    resource: &Resource,
    scope: &InstrumentationScope,
    metric: Metric,
) -> Vec<ReceivedPoint> {
    let Metric { name, description, unit, data, .. } = metric;
    let received = |point| ReceivedPoint {
        resource: resource.clone(),
        scope: scope.clone(),
        name: name.clone(),
        description: description.clone(),
        unit: unit.clone(),
        point,
    };
    data.map(points).unwrap_or_default().into_iter().map(received).collect()
}

fn points(data: Data) -> Vec<Point> {
    match data {
        Data::Gauge(gauge) => gauge.data_points.into_iter().map(Point::Gauge).collect(),
        Data::Sum(sum) => {
            let (temporality, is_monotonic) = (sum.aggregation_temporality(), sum.is_monotonic);
            let point = |point| Point::Sum { point, temporality, is_monotonic };
            sum.data_points.into_iter().map(point).collect()
        }
        Data::Histogram(histogram) => {
            let temporality = histogram.aggregation_temporality();
            let point = |point| Point::Histogram { point, temporality };
            histogram.data_points.into_iter().map(point).collect()
        }
        Data::ExponentialHistogram(histogram) => {
            let temporality = histogram.aggregation_temporality();
            let point = |point| Point::ExponentialHistogram { point, temporality };
            histogram.data_points.into_iter().map(point).collect()
        }
        Data::Summary(summary) => summary.data_points.into_iter().map(Point::Summary).collect(),
    }
}
