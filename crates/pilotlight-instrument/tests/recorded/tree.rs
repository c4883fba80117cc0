//! Spans as trees.
//!
//! ```text
//! INTERNAL request
//!   CLIENT SELECT users
//!     ! 42P01                        status error, with its description
//!     db.system.name = postgresql    attributes by their keys
//!     * cancelled                    an event
//!   PRODUCER send orders
//! CONSUMER process orders ~> send orders   a link
//! ```

use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanId, SpanKind, Status};
use opentelemetry_sdk::trace::SpanData;

/// Draws `spans`, siblings in the order they started, with the attributes that are wanted.
pub fn draw(spans: &[SpanData], wanted: impl Fn(&str) -> bool) -> String {
    let mut sorted: Vec<&SpanData> = spans.iter().collect();
    sorted.sort_by_key(|span| span.start_time);
    let known = |id: SpanId| sorted.iter().any(|span| span.span_context.span_id() == id);
    let mut lines = Vec::new();
    for root in sorted.iter().filter(|span| !known(span.parent_span_id)) {
        below(root, 0, &sorted, &wanted, &mut lines);
    }
    lines.join("\n")
}

fn below(
    span: &SpanData,
    depth: usize,
    all: &[&SpanData],
    wanted: &impl Fn(&str) -> bool,
    lines: &mut Vec<String>,
) {
    let margin = "  ".repeat(depth);
    lines.push(format!("{margin}{}{}", title(span), links(span, all)));
    lines.extend(details(span, wanted).into_iter().map(|line| format!("{margin}    {line}")));
    for child in all.iter().filter(|child| child.parent_span_id == span.span_context.span_id()) {
        below(child, depth + 1, all, wanted, lines);
    }
}

fn title(span: &SpanData) -> String {
    let kind = match span.span_kind {
        SpanKind::Client => "CLIENT",
        SpanKind::Server => "SERVER",
        SpanKind::Producer => "PRODUCER",
        SpanKind::Consumer => "CONSUMER",
        SpanKind::Internal => "INTERNAL",
    };
    format!("{kind} {}", span.name)
}

fn links(span: &SpanData, all: &[&SpanData]) -> String {
    let name =
        |id: SpanId| all.iter().find(|other| other.span_context.span_id() == id).map(|other| &*other.name);
    let linked = span.links.iter().map(|link| name(link.span_context.span_id()).unwrap_or("?"));
    linked.map(|name| format!(" ~> {name}")).collect()
}

fn details(span: &SpanData, wanted: &impl Fn(&str) -> bool) -> Vec<String> {
    let mut lines = Vec::new();
    match &span.status {
        Status::Unset => {}
        Status::Ok => lines.push("ok".to_owned()),
        Status::Error { description } => lines.push(format!("! {description}").trim_end().to_owned()),
    }
    lines.extend(attributes(&span.attributes).into_iter().filter(|line| wanted(line)));
    for event in span.events.iter() {
        let attributes = attributes(&event.attributes).join(", ");
        lines.push(format!("* {} {attributes}", event.name).trim_end().to_owned());
    }
    lines
}

pub fn attributes<'a>(attributes: impl IntoIterator<Item = &'a KeyValue>) -> Vec<String> {
    let mut lines: Vec<String> =
        attributes.into_iter().map(|pair| format!("{} = {}", pair.key, pair.value)).collect();
    lines.sort();
    lines
}

/// A drawing without the indentation of the code around it.
pub fn dedented(text: &str) -> String {
    let text = text.trim_end().trim_start_matches('\n');
    let margin = text.len() - text.trim_start().len();
    text.lines().map(|line| line.get(margin..).unwrap_or_default()).collect::<Vec<_>>().join("\n")
}
