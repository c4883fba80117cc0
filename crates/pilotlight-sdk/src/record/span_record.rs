//! A span while it is being recorded: its bytes, and what is needed to go on writing them.

use std::ops::Range;

use opentelemetry::KeyValue;
use opentelemetry::trace::{Link, SpanContext, SpanId, SpanKind, Status};

use crate::encode::attribute::AnyValueRef;
use crate::encode::field;
use crate::encode::protobuf::{
    write_bytes, write_fixed32, write_fixed64, write_key, write_message, write_nonempty, write_nonzero,
    write_varint,
};

use super::attribute_index::{AttributeIndex, AttributeLimits, RECORD_BYTES_MAX, SharedAttributes};
use super::clock::UnixNanos;
use super::limits::SpanLimits;
use super::span_flags;

/// The OTLP `Span` message in the making.
///
/// What is known at the start is written at the start, attributes, events and links as they come, and the rest by
/// [`finish`](Self::finish). Protobuf allows fields in any order, so nothing is ever moved but by the rare overwrite.
#[derive(Debug, Default)]
pub(crate) struct SpanRecord {
    pub(crate) bytes: Vec<u8>,
    start_time: UnixNanos,
    /// Where the name's text, with its length before it, stands.
    name: Range<usize>,
    attributes: AttributeIndex,
    /// For the attributes of the event or link being written; empty between calls.
    nested: AttributeIndex,
    status: Status,
    events: usize,
    links: usize,
    dropped_attributes: u32,
    dropped_events: u32,
    dropped_links: u32,
    /// A processor asked that the span be forgotten.
    pub(crate) discarded: bool,
}

/// What a span starts with.
pub(crate) struct SpanStart<'a> {
    pub(crate) context: &'a SpanContext,
    pub(crate) parent: &'a SpanContext,
    pub(crate) name: &'a str,
    pub(crate) kind: &'a SpanKind,
    pub(crate) time: UnixNanos,
}

impl SpanRecord {
    #[inline]
    pub(crate) fn begin(&mut self, start: SpanStart<'_>) {
        write_front(&mut self.bytes, &start);
        write_key(&mut self.bytes, field::span::NAME);
        let name_at = self.bytes.len();
        write_varint(&mut self.bytes, start.name.len() as u64);
        self.bytes.extend_from_slice(start.name.as_bytes());
        self.name = name_at..self.bytes.len();
        self.start_time = start.time;
    }

    /// Replaces everything that depends on identity and parent: what stands before the name.
    #[cold]
    pub(crate) fn reparent(&mut self, context: &SpanContext, parent: &SpanContext) {
        /// Of the name, in front of its length.
        const KEY_LEN: usize = 1;
        let before = self.name.start - KEY_LEN;
        let kind = self.bytes[KIND_AT];
        let start = SpanStart { context, parent, name: "", kind: &SpanKind::Internal, time: self.start_time };
        let mut front = Vec::new();
        write_front(&mut front, &start);
        front[KIND_AT] = kind;
        let grown_by = front.len() as i64 - before as i64;
        self.bytes.splice(..before, front);
        self.name = self.name.start.wrapping_add_signed(grown_by as isize)
            ..self.name.end.wrapping_add_signed(grown_by as isize);
        self.attributes.shift(0, grown_by);
    }

    /// Empties the record for the next span. Keeps its memory, unless an unusual span made it large.
    #[inline]
    pub(crate) fn reset(&mut self) {
        // A span that was not recorded left the record as it was.
        if !self.bytes.is_empty() {
            self.clear();
        }
    }

    fn clear(&mut self) {
        /// Typical spans take 200 to 1,000 bytes; a pooled record keeps at most this.
        const KEPT_BYTES_MAX: usize = 16 << 10;
        self.bytes.clear();
        if self.bytes.capacity() > KEPT_BYTES_MAX {
            self.bytes = Vec::new();
        }
        self.attributes.clear();
        self.status = Status::Unset;
        self.events = 0;
        self.links = 0;
        self.dropped_attributes = 0;
        self.dropped_events = 0;
        self.dropped_links = 0;
        self.discarded = false;
    }

    #[inline]
    pub(crate) fn set_attribute(&mut self, attribute: &KeyValue, limits: &SpanLimits) {
        self.set_value(attribute.key.as_str(), (&attribute.value).into(), limits);
    }

    /// As [`set_attribute`](Self::set_attribute), of what is borrowed.
    #[inline]
    pub(crate) fn set_value(&mut self, key: &str, value: AnyValueRef<'_>, limits: &SpanLimits) {
        let bounds = AttributeLimits { count: limits.attributes, length: limits.attribute_value_length };
        if !self.attributes.set_value(&mut self.bytes, field::span::ATTRIBUTES, key, value, bounds) {
            self.dropped_attributes += 1;
        }
    }

    /// Takes over attributes that many spans share, before it has any of its own.
    #[inline]
    pub(crate) fn add_shared(&mut self, shared: &SharedAttributes, limits: &SpanLimits) {
        self.dropped_attributes += self.attributes.add_shared(&mut self.bytes, shared, limits.attributes);
    }

    pub(crate) fn set_kind(&mut self, kind: &SpanKind) {
        self.bytes[KIND_AT] = kind_number(kind);
    }

    pub(crate) fn remove_attribute(&mut self, key: &str) -> bool {
        self.attributes.remove(&mut self.bytes, key)
    }

    pub(crate) fn add_event(
        &mut self,
        name: &str,
        time: UnixNanos,
        attributes: &[KeyValue],
        already_dropped: u32,
        limits: &SpanLimits,
    ) {
        if self.events >= limits.events {
            self.dropped_events += 1;
            return;
        }
        let start = self.bytes.len();
        let nested = &mut self.nested;
        write_message(&mut self.bytes, field::span::EVENTS, |buf| {
            write_fixed64(buf, field::event::TIME, time);
            write_bytes(buf, field::event::NAME, name.as_bytes());
            let limits =
                AttributeLimits { count: limits.attributes_per_event, length: limits.attribute_value_length };
            let dropped = write_attributes(nested, buf, field::event::ATTRIBUTES, attributes, limits);
            let dropped = dropped.saturating_add(already_dropped);
            write_nonzero(buf, field::event::DROPPED_ATTRIBUTES, dropped.into());
        });
        match self.within_bounds(start) {
            true => self.events += 1,
            false => self.dropped_events += 1,
        }
    }

    /// Appends a link. One that points nowhere is kept only if it says something (attributes or tracestate).
    ///
    /// Specification: "Link", <https://opentelemetry.io/docs/specs/otel/trace/api/#link>.
    pub(crate) fn add_link(&mut self, link: &Link, limits: &SpanLimits) {
        let context = &link.span_context;
        let says_something = !link.attributes.is_empty() || context.trace_state().into_iter().len() > 0;
        if !context.is_valid() && !says_something {
            return;
        }
        if self.links >= limits.links {
            self.dropped_links += 1;
            return;
        }
        let start = self.bytes.len();
        let nested = &mut self.nested;
        write_message(&mut self.bytes, field::span::LINKS, |buf| {
            write_bytes(buf, field::link::TRACE_ID, &context.trace_id().to_bytes());
            write_bytes(buf, field::link::SPAN_ID, &context.span_id().to_bytes());
            write_trace_state(buf, field::link::TRACE_STATE, context);
            let limits =
                AttributeLimits { count: limits.attributes_per_link, length: limits.attribute_value_length };
            let dropped = write_attributes(nested, buf, field::link::ATTRIBUTES, &link.attributes, limits);
            let dropped = dropped.saturating_add(link.dropped_attributes_count);
            write_nonzero(buf, field::link::DROPPED_ATTRIBUTES, dropped.into());
            write_fixed32(buf, field::link::FLAGS, span_flags::encode(context, context));
        });
        match self.within_bounds(start) {
            true => self.links += 1,
            false => self.dropped_links += 1,
        }
    }

    /// Ok is final, an error replaces an error, and nothing returns to unset.
    ///
    /// Specification: "Set Status", <https://opentelemetry.io/docs/specs/otel/trace/api/#set-status>.
    pub(crate) fn set_status(&mut self, status: Status) {
        let rank = |status: &Status| match status {
            Status::Unset => 0,
            Status::Error { .. } => 1,
            Status::Ok => 2,
        };
        if rank(&status) >= rank(&self.status) && self.status != Status::Ok {
            self.status = status;
        }
    }

    pub(crate) fn status(&self) -> &Status {
        &self.status
    }

    #[cold]
    pub(crate) fn set_name(&mut self, name: &str) {
        let mut encoded = Vec::with_capacity(name.len() + 5);
        write_varint(&mut encoded, name.len() as u64);
        encoded.extend_from_slice(name.as_bytes());
        let grown_by = encoded.len() as i64 - self.name.len() as i64;
        let (start, end) = (self.name.start, self.name.end);
        self.name = start..start + encoded.len();
        self.bytes.splice(start..end, encoded);
        self.attributes.shift(end as u32, grown_by);
    }

    /// Writes what is known only at the end. The end is never before the start.
    pub(crate) fn finish(&mut self, end_time: UnixNanos) {
        let buf = &mut self.bytes;
        write_fixed64(buf, field::span::END_TIME, end_time.max(self.start_time));
        write_nonzero(buf, field::span::DROPPED_ATTRIBUTES, self.dropped_attributes.into());
        write_nonzero(buf, field::span::DROPPED_EVENTS, self.dropped_events.into());
        write_nonzero(buf, field::span::DROPPED_LINKS, self.dropped_links.into());
        match &self.status {
            Status::Unset => {}
            Status::Ok => write_status(buf, "", 1),
            Status::Error { description } => write_status(buf, description, 2),
        }
    }

    /// Takes back what was written since `start` if it made the span too large.
    fn within_bounds(&mut self, start: usize) -> bool {
        let within = self.bytes.len() <= RECORD_BYTES_MAX;
        if !within {
            self.bytes.truncate(start);
        }
        within
    }
}

/// Everything before the name.
#[inline]
fn write_front(buf: &mut Vec<u8>, start: &SpanStart<'_>) {
    buf.extend_from_slice(&head(start));
    if start.parent.span_id() != SpanId::INVALID {
        write_bytes(buf, field::span::PARENT_SPAN_ID, &start.parent.span_id().to_bytes());
    }
    write_trace_state(buf, field::span::TRACE_STATE, start.context);
}

/// Where the kind stands in the head.
const KIND_AT: usize = 38;

/// Length of what every span starts with.
const HEAD_LEN: usize = 18 + 10 + 9 + 2 + 6;

/// Trace id, span id, start time, kind and flags: their lengths never vary, so they are laid out at fixed places and
/// appended at once.
#[inline]
fn head(start: &SpanStart<'_>) -> [u8; HEAD_LEN] {
    let mut head = [0; HEAD_LEN];
    head[0] = field::span::TRACE_ID as u8;
    head[1] = 16;
    head[2..18].copy_from_slice(&start.context.trace_id().to_bytes());
    head[18] = field::span::SPAN_ID as u8;
    head[19] = 8;
    head[20..28].copy_from_slice(&start.context.span_id().to_bytes());
    head[28] = field::span::START_TIME as u8;
    head[29..37].copy_from_slice(&start.time.to_le_bytes());
    head[37] = field::span::KIND as u8;
    head[KIND_AT] = kind_number(start.kind);
    // The key of field 16 takes two bytes.
    head[39] = field::span::FLAGS as u8 | 0x80;
    head[40] = (field::span::FLAGS >> 7) as u8;
    head[41..45].copy_from_slice(&span_flags::encode(start.context, start.parent).to_le_bytes());
    head
}

/// Writes the attributes of an event or link, answers how many were dropped.
fn write_attributes(
    index: &mut AttributeIndex,
    buf: &mut Vec<u8>,
    key: field::Key,
    attributes: &[KeyValue],
    limits: AttributeLimits,
) -> u32 {
    let mut dropped = 0;
    for attribute in attributes {
        if !index.set(buf, key, attribute, limits) {
            dropped += 1;
        }
    }
    index.clear();
    dropped
}

fn write_status(buf: &mut Vec<u8>, message: &str, code: u64) {
    write_message(buf, field::span::STATUS, |buf| {
        write_nonempty(buf, field::status::MESSAGE, message);
        write_nonzero(buf, field::status::CODE, code);
    });
}

fn write_trace_state(buf: &mut Vec<u8>, key: field::Key, context: &SpanContext) {
    if context.trace_state().into_iter().len() > 0 {
        write_bytes(buf, key, context.trace_state().header().as_bytes());
    }
}

fn kind_number(kind: &SpanKind) -> u8 {
    match kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{TraceFlags, TraceId, TraceState};
    use opentelemetry_proto::tonic::trace::v1::Span;
    use proptest::prelude::*;
    use prost::Message;

    use super::*;

    /// What can be done to a span between its start and its end.
    #[derive(Clone, Debug)]
    enum Step {
        Set(String, String),
        Remove(String),
        Name(String),
        Kind(SpanKind),
        Event,
        Link,
        Status(Status),
    }

    fn apply(record: &mut SpanRecord, step: &Step) {
        let limits = SpanLimits::default();
        let time = 7;
        match step {
            Step::Set(key, value) => record.set_value(key, AnyValueRef::Str(value), &limits),
            Step::Remove(key) => drop(record.remove_attribute(key)),
            Step::Name(name) => record.set_name(name),
            Step::Kind(kind) => record.set_kind(kind),
            Step::Event => record.add_event("event", time, &[KeyValue::new("n", 1)], 0, &limits),
            Step::Link => record.add_link(&Link::with_context(context(8, 9, true, "")), &limits),
            Step::Status(status) => record.set_status(status.clone()),
        }
    }

    fn context(trace_id: u128, span_id: u64, is_remote: bool, state: &str) -> SpanContext {
        let state = match state {
            "" => TraceState::NONE,
            value => TraceState::from_key_value([("vendor", value)]).unwrap(),
        };
        let (trace_id, span_id) = (TraceId::from(trace_id), SpanId::from(span_id));
        SpanContext::new(trace_id, span_id, TraceFlags::SAMPLED, is_remote, state)
    }

    fn begun(context: &SpanContext, parent: &SpanContext, name: &str) -> SpanRecord {
        let mut record = SpanRecord::default();
        record.begin(SpanStart { context, parent, name, kind: &SpanKind::Server, time: 5 });
        record
    }

    fn decoded(mut record: SpanRecord) -> Span {
        record.finish(11);
        Span::decode(&record.bytes[..]).unwrap()
    }

    prop_compose! {
        /// A span's context and its parent's: a root, a local or a remote child, with and without a tracestate.
        fn identity()(
            trace_id in 1u128.., span_id in 1u64.., parent_id in any::<u64>(), is_remote: bool,
            state in "|[a-z]{1,20}|[a-z]{150,200}",
        ) -> (SpanContext, SpanContext) {
            (context(trace_id, span_id, false, &state), context(trace_id, parent_id, is_remote, &state))
        }
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let kinds = [SpanKind::Client, SpanKind::Server, SpanKind::Internal, SpanKind::Producer];
        let step = prop_oneof![
            4 => ("[a-c]{1,9}", "[x-z]{0,200}").prop_map(|(key, value)| Step::Set(key, value)),
            1 => "[a-c]{1,9}".prop_map(Step::Remove),
            1 => "[n-p]{0,300}".prop_map(Step::Name),
            1 => prop::sample::select(kinds.to_vec()).prop_map(Step::Kind),
            1 => Just(Step::Event),
            1 => Just(Step::Link),
            1 => Just(Step::Status(Status::error("failed"))),
        ];
        prop::collection::vec(step, 0..12)
    }

    proptest! {
        #[test]
        fn a_span_that_is_given_another_parent_is_as_if_it_had_started_there(
            first in identity(), second in identity(), third in identity(),
            name in "[a-z]{0,200}", before in steps(), between in steps(), after in steps(),
        ) {
            let mut moved = begun(&first.0, &first.1, &name);
            let mut straight = begun(&third.0, &third.1, &name);
            before.iter().for_each(|step| apply(&mut moved, step));
            moved.reparent(&second.0, &second.1);
            between.iter().for_each(|step| apply(&mut moved, step));
            moved.reparent(&third.0, &third.1);
            after.iter().for_each(|step| apply(&mut moved, step));
            before.iter().chain(&between).chain(&after).for_each(|step| apply(&mut straight, step));
            prop_assert_eq!(decoded(moved), decoded(straight));
        }
    }
}
