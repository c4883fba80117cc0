//! From OTLP's messages to rows.

use super::NONE;
use super::attributes::{ATTRIBUTES_MAX, Attributes};
use super::entities::Entity;
use super::logs::NewLog;
use super::segment::{Chunk, Segment};
use super::spans::{EVENTS_MAX, Event, LINKS_MAX, Link, NewSpan};
use super::symbols::{EMPTY, Symbol, Symbols};
use crate::query::text::{SEARCHED_BYTES, cut, text};
use crate::query::{SpanKind, SpanStatus};
use crate::receive::Data;
use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{Span, Status, span};

/// What to add of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Everything.
    All,
    /// What belongs to one trace.
    Trace(u128),
}

/// Adds a request's spans and records to a segment.
pub(super) struct Insertion<'a> {
    segment: &'a mut Segment,
    wanted: Wanted,
    /// When the request came: the time of records that have none.
    received: u64,
    chunk: u32,
    /// How many spans or records of the request were passed.
    ordinal: u32,
    scratch: String,
}

impl<'a> Insertion<'a> {
    pub(super) fn new(
        segment: &'a mut Segment,
        wanted: Wanted,
        chunk: u64,
        arrival: &str,
        received: u64,
    ) -> Self {
        let arrival = segment.symbols.insert(arrival);
        let position = u32::try_from(segment.chunks.len()).unwrap_or(NONE);
        segment.chunks.push(Chunk { id: chunk, arrival });
        Self { segment, wanted, received, chunk: position, ordinal: 0, scratch: String::with_capacity(64) }
    }

    /// Adds what is wanted. Spans without usable ids are passed over: the receiver has been told about them.
    pub(super) fn insert(mut self, data: &Data) {
        match data {
            Data::Traces(all) => {
                for of_resource in all {
                    let resource = self.resource(of_resource.resource.as_ref(), &of_resource.schema_url);
                    for of_scope in &of_resource.scope_spans {
                        let scope = self.scope(of_scope.scope.as_ref(), &of_scope.schema_url);
                        of_scope.spans.iter().for_each(|span| self.span(span, resource, scope));
                    }
                }
            }
            Data::Logs(all) => {
                for of_resource in all {
                    let resource = self.resource(of_resource.resource.as_ref(), &of_resource.schema_url);
                    for of_scope in &of_resource.scope_logs {
                        let scope = self.scope(of_scope.scope.as_ref(), &of_scope.schema_url);
                        of_scope.log_records.iter().for_each(|log| self.log(log, resource, scope));
                    }
                }
            }
            Data::Metrics(_) => {}
        }
    }

    fn resource(&mut self, resource: Option<&Resource>, schema_url: &str) -> u32 {
        let attributes = resource.map_or(&[][..], |resource| &resource.attributes);
        let attributes = self.entity_attributes(attributes);
        let symbols = &mut self.segment.symbols;
        let name_key = symbols.insert("service.name");
        let name = attributes.iter().find(|(key, _)| *key == name_key).map_or(EMPTY, |(_, value)| *value);
        let schema_url = symbols.insert(cut(schema_url, SEARCHED_BYTES));
        self.segment.resources.insert(Entity { name, version: EMPTY, schema_url, attributes })
    }

    fn scope(&mut self, scope: Option<&InstrumentationScope>, schema_url: &str) -> u32 {
        let attributes = scope.map_or(&[][..], |scope| &scope.attributes);
        let attributes = self.entity_attributes(attributes);
        let symbols = &mut self.segment.symbols;
        let name = scope.map_or(EMPTY, |scope| symbols.insert(cut(&scope.name, SEARCHED_BYTES)));
        let version = scope.map_or(EMPTY, |scope| symbols.insert(cut(&scope.version, SEARCHED_BYTES)));
        let schema_url = symbols.insert(cut(schema_url, SEARCHED_BYTES));
        self.segment.scopes.insert(Entity { name, version, schema_url, attributes })
    }

    fn entity_attributes(&mut self, attributes: &[KeyValue]) -> Box<[(Symbol, Symbol)]> {
        self.segment.unindexed += attributes.len().saturating_sub(ATTRIBUTES_MAX) as u64;
        let Self { segment, scratch, .. } = self;
        let pairs = attributes.iter().take(ATTRIBUTES_MAX);
        pairs.map(|attribute| pair(&mut segment.symbols, scratch, attribute)).collect()
    }

    fn span(&mut self, span: &Span, resource: u32, scope: u32) {
        let ordinal = self.ordinal;
        self.ordinal += 1;
        let (Some(trace_id), Some(id)) = (trace_id(&span.trace_id), span_id(&span.span_id)) else { return };
        if !self.wants(Some(trace_id)) {
            return;
        }
        let segment = &mut *self.segment;
        let (trace, _) = segment.traces.insert(trace_id);
        let name = segment.symbols.insert(cut(&span.name, SEARCHED_BYTES));
        let new = NewSpan {
            trace,
            id,
            parent: span_id(&span.parent_span_id).unwrap_or(0),
            start: span.start_time_unix_nano,
            end: span.end_time_unix_nano,
            name,
            kind: kind(span.kind),
            status: status(span.status.as_ref()),
            resource,
            scope,
            chunk: self.chunk,
            ordinal,
            next_in_trace: segment.traces.get(trace).map_or(NONE, |part| part.first_span),
        };
        let row = segment.spans.push(new);
        segment.from = segment.from.min(new.start);
        segment.last = segment.last.max(new.start);
        self.note_in_trace(row, new);
        self.span_attributes(span);
        self.span_extras(row, span);
    }

    fn wants(&self, trace_id: Option<u128>) -> bool {
        match self.wanted {
            Wanted::All => true,
            Wanted::Trace(wanted) => trace_id == Some(wanted),
        }
    }

    fn note_in_trace(&mut self, row: u32, span: NewSpan) {
        let Segment { traces, spans, .. } = &mut *self.segment;
        let starts_before =
            |other: u32| spans.start.get(other as usize).is_none_or(|start| span.start < *start);
        let Some(part) = traces.get_mut(span.trace) else { return };
        part.first_span = row;
        part.spans += 1;
        part.errors += u32::from(span.status == SpanStatus::Error);
        part.start = part.start.min(span.start);
        part.end = part.end.max(span.end.max(span.start));
        if starts_before(part.earliest) {
            part.earliest = row;
        }
        if span.parent == 0 && starts_before(part.root) {
            part.root = row;
        }
    }

    /// The span's attributes, and behind them those of its first exception: what failed is what people search for.
    fn span_attributes(&mut self, span: &Span) {
        let exception = span.events.iter().find(|event| is_exception(event));
        let of_exception = exception.map_or(&[][..], |event| &event.attributes);
        let told = of_exception
            .iter()
            .filter(|attribute| matches!(attribute.key.as_str(), "exception.type" | "exception.message"));
        let Self { segment, scratch, .. } = self;
        let Segment { symbols, spans, unindexed, .. } = &mut **segment;
        add(&mut spans.attributes, symbols, scratch, span.attributes.iter().take(ATTRIBUTES_MAX).chain(told));
        *unindexed += span.attributes.len().saturating_sub(ATTRIBUTES_MAX) as u64;
    }

    fn span_extras(&mut self, row: u32, span: &Span) {
        let Segment { symbols, spans, .. } = &mut *self.segment;
        for event in span.events.iter().take(EVENTS_MAX) {
            let name = symbols.insert(cut(&event.name, SEARCHED_BYTES));
            let exception = is_exception(event);
            spans.events.push(Event { span: row, name, time: event.time_unix_nano, exception });
        }
        for link in span.links.iter().take(LINKS_MAX) {
            if let (Some(trace), Some(id)) = (trace_id(&link.trace_id), span_id(&link.span_id)) {
                spans.links.push(Link { trace, id, span: row });
            }
        }
        if let Some(status) = span.status.as_ref().filter(|status| !status.message.is_empty()) {
            spans.status_messages.push((row, symbols.insert(cut(&status.message, SEARCHED_BYTES))));
        }
    }

    fn log(&mut self, log: &LogRecord, resource: u32, scope: u32) {
        let ordinal = self.ordinal;
        self.ordinal += 1;
        let trace_id = trace_id(&log.trace_id);
        if !self.wants(trace_id) {
            return;
        }
        let Self { segment, scratch, received, chunk, .. } = self;
        let segment = &mut **segment;
        let trace = trace_id.map_or(NONE, |id| segment.traces.insert(id).0);
        let (body, _) = text(log.body.as_ref(), SEARCHED_BYTES, scratch);
        let new = NewLog {
            time: log_time(log, *received),
            severity: severity(log.severity_number),
            severity_text: segment.symbols.insert(cut(&log.severity_text, SEARCHED_BYTES)),
            body: segment.symbols.insert(body),
            event_name: segment.symbols.insert(cut(&log.event_name, SEARCHED_BYTES)),
            trace,
            span: span_id(&log.span_id).unwrap_or(0),
            resource,
            scope,
            chunk: *chunk,
            ordinal,
            next_in_trace: segment.traces.get(trace).map_or(NONE, |part| part.first_log),
        };
        let row = segment.logs.push(new);
        segment.from = segment.from.min(new.time);
        segment.last = segment.last.max(new.time);
        if let Some(part) = segment.traces.get_mut(trace) {
            part.first_log = row;
            part.logs += 1;
        }
        let Segment { symbols, logs, unindexed, .. } = segment;
        add(&mut logs.attributes, symbols, scratch, log.attributes.iter().take(ATTRIBUTES_MAX));
        *unindexed += log.attributes.len().saturating_sub(ATTRIBUTES_MAX) as u64;
    }
}

fn add<'a>(
    attributes: &mut Attributes,
    symbols: &mut Symbols,
    scratch: &mut String,
    of_row: impl Iterator<Item = &'a KeyValue>,
) {
    for attribute in of_row {
        let (key, value) = pair(symbols, scratch, attribute);
        attributes.push(key, value);
    }
    attributes.end_row();
}

fn pair(symbols: &mut Symbols, scratch: &mut String, attribute: &KeyValue) -> (Symbol, Symbol) {
    let key = symbols.insert(cut(&attribute.key, SEARCHED_BYTES));
    let (value, _) = text(attribute.value.as_ref(), SEARCHED_BYTES, scratch);
    (key, symbols.insert(value))
}

/// A trace's id; none when it is not 16 bytes or all of them are zero.
pub(crate) fn trace_id(bytes: &[u8]) -> Option<u128> {
    bytes.try_into().ok().map(u128::from_be_bytes).filter(|id| *id != 0)
}

/// A span's id; none when it is not 8 bytes or all of them are zero.
pub(crate) fn span_id(bytes: &[u8]) -> Option<u64> {
    bytes.try_into().ok().map(u64::from_be_bytes).filter(|id| *id != 0)
}

/// When a record happened: its own time, else when it was observed, else when it came.
pub(crate) fn log_time(log: &LogRecord, received: u64) -> u64 {
    [log.time_unix_nano, log.observed_time_unix_nano].into_iter().find(|time| *time != 0).unwrap_or(received)
}

/// A severity's number; what OTLP does not have is none.
pub(crate) fn severity(number: i32) -> u8 {
    u8::try_from(number).ok().filter(|number| *number <= 24).unwrap_or(0)
}

/// A span's kind; what OTLP does not have is none.
pub(crate) fn kind(number: i32) -> SpanKind {
    match span::SpanKind::try_from(number) {
        Ok(span::SpanKind::Internal) => SpanKind::Internal,
        Ok(span::SpanKind::Server) => SpanKind::Server,
        Ok(span::SpanKind::Client) => SpanKind::Client,
        Ok(span::SpanKind::Producer) => SpanKind::Producer,
        Ok(span::SpanKind::Consumer) => SpanKind::Consumer,
        Ok(span::SpanKind::Unspecified) | Err(_) => SpanKind::Unspecified,
    }
}

/// A span's status; what OTLP does not have is none.
pub(crate) fn status(status: Option<&Status>) -> SpanStatus {
    match status.map_or(0, |status| status.code) {
        1 => SpanStatus::Ok,
        2 => SpanStatus::Error,
        _ => SpanStatus::Unset,
    }
}

/// Whether an event tells of an exception.
pub(crate) fn is_exception(event: &span::Event) -> bool {
    event.name == "exception"
}
