//! A log record in a line, and what it is called.

use super::LogRow;
use crate::query::text::{SEARCHED_BYTES, text};
use crate::query::{QuestionError, UnixNano, ids};
use crate::store::window::insert::{log_time, severity, span_id, trace_id};
use crate::store::window::segment::Segment;
use crate::store::window::symbols::Symbol;
use opentelemetry_proto::tonic::logs::v1::LogRecord;

/// How many characters of a body are in a line.
const BODY_CHARACTERS: usize = 1000;

/// Where a record is: the request it came with, and the how manieth of it. The same after a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LogId {
    pub(super) chunk: u64,
    pub(super) ordinal: u32,
}

impl LogId {
    pub(super) fn parse(text: &str) -> Result<Self, QuestionError> {
        let parts = text.split_once('-').and_then(|(chunk, ordinal)| {
            let is_hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
            (is_hex(chunk) && is_hex(ordinal)).then_some(())?;
            Some(Self {
                chunk: u64::from_str_radix(chunk, 16).ok()?,
                ordinal: u32::from_str_radix(ordinal, 16).ok()?,
            })
        });
        parts.ok_or_else(|| {
            let shown = crate::query::text::cut(text, 64);
            let message = format!("`{shown}` is not a log record's id: take it from a list of log records.");
            QuestionError { message, position: None }
        })
    }
}

impl std::fmt::Display for LogId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:x}-{:x}", self.chunk, self.ordinal)
    }
}

impl LogRow {
    /// The line of a row; none when there is no such row.
    pub(crate) fn of(segment: &Segment, row: u32) -> Option<Self> {
        let logs = &segment.logs;
        let at = row as usize;
        let text = |column: &[Symbol]| column.get(at).map_or("", |symbol| segment.text(*symbol));
        let chunk = segment.chunk(*logs.chunk.get(at)?)?;
        let severity = *logs.severity.get(at)?;
        Some(Self {
            id: LogId { chunk: chunk.id, ordinal: *logs.ordinal.get(at)? }.to_string(),
            time: UnixNano(*logs.time.get(at)?),
            severity,
            severity_text: severity_text(text(&logs.severity_text), severity).to_owned(),
            service: segment.service(*logs.resource.get(at)?).to_owned(),
            body: text(&logs.body).chars().take(BODY_CHARACTERS).collect(),
            event_name: text(&logs.event_name).to_owned(),
            trace_id: ids::trace_text(segment.trace_id(*logs.trace.get(at)?)),
            span_id: ids::span_text(*logs.span.get(at)?),
        })
    }

    /// The line of a record as it was sent.
    pub(super) fn of_record(id: LogId, record: &LogRecord, service: &str, received: u64) -> Self {
        let mut scratch = String::new();
        let severity = severity(record.severity_number);
        Self {
            id: id.to_string(),
            time: UnixNano(log_time(record, received)),
            severity,
            severity_text: severity_text(&record.severity_text, severity).to_owned(),
            service: service.to_owned(),
            body: text(record.body.as_ref(), SEARCHED_BYTES, &mut scratch)
                .0
                .chars()
                .take(BODY_CHARACTERS)
                .collect(),
            event_name: record.event_name.clone(),
            trace_id: trace_id(&record.trace_id).and_then(ids::trace_text),
            span_id: span_id(&record.span_id).and_then(ids::span_text),
        }
    }
}

/// As the sender calls it, or what its number is called.
fn severity_text(sent: &str, severity: u8) -> &str {
    if !sent.is_empty() {
        return sent;
    }
    match severity {
        1..=4 => "TRACE",
        5..=8 => "DEBUG",
        9..=12 => "INFO",
        13..=16 => "WARN",
        17..=20 => "ERROR",
        21..=24 => "FATAL",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let id = LogId { chunk: u64::MAX, ordinal: 10 };
        assert_eq!(LogId::parse(&id.to_string()), Ok(id));
        assert!(["", "-", "1", "x-1", "1-+1", "1-100000000"].iter().all(|text| LogId::parse(text).is_err()));
    }
}
