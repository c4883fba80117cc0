//! One span in full, out of the request that it came with.

use super::{BackLink, Link, SpanDetail, SpanEvent, gather};
use crate::query::{Attribute, LogRow, ResourceRef, ScopeRef, UnixNano, ids};
use crate::receive::Data;
use crate::store::Store;
use crate::store::window::SegmentRef;
use crate::store::window::insert::{kind, span_id, status, trace_id};
use crate::store::window::segment::Segment;
use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, span};

/// How many links that lead to a span are shown.
const BACK_LINKS: usize = 100;
/// How many log records of a span are shown.
const LOGS: usize = 1000;

pub(super) fn answer(store: &Store, trace: u128, id: u64) -> Option<SpanDetail> {
    let all = store.window().all();
    let segments = gather::parts(store, trace, super::SPANS_MAX).segments;
    let (segment, row) = segments.iter().find_map(|segment| {
        let row = segment.read().find_span(trace, id)?;
        Some((segment, row))
    })?;
    let read = segment.read();
    let chunk = read.chunk(*read.spans.chunk.get(row as usize)?)?;
    let ordinal = *read.spans.ordinal.get(row as usize)?;
    let arrival = Some(read.text(chunk.arrival)).filter(|arrival| !arrival.is_empty()).map(str::to_owned);
    drop(read);
    let request = store.disk().chunk(chunk.id);
    let found = request.as_ref().and_then(|request| match &request.data {
        Data::Traces(data) => find(data, ordinal),
        _ => None,
    });
    let mut detail = match found {
        Some((of_resource, of_scope, span)) => in_full(of_resource, of_scope, span, &all),
        // The file has let go of it, or cannot be read: what the window has is shown.
        None => from_row(&segment.read(), row)?,
    };
    detail.linked_from = linked_from(&all, trace, id);
    detail.logs = logs(&segments, trace, id);
    detail.arrival = arrival;
    Some(detail)
}

fn find(all: &[ResourceSpans], ordinal: u32) -> Option<(&ResourceSpans, &ScopeSpans, &Span)> {
    let mut left = ordinal as usize;
    for of_resource in all {
        for of_scope in &of_resource.scope_spans {
            match of_scope.spans.get(left) {
                Some(span) => return Some((of_resource, of_scope, span)),
                None => left -= of_scope.spans.len(),
            }
        }
    }
    None
}

fn in_full(
    of_resource: &ResourceSpans,
    of_scope: &ScopeSpans,
    span: &Span,
    all: &[SegmentRef],
) -> SpanDetail {
    let (start, end) = (span.start_time_unix_nano, span.end_time_unix_nano);
    SpanDetail {
        trace_id: trace_id(&span.trace_id).and_then(ids::trace_text).unwrap_or_default(),
        span_id: span_id(&span.span_id).and_then(ids::span_text).unwrap_or_default(),
        parent_span_id: span_id(&span.parent_span_id).and_then(ids::span_text),
        name: span.name.clone(),
        kind: kind(span.kind),
        status: status(span.status.as_ref()),
        status_message: span.status.as_ref().map(|status| status.message.clone()).unwrap_or_default(),
        start: UnixNano(start),
        end: UnixNano(end),
        duration_ns: end.saturating_sub(start),
        flags: span.flags,
        trace_state: span.trace_state.clone(),
        attributes: attributes(&span.attributes),
        dropped_attributes: span.dropped_attributes_count,
        events: span.events.iter().map(event).collect(),
        dropped_events: span.dropped_events_count,
        links: span.links.iter().map(|one| link(one, all)).collect(),
        dropped_links: span.dropped_links_count,
        resource: ResourceRef::of(of_resource.resource.as_ref(), &of_resource.schema_url),
        scope: ScopeRef::of(of_scope.scope.as_ref(), &of_scope.schema_url),
        ..SpanDetail::default()
    }
}

fn attributes(all: &[KeyValue]) -> Vec<Attribute> {
    all.iter().map(Attribute::of).collect()
}

fn event(event: &span::Event) -> SpanEvent {
    SpanEvent {
        name: event.name.clone(),
        time: UnixNano(event.time_unix_nano),
        attributes: attributes(&event.attributes),
        dropped_attributes: event.dropped_attributes_count,
    }
}

fn link(link: &span::Link, all: &[SegmentRef]) -> Link {
    let (trace, id) = (trace_id(&link.trace_id), span_id(&link.span_id));
    let target = trace.zip(id).and_then(|(trace, id)| {
        all.iter().rev().find_map(|segment| {
            let segment = segment.read();
            let (service, name) = service_and_name(&segment, segment.find_span(trace, id)?)?;
            Some(format!("{service}: {name}"))
        })
    });
    Link {
        trace_id: trace.and_then(ids::trace_text).unwrap_or_default(),
        span_id: id.and_then(ids::span_text).unwrap_or_default(),
        trace_state: link.trace_state.clone(),
        attributes: attributes(&link.attributes),
        target,
    }
}

fn service_and_name(segment: &Segment, row: u32) -> Option<(&str, &str)> {
    let at = row as usize;
    Some((segment.service(*segment.spans.resource.get(at)?), segment.text(*segment.spans.name.get(at)?)))
}

/// Newest first.
fn linked_from(all: &[SegmentRef], trace: u128, id: u64) -> Vec<BackLink> {
    let mut links = Vec::new();
    for segment in all.iter().rev() {
        let segment = segment.read();
        let here = segment.spans.links.iter().rev().filter(|link| link.trace == trace && link.id == id);
        let back = here.filter_map(|link| {
            let at = link.span as usize;
            let (service, name) = service_and_name(&segment, link.span)?;
            Some(BackLink {
                trace_id: ids::trace_text(segment.trace_id(*segment.spans.trace.get(at)?))?,
                span_id: ids::span_text(*segment.spans.id.get(at)?)?,
                service: service.to_owned(),
                name: name.to_owned(),
            })
        });
        links.extend(back.take(BACK_LINKS - links.len()));
        if links.len() >= BACK_LINKS {
            break;
        }
    }
    links
}

/// By time; the earliest where there are too many.
fn logs(segments: &[SegmentRef], trace: u128, id: u64) -> Vec<LogRow> {
    let mut places = Vec::new();
    for (position, segment) in segments.iter().enumerate() {
        let segment = segment.read();
        let Some(part) = segment.traces.find(trace) else { continue };
        for row in segment.logs_of_trace(part) {
            let at = row as usize;
            if segment.logs.span.get(at) == Some(&id) {
                places.push((segment.logs.time.get(at).copied(), position, row));
            }
        }
    }
    places.sort_unstable();
    places.truncate(LOGS);
    let line =
        |(_, position, row): &(Option<u64>, usize, u32)| LogRow::of(&segments.get(*position)?.read(), *row);
    places.iter().filter_map(line).collect()
}

/// What the window knows of a span: attributes as text and cut, no events, no links.
fn from_row(segment: &Segment, row: u32) -> Option<SpanDetail> {
    let spans = &segment.spans;
    let at = row as usize;
    let (start, end) = (*spans.start.get(at)?, *spans.end.get(at)?);
    let pair = |(key, value): &(_, _)| KeyValue {
        key: segment.text(*key).to_owned(),
        value: Some(opentelemetry_proto::tonic::common::v1::AnyValue {
            value: Some(opentelemetry_proto::tonic::common::v1::any_value::Value::StringValue(
                segment.text(*value).to_owned(),
            )),
        }),
        key_strindex: 0,
    };
    let resource = segment.resources.all().get(*spans.resource.get(at)? as usize)?;
    let scope = segment.scopes.all().get(*spans.scope.get(at)? as usize)?;
    let of_resource = opentelemetry_proto::tonic::resource::v1::Resource {
        attributes: resource.attributes.iter().map(pair).collect(),
        ..Default::default()
    };
    let of_scope = InstrumentationScope {
        name: segment.text(scope.name).to_owned(),
        version: segment.text(scope.version).to_owned(),
        attributes: scope.attributes.iter().map(pair).collect(),
        ..InstrumentationScope::default()
    };
    let own: Vec<KeyValue> = spans.attributes.of(row).iter().map(pair).collect();
    Some(SpanDetail {
        trace_id: ids::trace_text(segment.trace_id(*spans.trace.get(at)?))?,
        span_id: ids::span_text(*spans.id.get(at)?)?,
        parent_span_id: ids::span_text(*spans.parent.get(at)?),
        name: segment.text(*spans.name.get(at)?).to_owned(),
        kind: *spans.kind.get(at)?,
        status: *spans.status.get(at)?,
        status_message: segment.text(spans.status_message(row)).to_owned(),
        start: UnixNano(start),
        end: UnixNano(end),
        duration_ns: end.saturating_sub(start),
        attributes: attributes(&own),
        resource: ResourceRef::of(Some(&of_resource), segment.text(resource.schema_url)),
        scope: ScopeRef::of(Some(&of_scope), segment.text(scope.schema_url)),
        ..SpanDetail::default()
    })
}
