//! A finished span, read lazily from its bytes.

use std::fmt;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{SpanId, SpanKind, Status, TraceId};

use crate::encode::field;
use crate::encode::reader::{Content, Field, Fields};

/// An encoded span (an OTLP `Span` message), read where it lies.
///
/// Every question walks the bytes anew and allocates nothing; ask once and keep the answer where it matters. Copying a
/// view copies a pointer.
///
/// # Examples
///
/// A processor that counts slow spans:
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use std::time::Duration;
/// use pilotlight_sdk::record::{FinishedSpan, SpanProcessor};
///
/// #[derive(Default)]
/// struct SlowSpans(AtomicU64);
///
/// impl SpanProcessor for SlowSpans {
///     fn on_end(&self, span: &FinishedSpan<'_>) {
///         if span.view().duration() > Duration::from_secs(1) {
///             self.0.fetch_add(1, Ordering::Relaxed);
///         }
///     }
/// }
/// ```
#[derive(Clone, Copy)]
pub struct SpanView<'a> {
    message: &'a [u8],
}

impl<'a> SpanView<'a> {
    /// Reads `message`, the bytes of an OTLP `Span`. Malformed bytes read as if they ended before the damage.
    pub fn new(message: &'a [u8]) -> Self {
        Self { message }
    }

    /// The bytes themselves.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.message
    }

    /// The trace this span belongs to.
    pub fn trace_id(&self) -> TraceId {
        trace_id(self.last(field::span::TRACE_ID))
    }

    /// The span itself.
    pub fn span_id(&self) -> SpanId {
        span_id(self.last(field::span::SPAN_ID))
    }

    /// The span's parent; `None` for the root of a trace.
    pub fn parent_span_id(&self) -> Option<SpanId> {
        let id = span_id(self.last(field::span::PARENT_SPAN_ID));
        (id != SpanId::INVALID).then_some(id)
    }

    /// Whether the parent lives in another process.
    pub fn parent_is_remote(&self) -> bool {
        self.flags() & super::span_flags::IS_REMOTE != 0
    }

    /// The W3C flags in the low eight bits, and whether the parent is remote in bits 8 and 9.
    pub fn flags(&self) -> u32 {
        self.number(field::span::FLAGS) as u32
    }

    /// The `tracestate` header as text; empty when there is none.
    pub fn trace_state(&self) -> &'a str {
        self.text(field::span::TRACE_STATE)
    }

    /// What the span is called.
    pub fn name(&self) -> &'a str {
        self.text(field::span::NAME)
    }

    /// The span's role.
    pub fn kind(&self) -> SpanKind {
        match self.number(field::span::KIND) {
            2 => SpanKind::Server,
            3 => SpanKind::Client,
            4 => SpanKind::Producer,
            5 => SpanKind::Consumer,
            _ => SpanKind::Internal,
        }
    }

    /// When it started.
    pub fn start_time(&self) -> SystemTime {
        time(self.number(field::span::START_TIME))
    }

    /// When it ended; the Unix epoch while it has not.
    pub fn end_time(&self) -> SystemTime {
        time(self.number(field::span::END_TIME))
    }

    /// From start to end.
    pub fn duration(&self) -> Duration {
        let (start, end) = (self.number(field::span::START_TIME), self.number(field::span::END_TIME));
        Duration::from_nanos(end.saturating_sub(start))
    }

    /// The attributes, in the order in which their keys were first set.
    pub fn attributes(&self) -> impl Iterator<Item = (&'a str, ValueView<'a>)> + Clone + use<'a> {
        attributes(self.message, field::span::ATTRIBUTES)
    }

    /// The value of one attribute.
    pub fn attribute(&self, key: &str) -> Option<ValueView<'a>> {
        self.attributes().find_map(|(name, value)| (name == key).then_some(value))
    }

    /// The events, in the order in which they were added.
    pub fn events(&self) -> impl Iterator<Item = EventView<'a>> + Clone + use<'a> {
        Fields::new(self.message).all(field::span::EVENTS).map(|event| EventView { message: event.bytes() })
    }

    /// The links, in the order in which they were added.
    pub fn links(&self) -> impl Iterator<Item = LinkView<'a>> + Clone + use<'a> {
        Fields::new(self.message).all(field::span::LINKS).map(|link| LinkView { message: link.bytes() })
    }

    /// How the operation ended. Its description is copied.
    pub fn status(&self) -> Status {
        let status = Fields::new(self.last(field::span::STATUS).map_or(&[], |status| status.bytes()));
        match status.clone().last(field::status::CODE).map_or(0, |code| code.number()) {
            1 => Status::Ok,
            2 => Status::error(
                status.last(field::status::MESSAGE).map_or("", |message| message.text()).to_owned(),
            ),
            _ => Status::Unset,
        }
    }

    /// Attributes refused at the limit.
    pub fn dropped_attributes(&self) -> u32 {
        self.number(field::span::DROPPED_ATTRIBUTES) as u32
    }

    /// Events refused at the limit.
    pub fn dropped_events(&self) -> u32 {
        self.number(field::span::DROPPED_EVENTS) as u32
    }

    /// Links refused at the limit.
    pub fn dropped_links(&self) -> u32 {
        self.number(field::span::DROPPED_LINKS) as u32
    }

    fn last(&self, key: field::Key) -> Option<Field<'a>> {
        Fields::new(self.message).last(key)
    }

    fn number(&self, key: field::Key) -> u64 {
        self.last(key).map_or(0, |field| field.number())
    }

    fn text(&self, key: field::Key) -> &'a str {
        self.last(key).map_or("", |field| field.text())
    }
}

impl fmt::Debug for SpanView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanView")
            .field("name", &self.name())
            .field("trace_id", &self.trace_id())
            .field("span_id", &self.span_id())
            .field("parent_span_id", &self.parent_span_id())
            .field("attributes", &self.attributes().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// One event of a span.
#[derive(Clone, Copy)]
pub struct EventView<'a> {
    message: &'a [u8],
}

impl<'a> EventView<'a> {
    /// What happened.
    pub fn name(&self) -> &'a str {
        Fields::new(self.message).last(field::event::NAME).map_or("", |name| name.text())
    }

    /// When.
    pub fn time(&self) -> SystemTime {
        time(Fields::new(self.message).last(field::event::TIME).map_or(0, |at| at.number()))
    }

    /// Its attributes.
    pub fn attributes(&self) -> impl Iterator<Item = (&'a str, ValueView<'a>)> + Clone + use<'a> {
        attributes(self.message, field::event::ATTRIBUTES)
    }

    /// Attributes refused at the limit.
    pub fn dropped_attributes(&self) -> u32 {
        Fields::new(self.message)
            .last(field::event::DROPPED_ATTRIBUTES)
            .map_or(0, |count| count.number() as u32)
    }
}

/// One link of a span.
#[derive(Clone, Copy)]
pub struct LinkView<'a> {
    message: &'a [u8],
}

impl<'a> LinkView<'a> {
    /// The trace linked to.
    pub fn trace_id(&self) -> TraceId {
        trace_id(Fields::new(self.message).last(field::link::TRACE_ID))
    }

    /// The span linked to.
    pub fn span_id(&self) -> SpanId {
        span_id(Fields::new(self.message).last(field::link::SPAN_ID))
    }

    /// Its `tracestate` as text; empty when there is none.
    pub fn trace_state(&self) -> &'a str {
        Fields::new(self.message).last(field::link::TRACE_STATE).map_or("", |state| state.text())
    }

    /// Its attributes.
    pub fn attributes(&self) -> impl Iterator<Item = (&'a str, ValueView<'a>)> + Clone + use<'a> {
        attributes(self.message, field::link::ATTRIBUTES)
    }

    /// Attributes refused at the limit.
    pub fn dropped_attributes(&self) -> u32 {
        Fields::new(self.message)
            .last(field::link::DROPPED_ATTRIBUTES)
            .map_or(0, |count| count.number() as u32)
    }
}

/// The value of an attribute.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum ValueView<'a> {
    /// No value.
    Empty,
    /// A string.
    Str(&'a str),
    /// A boolean.
    Bool(bool),
    /// A signed integer.
    I64(i64),
    /// A floating-point number.
    F64(f64),
    /// Bytes.
    Bytes(&'a [u8]),
    /// An array.
    Array(ArrayView<'a>),
    /// A map.
    Map(MapView<'a>),
}

impl<'a> ValueView<'a> {
    pub(crate) fn new(message: &'a [u8]) -> Self {
        use field::any_value;
        let Some(field) = Fields::new(message).last_of_any() else { return Self::Empty };
        match (field.key, field.content) {
            (any_value::STRING, Content::Bytes(_)) => Self::Str(field.text()),
            (any_value::BOOL, Content::Number(number)) => Self::Bool(number != 0),
            (any_value::INT, Content::Number(number)) => Self::I64(number as i64),
            (any_value::DOUBLE, Content::Number(number)) => Self::F64(f64::from_bits(number)),
            (any_value::BYTES, Content::Bytes(bytes)) => Self::Bytes(bytes),
            (any_value::ARRAY, Content::Bytes(message)) => Self::Array(ArrayView { message }),
            (any_value::KVLIST, Content::Bytes(message)) => Self::Map(MapView { message }),
            _ => Self::Empty,
        }
    }

    /// The text of a string value.
    pub fn as_str(&self) -> Option<&'a str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }
}

/// As a person would write it: strings bare, arrays in brackets, maps in braces, bytes as hexadecimal digits.
/// Lists and maps that lie more than 64 deep in one another, as none of this crate's do, are shown as `…`.
impl fmt::Display for ValueView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.show(f, SHOWN_DEPTH_MAX)
    }
}

/// The bytes may be anybody's: as deep as their nesting, showing them would overflow the stack.
const SHOWN_DEPTH_MAX: usize = 64;

impl ValueView<'_> {
    fn show(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("null"),
            Self::Str(text) => f.write_str(text),
            Self::Bool(flag) => write!(f, "{flag}"),
            Self::I64(number) => write!(f, "{number}"),
            Self::F64(number) => write!(f, "{number:?}"),
            Self::Bytes(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
            Self::Array(_) | Self::Map(_) if depth == 0 => f.write_str("…"),
            Self::Array(array) => {
                f.write_str("[")?;
                for (i, value) in array.values().enumerate() {
                    f.write_str(if i == 0 { "" } else { ", " })?;
                    value.show(f, depth - 1)?;
                }
                f.write_str("]")
            }
            Self::Map(map) => {
                f.write_str("{")?;
                for (i, (key, value)) in map.entries().enumerate() {
                    write!(f, "{}{key}: ", if i == 0 { "" } else { ", " })?;
                    value.show(f, depth - 1)?;
                }
                f.write_str("}")
            }
        }
    }
}

/// The values of an array.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ArrayView<'a> {
    message: &'a [u8],
}

impl<'a> ArrayView<'a> {
    /// The values, in order.
    pub fn values(&self) -> impl Iterator<Item = ValueView<'a>> + Clone + use<'a> {
        Fields::new(self.message).all(field::array_value::VALUES).map(|value| ValueView::new(value.bytes()))
    }
}

/// The entries of a map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MapView<'a> {
    message: &'a [u8],
}

impl<'a> MapView<'a> {
    /// Keys and values, in order.
    pub fn entries(&self) -> impl Iterator<Item = (&'a str, ValueView<'a>)> + Clone + use<'a> {
        // `KeyValueList.values` has the number and wire type of `ArrayValue.values`.
        attributes(self.message, field::array_value::VALUES)
    }
}

/// The attributes of a message that keeps them in field `key`.
pub(super) fn attributes<'a>(
    message: &'a [u8],
    key: field::Key,
) -> impl Iterator<Item = (&'a str, ValueView<'a>)> + Clone + use<'a> {
    Fields::new(message).all(key).map(|attribute| entry(attribute.bytes()))
}

/// One attribute: the key and the value of a `KeyValue` message.
pub(crate) fn entry(message: &[u8]) -> (&str, ValueView<'_>) {
    let (mut name, mut value) = ("", &[][..]);
    for field in Fields::new(message) {
        match field.key {
            field::key_value::KEY => name = field.text(),
            field::key_value::VALUE => value = field.bytes(),
            _ => {}
        }
    }
    (name, ValueView::new(value))
}

pub(super) fn trace_id(field: Option<Field<'_>>) -> TraceId {
    let id = field.and_then(|field| field.bytes().try_into().ok());
    id.map_or(TraceId::INVALID, TraceId::from_bytes)
}

pub(super) fn span_id(field: Option<Field<'_>>) -> SpanId {
    let id = field.and_then(|field| field.bytes().try_into().ok());
    id.map_or(SpanId::INVALID, SpanId::from_bytes)
}

pub(super) fn time(unix_nanos: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_nanos(unix_nanos)
}
