//! Draws received spans the way a person would.

use std::fmt::Write;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;

/// Draws the spans of one trace, a line each: name, kind, `ERROR` or `OK` with the description, those of `attributes` that it has,
/// `+` and the name of each event, and `<` the parent's id when the parent is elsewhere. Children follow their parent in
/// the order in which they started. So do spans whose parent is not there and that have a link to one that is: with a `~`.
///
/// ```text
/// GET /users/{id}  server  http.response.status_code=200
/// ├─ SELECT users  client
/// └─ publish user.seen  producer
///    └~ process user.seen  consumer
/// ```
pub fn text_tree(spans: &[Span], attributes: &[&str]) -> String {
    let mut spans: Vec<&Span> = spans.iter().collect();
    spans.sort_by_key(|span| (span.start_time_unix_nano, span.end_time_unix_nano));
    let tree = Tree { spans: &spans, attributes };
    let mut drawing = String::new();
    for root in spans.iter().filter(|span| tree.above(span).is_none()) {
        drawing.push_str(&tree.line(root));
        tree.draw_children(root, "", &mut drawing);
    }
    drawing
}

/// All but the waits for a connection to a database, which have a span where they were long: on a busy machine, they may be.
pub fn without_waits(mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|span| !span.name.starts_with("acquire "));
    spans
}

struct Tree<'a> {
    spans: &'a [&'a Span],
    attributes: &'a [&'a str],
}

impl Tree<'_> {
    fn draw_children(&self, parent: &Span, margin: &str, drawing: &mut String) {
        let children: Vec<_> = self
            .spans
            .iter()
            .filter_map(|span| {
                Some((span, self.above(span).filter(|(above, _)| *above == parent.span_id)?.1))
            })
            .collect();
        for (index, (child, is_linked)) in children.iter().enumerate() {
            let (branch, below) = if index + 1 == children.len() { ("└", "   ") } else { ("├", "│  ") };
            let tie = if *is_linked { "~" } else { "─" };
            write!(drawing, "{margin}{branch}{tie} {}", self.line(child)).unwrap();
            self.draw_children(child, &format!("{margin}{below}"), drawing);
        }
    }

    /// Below which span one is drawn, and whether it is a link that ties them.
    fn above<'s>(&self, span: &'s Span) -> Option<(&'s [u8], bool)> {
        let is_there = |id: &[u8]| self.spans.iter().any(|other| other.span_id == id);
        if is_there(&span.parent_span_id) {
            return Some((&span.parent_span_id, false));
        }
        let link = span.links.iter().find(|link| is_there(&link.span_id))?;
        Some((&link.span_id, true))
    }

    fn line(&self, span: &Span) -> String {
        let mut line = format!("{}  {}", span.name, kind(span));
        if let Some(status) = &span.status {
            match status.code() {
                StatusCode::Unset => {}
                StatusCode::Ok => line.push_str("  OK"),
                StatusCode::Error => write!(line, "  ERROR {:?}", status.message).unwrap(),
            }
        }
        for key in self.attributes {
            if let Some(value) = attribute(span, key) {
                write!(line, "  {key}={}", show(value)).unwrap();
            }
        }
        for event in &span.events {
            write!(line, "  +{}", event.name).unwrap();
        }
        if self.is_continued(span) {
            write!(line, "  < {}", hex(&span.parent_span_id)).unwrap();
        }
        line + "\n"
    }

    fn is_continued(&self, span: &Span) -> bool {
        !span.parent_span_id.is_empty()
            && !self.spans.iter().any(|other| other.span_id == span.parent_span_id)
    }
}

fn kind(span: &Span) -> &'static str {
    match span.kind() {
        SpanKind::Unspecified => "unspecified",
        SpanKind::Internal => "internal",
        SpanKind::Server => "server",
        SpanKind::Client => "client",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
    }
}

/// The value of one of a span's attributes.
pub fn attribute<'a>(span: &'a Span, key: &str) -> Option<&'a Value> {
    let attribute = span.attributes.iter().find(|attribute| attribute.key == key)?;
    attribute.value.as_ref()?.value.as_ref()
}

/// A value as a person would write it.
pub fn show(value: &Value) -> String {
    match value {
        Value::StringValue(text) => text.clone(),
        Value::BoolValue(value) => value.to_string(),
        Value::IntValue(value) => value.to_string(),
        Value::DoubleValue(value) => value.to_string(),
        other => format!("{other:?}"),
    }
}

/// Bytes as ids are written.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A drawing in a test's source, without the margin that its first line has.
pub fn dedent(drawing: &str) -> String {
    let lines: Vec<&str> = drawing.lines().filter(|line| !line.trim().is_empty()).collect();
    let margin = lines.first().map_or(0, |line| line.len() - line.trim_start().len());
    lines.iter().map(|line| format!("{}\n", line.get(margin..).unwrap_or_default())).collect()
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
    use opentelemetry_proto::tonic::trace::v1::Status;
    use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};

    use super::*;

    fn span(id: u8, parent: u8, name: &str, start: u64) -> Span {
        Span {
            span_id: vec![id],
            parent_span_id: if parent == 0 { Vec::new() } else { vec![parent] },
            name: name.into(),
            kind: SpanKind::Internal.into(),
            start_time_unix_nano: start,
            ..Span::default()
        }
    }

    #[test]
    fn a_trace_is_drawn_with_children_in_the_order_they_started() {
        let mut failed = span(4, 2, "third", 3);
        failed.status = Some(Status { code: StatusCode::Error.into(), message: "no".into() });
        failed.events.push(Event { name: "exception".into(), ..Event::default() });
        let value = Some(AnyValue { value: Some(Value::IntValue(7)) });
        failed.attributes.push(KeyValue { key: "n".into(), value, ..KeyValue::default() });
        let spans = [failed, span(3, 1, "last", 9), span(2, 1, "first", 2), span(1, 0xab, "root", 1)];

        let expected = dedent(
            r#"
            root  internal  < ab
            ├─ first  internal
            │  └─ third  internal  ERROR "no"  n=7  +exception
            └─ last  internal
            "#,
        );
        assert_eq!(text_tree(&spans, &["n", "absent"]), expected);
    }

    #[test]
    fn a_link_leads_to_another_trace() {
        let mut linked = span(7, 0, "linked", 5);
        linked.links.push(Link { span_id: vec![2], ..Link::default() });
        let mut child = span(8, 7, "child with a link", 6);
        child.links.push(Link { span_id: vec![1], ..Link::default() });
        let mut elsewhere = span(9, 0, "linked elsewhere", 7);
        elsewhere.links.push(Link { span_id: vec![0xcd], ..Link::default() });
        let spans =
            [span(1, 0, "root", 1), span(2, 1, "sent", 2), span(3, 2, "last", 9), linked, child, elsewhere];

        let expected = dedent(
            "
            root  internal
            └─ sent  internal
               ├~ linked  internal
               │  └─ child with a link  internal
               └─ last  internal
            linked elsewhere  internal
            ",
        );
        assert_eq!(text_tree(&spans, &[]), expected);
    }
}
