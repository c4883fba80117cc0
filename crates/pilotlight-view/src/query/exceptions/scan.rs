//! Exceptions in a segment.

use super::groups::{Found, Groups};
use super::{ExceptionExample, ExceptionSource};
use crate::query::filter::Filter;
use crate::query::{LogRow, UnixNano, ids};
use crate::store::window::TimeRange;
use crate::store::window::segment::Segment;
use crate::store::window::symbols::Symbol;

/// Adds what spans and log records of a segment tell.
pub(super) fn segment(segment: &Segment, filter: &Filter, range: TimeRange, groups: &mut Groups) {
    let names = Names::of(segment);
    if segment.spans.events.iter().any(|event| event.exception) {
        spans(segment, &names, filter, range, groups);
    }
    if names.kind.is_some() || names.message.is_some() {
        logs(segment, &names, filter, range, groups);
    }
}

/// The keys that tell of exceptions, where the segment has them.
struct Names {
    kind: Option<Symbol>,
    message: Option<Symbol>,
    error: Option<Symbol>,
}

impl Names {
    fn of(segment: &Segment) -> Self {
        let find = |key: &str| segment.symbols.find(key);
        Self { kind: find("exception.type"), message: find("exception.message"), error: find("error.type") }
    }

    /// The type and the message. An exception's own attributes are behind the span's, so the last ones count.
    fn read<'a>(
        &self,
        segment: &'a Segment,
        attributes: &[(Symbol, Symbol)],
    ) -> (Option<&'a str>, Option<&'a str>) {
        let last = |key: Option<Symbol>| {
            let value = attributes.iter().rev().find(|(known, _)| Some(*known) == key);
            value.map(|(_, value)| segment.text(*value))
        };
        let kind = last(self.kind).or_else(|| last(self.error).filter(|_| last(self.message).is_some()));
        (kind, last(self.message))
    }
}

fn spans(segment: &Segment, names: &Names, filter: &Filter, range: TimeRange, groups: &mut Groups) {
    let rows = filter.spans(segment, range);
    let spans = &segment.spans;
    let mut last = None;
    for event in spans.events.iter().filter(|event| event.exception) {
        let (row, at) = (event.span, event.span as usize);
        // Of a span, the window has the type and the message of the first exception.
        if last.replace(row) == Some(row) || !rows.has(row) {
            continue;
        }
        let (kind, message) = names.read(segment, spans.attributes.of(row));
        let (Some(trace), Some(id)) = (spans.trace.get(at), spans.id.get(at)) else {
            continue;
        };
        let time = if event.time == 0 { spans.end.get(at).copied().unwrap_or_default() } else { event.time };
        groups.add_of_span(Found {
            kind: kind.unwrap_or_default(),
            message: message.unwrap_or_default(),
            service: spans.resource.get(at).map_or("", |resource| segment.service(*resource)),
            operation: spans.name.get(at).map_or("", |name| segment.text(*name)),
            example: ExceptionExample {
                time: UnixNano(time),
                source: ExceptionSource::SpanEvent,
                trace_id: ids::trace_text(segment.trace_id(*trace)),
                span_id: ids::span_text(*id),
                log_id: None,
            },
        });
    }
}

fn logs(segment: &Segment, names: &Names, filter: &Filter, range: TimeRange, groups: &mut Groups) {
    for row in filter.logs(segment, range).iter() {
        let attributes = segment.logs.attributes.of(row);
        let tells = |(key, _): &(Symbol, Symbol)| Some(*key) == names.kind || Some(*key) == names.message;
        if !attributes.iter().any(tells) {
            continue;
        }
        let (kind, message) = names.read(segment, attributes);
        let Some(log) = LogRow::of(segment, row) else {
            continue;
        };
        groups.add_of_log(Found {
            kind: kind.unwrap_or_default(),
            message: message.unwrap_or(&log.body),
            service: &log.service,
            operation: operation(segment, row),
            example: ExceptionExample {
                time: log.time,
                source: ExceptionSource::Log,
                trace_id: log.trace_id.clone(),
                span_id: log.span_id.clone(),
                log_id: Some(log.id.clone()),
            },
        });
    }
}

/// The name of the span that a record is within, where the segment has it.
fn operation(segment: &Segment, row: u32) -> &str {
    let at = row as usize;
    let ids = segment.logs.trace.get(at).zip(segment.logs.span.get(at));
    let span = ids.and_then(|(trace, span)| segment.spans.find(*trace, *span));
    let name = span.and_then(|span| segment.spans.name.get(span as usize));
    name.map_or("", |name| segment.text(*name))
}
