//! The series of a metric as rows of cells.

use crate::record::{
    ExemplarView, ExponentialHistogramPointView, HistogramPointView, MetricData, MetricView, NumberPointView,
    ValueView,
};
use crate::transport::console::look::{Look, Paint};
use crate::transport::console::words::attribute;

use super::quantity::{Unit, count};
use super::spread::Spread;
use super::table::{Column, INDENT, Row, Table};

/// How many series of a metric are shown: a screenful.
const SERIES_MAX: usize = 20;

/// The one column of sums and gauges.
const VALUE: &[Column] = &[column("", 0)];

/// The columns of histograms. The slow values are what people look for, so those go last.
const SPREAD: &[Column] = &[
    column("count", 0),
    column("mean", 6),
    column("min", 7),
    column("p50", 3),
    column("p95", 5),
    column("p99", 1),
    column("max", 2),
    Column { name: "", paint: Paint::Cyan, rank: 4 },
];

const fn column(name: &'static str, rank: u8) -> Column {
    Column { name, paint: Paint::Plain, rank }
}

/// The series of `metric` that are shown, and how many more there are.
pub(super) fn table(metric: &MetricView<'_>, look: Look) -> (Table, usize) {
    let rows = Rows { unit: Unit::parse(metric.unit()), look };
    let (columns, (mut shown, more)) = match metric.data() {
        MetricData::Gauge { points } => (VALUE, rows.numbers(points, true)),
        // One step up or down says nothing of where the sum stands.
        MetricData::Sum { points, is_monotonic, .. } => (VALUE, rows.numbers(points, is_monotonic)),
        MetricData::Histogram { points, .. } => {
            (SPREAD, largest(points, |point| point.count() as f64, |point| rows.histogram(&point)))
        }
        MetricData::ExponentialHistogram { points, .. } => {
            (SPREAD, largest(points, |point| point.count() as f64, |point| rows.exponential(&point)))
        }
        MetricData::Unknown => (VALUE, (Vec::new(), 0)),
    };
    shown.sort_by(|a, b| a.words.cmp(&b.words));
    (Table { columns, rows: shown }, more)
}

/// The rows of the series with the largest `size`, and how many more there are.
fn largest<P>(
    points: impl Iterator<Item = P>,
    size: impl Fn(&P) -> f64,
    row: impl Fn(P) -> Row,
) -> (Vec<Row>, usize) {
    let mut points: Vec<(f64, P)> = points.map(|point| (size(&point), point)).collect();
    points.sort_by(|a, b| b.0.total_cmp(&a.0));
    let more = points.len().saturating_sub(SERIES_MAX);
    (points.into_iter().take(SERIES_MAX).map(|(_, point)| row(point)).collect(), more)
}

/// What the rows of a metric have in common.
struct Rows<'a> {
    unit: Unit<'a>,
    look: Look,
}

impl Rows<'_> {
    fn numbers<'v>(
        &self,
        points: impl Iterator<Item = NumberPointView<'v>>,
        has_notes: bool,
    ) -> (Vec<Row>, usize) {
        let size = |point: &NumberPointView<'_>| point.value().as_f64().abs();
        largest(points, size, |point| self.number(&point, has_notes))
    }

    fn number(&self, point: &NumberPointView<'_>, has_note: bool) -> Row {
        let cells = vec![Some(self.unit.show(point.value()))];
        let note = if has_note { self.note(point.exemplars()) } else { None };
        Row { words: self.words(point.attributes()), cells, note }
    }

    fn histogram(&self, point: &HistogramPointView<'_>) -> Row {
        let summary = Summary { count: point.count(), sum: point.sum(), ends: [point.min(), point.max()] };
        let cells = self.cells(&summary, &Spread::explicit(point));
        Row { words: self.words(point.attributes()), cells, note: self.note(point.exemplars()) }
    }

    fn exponential(&self, point: &ExponentialHistogramPointView<'_>) -> Row {
        let summary = Summary { count: point.count(), sum: point.sum(), ends: [point.min(), point.max()] };
        let cells = self.cells(&summary, &Spread::exponential(point));
        Row { words: self.words(point.attributes()), cells, note: self.note(point.exemplars()) }
    }

    /// The cells of [`SPREAD`].
    fn cells(&self, summary: &Summary, spread: &Spread) -> Vec<Option<String>> {
        let shown = |number: Option<f64>| number.map(|number| self.unit.show_f64(number));
        let [min, max] = summary.ends;
        vec![
            Some(count(summary.count)),
            shown(summary.mean()),
            shown(min),
            shown(spread.quantile(0.5)),
            shown(spread.quantile(0.95)),
            shown(spread.quantile(0.99)),
            shown(max),
            spread.bars(),
        ]
    }

    fn words<'v>(&self, attributes: impl Iterator<Item = (&'v str, ValueView<'v>)>) -> Vec<String> {
        // Two less for words that do not stand first on their line.
        let room = self.look.width - INDENT - 2;
        attributes.map(|(key, value)| attribute(key, &value, room)).collect()
    }

    /// `→ trace …1c80319c (200.0 ms)`, of the exemplar that was measured last.
    ///
    /// The last digits of an id are random even where its first are zeros, for tracers that count in 64 bits.
    fn note<'v>(&self, exemplars: impl Iterator<Item = ExemplarView<'v>>) -> Option<String> {
        let in_traces = exemplars.filter_map(|exemplar| Some((exemplar, exemplar.trace_id()?)));
        let (exemplar, trace) = in_traces.max_by_key(|(exemplar, _)| exemplar.time_nanos())?;
        let digits = trace.to_string();
        Some(format!("→ trace …{} ({})", &digits[24..], self.unit.show(exemplar.value())))
    }
}

/// What a histogram says of all its values.
struct Summary {
    count: u64,
    sum: Option<f64>,
    /// The smallest and the largest value.
    ends: [Option<f64>; 2],
}

impl Summary {
    fn mean(&self) -> Option<f64> {
        self.sum.filter(|_| self.count > 0).map(|sum| sum / self.count as f64)
    }
}
