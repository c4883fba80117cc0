//! Services that use `tracing-opentelemetry` switch by constructing another layer and importing another trait.
//!
//! The programs in `switch/programs.rs` do what that crate's own examples do. They are compiled twice, with either trait, and run
//! under either layer. What is drawn is what users wrote: names, kinds, statuses, parents, links, and their own attributes.
//!
//! Left out, since it differs on purpose:
//! - `busy_ns` and `idle_ns`, which cost a clock reading at each entry and exit.
//! - `code.module.name`, `target` and `level`: the target is the scope's name. Places and threads are told under the same names.
//! - The description of the status that an `error!` gives its span, where the event has a message besides its error, or the error is a
//!   value (`error = &e as &dyn Error`): empty there, what the error says here. The programs' events have an error alone.
//! - Events: log records here, events of their span there. [`pilotlight_sdk::config::TracingSettings::events_on_spans`] has
//!   them there as well.

mod ours;
mod theirs;

use std::collections::HashMap;
use std::fmt::Write;

use opentelemetry::trace::{SpanId, SpanKind, Status};

/// A span as either side exported it.
struct Drawn {
    id: SpanId,
    parent: SpanId,
    name: String,
    kind: SpanKind,
    status: Status,
    attributes: Vec<(String, String)>,
    links: Vec<SpanId>,
}

/// Attributes that nobody wrote down.
const OWN: [&str; 7] = ["busy_ns", "idle_ns", "target", "level", "code.", "thread.", "exception."];

/// Draws spans in the order in which they started, each below its parent.
fn draw(spans: &[Drawn]) -> String {
    let names: HashMap<SpanId, &str> = spans.iter().map(|span| (span.id, span.name.as_str())).collect();
    let mut text = String::new();
    for root in spans.iter().filter(|span| !names.contains_key(&span.parent)) {
        let from = if root.parent == SpanId::INVALID { "" } else { " < elsewhere" };
        draw_below(root, from, 0, spans, &names, &mut text);
    }
    text
}

fn draw_below(
    span: &Drawn,
    from: &str,
    depth: usize,
    spans: &[Drawn],
    names: &HashMap<SpanId, &str>,
    text: &mut String,
) {
    write!(text, "{:indent$}{} {:?} {:?}{from}", "", span.name, span.kind, span.status, indent = depth * 2)
        .unwrap();
    let mut attributes = span.attributes.clone();
    attributes.retain(|(key, _)| !OWN.iter().any(|own| key.starts_with(own)));
    attributes.sort();
    attributes.iter().for_each(|(key, value)| write!(text, " {key}={value}").unwrap());
    span.links.iter().for_each(|link| write!(text, " -> {}", names.get(link).unwrap_or(&"?")).unwrap());
    text.push('\n');
    for child in spans.iter().filter(|child| child.parent == span.id) {
        draw_below(child, "", depth + 1, spans, names, text);
    }
}

#[test]
fn a_program_whose_work_fails_leaves_the_same_tree() {
    let (ours, theirs) = (ours::run_failing_work(), theirs::run_failing_work());
    assert_eq!(draw(&ours), draw(&theirs));
    assert_eq!(
        draw(&ours),
        "\
app_start Internal Unset work_units=2
  restock Internal Unset shelf=1
    count Internal Unset
    order Client Unset items=3
  restock Internal Error { description: \"the shelf is broken\" } shelf=13
    count Internal Unset
    order Client Unset items=3
  settle Internal Error { description: \"declined\" }
    pay Producer Error { description: \"declined\" } attempts=2
  close Internal Ok
"
    );
}

#[test]
fn a_program_that_takes_up_and_hands_on_a_remote_trace_leaves_the_same_tree() {
    let (ours, ours_out) = ours::run_remote_context();
    let (theirs, theirs_out) = theirs::run_remote_context();
    assert_eq!(draw(&ours), draw(&theirs));
    assert_eq!(
        draw(&ours),
        "\
GET /shelves/{id} Server Unset < elsewhere http.response.status_code=200 http.route=/shelves/{id} late=true
  call stock Client Unset peer=stock
audit Consumer Unset -> GET /shelves/{id}
"
    );
    for (spans, out) in [(&ours, ours_out), (&theirs, theirs_out)] {
        let caller = spans.iter().find(|span| span.name == "call stock").unwrap();
        assert_eq!(out, format!("00-0af7651916cd43dd8448eb211c80319c-{}-01", caller.id));
    }
}
