//! What was seen, as trees.
//!
//! ```text
//! request tenant=7            a recorded span, and the baggage its work saw
//!   task tenant=7             its child
//!   ⇢ child process tenant=7  its child that knows it as remote
//! (request) tenant=7          not sampled
//! «caller» tenant=7           of a process that is not there
//! worker tenant=7 → request   a span with a link
//! ```

use crate::scene::{Kind, Sight};
use opentelemetry::trace::SpanId;

/// The width of a column, by the longest line there is.
const WIDTH: usize = 36;

/// A title, and the trees below it; siblings by their names.
pub(crate) fn column(title: &str, sights: &[Sight]) -> Vec<String> {
    let mut lines = vec![title.to_owned()];
    below(SpanId::INVALID, 0, sights, &mut lines);
    assert_eq!(lines.len(), sights.len() + 1, "spans below none that was seen: {sights:#?}");
    lines
}

fn below(parent: SpanId, depth: usize, sights: &[Sight], lines: &mut Vec<String>) {
    let mut children: Vec<&Sight> = sights.iter().filter(|sight| sight.parent == parent).collect();
    children.sort_by_key(|sight| &sight.name);
    for child in children {
        lines.push(format!("{}{}", "  ".repeat(depth), line(child, sights)));
        below(child.span, depth + 1, sights, lines);
    }
}

fn line(sight: &Sight, sights: &[Sight]) -> String {
    let arrow = if sight.parent_is_remote { "⇢ " } else { "" };
    let name = match sight.kind {
        Kind::Recorded => sight.name.clone(),
        Kind::NotSampled => format!("({})", sight.name),
        Kind::Remote => format!("«{}»", sight.name),
    };
    let linked = |id: &SpanId| sights.iter().find(|sight| sight.span == *id).map(|sight| &sight.name);
    let links: String = sight.links.iter().map(|id| format!(" → {}", linked(id).unwrap())).collect();
    format!("{arrow}{name} {}", sight.baggage).trim_end().to_owned() + &links
}

pub(crate) fn side_by_side(columns: &[Vec<String>]) -> String {
    let rows = columns.iter().map(Vec::len).max().unwrap_or_default();
    let row = |row: usize| -> String {
        let cells = columns.iter().map(|column| column.get(row).map_or("", String::as_str));
        cells.map(|cell| format!("{cell:WIDTH$}")).collect::<String>().trim_end().to_owned()
    };
    (0..rows).map(row).collect::<Vec<_>>().join("\n")
}

/// A drawing without the indentation of the code around it.
pub(crate) fn dedented(text: &str) -> String {
    let text = text.trim_end().trim_start_matches('\n');
    let margin = text.len() - text.trim_start().len();
    text.lines().map(|line| line.get(margin..).unwrap_or_default()).collect::<Vec<_>>().join("\n")
}
