//! Log records as plain text that is the same in every run, for tests to compare.

use std::collections::HashMap;
use std::time::SystemTime;

use opentelemetry::trace::{SpanId, TraceId};

use crate::record::{LogView, ValueView};

use super::exported_log::ExportedLog;
use super::exported_span::ExportedSpan;
use super::tree::label;
use super::tree::plain::clean;

/// Draws `logs` with everything that is the same in every run: [`TextLogs`] with nothing left out.
pub fn text_logs(logs: &[ExportedLog]) -> String {
    TextLogs::new().draw(logs)
}

/// Draws log records as plain text without ids and times, so that a test can say what it expects the way a person would
/// write it down.
///
/// One line a record, the earliest first:
///
/// - Its severity by number (`INFO`, `WARN2`; `-` when nobody said), and the source's own word for it in parentheses if that is another.
/// - The name of its scope, which for an event of `tracing` is its target, and in brackets its event name, if it has them.
/// - What it says: a text in double quotes, other values as they are.
/// - Its attributes as `key=value` in the order in which they were recorded, texts in double quotes where they would be
///   misread without, and what was refused at a limit.
/// - `· in` and its span: by name if it is among the [spans](Self::spans) that were given, else `a span`; `(not sampled)` when
///   the record says so. `a trace`, or `a span without a trace`, when it has but one of the two ids, and nothing when it has
///   neither.
///
/// Control characters appear as their escapes. Every line ends with a line break.
///
/// # Examples
///
/// ```
/// use pilotlight_sdk::transport::{InMemoryExporter, TextLogs};
///
/// # fn check(exporter: InMemoryExporter) {
/// // Where in the source a record was made changes with every edit.
/// let text = TextLogs::new().except_attributes(["code.*"]).spans(&exporter.spans());
/// assert_eq!(
///     text.draw(&exporter.logs()),
///     "\
/// INFO shop::orders \"Processing request\" user_id=123 · in GET /api/users/{id}
/// ERROR shop::orders \"No such user\" user_id=123 exception.type=NotFound · in SELECT users
/// "
/// );
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct TextLogs {
    /// `None` for all.
    scopes: Option<Vec<String>>,
    /// `None` for all.
    attributes: Option<Vec<String>>,
    attributes_left_out: Vec<String>,
    leaves_out_scopes: bool,
    is_sorted: bool,
    span_names: HashMap<(TraceId, SpanId), String>,
}

impl TextLogs {
    /// Draws every record, and all of it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Draws the records of scopes with these names alone. A name that ends in `*` stands for all that begin with what is
    /// before it.
    #[must_use]
    pub fn from_scopes<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.scopes = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Leaves out the names of scopes.
    #[must_use]
    pub fn without_scopes(mut self) -> Self {
        self.leaves_out_scopes = true;
        self
    }

    /// Draws the attributes with these keys alone, and no counts of dropped ones. Their order stays the recorded one. A key
    /// may end in `*`, as in [`from_scopes`](Self::from_scopes).
    #[must_use]
    pub fn with_attributes<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.attributes = Some(keys.into_iter().map(Into::into).collect());
        self
    }

    /// Leaves out the attributes with these keys: for line numbers, stack traces, threads and whatever else differs from run
    /// to run. A key may end in `*`, as in [`from_scopes`](Self::from_scopes).
    #[must_use]
    pub fn except_attributes<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.attributes_left_out.extend(keys.into_iter().map(Into::into));
        self
    }

    /// Leaves out all attributes, and the counts of dropped ones.
    #[must_use]
    pub fn without_attributes(self) -> Self {
        self.with_attributes::<String>([])
    }

    /// Says in which of `spans` a record was made. May be called several times, for spans of several exporters.
    #[must_use]
    pub fn spans(mut self, spans: &[ExportedSpan]) -> Self {
        self.span_names.extend(spans.iter().map(|span| {
            let span = span.view();
            ((span.trace_id(), span.span_id()), clean(span.name()))
        }));
        self
    }

    /// Draws the lines in the order of their text: for records of several threads, whose times differ from run to run.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.is_sorted = true;
        self
    }

    /// Draws `logs`. Those of the same time stay in their order. No log records are an empty text.
    pub fn draw(&self, logs: &[ExportedLog]) -> String {
        let is_shown = |log: &&ExportedLog| self.scopes.as_ref().is_none_or(|s| has(s, log.scope().name()));
        let mut logs: Vec<&ExportedLog> = logs.iter().filter(is_shown).collect();
        logs.sort_by_cached_key(|log| happened(&log.view()));
        let mut lines: Vec<String> = logs.into_iter().map(|log| self.line(log)).collect();
        if self.is_sorted {
            lines.sort();
        }
        lines.concat()
    }

    fn line(&self, log: &ExportedLog) -> String {
        let view = log.view();
        let mut parts = vec![severity(&view)];
        if !self.leaves_out_scopes && !log.scope().name().is_empty() {
            parts.push(clean(log.scope().name()));
        }
        if !view.event_name().is_empty() {
            parts.push(format!("[{}]", clean(view.event_name())));
        }
        parts.extend(view.body().map(body));
        parts.extend(self.attributes(&view));
        parts.extend(self.place(&view));
        parts.join(" ") + "\n"
    }

    fn attributes(&self, log: &LogView<'_>) -> Vec<String> {
        let mut parts: Vec<String> = log
            .attributes()
            .filter(|(key, _)| self.shows(key))
            .map(|(key, value)| format!("{}={}", clean(key), attribute(value)))
            .collect();
        if self.attributes.is_none() {
            let dropped = label::dropped(&[(log.dropped_attributes(), "attribute")]);
            parts.extend(dropped.map(|dropped| format!("(dropped {dropped})")));
        }
        parts
    }

    fn shows(&self, key: &str) -> bool {
        self.attributes.as_ref().is_none_or(|keys| has(keys, key)) && !has(&self.attributes_left_out, key)
    }

    /// `· in GET /users`; `None` outside of spans.
    fn place(&self, log: &LogView<'_>) -> Option<String> {
        let (trace, span) = (log.trace_id(), log.span_id());
        let place = match (trace == TraceId::INVALID, span == SpanId::INVALID) {
            (true, true) => return None,
            (true, false) => "a span without a trace",
            (false, true) => "a trace",
            (false, false) => self.span_names.get(&(trace, span)).map_or("a span", String::as_str),
        };
        let sampled = if log.trace_flags().is_sampled() { "" } else { " (not sampled)" };
        Some(format!("· in {place}{sampled}"))
    }
}

/// Whether `name` is one of `patterns`, or begins with one that ends in `*`.
fn has(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    })
}

fn happened(log: &LogView<'_>) -> SystemTime {
    log.time().unwrap_or_else(|| log.observed_time())
}

/// `INFO`, or `INFO(notice)` when the source has a word of its own.
fn severity(log: &LogView<'_>) -> String {
    let (name, text) = (severity_name(log.severity_number()), log.severity_text());
    if text.is_empty() || text == name { name } else { format!("{name}({})", clean(text)) }
}

/// The short name of a severity number.
///
/// Specification: "Displaying Severity",
/// <https://opentelemetry.io/docs/specs/otel/logs/data-model/#displaying-severity>.
fn severity_name(number: u8) -> String {
    const NAMES: [&str; 6] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
    let Some(index) = number.checked_sub(1) else { return "-".to_owned() };
    match (NAMES.get(usize::from(index / 4)), index % 4) {
        (Some(name), 0) => (*name).to_owned(),
        (Some(name), step) => format!("{name}{}", step + 1),
        (None, _) => number.to_string(),
    }
}

fn body(value: ValueView<'_>) -> String {
    match value {
        ValueView::Str(text) => format!("\"{}\"", clean(text)),
        other => clean(other),
    }
}

fn attribute(value: ValueView<'_>) -> String {
    let is_misread = |text: &str| text.is_empty() || text.contains([' ', '=', '"']);
    match value {
        ValueView::Str(text) if is_misread(text) => format!("\"{}\"", clean(text)),
        other => clean(other),
    }
}
