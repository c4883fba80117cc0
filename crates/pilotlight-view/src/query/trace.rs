//! One trace, laid out for a waterfall; and one span in full.

mod critical;
mod detail;
mod faults;
mod find;
mod gather;
mod layout;
mod times;
mod tree;

pub(super) use times::SKEW_MIN;

use super::QuestionError;
use super::filter::Filter;
use super::ids;
use super::{Attribute, LogRow, ResourceRef, ScopeRef, UnixNano};
use crate::store::Store;
use serde::{Deserialize, Serialize};
use std::time::{SystemTime, UNIX_EPOCH};
use utoipa::{IntoParams, ToSchema};

/// One trace: its spans in the order in which they are drawn.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Trace {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// When its earliest span begins.
    pub start: UnixNano,
    /// From there to the latest end, nanoseconds.
    pub duration_ns: u64,
    /// The names that `SpanRow::service` counts into.
    pub services: Vec<String>,
    /// Depth first, siblings by their start. At most 50,000.
    pub spans: Vec<SpanRow>,
    /// Log records of this trace, by time. At most 10,000.
    pub logs: Vec<TraceLog>,
    /// What decided how long it took: stretches without gaps or overlaps, in the order of time.
    pub critical_path: Vec<CriticalStretch>,
    /// What is wrong with its form, in words.
    pub faults: Vec<TraceFault>,
    /// How many spans are not here because there are too many.
    pub spans_left_out: u64,
    /// How many log records are not here because there are too many.
    pub logs_left_out: u64,
}

/// A span as a line of a waterfall.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct SpanRow {
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// 16 hexadecimal digits, as it was sent; none for a root.
    pub parent_span_id: Option<String>,
    /// Below which span it is drawn, as a position in `Trace::spans`.
    pub parent: Option<u32>,
    /// How deep it is drawn; roots and what has lost its parent are at 0.
    pub depth: u32,
    /// Its name.
    pub name: String,
    /// Its service, as a position in `Trace::services`.
    pub service: u32,
    /// Its kind.
    pub kind: SpanKind,
    /// Its status.
    pub status: SpanStatus,
    /// What its status says.
    pub status_message: Option<String>,
    /// When it begins, nanoseconds after the trace.
    pub start_offset_ns: i64,
    /// How long it took; 0 when it ends before it begins.
    pub duration_ns: u64,
    /// What no child of it was busy with, nanoseconds.
    pub self_time_ns: u64,
    /// Its events, at most 50.
    pub events: Vec<EventMark>,
    /// How many links it has to others.
    pub links: u32,
    /// How many links others in memory have to it.
    pub linked_from: u32,
    /// Whether it is where it says.
    pub placement: Placement,
    /// By how many nanoseconds it begins before its parent or ends after it without being asynchronous, across two services: their
    /// clocks differ at least so much. None when all is well.
    pub skew_ns: Option<i64>,
}

/// Kinds of spans.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum SpanKind {
    /// None was given.
    #[default]
    Unspecified,
    /// Work within a service.
    Internal,
    /// The answering side.
    Server,
    /// The asking side.
    Client,
    /// Sends a message.
    Producer,
    /// Takes a message.
    Consumer,
}

/// Statuses of spans.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SpanStatus {
    /// None was given.
    #[default]
    Unset,
    /// Said to be well.
    Ok,
    /// An error.
    Error,
}

/// Whether a span is drawn where it says it belongs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Placement {
    /// A root, or below its parent.
    #[default]
    InPlace,
    /// Its parent is not here.
    Orphan,
    /// It is its own ancestor; the circle was opened at this span.
    Cycle,
    /// Another span has the same id; this one came later.
    Duplicate,
}

/// An event as a mark on a bar.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct EventMark {
    /// Its name.
    pub name: String,
    /// Nanoseconds after the trace.
    pub offset_ns: i64,
    /// It is an exception.
    pub exception: bool,
}

/// A log record as a mark on a bar.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct TraceLog {
    /// The record.
    pub log: LogRow,
    /// The span it belongs to, as a position in `Trace::spans`; none when that span is not here.
    pub span: Option<u32>,
    /// Nanoseconds after the trace.
    pub offset_ns: i64,
}

/// A stretch of the critical path.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct CriticalStretch {
    /// The span, as a position in `Trace::spans`.
    pub span: u32,
    /// Nanoseconds after the trace.
    pub start_offset_ns: i64,
    /// Nanoseconds.
    pub duration_ns: u64,
}

/// Something wrong with a trace's form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TraceFault {
    /// What.
    pub kind: FaultKind,
    /// In one sentence, with numbers and names.
    pub message: String,
    /// The spans, as positions in `Trace::spans`, at most 100.
    pub spans: Vec<u32>,
}

/// Kinds of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// Parents are missing.
    Orphans,
    /// Spans are their own ancestors.
    Cycle,
    /// Several spans have no parent.
    SeveralRoots,
    /// No span is without a parent.
    NoRoot,
    /// Clocks differ.
    Skew,
    /// Spans end before they begin.
    NegativeDuration,
    /// Times that cannot be right: before 2000, or far in the future.
    ImpossibleTime,
    /// Two spans with one id.
    DuplicateSpanId,
}

/// One span in full.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct SpanDetail {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// 16 hexadecimal digits; none for a root.
    pub parent_span_id: Option<String>,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: SpanKind,
    /// Its status.
    pub status: SpanStatus,
    /// What its status says.
    pub status_message: String,
    /// When it begins.
    pub start: UnixNano,
    /// When it ends.
    pub end: UnixNano,
    /// How long it took; 0 when it ends before it begins.
    pub duration_ns: u64,
    /// W3C flags: 1 is sampled.
    pub flags: u32,
    /// W3C trace state.
    pub trace_state: String,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
    /// How many more there were.
    pub dropped_attributes: u32,
    /// Its events.
    pub events: Vec<SpanEvent>,
    /// How many more there were.
    pub dropped_events: u32,
    /// Its links.
    pub links: Vec<Link>,
    /// How many more there were.
    pub dropped_links: u32,
    /// Spans that link to it, at most 100.
    pub linked_from: Vec<BackLink>,
    /// Its log records, at most 1,000.
    pub logs: Vec<LogRow>,
    /// Who told it.
    pub resource: ResourceRef,
    /// By which instrumentation.
    pub scope: ScopeRef,
    /// How it came, in words: `http/protobuf on port 4318, gzip, OTel-OTLP-Exporter-Rust/0.33.1`. Not known of what was read again from the file.
    pub arrival: Option<String>,
}

/// An event in full.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct SpanEvent {
    /// Its name.
    pub name: String,
    /// When.
    pub time: UnixNano,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
    /// How many more there were.
    pub dropped_attributes: u32,
}

/// A link to another span.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Link {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// W3C trace state.
    pub trace_state: String,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
    /// What it leads to: `service: name`; none when that span is not here.
    pub target: Option<String>,
}

/// A link from another span.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct BackLink {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// The other span's service.
    pub service: String,
    /// The other span's name.
    pub name: String,
}

/// Which spans of a trace.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct FindQuestion {
    /// Which ones; all without it.
    pub filter: String,
}

/// The spans of a trace that a filter means.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct FoundSpans {
    /// 16 hexadecimal digits each, in the order in which they came. At most 50,000.
    pub span_ids: Vec<String>,
    /// How many more there are.
    pub left_out: u64,
}

/// How many spans of a trace are laid out, and how many of its log records are shown.
const SPANS_MAX: usize = 50_000;
const LOGS_MAX: usize = 10_000;

impl Store {
    /// One trace; none when nothing of it is here.
    ///
    /// # Errors
    /// When the id is none.
    pub fn trace(&self, trace_id: &str) -> Result<Option<Trace>, QuestionError> {
        let id = ids::trace(trace_id)?;
        let parts = gather::parts(self, id, SPANS_MAX);
        let Some(gathered) = gather::gather(&parts, id, SPANS_MAX, LOGS_MAX) else { return Ok(None) };
        let linked = gather::links_to(&self.window().all(), id);
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = u64::try_from(since_1970.as_nanos()).unwrap_or(u64::MAX);
        Ok(Some(layout::lay_out(id, gathered, &linked, now)))
    }

    /// The spans of a trace that a filter means; none of them when nothing of the trace is here.
    ///
    /// # Errors
    /// When the id is none, or the filter cannot be read.
    pub fn find_spans(&self, trace_id: &str, question: &FindQuestion) -> Result<FoundSpans, QuestionError> {
        Ok(find::find(self, ids::trace(trace_id)?, &Filter::parse(&question.filter)?))
    }

    /// One span; none when it is not here.
    ///
    /// # Errors
    /// When an id is none.
    pub fn span(&self, trace_id: &str, span_id: &str) -> Result<Option<SpanDetail>, QuestionError> {
        Ok(detail::answer(self, ids::trace(trace_id)?, ids::span(span_id)?))
    }
}

/// Nanoseconds from one moment to another; as far as a signed number reaches.
fn offset(moment: u64, start: u64) -> i64 {
    let offset = i128::from(moment) - i128::from(start);
    i64::try_from(offset).unwrap_or(if offset < 0 { i64::MIN } else { i64::MAX })
}
