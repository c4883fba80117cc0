//! What becomes of `tracing`'s spans and events.

use super::builder::SettingsBuilder;
use super::chain::Chain;
use super::parse;

/// What both filters let through unless set otherwise: what is of interest in production.
const DEFAULT_FILTER: &str = "info";

/// What becomes of `tracing`'s spans and events.
///
/// Its default is what nothing set amounts to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TracingSettings {
    /// Which events become log records, as the directives were written.
    pub log_filter: String,
    /// Which spans become spans, as the directives were written.
    pub span_filter: String,
    /// Whether spans and log records tell their place in the source.
    pub source_location: bool,
    /// Whether spans tell the thread that they were started on.
    pub thread: bool,
    /// Whether events within a span are added to it, besides becoming log records.
    pub events_on_spans: bool,
    /// Whether log records made from events also get the fields of the spans around them.
    pub span_fields: bool,
}

impl Default for TracingSettings {
    fn default() -> Self {
        Self {
            log_filter: DEFAULT_FILTER.to_owned(),
            span_filter: DEFAULT_FILTER.to_owned(),
            source_location: true,
            thread: true,
            events_on_spans: false,
            span_fields: false,
        }
    }
}

/// What code says about `tracing`.
#[derive(Clone, Debug, Default)]
pub(super) struct TracingCode {
    log_filter: Option<String>,
    span_filter: Option<String>,
    source_location: Option<bool>,
    thread: Option<bool>,
    events_on_spans: Option<bool>,
    span_fields: Option<bool>,
}

/// What becomes of `tracing`'s spans and events. Spans and logs are filtered apart, so that a quieter log does not tear
/// traces apart.
impl SettingsBuilder {
    /// Which events of `tracing`, and which records of the `log` crate, become log records: directives as in `RUST_LOG`,
    /// such as `"warn,shop=debug"`. Says nothing about spans, nor about Pilotlight's own messages, which
    /// [`log_level`](Self::log_level) alone rules.
    ///
    /// Default `info`. `RUST_LOG`. Blank text counts as unset. A directive that cannot be read is warned about and left
    /// out when the filter is made.
    pub fn log_filter(mut self, directives: impl Into<String>) -> Self {
        self.tracing.log_filter = Some(directives.into());
        self
    }

    /// Which spans of `tracing` become spans: directives as in [`log_filter`](Self::log_filter). A span that is filtered
    /// out costs next to nothing, and its children take its parent as theirs. What becomes of the others is for the
    /// [sampler](Self::traces_sampler) to decide.
    ///
    /// Default `info`. `PILOTLIGHT_SPAN_FILTER`. Blank text counts as unset. A directive that cannot be read is warned
    /// about and left out when the filter is made.
    pub fn span_filter(mut self, directives: impl Into<String>) -> Self {
        self.tracing.span_filter = Some(directives.into());
        self
    }

    /// Whether `tracing`'s spans, and log records made from its events, tell their place in the source:
    /// `code.file.path` and `code.line.number`.
    ///
    /// Default true. No variable. Costs two attributes on each.
    pub fn tracing_source_location(mut self, source_location: bool) -> Self {
        self.tracing.source_location = Some(source_location);
        self
    }

    /// Whether `tracing`'s spans tell the thread that they were started on: `thread.id` and `thread.name`. Log records do
    /// not, but for those of panics.
    ///
    /// Default true. No variable. Costs two attributes on each span.
    pub fn tracing_thread(mut self, thread: bool) -> Self {
        self.tracing.thread = Some(thread);
        self
    }

    /// Whether an event within a span is also added to that span, for tools that show span events but no logs.
    ///
    /// Default false, so that nothing is told twice. No variable. Such events count towards the
    /// [limit of events](Self::span_event_count_limit).
    pub fn tracing_events_on_spans(mut self, events_on_spans: bool) -> Self {
        self.tracing.events_on_spans = Some(events_on_spans);
        self
    }

    /// Whether a log record made from a `tracing` event also gets the fields of the spans around it, wherever it goes.
    /// Where several have a field of the same name the event's own wins, then that of the innermost span.
    ///
    /// Default false: the fields are on the spans already, and the ids lead there. No variable. Costs every log record
    /// a copy of these fields, and they count towards its
    /// [attributes](Self::logrecord_attribute_count_limit).
    pub fn log_span_fields(mut self, span_fields: bool) -> Self {
        self.tracing.span_fields = Some(span_fields);
        self
    }
}

impl TracingCode {
    /// Leaves directives as they are: only who makes the filter knows their grammar.
    pub(super) fn resolve(self, chain: &mut Chain<'_>) -> TracingSettings {
        let default = TracingSettings::default();
        TracingSettings {
            log_filter: chain
                .setting()
                .text("log_filter", self.log_filter.as_deref(), parse::string)
                .variable("RUST_LOG", parse::string)
                .or(default.log_filter),
            span_filter: chain
                .setting()
                .text("span_filter", self.span_filter.as_deref(), parse::string)
                .variable("PILOTLIGHT_SPAN_FILTER", parse::string)
                .or(default.span_filter),
            source_location: self.source_location.unwrap_or(default.source_location),
            thread: self.thread.unwrap_or(default.thread),
            events_on_spans: self.events_on_spans.unwrap_or(default.events_on_spans),
            span_fields: self.span_fields.unwrap_or(default.span_fields),
        }
    }
}
