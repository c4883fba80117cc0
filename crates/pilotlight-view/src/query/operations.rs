//! Rate, errors and duration by operation.

mod series;
mod tally;

pub(in crate::query) use tally::some_starts;

use super::QuestionError;
use super::SpanKind;
use super::SpanQuestion;
use super::axis::Axis;
use super::filter::Filter;
use crate::receive::Signal;
use crate::store::Store;
use crate::store::window::TimeRange;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Operations with what they do: spans that answer or ask (server, consumer, client, producer) and roots.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct OperationList {
    /// The most errors first, then the slowest p95; at most 1,000.
    pub operations: Vec<Operation>,
    /// The range that it is of, milliseconds since 1970.
    pub from_ms: f64,
    /// Its end.
    pub to_ms: f64,
    /// Whether everything in the range was looked at.
    pub complete: bool,
    /// How many operations are not here because there are too many.
    pub left_out: u64,
}

/// One operation: spans of one service, name and kind.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Operation {
    /// The service.
    pub service: String,
    /// The spans' name.
    pub name: String,
    /// The spans' kind.
    pub kind: SpanKind,
    /// How many.
    pub count: u64,
    /// How many a second over the range in which there is anything.
    pub rate: f64,
    /// How many errors.
    pub errors: u64,
    /// Half of them took at most so many milliseconds. Quantiles are within 2 % of the exact ones.
    pub p50_ms: f64,
    /// 95 of 100.
    pub p95_ms: f64,
    /// 99 of 100.
    pub p99_ms: f64,
    /// The slowest.
    pub max_ms: f64,
    /// Counts over the range in 30 equal steps.
    pub counts: Vec<u32>,
    /// The slowest one's trace.
    pub slowest_trace_id: String,
}

/// One operation over time.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct OperationQuestion {
    /// The service.
    pub service: String,
    /// The spans' name.
    pub name: String,
    /// The spans' kind; any when it is not given.
    pub kind: Option<SpanKind>,
    /// From here on, milliseconds since 1970.
    pub from_ms: Option<f64>,
    /// Until here, milliseconds since 1970.
    pub to_ms: Option<f64>,
    /// How many steps: 60 without it, 500 at most.
    pub steps: Option<usize>,
}

/// One operation over time. Where nothing happened, quantiles are null.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct OperationSeries {
    /// Where the first step begins, milliseconds since 1970.
    pub start_ms: f64,
    /// How long a step is, milliseconds.
    pub step_ms: f64,
    /// How many a second.
    pub rate: Vec<f64>,
    /// How many errors a second.
    pub errors: Vec<f64>,
    /// Milliseconds.
    pub p50_ms: Vec<Option<f64>>,
    /// Milliseconds.
    pub p95_ms: Vec<Option<f64>>,
    /// Milliseconds.
    pub p99_ms: Vec<Option<f64>>,
}

/// Steps of an operation's counts.
const COUNTS: usize = 30;
/// Steps of an operation's series, when the question says nothing, and at most.
const STEPS: (usize, usize) = (60, 500);

impl Store {
    /// Operations and how they do. A million spans take some tens of milliseconds.
    ///
    /// # Errors
    /// When the filter cannot be read, or the range ends before it begins.
    pub fn operations(&self, question: &SpanQuestion) -> Result<OperationList, QuestionError> {
        let filter = Filter::parse(&question.filter)?;
        let range = TimeRange::of(question.from_ms, question.to_ms)?;
        let asked = question.from_ms.is_some() || question.to_ms.is_some();
        let looked = self.look(range, asked, Signal::Traces);
        let axis = Axis::of(&mut some_starts(&looked.segments, range), range, COUNTS);
        let mut tallies = tally::Tallies::new(axis);
        for segment in &looked.segments {
            tallies.add(&segment.read(), &filter, range);
        }
        Ok(tallies.into_list(looked.complete))
    }

    /// One operation over time.
    ///
    /// # Errors
    /// When its name is missing, or the range ends before it begins.
    pub fn operation(&self, question: &OperationQuestion) -> Result<OperationSeries, QuestionError> {
        if question.name.is_empty() {
            let message =
                "The operation's `name` is missing: take one from the list of operations.".to_owned();
            return Err(QuestionError { message, position: None });
        }
        let range = TimeRange::of(question.from_ms, question.to_ms)?;
        let asked = question.from_ms.is_some() || question.to_ms.is_some();
        let looked = self.look(range, asked, Signal::Traces);
        let steps = question.steps.unwrap_or(STEPS.0).clamp(1, STEPS.1);
        let axis = Axis::of(&mut some_starts(&looked.segments, range), range, steps);
        let mut series = series::Series::new(axis);
        for segment in &looked.segments {
            series.add(&segment.read(), question, range);
        }
        Ok(series.finish())
    }
}
