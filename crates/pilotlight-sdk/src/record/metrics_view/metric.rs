//! One metric, and the points it has.

use std::fmt;

use crate::encode::field;
use crate::encode::reader::{Field, Fields};
use crate::record::Temporality;

use super::message::Message;
use super::{ExponentialHistogramPointView, HistogramPointView, NumberPointView};

/// An encoded metric (an OTLP `Metric` message), read where it lies.
///
/// ```
/// use pilotlight_sdk::record::{MetricData, MetricView};
///
/// fn total(metric: MetricView<'_>) -> f64 {
///     match metric.data() {
///         MetricData::Sum { points, .. } => points.map(|point| point.value().as_f64()).sum(),
///         _ => 0.0,
///     }
/// }
/// # assert_eq!(total(MetricView::new(&[])), 0.0);
/// ```
#[derive(Clone, Copy)]
pub struct MetricView<'a> {
    message: Message<'a>,
}

impl<'a> MetricView<'a> {
    /// Reads `message`, the bytes of an OTLP `Metric`. Malformed bytes read as if they ended before the damage.
    pub fn new(message: &'a [u8]) -> Self {
        Self { message: Message(message) }
    }

    /// The bytes themselves.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.message.0
    }

    /// What is measured.
    pub fn name(&self) -> &'a str {
        self.message.text(field::metric::NAME)
    }

    /// What it means, in a sentence; empty when nobody said.
    pub fn description(&self) -> &'a str {
        self.message.text(field::metric::DESCRIPTION)
    }

    /// In what it is measured, in UCUM's case-sensitive spelling (`s`, `By`, `{request}`); empty when nobody said.
    pub fn unit(&self) -> &'a str {
        self.message.text(field::metric::UNIT)
    }

    /// How it was aggregated, and its points.
    pub fn data(&self) -> MetricData<'a> {
        let Some(data) = self.data_field() else { return MetricData::Unknown };
        let message = Message(data.bytes());
        let temporality = Temporality::from_otlp(message.number(field::metric_data::TEMPORALITY));
        match data.key {
            field::metric::GAUGE => {
                MetricData::Gauge { points: Points::new(data.bytes(), NumberPointView::new) }
            }
            field::metric::SUM => MetricData::Sum {
                points: Points::new(data.bytes(), NumberPointView::new),
                temporality,
                is_monotonic: message.number(field::metric_data::IS_MONOTONIC) != 0,
            },
            field::metric::HISTOGRAM => MetricData::Histogram {
                points: Points::new(data.bytes(), HistogramPointView::new),
                temporality,
            },
            _ => MetricData::ExponentialHistogram {
                points: Points::new(data.bytes(), ExponentialHistogramPointView::new),
                temporality,
            },
        }
    }

    /// How many points it has: one for each series.
    pub fn point_count(&self) -> usize {
        let data = self.data_field().map_or(&[][..], |data| data.bytes());
        Fields::new(data).all(field::metric_data::POINTS).count()
    }

    /// The last of the fields of which a metric has one.
    fn data_field(&self) -> Option<Field<'a>> {
        use field::metric::{EXPONENTIAL_HISTOGRAM, GAUGE, HISTOGRAM, SUM};
        Fields::new(self.message.0)
            .filter(|field| matches!(field.key, GAUGE | SUM | HISTOGRAM | EXPONENTIAL_HISTOGRAM))
            .last()
    }
}

impl fmt::Debug for MetricView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetricView")
            .field("name", &self.name())
            .field("unit", &self.unit())
            .field("data", &self.data())
            .finish_non_exhaustive()
    }
}

/// How a metric was aggregated, and its points.
///
/// A temporality is `None` when the writer did not say, which Pilotlight never does.
///
/// ```
/// use pilotlight_sdk::record::{MetricData, MetricView};
///
/// fn series(metric: MetricView<'_>) -> usize {
///     match metric.data() {
///         MetricData::Gauge { points } | MetricData::Sum { points, .. } => points.count(),
///         MetricData::Histogram { points, .. } => points.count(),
///         MetricData::ExponentialHistogram { points, .. } => points.count(),
///         _ => 0,
///     }
/// }
/// # assert_eq!(series(MetricView::new(&[])), 0);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum MetricData<'a> {
    /// The last value.
    Gauge {
        /// One for each series.
        points: Points<'a, NumberPointView<'a>>,
    },
    /// What was added up.
    Sum {
        /// One for each series.
        points: Points<'a, NumberPointView<'a>>,
        /// From when on it counts.
        temporality: Option<Temporality>,
        /// Whether it never falls: a counter's, as opposed to an up-down counter's.
        is_monotonic: bool,
    },
    /// How values are spread over buckets with given bounds.
    Histogram {
        /// One for each series.
        points: Points<'a, HistogramPointView<'a>>,
        /// From when on it counts.
        temporality: Option<Temporality>,
    },
    /// How values are spread over buckets whose bounds grow exponentially.
    ExponentialHistogram {
        /// One for each series.
        points: Points<'a, ExponentialHistogramPointView<'a>>,
        /// From when on it counts.
        temporality: Option<Temporality>,
    },
    /// A kind of metric that Pilotlight neither writes nor reads, or none.
    Unknown,
}

impl MetricData<'_> {
    /// From when on it counts; `None` for a gauge.
    pub fn temporality(&self) -> Option<Temporality> {
        match self {
            Self::Gauge { .. } | Self::Unknown => None,
            Self::Sum { temporality, .. }
            | Self::Histogram { temporality, .. }
            | Self::ExponentialHistogram { temporality, .. } => *temporality,
        }
    }
}

/// The points of a metric, read one after another.
///
/// ```
/// use pilotlight_sdk::record::{NumberPointView, Points};
///
/// fn largest<'a>(points: Points<'a, NumberPointView<'a>>) -> Option<f64> {
///     points.map(|point| point.value().as_f64()).reduce(f64::max)
/// }
/// ```
#[derive(Clone)]
pub struct Points<'a, P> {
    data: Fields<'a>,
    read: fn(&'a [u8]) -> P,
}

impl<'a, P> Points<'a, P> {
    /// The points of `data`, a `Gauge`, `Sum`, `Histogram` or `ExponentialHistogram` message.
    fn new(data: &'a [u8], read: fn(&'a [u8]) -> P) -> Self {
        Self { data: Fields::new(data), read }
    }
}

impl<P> Iterator for Points<'_, P> {
    type Item = P;

    fn next(&mut self) -> Option<P> {
        let point = self.data.find(|field| field.key == field::metric_data::POINTS)?;
        Some((self.read)(point.bytes()))
    }
}

impl<P: fmt::Debug + Clone> fmt::Debug for Points<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
