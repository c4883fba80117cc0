//! A log record while it is being written: its bytes, and what is written last.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId};

use crate::encode::attribute::{AnyValueRef, write_any_value};
use crate::encode::field::{self, Key};
use crate::encode::protobuf::{write_message, write_nonempty, write_nonzero};
use crate::encode::reader::Fields;
use crate::record::attribute_index::{AttributeIndex, AttributeLimits, RECORD_BYTES_MAX, SharedAttributes};
use crate::record::clock::UnixNanos;
use crate::record::view::ValueView;

use super::limits::LogLimits;
use super::view::LogView;

/// The most bytes of a body: what it leaves of a record's 4 MiB is for attributes that come after it.
const BODY_BYTES_MAX: usize = 3 << 20;

/// Says how many bytes a body had that was cut or left out.
const BODY_LENGTH: &str = "pilotlight.body.length";

/// The OTLP `LogRecord` message in the making.
///
/// Body and attributes are written as they come, the rest by [`finish`](Self::finish): it may still change until then.
#[derive(Default)]
pub(crate) struct LogDraft {
    pub(super) bytes: Vec<u8>,
    body: Body,
    attributes: AttributeIndex,
    dropped_attributes: u32,
    /// 0 is unknown, as in OTLP.
    pub(super) time: UnixNanos,
    pub(super) observed_time: UnixNanos,
    pub(super) severity_number: u8,
    pub(super) severity_text: Cow<'static, str>,
    pub(super) event_name: Cow<'static, str>,
    pub(super) span: Option<SpanReference>,
    /// A processor asked that the record be forgotten.
    pub(super) discarded: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Body {
    #[default]
    None,
    Whole,
    /// Cut or left out, as the attribute [`BODY_LENGTH`] says.
    Shortened,
}

/// The span that a log record belongs to. One without a valid id stands for no span, whatever is current.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpanReference {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    pub(crate) trace_flags: TraceFlags,
}

impl SpanReference {
    /// `None` when there is no span.
    pub(crate) fn of(context: &SpanContext) -> Option<Self> {
        let (trace_id, span_id, trace_flags) = (context.trace_id(), context.span_id(), context.trace_flags());
        context.is_valid().then_some(Self { trace_id, span_id, trace_flags })
    }

    /// Whether it names a span.
    pub(super) fn is_valid(&self) -> bool {
        self.trace_id != TraceId::INVALID && self.span_id != SpanId::INVALID
    }
}

thread_local! {
    /// One is enough: a record is rarely begun before the last one was emitted.
    static SPARE: Cell<Option<Box<LogDraft>>> = const { Cell::new(None) };
}

impl LogDraft {
    /// An empty draft: the thread's spare one, when it has one.
    #[inline]
    pub(crate) fn take() -> Box<Self> {
        // The thread may be ending (its locals gone).
        SPARE.try_with(Cell::take).ok().flatten().unwrap_or_default()
    }

    /// Keeps an emitted draft for the thread's next record.
    #[inline]
    pub(crate) fn give(mut self: Box<Self>) {
        self.clear();
        let _ = SPARE.try_with(|spare| spare.set(Some(self)));
    }

    /// What a bridge knows from the beginning.
    #[inline]
    pub(crate) fn begin(
        &mut self,
        time: UnixNanos,
        severity_number: u8,
        severity_text: &'static str,
        event_name: &'static str,
        span: Option<SpanReference>,
    ) {
        self.time = time;
        self.observed_time = time;
        self.severity_number = severity_number;
        self.severity_text = Cow::Borrowed(severity_text);
        self.event_name = Cow::Borrowed(event_name);
        self.span = span;
    }

    /// Empties the draft. Keeps its memory, unless an unusual record made it large.
    fn clear(&mut self) {
        /// Typical records take 200 to 1,000 bytes; a kept draft holds at most this.
        const KEPT_BYTES_MAX: usize = 16 << 10;
        self.bytes.clear();
        if self.bytes.capacity() > KEPT_BYTES_MAX {
            self.bytes = Vec::new();
        }
        self.attributes.clear();
        self.body = Body::None;
        self.dropped_attributes = 0;
        self.time = 0;
        self.observed_time = 0;
        self.severity_number = 0;
        self.severity_text = Cow::Borrowed("");
        self.event_name = Cow::Borrowed("");
        self.span = None;
        self.discarded = false;
    }

    #[inline]
    pub(crate) fn set_attribute(&mut self, key: &str, value: AnyValueRef<'_>, limits: &LogLimits) {
        let bounds = AttributeLimits { count: limits.attributes, length: limits.attribute_value_length };
        if !self.attributes.set_value(&mut self.bytes, ATTRIBUTES, key, value, bounds) {
            self.dropped_attributes += 1;
        }
    }

    /// Takes over the attribute whose `KeyValue` message is encoded already, unless its key is there.
    pub(crate) fn add_encoded(&mut self, key: &str, message: &[u8], limits: &LogLimits) {
        if !self.attributes.add_encoded(&mut self.bytes, ATTRIBUTES, key, message, limits.attributes) {
            self.dropped_attributes += 1;
        }
    }

    /// Takes over attributes that many records share, before it has any of its own.
    #[inline]
    pub(crate) fn add_shared(&mut self, shared: &SharedAttributes, limits: &LogLimits) {
        self.dropped_attributes += self.attributes.add_shared(&mut self.bytes, shared, limits.attributes);
    }

    pub(super) fn remove_attribute(&mut self, key: &str) -> bool {
        self.attributes.remove(&mut self.bytes, key)
    }

    /// A text that is too long is cut, another body left out, and an attribute says how long it was.
    #[inline]
    pub(crate) fn set_body(&mut self, body: AnyValueRef<'_>, limits: &LogLimits) {
        if self.body != Body::None {
            self.remove_body();
        }
        match body {
            AnyValueRef::Str(text) if text.len() <= self.body_bytes_max() => self.write_body(body),
            AnyValueRef::Str(text) => self.set_long_body(text, text.len(), limits),
            other => self.set_structured_body(other, limits),
        }
    }

    /// Sets a text as the body that would be `len` bytes long, had it not been cut.
    #[inline]
    pub(crate) fn set_text_body(&mut self, text: &str, len: usize, limits: &LogLimits) {
        match text.len() == len {
            true => self.set_body(AnyValueRef::Str(text), limits),
            false => {
                self.remove_body();
                self.set_long_body(text, len, limits);
            }
        }
    }

    /// What the attributes written so far leave of the record's size, but for the one that tells of a cut.
    #[inline]
    fn body_bytes_max(&self) -> usize {
        const BODY_LENGTH_BYTES_MAX: usize = 64;
        BODY_BYTES_MAX.min((RECORD_BYTES_MAX - BODY_LENGTH_BYTES_MAX).saturating_sub(self.bytes.len()))
    }

    #[inline]
    fn write_body(&mut self, body: AnyValueRef<'_>) {
        write_message(&mut self.bytes, field::log_record::BODY, |buf| write_any_value(buf, body, None));
        self.body = Body::Whole;
    }

    #[cold]
    fn set_long_body(&mut self, text: &str, len: usize, limits: &LogLimits) {
        self.write_body(AnyValueRef::Str(first_bytes(text, self.body_bytes_max())));
        self.tell_body_length(len, limits);
    }

    /// Half a list says something else than the list: one that is too long is left out as a whole.
    #[cold]
    fn set_structured_body(&mut self, body: AnyValueRef<'_>, limits: &LogLimits) {
        let (before, max) = (self.bytes.len(), self.body_bytes_max());
        self.write_body(body);
        let len = self.bytes.len() - before;
        if len > max {
            self.bytes.truncate(before);
            self.tell_body_length(len, limits);
        }
    }

    fn tell_body_length(&mut self, len: usize, limits: &LogLimits) {
        self.set_attribute(BODY_LENGTH, AnyValueRef::I64(len as i64), limits);
        self.body = Body::Shortened;
    }

    #[cold]
    fn remove_body(&mut self) {
        if self.body == Body::Shortened {
            self.remove_attribute(BODY_LENGTH);
        }
        self.body = Body::None;
        if let Some(body) = Fields::new(&self.bytes).last(field::log_record::BODY) {
            let (start, end) = (body.start, body.end);
            self.bytes.drain(start..end);
            self.attributes.shift(start as u32, start as i64 - end as i64);
        }
    }

    pub(super) fn body(&self) -> Option<ValueView<'_>> {
        LogView::new(&self.bytes).body()
    }

    /// Writes what may change until the end.
    #[inline]
    pub(super) fn finish(&mut self) {
        let (head, len) = self.head();
        self.bytes.extend_from_slice(&head[..len]);
        write_nonempty(&mut self.bytes, field::log_record::SEVERITY_TEXT, &self.severity_text);
        write_nonempty(&mut self.bytes, field::log_record::EVENT_NAME, &self.event_name);
        let dropped = u64::from(self.dropped_attributes);
        write_nonzero(&mut self.bytes, field::log_record::DROPPED_ATTRIBUTES, dropped);
    }

    /// Times, severity, ids and flags: their lengths never vary, so they are laid out at fixed places and appended at once. The
    /// ids come last, the span's behind the trace's, so that those that are not valid can be left out.
    #[inline]
    fn head(&self) -> ([u8; HEAD_LEN], usize) {
        let mut head = [0; HEAD_LEN];
        head[0] = field::log_record::TIME as u8;
        head[1..9].copy_from_slice(&self.time.to_le_bytes());
        head[9] = field::log_record::OBSERVED_TIME as u8;
        head[10..18].copy_from_slice(&self.observed_time.to_le_bytes());
        head[18] = field::log_record::SEVERITY_NUMBER as u8;
        head[19] = self.severity_number;
        let Some(span) = self.span.filter(|span| span.trace_id != TraceId::INVALID) else {
            return (head, HEAD_LEN_WITHOUT_IDS);
        };
        head[20] = field::log_record::FLAGS as u8;
        head[21] = span.trace_flags.to_u8();
        head[25] = field::log_record::TRACE_ID as u8;
        head[26] = 16;
        head[27..43].copy_from_slice(&span.trace_id.to_bytes());
        head[43] = field::log_record::SPAN_ID as u8;
        head[44] = 8;
        head[45..53].copy_from_slice(&span.span_id.to_bytes());
        let len = if span.is_valid() { HEAD_LEN } else { HEAD_LEN - SPAN_ID_LEN };
        (head, len)
    }
}

/// As people read it: what has no bytes yet, then body and attributes from theirs.
impl fmt::Debug for LogDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogDraft")
            .field("severity_number", &self.severity_number)
            .field("severity_text", &self.severity_text)
            .field("event_name", &self.event_name)
            .field("body", &self.body())
            .field("attributes", &LogView::new(&self.bytes).attributes().collect::<Vec<_>>())
            .field("span", &self.span)
            .finish_non_exhaustive()
    }
}

const ATTRIBUTES: Key = field::log_record::ATTRIBUTES;
/// Both times and the severity.
const HEAD_LEN_WITHOUT_IDS: usize = 9 + 9 + 2;
const SPAN_ID_LEN: usize = 10;
/// With flags and ids.
const HEAD_LEN: usize = HEAD_LEN_WITHOUT_IDS + 5 + 18 + SPAN_ID_LEN;

/// As many whole characters of `text` as `max` bytes hold.
fn first_bytes(text: &str, max: usize) -> &str {
    let mut end = max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
