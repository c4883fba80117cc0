//! Log records: the list, one in full, and the live tail.

mod detail;
mod list;
mod row;

use super::QuestionError;
use super::{Attribute, ResourceRef, ScopeRef, UnixNano};
use crate::store::Store;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which log records.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct LogsQuestion {
    /// From here on, milliseconds since 1970.
    pub from_ms: Option<f64>,
    /// Until here, milliseconds since 1970.
    pub to_ms: Option<f64>,
    /// Which ones.
    pub filter: String,
    /// Of at least this severity: 1 to 24 as OTLP counts (9 info, 13 warn, 17 error).
    pub severity_min: Option<u8>,
    /// How many: 200 without it, 1,000 at most.
    pub limit: Option<usize>,
    /// How many of them to pass over, newest first.
    pub offset: Option<usize>,
}

/// Which log records are pushed.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct TailQuestion {
    /// Which ones.
    pub filter: String,
    /// Of at least this severity.
    pub severity_min: Option<u8>,
}

/// Log records, the newest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct LogList {
    /// The newest first.
    pub logs: Vec<LogRow>,
    /// How many there are in all.
    pub matched: u64,
    /// How many over time, in at most 60 equal steps.
    pub buckets: Vec<LogBucket>,
    /// Whether everything in the range was looked at.
    pub complete: bool,
    /// What was looked at begins here, when that is not everything.
    pub searched_back_to: Option<UnixNano>,
}

/// How many log records in a stretch of time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct LogBucket {
    /// Where it begins, milliseconds since 1970.
    pub start_ms: f64,
    /// Trace and debug.
    pub debug: u32,
    /// Info, and those without a severity.
    pub info: u32,
    /// Warn.
    pub warn: u32,
    /// Error and fatal.
    pub error: u32,
}

/// A log record in a line.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct LogRow {
    /// What to ask for it in full with; opaque.
    pub id: String,
    /// When it happened, or where that is missing when it was observed.
    pub time: UnixNano,
    /// 0 for none, 1 to 24.
    pub severity: u8,
    /// As the sender calls it; `INFO` and the like where it does not.
    pub severity_text: String,
    /// `service.name`.
    pub service: String,
    /// Its body as text, cut at 1,000 characters.
    pub body: String,
    /// Its event name.
    pub event_name: String,
    /// 32 hexadecimal digits.
    pub trace_id: Option<String>,
    /// 16 hexadecimal digits.
    pub span_id: Option<String>,
}

/// A log record in full.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct LogDetail {
    /// The line.
    pub row: LogRow,
    /// Its body; maps and arrays as JSON.
    pub body: Attribute,
    /// When it was observed.
    pub observed: UnixNano,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
    /// How many more there were.
    pub dropped_attributes: u32,
    /// W3C flags.
    pub flags: u32,
    /// Who told it.
    pub resource: ResourceRef,
    /// By which instrumentation.
    pub scope: ScopeRef,
    /// How it came, in words.
    pub arrival: Option<String>,
}

impl Store {
    /// The log records that a question means.
    ///
    /// # Errors
    /// When the filter or the range cannot be read.
    pub fn logs(&self, question: &LogsQuestion) -> Result<LogList, QuestionError> {
        list::answer(self, question)
    }

    /// One log record; none when it is not here (any more).
    ///
    /// # Errors
    /// When the id is none.
    pub fn log(&self, id: &str) -> Result<Option<LogDetail>, QuestionError> {
        Ok(detail::answer(self, row::LogId::parse(id)?))
    }
}
