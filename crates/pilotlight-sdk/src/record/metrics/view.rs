//! Views: what the application wants of instruments that others made.
//!
//! Specification: "View", <https://opentelemetry.io/docs/specs/otel/metrics/sdk/#view>.

use std::fmt;
use std::sync::Arc;

use opentelemetry::{InstrumentationScope, Key};

use crate::Error;

use super::attributes::AttributeFilter;
use super::exemplar::{ExemplarReservoir, ReservoirMaker};
use super::kind::InstrumentKind;

/// The most buckets of an exponential histogram, on either side of zero, unless set otherwise.
pub(crate) const EXPONENTIAL_SIZE: u16 = 160;

/// The finest scale of an exponential histogram, unless set otherwise.
pub(crate) const EXPONENTIAL_SCALE: i8 = 20;

/// How the measurements of an instrument become data points.
///
/// Specification: "Aggregation", <https://opentelemetry.io/docs/specs/otel/metrics/sdk/#aggregation>.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Aggregation {
    /// What suits the instrument: sums for counters, the last value for gauges, a histogram for histograms.
    #[default]
    Default,
    /// None: measurements are ignored, at the price of a branch.
    Drop,
    /// Added up.
    Sum,
    /// The latest.
    LastValue,
    /// Counted between fixed boundaries, each of which is the largest value of its bucket. Must be finite and increasing.
    ExplicitBucketHistogram {
        /// `None` takes the instrument's own, or the specification's defaults.
        boundaries: Option<Vec<f64>>,
    },
    /// Counted between boundaries that follow the values.
    Base2ExponentialHistogram {
        /// The most buckets on either side of zero, 2 to 16,384. Default 160.
        size_max: u16,
        /// The finest scale, −10 to 20. Default 20.
        scale_max: i8,
    },
}

impl Aggregation {
    /// An exponential histogram as it is when nothing is set: 160 buckets, scale 20.
    pub fn base2_exponential() -> Self {
        Self::Base2ExponentialHistogram { size_max: EXPONENTIAL_SIZE, scale_max: EXPONENTIAL_SCALE }
    }

    /// What is wrong with it, if anything is.
    pub(super) fn problem(&self) -> Option<&'static str> {
        match self {
            Self::ExplicitBucketHistogram { boundaries: Some(boundaries) } => boundaries_problem(boundaries),
            Self::Base2ExponentialHistogram { size_max, .. } if !(2..=16_384).contains(size_max) => {
                Some("an exponential histogram has 2 to 16,384 buckets")
            }
            Self::Base2ExponentialHistogram { scale_max, .. } if !(-10..=20).contains(scale_max) => {
                Some("an exponential histogram's scale is from -10 to 20")
            }
            _ => None,
        }
    }
}

/// What is wrong with a histogram's boundaries, if anything is.
pub(crate) fn boundaries_problem(boundaries: &[f64]) -> Option<&'static str> {
    if boundaries.iter().any(|boundary| !boundary.is_finite()) {
        Some("a histogram's boundaries are finite numbers")
    } else if !boundaries.is_sorted_by(|a, b| a < b) {
        Some("a histogram's boundaries increase from each to the next")
    } else {
        None
    }
}

/// Selects instruments and says what becomes of their measurements.
///
/// An instrument that several views select becomes as many metrics; one that none selects becomes what suits its kind.
///
/// Attributes that a view leaves out of the series may still appear on exemplars.
///
/// ```
/// use pilotlight_sdk::record::{Aggregation, MeterProvider, View};
///
/// # fn main() -> Result<(), pilotlight_sdk::Error> {
/// let provider = MeterProvider::builder()
///     .with_view(View::of("http.server.*").exclude_attributes(["user_agent.original"]).build()?)
///     .with_view(View::of("queue.latency").aggregation(Aggregation::base2_exponential()).build()?)
///     .build()?;
/// # drop(provider);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct View {
    selector: Selector,
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) filter: Option<AttributeFilter>,
    pub(super) aggregation: Aggregation,
    pub(super) cardinality_limit: Option<usize>,
    pub(super) reservoir: Option<ReservoirMaker>,
}

#[derive(Clone, Debug, Default)]
struct Selector {
    name: String,
    kind: Option<InstrumentKind>,
    unit: Option<String>,
    meter_name: Option<String>,
    meter_version: Option<String>,
    meter_schema_url: Option<String>,
}

/// An instrument, as views look at it.
#[derive(Clone, Copy)]
pub(super) struct Candidate<'a> {
    pub(super) name: &'a str,
    pub(super) kind: InstrumentKind,
    pub(super) unit: &'a str,
    pub(super) scope: &'a InstrumentationScope,
}

impl View {
    /// Begins a view of the instruments whose name is `name`, in whatever case. `*` stands for any characters, `?` for one.
    pub fn of(name: impl Into<String>) -> ViewBuilder {
        ViewBuilder(Self {
            selector: Selector { name: name.into(), ..Selector::default() },
            name: None,
            description: None,
            filter: None,
            aggregation: Aggregation::Default,
            cardinality_limit: None,
            reservoir: None,
        })
    }

    pub(super) fn selects(&self, candidate: Candidate<'_>) -> bool {
        let Selector { name, kind, unit, meter_name, meter_version, meter_schema_url } = &self.selector;
        let scope = candidate.scope;
        let equal =
            |wanted: &Option<String>, given: &str| wanted.as_ref().is_none_or(|wanted| wanted == given);
        kind.is_none_or(|kind| kind == candidate.kind)
            && equal(unit, candidate.unit)
            && equal(meter_name, scope.name())
            && equal(meter_version, scope.version().unwrap_or_default())
            && equal(meter_schema_url, scope.schema_url().unwrap_or_default())
            && matches_pattern(name.as_bytes(), candidate.name.as_bytes())
    }
}

/// Makes a [`View`]. What is not set stays as the instrument has it.
#[derive(Clone, Debug)]
#[must_use]
pub struct ViewBuilder(View);

impl ViewBuilder {
    /// Selects instruments of this kind alone.
    pub fn kind(mut self, kind: InstrumentKind) -> Self {
        self.0.selector.kind = Some(kind);
        self
    }

    /// Selects instruments with exactly this unit alone.
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.0.selector.unit = Some(unit.into());
        self
    }

    /// Selects instruments of the meter with exactly this name alone.
    pub fn meter_name(mut self, name: impl Into<String>) -> Self {
        self.0.selector.meter_name = Some(name.into());
        self
    }

    /// Selects instruments of meters with exactly this version alone.
    pub fn meter_version(mut self, version: impl Into<String>) -> Self {
        self.0.selector.meter_version = Some(version.into());
        self
    }

    /// Selects instruments of meters with exactly this schema URL alone.
    pub fn meter_schema_url(mut self, url: impl Into<String>) -> Self {
        self.0.selector.meter_schema_url = Some(url.into());
        self
    }

    /// Renames the metric. Not together with a pattern that selects several instruments: they would become one.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.0.name = Some(name.into());
        self
    }

    /// Describes the metric anew.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.0.description = Some(description.into());
        self
    }

    /// Keeps these attributes alone. Replaces [`exclude_attributes`](Self::exclude_attributes).
    pub fn keep_attributes(mut self, keys: impl IntoIterator<Item = impl Into<Key>>) -> Self {
        self.0.filter = Some(AttributeFilter::Keep(keys.into_iter().map(Into::into).collect()));
        self
    }

    /// Leaves these attributes out. Replaces [`keep_attributes`](Self::keep_attributes).
    pub fn exclude_attributes(mut self, keys: impl IntoIterator<Item = impl Into<Key>>) -> Self {
        self.0.filter = Some(AttributeFilter::Exclude(keys.into_iter().map(Into::into).collect()));
        self
    }

    /// Aggregates in another way.
    pub fn aggregation(mut self, aggregation: Aggregation) -> Self {
        self.0.aggregation = aggregation;
        self
    }

    /// How many attribute sets are told apart, the overflow's included; at least 2. Default: the reader's.
    pub fn cardinality_limit(mut self, limit: usize) -> Self {
        self.0.cardinality_limit = Some(limit);
        self
    }

    /// Chooses exemplars in another way. `make` is called for each thread and series.
    pub fn exemplar_reservoir(
        mut self,
        make: impl Fn() -> Box<dyn ExemplarReservoir> + Send + Sync + 'static,
    ) -> Self {
        self.0.reservoir = Some(Arc::new(make));
        self
    }

    /// The view.
    ///
    /// # Errors
    ///
    /// When the name to select is empty, a pattern is combined with a new name, the new name is not an instrument's,
    /// boundaries do not increase, or a limit is out of its range.
    pub fn build(self) -> Result<View, Error> {
        let view = self.0;
        let is_pattern = view.selector.name.contains(['*', '?']);
        let problem = if view.selector.name.is_empty() {
            Some("it selects no instrument; `*` selects all")
        } else if is_pattern && view.name.is_some() {
            Some("a pattern may select several instruments, and they cannot all have the new name")
        } else if view.name.as_deref().is_some_and(|name| super::names::name_problem(name).is_some()) {
            Some("the new name must begin with a letter and have letters, digits, '_', '.', '-', '/' alone")
        } else if view.cardinality_limit.is_some_and(|limit| limit < 2) {
            Some("the cardinality limit is at least 2")
        } else {
            view.aggregation.problem()
        };
        match problem {
            None => Ok(view),
            Some(problem) => {
                Err(Error::failed(format!("the view of \"{}\" is no use: {problem}", view.selector.name)))
            }
        }
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View")
            .field("selector", &self.selector)
            .field("name", &self.name)
            .field("filter", &self.filter)
            .field("aggregation", &self.aggregation)
            .field("cardinality_limit", &self.cardinality_limit)
            .finish_non_exhaustive()
    }
}

/// Whether `text` is what `pattern` describes, in whatever case: `*` is any characters, `?` one.
///
/// Walks both once and comes back to the last star when it gets stuck, so hostile patterns take no more than their
/// length times the text's.
fn matches_pattern(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == b'?' || c.eq_ignore_ascii_case(&text[t]) => {
                p += 1;
                t += 1;
            }
            _ => match &mut star {
                Some((at, from)) => {
                    *from += 1;
                    (p, t) = (*at + 1, *from);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_know_stars_and_question_marks() {
        let matches = |pattern: &str, text: &str| matches_pattern(pattern.as_bytes(), text.as_bytes());
        for (pattern, text) in [
            ("*", "x"),
            ("*", ""),
            ("http.*", "http.server"),
            ("*.dur?tion", "a.b.DURATION"),
            ("a*b*c", "aXbYbc"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("http.*", "rpc.http."), ("a?", "a"), ("a*b", "abc"), ("", "a")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn a_view_that_cannot_work_is_refused_with_the_reason() {
        let refused = [
            View::of("").build(),
            View::of("a.*").name("b").build(),
            View::of("a").name("9").build(),
            View::of("a").cardinality_limit(1).build(),
            View::of("a")
                .aggregation(Aggregation::ExplicitBucketHistogram { boundaries: Some(vec![2.0, 1.0]) })
                .build(),
            View::of("a")
                .aggregation(Aggregation::Base2ExponentialHistogram { size_max: 1, scale_max: 20 })
                .build(),
        ];
        for view in refused {
            assert!(view.unwrap_err().to_string().contains("is no use: "));
        }
    }
}
