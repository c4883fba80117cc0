//! Metrics: which there are, and one of them over time.

mod choice;
mod data;
mod distribution;
mod exemplars;
mod explicit;
mod exponential;
mod increase;
mod labels;
mod levels;
mod list;
mod means;
mod notes;
mod range;
mod steps;
mod summaries;
mod sums;
#[cfg(test)]
mod tests;

use super::QuestionError;
use super::UnixNano;
use super::filter::Filter;
use crate::store::Store;
use crate::store::window::TimeRange;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Metrics, by name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct MetricList {
    /// By name.
    pub metrics: Vec<MetricSummary>,
    /// How many series are not kept because there are too many.
    pub series_left_out: u64,
}

/// A metric: everything of one name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct MetricSummary {
    /// Its name.
    pub name: String,
    /// Its unit, UCUM.
    pub unit: String,
    /// What it is.
    pub description: String,
    /// What kind of points it has. A name that two senders use for two kinds is there twice.
    pub kind: MetricKind,
    /// What its points count from; none for gauges and summaries.
    pub temporality: Option<Temporality>,
    /// It only goes up.
    pub monotonic: bool,
    /// Who tells it.
    pub services: Vec<String>,
    /// How many series.
    pub series: u64,
    /// How many points are in memory.
    pub points: u64,
    /// The newest point's time.
    pub last: UnixNano,
    /// Keys of its attributes, for grouping.
    pub keys: Vec<String>,
    /// Some points have exemplars.
    pub exemplars: bool,
    /// The same names with the same meaning but other units or descriptions: in words, none when all agree.
    pub conflict: Option<String>,
}

/// Kinds of metrics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MetricKind {
    /// The last value.
    #[default]
    Gauge,
    /// A sum.
    Sum,
    /// A histogram with explicit bounds.
    Histogram,
    /// A histogram with exponential bounds.
    ExponentialHistogram,
    /// Quantiles that the sender computed.
    Summary,
}

/// What points count from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Temporality {
    /// From the start of the series.
    #[default]
    Cumulative,
    /// From the point before.
    Delta,
}

/// One metric over time.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct MetricQuestion {
    /// Its name.
    pub name: String,
    /// Its kind, where a name has several.
    pub kind: Option<MetricKind>,
    /// Which series: a filter over the attributes of points, resources and scopes.
    pub filter: String,
    /// A line for each value of these keys, separated by commas; without it a line for each series.
    pub group_by: Option<String>,
    /// From here on, milliseconds since 1970.
    pub from_ms: Option<f64>,
    /// Until here, milliseconds since 1970.
    pub to_ms: Option<f64>,
    /// How many steps: 120 without it, 500 at most.
    pub steps: Option<usize>,
    /// A sum as it is, instead of its rate a second.
    pub raw: bool,
}

/// One metric over time. Steps without a point are null.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct MetricData {
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// What it is.
    pub description: String,
    /// What kind of points it has.
    pub kind: MetricKind,
    /// What its points count from.
    pub temporality: Option<Temporality>,
    /// It only goes up.
    pub monotonic: bool,
    /// What the lines' values are, in words: `a second`, `value`, `recorded a second`.
    pub meaning: String,
    /// Where the first step begins, milliseconds since 1970.
    pub start_ms: f64,
    /// How long a step is, milliseconds.
    pub step_ms: f64,
    /// At most 100; the largest ones when there are more. For histograms: how many were recorded a second.
    pub lines: Vec<Line>,
    /// How many lines are not here.
    pub lines_left_out: u64,
    /// How a histogram's values are distributed, step by step, over all series that are meant.
    pub heatmap: Option<Heatmap>,
    /// A histogram's or summary's quantiles, step by step, over all series that are meant.
    pub quantiles: Option<Quantiles>,
    /// A histogram's or summary's mean, step by step, over all series that are meant.
    pub mean: Option<Vec<Option<f64>>>,
    /// Single measurements with their traces, at most 500.
    pub exemplars: Vec<Exemplar>,
    /// What could not be shown and why: bounds that differ between series, points that are NaN.
    pub notes: Vec<String>,
}

/// A line of a chart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Line {
    /// What tells it from the others: `method=GET, status=200`; the metric's name when there is only one.
    pub label: String,
    /// Its service, when it is one service's.
    pub service: Option<String>,
    /// A value for each step.
    pub values: Vec<Option<f64>>,
    /// Steps in which a cumulative series began anew (its process was started again).
    pub resets: Vec<u32>,
}

/// How values are distributed over time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Heatmap {
    /// Upper bounds of the rows, ascending; the last row has none and is not among them. At most 200 rows.
    pub bounds: Vec<f64>,
    /// The first row's lower bound, where it is known.
    pub low: Option<f64>,
    /// How many, step by step: `counts[step * (bounds.len() + 1) + row]`.
    pub counts: Vec<f64>,
}

/// Quantiles over time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Quantiles {
    /// Which: 0.5, 0.9, 0.95, 0.99; a summary's own.
    pub quantiles: Vec<f64>,
    /// For each of them a value for each step.
    pub values: Vec<Vec<Option<f64>>>,
}

/// A single measurement.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Exemplar {
    /// When, milliseconds since 1970.
    pub time_ms: f64,
    /// What was measured.
    pub value: f64,
    /// The trace in which it was, 32 hexadecimal digits.
    pub trace_id: Option<String>,
    /// The span in which it was, 16 hexadecimal digits.
    pub span_id: Option<String>,
    /// That trace is here and can be opened.
    pub known: bool,
    /// The line it belongs to, as a position in `MetricData::lines`, when that line is here.
    pub line: Option<u32>,
    /// Attributes that the series does not have, as text.
    pub attributes: Vec<super::Attribute>,
}

impl Store {
    /// The metrics there are.
    pub fn metrics(&self) -> MetricList {
        list::list(&self.aggregates().metrics())
    }

    /// One metric over time; none when it is not here.
    ///
    /// # Errors
    /// When the filter cannot be read, or the range ends before it begins.
    pub fn metric(&self, question: &MetricQuestion) -> Result<Option<MetricData>, QuestionError> {
        let filter = Filter::parse(&question.filter)?;
        TimeRange::of(question.from_ms, question.to_ms)?;
        let segments = self.window().all();
        let known = |id: &[u8; 16]| {
            let id = u128::from_be_bytes(*id);
            segments.iter().any(|segment| segment.read().traces.find(id).is_some())
        };
        let meant = |texts: &labels::Texts| labels::is_meant(&filter, texts);
        let window = self.aggregates().metrics();
        Ok(data::answer(&window, question, &meant, &known))
    }
}
