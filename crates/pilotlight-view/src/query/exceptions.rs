//! Exceptions, grouped.

mod groups;
mod scan;

use super::QuestionError;
use super::SpanQuestion;
use super::UnixNano;
use super::filter::Filter;
use crate::receive::Signal;
use crate::store::Store;
use crate::store::window::TimeRange;
use serde::Serialize;
use utoipa::ToSchema;

/// Groups of exceptions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct ExceptionList {
    /// The most frequent first, at most 500.
    pub groups: Vec<ExceptionGroup>,
    /// How many exceptions in all.
    pub total: u64,
    /// How many groups are not here.
    pub left_out: u64,
}

/// Exceptions of one type and message. Numbers, hexadecimal ids and quoted words in messages do not tell groups apart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct ExceptionGroup {
    /// `exception.type`, or `error.type` where that is all there is.
    pub kind: String,
    /// `exception.message` of the newest.
    pub message: String,
    /// How many.
    pub count: u64,
    /// In which services.
    pub services: Vec<String>,
    /// In which spans, by name, at most 10.
    pub operations: Vec<String>,
    /// The first one's time.
    pub first: UnixNano,
    /// The newest one's time.
    pub last: UnixNano,
    /// `exception.stacktrace` of the newest, cut at 32 KiB.
    pub stacktrace: String,
    /// Where to see them, the newest first, at most 10.
    pub examples: Vec<ExceptionExample>,
}

/// One of a group.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct ExceptionExample {
    /// When.
    pub time: UnixNano,
    /// Where it was told.
    pub source: ExceptionSource,
    /// 32 hexadecimal digits.
    pub trace_id: Option<String>,
    /// 16 hexadecimal digits.
    pub span_id: Option<String>,
    /// The log record that tells it.
    pub log_id: Option<String>,
}

/// What tells of exceptions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExceptionSource {
    /// An event of a span.
    #[default]
    SpanEvent,
    /// A log record.
    Log,
}

impl Store {
    /// Exceptions of spans that begin in the range and of log records in it, grouped. Of a span it is the first one that counts; one that
    /// is told by a span and by a log record within it counts once.
    ///
    /// # Errors
    /// When the filter cannot be read, or the range ends before it begins.
    pub fn exceptions(&self, question: &SpanQuestion) -> Result<ExceptionList, QuestionError> {
        let filter = Filter::parse(&question.filter)?;
        let range = TimeRange::of(question.from_ms, question.to_ms)?;
        let mut groups = groups::Groups::default();
        let asked = question.from_ms.is_some() || question.to_ms.is_some();
        for segment in self.look(range, asked, Signal::Traces).segments {
            scan::segment(&segment.read(), &filter, range, &mut groups);
        }
        Ok(groups.into_list(self.aggregates()))
    }
}
