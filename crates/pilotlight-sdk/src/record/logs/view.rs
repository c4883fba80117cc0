//! A log record, and a whole request of them, read lazily from their bytes.

use std::fmt;
use std::time::SystemTime;

use opentelemetry::trace::{SpanId, TraceFlags, TraceId};

use crate::encode::field;
use crate::encode::reader::{Field, Fields};
use crate::record::traces_view::{ResourceView, ScopeView};
use crate::record::view::{ValueView, attributes, span_id, time, trace_id};

/// An encoded log record (an OTLP `LogRecord` message), read where it lies.
///
/// Every question walks the bytes anew and allocates nothing; ask once and keep the answer where it matters. Copying a
/// view copies a pointer.
#[derive(Clone, Copy)]
pub struct LogView<'a> {
    message: &'a [u8],
}

impl<'a> LogView<'a> {
    /// Reads `message`, the bytes of an OTLP `LogRecord`. Malformed bytes read as if they ended before the damage.
    pub fn new(message: &'a [u8]) -> Self {
        Self { message }
    }

    /// The bytes themselves.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.message
    }

    /// When it happened; `None` when only the time of its observation is known.
    pub fn time(&self) -> Option<SystemTime> {
        Some(self.number(field::log_record::TIME)).filter(|nanos| *nanos != 0).map(time)
    }

    /// When it was recorded; the Unix epoch when that is unknown.
    pub fn observed_time(&self) -> SystemTime {
        time(self.number(field::log_record::OBSERVED_TIME))
    }

    /// How severe it is, from 1 (`TRACE`) to 24 (`FATAL4`); 0 when nobody said.
    pub fn severity_number(&self) -> u8 {
        self.number(field::log_record::SEVERITY_NUMBER).try_into().unwrap_or(0)
    }

    /// The severity in the words of its source; empty when there are none.
    pub fn severity_text(&self) -> &'a str {
        self.text(field::log_record::SEVERITY_TEXT)
    }

    /// What kind of event it is; empty for a plain log record.
    pub fn event_name(&self) -> &'a str {
        self.text(field::log_record::EVENT_NAME)
    }

    /// What it says; `None` when it has no body.
    pub fn body(&self) -> Option<ValueView<'a>> {
        self.last(field::log_record::BODY).map(|body| ValueView::new(body.bytes()))
    }

    /// The attributes, in the order in which their keys were first set.
    pub fn attributes(&self) -> impl Iterator<Item = (&'a str, ValueView<'a>)> + Clone + use<'a> {
        attributes(self.message, field::log_record::ATTRIBUTES)
    }

    /// The value of one attribute.
    pub fn attribute(&self, key: &str) -> Option<ValueView<'a>> {
        self.attributes().find_map(|(name, value)| (name == key).then_some(value))
    }

    /// Attributes refused at the limit.
    pub fn dropped_attributes(&self) -> u32 {
        self.number(field::log_record::DROPPED_ATTRIBUTES) as u32
    }

    /// The trace it was recorded in; [`TraceId::INVALID`] outside of one.
    pub fn trace_id(&self) -> TraceId {
        trace_id(self.last(field::log_record::TRACE_ID))
    }

    /// The span it was recorded in; [`SpanId::INVALID`] outside of one.
    pub fn span_id(&self) -> SpanId {
        span_id(self.last(field::log_record::SPAN_ID))
    }

    /// The W3C flags of that span.
    pub fn trace_flags(&self) -> TraceFlags {
        TraceFlags::new(self.number(field::log_record::FLAGS) as u8)
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

impl fmt::Debug for LogView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogView")
            .field("severity", &self.severity_text())
            .field("body", &self.body())
            .field("trace_id", &self.trace_id())
            .field("span_id", &self.span_id())
            .field("attributes", &self.attributes().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// An OTLP `ExportLogsServiceRequest`, read where it lies.
///
/// ```
/// use pilotlight_sdk::record::LogsView;
///
/// # fn show(batch: &pilotlight_sdk::transport::Batch) {
/// for (resource, scope, log) in LogsView::new(&batch.request).records() {
///     println!("{:?} {} {:?}", resource.attribute("service.name"), scope.name(), log.body());
/// }
/// # }
/// ```
#[derive(Clone, Copy)]
pub struct LogsView<'a> {
    message: &'a [u8],
}

impl<'a> LogsView<'a> {
    /// Reads `request`, the bytes of an `ExportLogsServiceRequest`.
    pub fn new(request: &'a [u8]) -> Self {
        Self { message: request }
    }

    /// Every log record, with the resource and the scope it belongs to.
    pub fn records(&self) -> impl Iterator<Item = (ResourceView<'a>, ScopeView<'a>, LogView<'a>)> + use<'a> {
        // The three requests have resource, scope and item in the same places: see `encode/request.rs`.
        Fields::new(self.message).all(field::traces_request::RESOURCE_SPANS).flat_map(|resource_logs| {
            let resource = ResourceView::new(resource_logs.bytes());
            Fields::new(resource_logs.bytes()).all(field::resource_spans::SCOPE_SPANS).flat_map(
                move |scope_logs| {
                    let scope = ScopeView::new(scope_logs.bytes());
                    Fields::new(scope_logs.bytes())
                        .all(field::scope_spans::SPANS)
                        .map(move |log| (resource, scope, LogView::new(log.bytes())))
                },
            )
        })
    }
}
