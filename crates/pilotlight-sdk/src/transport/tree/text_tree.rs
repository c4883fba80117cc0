//! Traces as plain text that is the same in every run, for tests to compare.

use std::collections::HashMap;

use opentelemetry::trace::{SpanId, Status, TraceId};

use crate::record::{LinkView, SpanView, ValueView};
use crate::transport::ExportedSpan;

use super::forest::{Forest, Item, Row};
use super::label;
use super::plain::clean;

/// Draws `spans` with everything that is the same in every run: [`TextTree`] with nothing left out.
pub fn text_tree(spans: &[ExportedSpan]) -> String {
    TextTree::new().draw(spans)
}

/// Draws spans as a plain text tree without ids and times, so that a test can say what it expects the way a person would
/// draw it.
///
/// One line a span: its name, its kind unless internal, `✓` or `✗` and the description when it has a status. Below it, in
/// the order in which they were recorded, its attributes, events (`•`) and links (`→`, with the name of the span linked to
/// if that is among the spans), and what was refused at a limit. Children follow by start time, then name; traces by start
/// time, an empty line between them. A span whose parent is in another process says so unless that parent is among the
/// spans; one whose parent is missing stands below `(missing parent)`. Control characters appear as their escapes. Every
/// line ends with a line break.
///
/// # Examples
///
/// ```
/// use opentelemetry::KeyValue;
/// use opentelemetry::trace::{SpanKind, Tracer, TracerProvider as _};
/// use pilotlight_sdk::record::TracerProvider;
/// use pilotlight_sdk::transport::{InMemoryExporter, TextTree};
///
/// # fn main() -> Result<(), pilotlight_sdk::Error> {
/// let exporter = InMemoryExporter::new();
/// let provider = TracerProvider::builder().with_simple_exporter(exporter.clone()).build()?;
/// let tracer = provider.tracer("example");
///
/// tracer.in_span("GET /api/users/{id}", |_| {
///     tracer
///         .span_builder("SELECT users")
///         .with_kind(SpanKind::Client)
///         .with_attributes([KeyValue::new("db.system.name", "sqlite"), KeyValue::new("took", 17)])
///         .start(&tracer);
/// });
///
/// assert_eq!(
///     TextTree::new().with_attributes(["db.system.name"]).draw(&exporter.spans()),
///     "\
/// GET /api/users/{id}
///   └─ SELECT users [client]
///        db.system.name: sqlite
/// "
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct TextTree {
    attributes: Attributes,
    leaves_out_events: bool,
    leaves_out_links: bool,
}

/// Which attributes are drawn.
#[derive(Clone, Debug, Default)]
enum Attributes {
    #[default]
    All,
    Only(Vec<String>),
}

impl TextTree {
    /// Draws everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves out all attributes, those of events and links too, and the counts of dropped ones.
    #[must_use]
    pub fn without_attributes(self) -> Self {
        self.with_attributes::<String>([])
    }

    /// Draws the attributes with these keys alone, on spans, events and links. Their order stays the recorded one.
    #[must_use]
    pub fn with_attributes<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.attributes = Attributes::Only(keys.into_iter().map(Into::into).collect());
        self
    }

    /// Leaves out events.
    #[must_use]
    pub fn without_events(mut self) -> Self {
        self.leaves_out_events = true;
        self
    }

    /// Leaves out links.
    #[must_use]
    pub fn without_links(mut self) -> Self {
        self.leaves_out_links = true;
        self
    }

    /// Draws `spans`, of one trace or several. No spans are an empty text.
    pub fn draw(&self, spans: &[ExportedSpan]) -> String {
        let views: Vec<SpanView<'_>> = spans.iter().map(ExportedSpan::view).collect();
        let mut text = Text { tree: self, names: names(&views), lines: String::new() };
        for (i, trace) in by_trace(&views).iter().enumerate() {
            if i > 0 {
                text.lines.push('\n');
            }
            Forest::new(trace).rows("  ", usize::MAX).for_each(|row| text.row(trace, &row));
        }
        text.lines
    }

    fn shows(&self, key: &str) -> bool {
        match &self.attributes {
            Attributes::All => true,
            Attributes::Only(keys) => keys.iter().any(|only| only == key),
        }
    }

    fn shows_all_attributes(&self) -> bool {
        matches!(self.attributes, Attributes::All)
    }
}

fn names<'a>(spans: &[SpanView<'a>]) -> HashMap<(TraceId, SpanId), &'a str> {
    spans.iter().map(|span| ((span.trace_id(), span.span_id()), span.name())).collect()
}

/// The spans of each trace; traces by start time, then name.
fn by_trace<'a>(spans: &[SpanView<'a>]) -> Vec<Vec<SpanView<'a>>> {
    let mut places = HashMap::new();
    let mut traces: Vec<Vec<SpanView<'a>>> = Vec::new();
    for span in spans {
        let place = *places.entry(span.trace_id()).or_insert_with(|| {
            traces.push(Vec::new());
            traces.len() - 1
        });
        traces[place].push(*span);
    }
    traces.sort_by_cached_key(|trace| trace.iter().map(|span| (span.start_time(), span.name())).min());
    traces
}

/// A text in the making.
struct Text<'a> {
    tree: &'a TextTree,
    names: HashMap<(TraceId, SpanId), &'a str>,
    lines: String,
}

impl Text<'_> {
    fn row(&mut self, trace: &[SpanView<'_>], row: &Row) {
        let (span, note) = match row.item {
            Item::Missing(_) => return self.line(&row.lead, "(missing parent)"),
            Item::Span(span) => (&trace[span], ""),
            Item::FromRemote(span, _) => (&trace[span], " (remote parent)"),
            Item::InCycle(span) => (&trace[span], " (its own ancestor)"),
        };
        self.line(
            &row.lead,
            &format!("{}{}{note}{}", clean(span.name()), label::kind(&span.kind()), status(span)),
        );
        self.details(span, &format!("{}  ", row.below));
    }

    fn details(&mut self, span: &SpanView<'_>, indent: &str) {
        self.attributes(indent, span.attributes(), span.dropped_attributes());
        let inner = format!("{indent}    ");
        if !self.tree.leaves_out_events {
            for event in span.events() {
                self.line(indent, &format!("• {}", clean(event.name())));
                self.attributes(&inner, event.attributes(), event.dropped_attributes());
            }
            self.dropped(indent, span.dropped_events(), "event");
        }
        if !self.tree.leaves_out_links {
            for link in span.links() {
                let target = self.target(&link);
                self.line(indent, &format!("→ {target}"));
                self.attributes(&inner, link.attributes(), link.dropped_attributes());
            }
            self.dropped(indent, span.dropped_links(), "link");
        }
    }

    fn attributes<'v>(
        &mut self,
        indent: &str,
        attributes: impl Iterator<Item = (&'v str, ValueView<'v>)>,
        dropped: u32,
    ) {
        for (key, value) in attributes.filter(|(key, _)| self.tree.shows(key)) {
            self.line(indent, &format!("{}: {}", clean(key), clean(value)));
        }
        if self.tree.shows_all_attributes() {
            self.dropped(indent, dropped, "attribute");
        }
    }

    fn dropped(&mut self, indent: &str, count: u32, what: &str) {
        if let Some(dropped) = label::dropped(&[(count, what)]) {
            self.line(indent, &format!("(dropped {dropped})"));
        }
    }

    fn target(&self, link: &LinkView<'_>) -> String {
        self.names.get(&(link.trace_id(), link.span_id())).map_or("a span elsewhere".to_owned(), clean)
    }

    /// Nothing is left at the end of a line that an editor would strip.
    fn line(&mut self, lead: &str, text: &str) {
        self.lines.push_str(lead);
        self.lines.push_str(text);
        self.lines.truncate(self.lines.trim_end_matches(' ').len());
        self.lines.push('\n');
    }
}

fn status(span: &SpanView<'_>) -> String {
    let status = span.status();
    match &status {
        Status::Error { description } if !description.is_empty() => {
            format!("{} {}", label::status(&status), clean(description))
        }
        _ => label::status(&status).to_owned(),
    }
}
