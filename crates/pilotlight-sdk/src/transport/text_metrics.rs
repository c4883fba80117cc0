//! Metrics as plain text that is the same in every run, for tests to compare.

use crate::record::{
    BucketsView, ExemplarView, ExponentialHistogramPointView, HistogramPointView, MetricData, Number,
    ValueView,
};

use super::exported_metric::ExportedMetric;
use super::tree::plain::clean;

/// Draws `metrics` with all their values: [`TextMetrics`] with nothing left out.
pub fn text_metrics(metrics: &[ExportedMetric]) -> String {
    TextMetrics::new().draw(metrics)
}

/// Draws metrics as plain text without times and ids, so that a test can say what it expects the way a person would write
/// it down.
///
/// One line a metric, by name: its name, its unit in parentheses if it has one, its kind (`counter`, `up-down counter`,
/// `gauge`, `histogram`, `exponential histogram`), and its temporality unless it is a gauge. Below it a line for each
/// series: `key=value` by key, a colon, and what was measured. Series are in the order of their text; one without attributes is
/// its value alone.
///
/// - A counter or gauge is its number, an integer as `3`, a float as `3.0`.
/// - A histogram is `count 3 sum 0.25 min 0.05 max 0.1 buckets ≤0.1:2 >1:1`: what was not kept is left out, and so are empty
///   buckets. `>` is the bucket above the last bound.
/// - An exponential histogram is `count 3 sum 7 min 0 max 4 scale 20 zero 1 positive 0:2 negative 1:1`: index and count of
///   the buckets that are not empty.
///
/// A metric that was exported several times is drawn each time, in the order of the exports: call
/// [`clear`](super::InMemoryExporter::clear) between two looks. Control characters appear as their escapes. Every line ends
/// with a line break.
///
/// # Examples
///
/// ```
/// use pilotlight_sdk::transport::{InMemoryExporter, TextMetrics};
///
/// # fn check(exporter: InMemoryExporter) {
/// // Durations differ from run to run; how many there were does not.
/// let text = TextMetrics::new().with_metrics(["http.server.*"]).counts_only();
/// assert_eq!(
///     text.draw(&exporter.metrics()),
///     "\
/// http.server.active_requests ({request}) up-down counter cumulative
///   http.request.method=GET url.scheme=http: 0
/// http.server.request.duration (s) histogram cumulative
///   http.request.method=GET http.route=/api/users/{id}: count 3
/// "
/// );
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct TextMetrics {
    /// `None` for all.
    names: Option<Vec<String>>,
    /// `None` for all.
    attributes: Option<Vec<String>>,
    values: Values,
    has_scopes: bool,
    has_exemplars: bool,
}

/// What is said of a series.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Values {
    #[default]
    All,
    Counts,
    None,
}

impl TextMetrics {
    /// Draws every metric, series and value.
    pub fn new() -> Self {
        Self::default()
    }

    /// Draws these metrics alone. A name that ends in `*` stands for all that begin with what is before it.
    #[must_use]
    pub fn with_metrics<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.names = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Draws the attributes with these keys alone. Series are not added up: two that differ in others alone are two lines
    /// that look alike.
    #[must_use]
    pub fn with_attributes<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.attributes = Some(keys.into_iter().map(Into::into).collect());
        self
    }

    /// Draws of histograms only how many values they have: for durations and whatever else differs from run to run.
    #[must_use]
    pub fn counts_only(mut self) -> Self {
        self.values = Values::Counts;
        self
    }

    /// Draws which series there are, and nothing of what they hold. A series without attributes has no line then.
    #[must_use]
    pub fn without_values(mut self) -> Self {
        self.values = Values::None;
        self
    }

    /// Adds ` from` and the name of its scope to each metric.
    #[must_use]
    pub fn with_scopes(mut self) -> Self {
        self.has_scopes = true;
        self
    }

    /// Adds a line for each exemplar below its series: `→`, its value, the attributes that the series does not have, and
    /// `in a trace` when it was measured in one.
    #[must_use]
    pub fn with_exemplars(mut self) -> Self {
        self.has_exemplars = true;
        self
    }

    /// Draws `metrics`. No metrics are an empty text.
    pub fn draw(&self, metrics: &[ExportedMetric]) -> String {
        let mut metrics: Vec<_> = metrics.iter().filter(|metric| self.shows(metric.name())).collect();
        metrics.sort_by_key(|metric| (metric.name(), metric.scope_name()));
        metrics.iter().map(|metric| self.metric(metric)).collect()
    }

    fn shows(&self, name: &str) -> bool {
        self.names.as_ref().is_none_or(|names| {
            names.iter().any(|shown| match shown.strip_suffix('*') {
                Some(start) => name.starts_with(start),
                None => name == shown,
            })
        })
    }

    fn metric(&self, metric: &ExportedMetric) -> String {
        let mut head = clean(metric.name());
        if !metric.unit().is_empty() {
            head += &format!(" ({})", clean(metric.unit()));
        }
        head += &kind(&metric.view().data());
        if self.has_scopes {
            head += &format!(" from {}", clean(metric.scope_name()));
        }
        let mut series = self.series(metric);
        series.sort();
        format!("{head}\n{}", series.concat())
    }

    /// The lines of each series.
    fn series(&self, metric: &ExportedMetric) -> Vec<String> {
        match metric.view().data() {
            MetricData::Gauge { points } | MetricData::Sum { points, .. } => {
                points.map(|p| self.lines(p.attributes(), number(p.value()), p.exemplars())).collect()
            }
            MetricData::Histogram { points, .. } => {
                points.map(|p| self.lines(p.attributes(), histogram(&p), p.exemplars())).collect()
            }
            MetricData::ExponentialHistogram { points, .. } => {
                points.map(|p| self.lines(p.attributes(), exponential(&p), p.exemplars())).collect()
            }
            MetricData::Unknown => Vec::new(),
        }
    }

    fn lines<'a>(
        &self,
        attributes: impl Iterator<Item = (&'a str, ValueView<'a>)>,
        measured: Measured,
        exemplars: impl Iterator<Item = ExemplarView<'a>>,
    ) -> String {
        let mut parts = self.attributes(attributes);
        let value = match self.values {
            Values::All => format!("{}{}", measured.count, measured.rest),
            Values::Counts => measured.count,
            Values::None => String::new(),
        };
        if !parts.is_empty() && !value.is_empty() {
            parts += ": ";
        }
        let mut lines =
            if parts.len() + value.len() > 0 { format!("  {parts}{value}\n") } else { String::new() };
        if self.has_exemplars {
            exemplars.for_each(|exemplar| lines += &self.exemplar(&exemplar));
        }
        lines
    }

    fn attributes<'a>(&self, attributes: impl Iterator<Item = (&'a str, ValueView<'a>)>) -> String {
        let shown =
            |key: &str| self.attributes.as_ref().is_none_or(|keys| keys.iter().any(|only| only == key));
        let mut parts: Vec<String> = attributes
            .filter(|(key, _)| shown(key))
            .map(|(key, value)| clean(format_args!("{key}={value}")))
            .collect();
        parts.sort();
        parts.join(" ")
    }

    fn exemplar(&self, exemplar: &ExemplarView<'_>) -> String {
        let mut line = format!("    → {}", exemplar.value());
        let attributes = self.attributes(exemplar.attributes());
        if !attributes.is_empty() {
            line += &format!(" {attributes}");
        }
        line += if exemplar.trace_id().is_some() { " in a trace\n" } else { "\n" };
        line
    }
}

/// ` counter cumulative`.
fn kind(data: &MetricData<'_>) -> String {
    let kind = match data {
        MetricData::Gauge { .. } => return " gauge".to_owned(),
        MetricData::Unknown => return " unknown".to_owned(),
        MetricData::Sum { is_monotonic: true, .. } => "counter",
        MetricData::Sum { .. } => "up-down counter",
        MetricData::Histogram { .. } => "histogram",
        MetricData::ExponentialHistogram { .. } => "exponential histogram",
    };
    let temporality = data.temporality().map_or("(no temporality)".to_owned(), |known| known.to_string());
    format!(" {kind} {temporality}")
}

/// What a series holds.
struct Measured {
    /// What can be foretold where measured values cannot.
    count: String,
    rest: String,
}

fn number(value: Number) -> Measured {
    Measured { count: value.to_string(), rest: String::new() }
}

fn histogram(point: &HistogramPointView<'_>) -> Measured {
    let bounds: Vec<f64> = point.bounds().collect();
    let buckets: String = point
        .bucket_counts()
        .enumerate()
        .filter(|(_, count)| *count > 0)
        .map(|(bucket, count)| match (bounds.get(bucket), bounds.last()) {
            (Some(bound), _) => format!(" ≤{bound}:{count}"),
            (None, Some(last)) => format!(" >{last}:{count}"),
            (None, None) => format!(" all:{count}"),
        })
        .collect();
    let ends = ends(point.sum(), point.min(), point.max());
    let buckets = if buckets.is_empty() { buckets } else { format!(" buckets{buckets}") };
    Measured { count: format!("count {}", point.count()), rest: ends + &buckets }
}

fn exponential(point: &ExponentialHistogramPointView<'_>) -> Measured {
    let mut rest = ends(point.sum(), point.min(), point.max());
    rest += &format!(" scale {}", point.scale());
    if point.zero_count() > 0 {
        rest += &format!(" zero {}", point.zero_count());
    }
    rest += &run("positive", point.positive());
    rest += &run("negative", point.negative());
    Measured { count: format!("count {}", point.count()), rest }
}

fn ends(sum: Option<f64>, min: Option<f64>, max: Option<f64>) -> String {
    let parts = [("sum", sum), ("min", min), ("max", max)];
    parts.into_iter().filter_map(|(name, value)| Some(format!(" {name} {}", value?))).collect()
}

/// ` positive 0:2 3:1`.
fn run(name: &str, buckets: BucketsView<'_>) -> String {
    let indices = i64::from(buckets.offset())..;
    let filled = indices.zip(buckets.counts()).filter(|(_, count)| *count > 0);
    let filled: String = filled.map(|(index, count)| format!(" {index}:{count}")).collect();
    if filled.is_empty() { filled } else { format!(" {name}{filled}") }
}
