//! The API's log record: a thin handle on a draft.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::time::SystemTime;

use opentelemetry::logs::{AnyValue, Severity};
use opentelemetry::trace::{SpanId, TraceFlags, TraceId};
use opentelemetry::{Key, Value};

use crate::encode::attribute::AnyValueRef;
use crate::record::clock::unix_nanos;
use crate::record::exception::exception_attributes;

use super::draft::{LogDraft, SpanReference};
use super::limits::LogLimits;
use super::view::LogView;

/// A log record of ours, as [`Logger`](super::Logger) makes them: written as OTLP bytes while it is filled in.
///
/// Dropping one that was not emitted forgets it. A key that is set again is overwritten. The span that it belongs to is the
/// current one when it is emitted, unless [`set_trace_context`](opentelemetry::logs::LogRecord::set_trace_context) said otherwise.
pub struct LogRecord {
    /// `None` once it is emitted or dropped.
    pub(super) draft: Option<Box<LogDraft>>,
    pub(super) limits: LogLimits,
    /// Stands in for the logger's scope.
    pub(super) target: Option<Cow<'static, str>>,
}

impl LogRecord {
    pub(super) fn new(limits: LogLimits) -> Self {
        Self { draft: Some(LogDraft::take()), limits, target: None }
    }

    /// Adds `exception.type`, `exception.message` and, when the error has causes, their chain in `exception.stacktrace`, but for
    /// those that are there already. Sets neither severity nor event name.
    ///
    /// Specification: "Emit a LogRecord" with an exception, <https://opentelemetry.io/docs/specs/otel/logs/api/#emit-a-logrecord>,
    /// and "Exceptions in logs", <https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-logs/>.
    ///
    /// ```
    /// use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity};
    /// use pilotlight_sdk::record::LoggerProvider;
    ///
    /// # fn main() -> Result<(), pilotlight_sdk::Error> {
    /// let logger = LoggerProvider::builder().build()?.logger("shop");
    /// if let Err(error) = "seven".parse::<u8>() {
    ///     let mut record = logger.create_log_record();
    ///     record.set_severity_number(Severity::Warn);
    ///     record.set_body("the quantity is no number".into());
    ///     record.set_exception(&error);
    ///     logger.emit(record);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_exception(&mut self, error: &dyn Error) {
        let Some(draft) = &mut self.draft else { return };
        for attribute in exception_attributes(error) {
            if LogView::new(&draft.bytes).attribute(attribute.key.as_str()).is_none() {
                draft.set_attribute(attribute.key.as_str(), (&attribute.value).into(), &self.limits);
            }
        }
    }

    /// Adds an attribute as spans have them.
    pub fn set_attribute(&mut self, key: impl Into<Key>, value: impl Into<Value>) {
        if let Some(draft) = &mut self.draft {
            draft.set_attribute(key.into().as_str(), AnyValueRef::from(&value.into()), &self.limits);
        }
    }
}

impl opentelemetry::logs::LogRecord for LogRecord {
    fn set_event_name(&mut self, name: &'static str) {
        if let Some(draft) = &mut self.draft {
            draft.event_name = Cow::Borrowed(name);
        }
    }

    /// The target stands in for the name of the record's instrumentation scope.
    fn set_target<T>(&mut self, target: T)
    where
        T: Into<Cow<'static, str>>,
    {
        self.target = Some(target.into());
    }

    fn set_timestamp(&mut self, timestamp: SystemTime) {
        if let Some(draft) = &mut self.draft {
            draft.time = unix_nanos(timestamp);
        }
    }

    fn set_observed_timestamp(&mut self, timestamp: SystemTime) {
        if let Some(draft) = &mut self.draft {
            draft.observed_time = unix_nanos(timestamp);
        }
    }

    fn set_severity_text(&mut self, text: &'static str) {
        if let Some(draft) = &mut self.draft {
            draft.severity_text = Cow::Borrowed(text);
        }
    }

    fn set_severity_number(&mut self, number: Severity) {
        if let Some(draft) = &mut self.draft {
            draft.severity_number = number as u8;
        }
    }

    fn set_body(&mut self, body: AnyValue) {
        if let Some(draft) = &mut self.draft {
            draft.set_body(AnyValueRef::from(&body), &self.limits);
        }
    }

    fn add_attributes<I, K, V>(&mut self, attributes: I)
    where
        I: IntoIterator<Item = (K, V)>,
        K: Into<Key>,
        V: Into<AnyValue>,
    {
        for (key, value) in attributes {
            self.add_attribute(key, value);
        }
    }

    fn add_attribute<K, V>(&mut self, key: K, value: V)
    where
        K: Into<Key>,
        V: Into<AnyValue>,
    {
        if let Some(draft) = &mut self.draft {
            draft.set_attribute(key.into().as_str(), AnyValueRef::from(&value.into()), &self.limits);
        }
    }

    fn set_trace_context(&mut self, trace_id: TraceId, span_id: SpanId, trace_flags: Option<TraceFlags>) {
        if let Some(draft) = &mut self.draft {
            let trace_flags = trace_flags.unwrap_or_default();
            draft.span = Some(SpanReference { trace_id, span_id, trace_flags });
        }
    }
}

impl Drop for LogRecord {
    fn drop(&mut self) {
        if let Some(draft) = self.draft.take() {
            draft.give();
        }
    }
}

impl fmt::Debug for LogRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogRecord").field("draft", &self.draft).field("target", &self.target).finish()
    }
}
