//! Records of the `log` crate as log records of the engine.

mod pairs;

use std::sync::Arc;
use std::time::Duration;

use log::{Level, Log, Metadata, Record};

use crate::encode::attribute::AnyValueRef;
use crate::record::{LogDraft, LogLimits, current_context, current_span};
use crate::{Error, diagnostics};

use super::tracing::{
    Bridge, BridgeInner, Filters, LogTarget, all, inherit, innermost, level, mark_failed, severity, with_text,
};
use pairs::{Values, add_as_event, errors_message};

/// With these targets `tracing` itself tells of spans being made, entered and left, where its `log-always` feature is on.
const SPANS_OF_TRACING: [&str; 2] = ["tracing::span", "tracing::span::active"];

/// How long [`Log::flush`] may take, which has no way to say how long: programs call it right before they end.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// The logger that leads the `log` crate's records where a [`Bridge`] leads events of `tracing`, without a detour through them.
///
/// | Of the record | Becomes |
/// |---|---|
/// | target | the instrumentation scope's name, as an event's target does |
/// | level | severity number and text |
/// | message | the body |
/// | key-value pairs | attributes: integers, floats, booleans and strings typed, an integer beyond 64 signed bits as its digits, what is nothing not at all, anything else as what it shows |
/// | the first error among them | `exception.type`, `exception.message` and `exception.stacktrace` as well |
/// | file and line | `code.file.path` and `code.line.number`, if settings say so |
///
/// It carries the ids of the thread's current span, and with `span_fields` the fields of `tracing`'s spans that the thread is in. At
/// level `Error` it gives the innermost of these the status error, unless that has a status.
///
/// # Which records
///
/// Those that the log filter lets through, the same that events go by. Directives with brackets work too, where the layer of the
/// same [`Filters`] is installed: they look at the thread's spans. Directives about fields of events match no record. The `log`
/// crate's own level follows the filter, so that what is off costs a load and a compare.
///
/// Nothing on threads that export, whose telemetry is suppressed. Pilotlight's own messages are none of `log`'s.
///
/// # When events of `tracing` come through `log` as well
///
/// With its feature `log` alone `tracing` turns to `log` only while there is no subscriber. With `log-always`, which is meant
/// for programs without one, it hands each event to both: they arrive twice, and cannot be told from others. Leave that
/// feature off. What it says about spans is left out here.
///
/// ```
/// use pilotlight_sdk::bridge::LogBridge;
/// use pilotlight_sdk::bridge::tracing::{Bridge, Filters};
/// use pilotlight_sdk::config::TracingSettings;
/// use pilotlight_sdk::record::LoggerProvider;
/// use pilotlight_sdk::transport::InMemoryExporter;
///
/// # fn main() -> Result<(), pilotlight_sdk::Error> {
/// let exporter = InMemoryExporter::new();
/// let logs = LoggerProvider::builder().with_simple_exporter(exporter.clone()).build()?;
/// let bridge = Bridge::new();
/// bridge.connect(None, Some(&logs), &TracingSettings::default());
/// let (filters, _) = Filters::new("info", "info");
/// LogBridge::new(&bridge, &filters).install()?;
///
/// log::info!(items = 3; "Processing request");
/// assert_eq!(exporter.logs()[0].view().severity_text(), "INFO");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct LogBridge {
    bridge: Arc<BridgeInner>,
    filters: Filters,
}

impl LogBridge {
    /// Leads records to where `bridge` is connected at the time, and nowhere while it is not.
    pub fn new(bridge: &Bridge, filters: &Filters) -> Self {
        Self { bridge: Arc::clone(bridge.inner()), filters: filters.clone() }
    }

    /// Makes this the process's logger, for the rest of its life: to turn it off and on again, disconnect and connect the bridge.
    /// From then on the `log` crate's level follows the log filter.
    ///
    /// # Errors
    ///
    /// When the process has a logger already, of whatever kind.
    pub fn install(self) -> Result<(), Error> {
        let filters = self.filters.clone();
        log::set_boxed_logger(Box::new(self)).map_err(|error| {
            Error::failed(
                "records of the `log` crate do not arrive here: the process has another logger, and there can be one alone; do not \
                 install that one (env_logger::init and the like), or, where it forwards to `tracing`, leave it to that",
            )
            .caused_by(error)
        })?;
        filters.rule_log_crate();
        Ok(())
    }

    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        !current_context::is_suppressed()
            && self.filters.enables_log(metadata)
            && !SPANS_OF_TRACING.contains(&metadata.target())
    }
}

impl Log for LogBridge {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.wants(metadata) && self.bridge.log_target(metadata.target()).is_some()
    }

    fn log(&self, record: &Record<'_>) {
        if !self.wants(record.metadata()) {
            return;
        }
        if let Some(target) = self.bridge.log_target(record.target()) {
            emit(&target, record, self.bridge.id);
            if record.level() == Level::Error {
                fail_innermost(record, self.bridge.id);
            }
            if self.bridge.has_events_on_spans()
                && let Some(span) = innermost(self.bridge.id)
            {
                add_as_event(&span, record);
            }
        }
    }

    /// Delivers what was logged so far, in at most five seconds. Does nothing on threads that export, which would wait for themselves.
    fn flush(&self) {
        if current_context::is_suppressed() {
            return;
        }
        if let Err(error) = self.bridge.flush_logs(FLUSH_TIMEOUT) {
            diagnostics::warn(format_args!("log records were not flushed: {error}"));
        }
    }
}

/// Emits the log record that a record becomes, if its logger wants it.
fn emit(target: &LogTarget, record: &Record<'_>, bridge: u64) {
    let LogTarget { logger, has_location, has_span_fields } = target;
    let (severity, span) = (severity(level(record.level())), current_span());
    if !logger.config.wants(severity.number, span.as_ref()) {
        return;
    }
    let limits = logger.core.limits();
    let mut draft = LogDraft::take();
    draft.begin(logger.core.clock.unix_nanos(), severity.number, severity.text, "", span);
    if *has_location {
        add_location(&mut draft, record, limits);
    }
    with_text(record.args(), |text, len| draft.set_text_body(text, len, limits));
    Values::each(record, |key, value| draft.set_attribute(key, value, limits));
    if *has_span_fields {
        all(bridge).iter().for_each(|span| inherit(&mut draft, limits, span));
    }
    logger.finish(&mut draft, None, false);
    draft.give();
}

/// Specification: "Source code attributes", <https://opentelemetry.io/docs/specs/semconv/code/>.
fn add_location(draft: &mut LogDraft, record: &Record<'_>, limits: &LogLimits) {
    if let Some(file) = record.file() {
        draft.set_attribute("code.file.path", AnyValueRef::Str(file), limits);
    }
    if let Some(line) = record.line() {
        draft.set_attribute("code.line.number", AnyValueRef::I64(line.into()), limits);
    }
}

/// An error that is logged in a span of `tracing` is the span's.
#[cold]
fn fail_innermost(record: &Record<'_>, bridge: u64) {
    if let Some(span) = innermost(bridge) {
        mark_failed(&span, || errors_message(record));
    }
}
