//! The list of traces, and how long they took.

mod durations;
mod found;
mod summary;

use super::QuestionError;
use super::{SpanKind, UnixNano};
use crate::receive::Signal;
use crate::store::Store;
use crate::store::older::Looked;
use crate::store::window::SegmentRef;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which traces: those with at least one span that is meant.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct TracesQuestion {
    /// From here on, milliseconds since 1970.
    pub from_ms: Option<f64>,
    /// Until here, milliseconds since 1970.
    pub to_ms: Option<f64>,
    /// Which spans they have.
    pub filter: String,
    /// Only traces with a span whose status is an error.
    pub errors: bool,
    /// Only traces that took at least so many milliseconds as a whole.
    pub duration_ms_min: Option<f64>,
    /// Only traces that took at most so many milliseconds as a whole.
    pub duration_ms_max: Option<f64>,
    /// In which order.
    pub sort: TraceSort,
    /// How many: 50 without it, 1,000 at most.
    pub limit: Option<usize>,
    /// How many of them to pass over.
    pub offset: Option<usize>,
}

/// Orders of traces.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TraceSort {
    /// Those with errors first, then the newest.
    #[default]
    ErrorsFirst,
    /// The newest first.
    Newest,
    /// The slowest first.
    Slowest,
    /// Those with most spans first.
    MostSpans,
}

/// Traces.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct TraceList {
    /// In the order asked for.
    pub traces: Vec<TraceSummary>,
    /// How many there are in all.
    pub matched: u64,
    /// How many of them have errors.
    pub with_errors: u64,
    /// Whether everything in the range was looked at.
    pub complete: bool,
    /// What was looked at begins here, when that is not everything: ask again with `to_ms` of this moment for what is older.
    pub searched_back_to: Option<UnixNano>,
}

/// A trace in a line.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct TraceSummary {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// The root's name, or that of the earliest span where the root is missing.
    pub name: String,
    /// The root's service.
    pub service: String,
    /// The root's kind.
    pub kind: SpanKind,
    /// When its earliest span begins.
    pub start: UnixNano,
    /// From there to the latest end, nanoseconds.
    pub duration_ns: u64,
    /// How many spans are here.
    pub spans: u32,
    /// How many of them are errors.
    pub errors: u32,
    /// How many log records name it.
    pub logs: u32,
    /// Who took part, the most spans first, at most 8.
    pub services: Vec<ServiceShare>,
    /// No span without a parent has come (yet).
    pub root_missing: bool,
}

/// How much of a trace is a service's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ServiceShare {
    /// Its name.
    pub service: String,
    /// How many spans.
    pub spans: u32,
    /// How many of them are errors.
    pub errors: u32,
}

/// How long the traces took that a question means, over time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct TraceDurations {
    /// Where the columns begin, milliseconds since 1970; one more than there are columns.
    pub time_edges_ms: Vec<f64>,
    /// Where the rows begin, milliseconds of duration, each some times the one before; one more than there are rows.
    pub duration_edges_ms: Vec<f64>,
    /// How many traces, column by column: `counts[column * rows + row]`.
    pub counts: Vec<u32>,
    /// How many of them have errors.
    pub errors: Vec<u32>,
    /// Single traces to point at: all when they are 1,000 or fewer; else those with errors and the slowest first.
    pub points: Vec<DurationPoint>,
}

/// One trace in the picture.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct DurationPoint {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// The root's name.
    pub name: String,
    /// The root's service.
    pub service: String,
    /// When it began, milliseconds since 1970.
    pub start_ms: f64,
    /// How long it took, milliseconds.
    pub duration_ms: f64,
    /// Whether it has errors.
    pub error: bool,
}

/// How many traces without a limit, and with the highest one.
const LIMIT: usize = 50;
const LIMIT_MAX: usize = 1000;

impl Store {
    /// The traces that a question means.
    ///
    /// # Errors
    /// When the filter or the range cannot be read.
    pub fn traces(&self, question: &TracesQuestion) -> Result<TraceList, QuestionError> {
        let (looked, all, found) = self.find_traces(question)?;
        let matched = found.len() as u64;
        let with_errors = found.iter().filter(|trace| trace.errors > 0).count() as u64;
        let limit = question.limit.unwrap_or(LIMIT).min(LIMIT_MAX);
        let shown = found::first(found, question.sort, question.offset.unwrap_or(0), limit);
        let line = |trace: &found::Found| summary::summary(trace, &looked.segments, &all);
        Ok(TraceList {
            traces: shown.iter().filter_map(line).collect(),
            matched,
            with_errors,
            complete: looked.complete,
            searched_back_to: looked.searched_back_to,
        })
    }

    /// How long these traces took.
    ///
    /// # Errors
    /// When the filter or the range cannot be read.
    pub fn trace_durations(&self, question: &TracesQuestion) -> Result<TraceDurations, QuestionError> {
        let (looked, all, found) = self.find_traces(question)?;
        let range = found::Demand::of(question)?.range();
        Ok(durations::durations(found, range, &looked.segments, &all))
    }

    /// What was looked into, all that is in memory, and the traces that are meant.
    fn find_traces(
        &self,
        question: &TracesQuestion,
    ) -> Result<(Looked, Vec<SegmentRef>, Vec<found::Found>), QuestionError> {
        let demand = found::Demand::of(question)?;
        let asked = question.from_ms.is_some() || question.to_ms.is_some();
        let looked = self.look(demand.range(), asked, Signal::Traces);
        let all = self.window().all();
        let found = demand.find(&looked.segments, &all);
        Ok((looked, all, found))
    }
}
