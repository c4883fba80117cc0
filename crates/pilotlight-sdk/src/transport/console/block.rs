//! One trace as a block of text.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::Status;

use crate::record::SpanView;
use crate::transport::tree::forest::{Forest, Item, Row};
use crate::transport::tree::label;
use crate::transport::tree::plain::{clean, shorten, width};

use super::details::Details;
use super::kept::Due;
use super::look::{Line, Look, Paint};
use super::units::{duration, utc};

/// Between the columns.
const GAP: usize = 2;

/// How wide a bar may be.
const BAR_WIDTH_MAX: usize = 40;

/// Names get at least this much of a line, even where bars have to go for it.
const NAME_WIDTH_MIN: usize = 24;

/// Draws `due`, with an empty line at its end.
pub(super) fn draw(due: &Due, look: Look) -> String {
    let spans = due.views();
    let forest = Forest::new(&spans);
    let rows: Vec<Row> = forest.rows("", look.width / 8).collect();
    let columns = Columns::fit(&spans, &rows, look);
    let mut block = Block { due, spans: &spans, look, columns, text: String::new() };
    block.header();
    for row in &rows {
        block.row(row);
    }
    block.text.push('\n');
    block.text
}

struct Block<'a> {
    due: &'a Due,
    spans: &'a [SpanView<'a>],
    look: Look,
    columns: Columns,
    text: String,
}

impl Block<'_> {
    /// `shop  trace 0af7651916cd43dd8448eb211c80319c  2023-11-14 22:13:20.000 UTC  14.0 ms`
    fn header(&mut self) {
        let time = &self.columns.time;
        let mut line = Line::new(self.look);
        line.push(Paint::Bold, &shorten(&self.due.service, self.look.width / 2));
        line.push(Paint::Plain, &format!("  trace {}", self.due.trace_id));
        line.push(Paint::Dim, &format!("  {}  ", utc(time.start)));
        line.push(Paint::Bold, &duration(time.total));
        line.push(Paint::Dim, self.state());
        line.end(&mut self.text);
    }

    fn state(&self) -> &'static str {
        match (self.due.is_continued, self.due.is_complete) {
            (false, true) => "",
            (true, true) => "  (more of a trace above)",
            (false, false) => "  (not complete)",
            (true, false) => "  (more of a trace above, not complete)",
        }
    }

    fn row(&mut self, row: &Row) {
        let (span, note) = match row.item {
            Item::Missing(id) => {
                let text = match self.due.above.get(&id) {
                    Some(name) => format!("{name} (above)"),
                    None => format!("(missing parent {id})"),
                };
                return self.placeholder(row, &text);
            }
            Item::Span(span) => (span, None),
            Item::FromRemote(span, id) => (span, Some(format!("continues from remote parent {id}"))),
            Item::InCycle(span) => (span, Some("its parents lead back to itself".to_owned())),
        };
        let span = self.spans[span];
        self.span_line(row, &span);
        let strokes = format!("{}{}", row.below, if row.has_children { "│ " } else { "  " });
        Details { look: self.look, strokes, block: &mut self.text }.write(&span, note.as_deref());
    }

    fn placeholder(&mut self, row: &Row, text: &str) {
        let mut line = Line::new(self.look);
        line.push(Paint::Dim, &row.lead);
        line.push(Paint::Dim, &shorten(text, self.look.width));
        line.end(&mut self.text);
    }

    /// `├─ SELECT users [client] ✗  12.0 ms     ███████`
    fn span_line(&mut self, row: &Row, span: &SpanView<'_>) {
        let status = span.status();
        let (mark, bar) = match status {
            Status::Error { .. } => (Paint::Red, Paint::Red),
            _ => (Paint::Green, Paint::Cyan),
        };
        let (kind, status) = (label::kind(&span.kind()), label::status(&status));
        let columns = &self.columns;
        let taken = width(&row.lead) + width(kind) + width(status);
        let mut line = Line::new(self.look);
        line.push(Paint::Dim, &row.lead);
        line.push(Paint::Bold, &shorten(span.name(), columns.label.saturating_sub(taken).max(8)));
        line.push(Paint::Dim, kind);
        line.push(mark, status);
        let taken = duration(span.duration());
        line.pad(columns.label + GAP + columns.duration - width(&taken));
        line.push(Paint::Plain, &taken);
        line.pad(columns.label + GAP + columns.duration + GAP);
        let (before, length) = columns.time.place(span, columns.bar);
        line.push(Paint::Plain, &" ".repeat(before));
        line.push(bar, &"█".repeat(length));
        line.end(&mut self.text);
    }
}

/// How wide everything is, and from when to when the trace goes.
struct Columns {
    label: usize,
    duration: usize,
    bar: usize,
    time: Extent,
}

impl Columns {
    /// Labels get what the longest needs, as far as durations and bars leave it.
    fn fit(spans: &[SpanView<'_>], rows: &[Row], look: Look) -> Self {
        let duration = spans.iter().map(|span| width(&duration(span.duration()))).max().unwrap_or(0);
        let longest = rows.iter().filter_map(|row| label_width(spans, row)).max().unwrap_or(0);
        let room = look.width.saturating_sub(duration + 2 * GAP);
        let bar = (look.width / 4).min(BAR_WIDTH_MAX).min(room.saturating_sub(NAME_WIDTH_MIN));
        Self { label: longest.min(room - bar), duration, bar, time: Extent::of(spans) }
    }
}

fn label_width(spans: &[SpanView<'_>], row: &Row) -> Option<usize> {
    let (Item::Span(span) | Item::FromRemote(span, _) | Item::InCycle(span)) = row.item else { return None };
    let span = &spans[span];
    let marks = width(label::kind(&span.kind())) + width(label::status(&span.status()));
    Some(width(&row.lead) + width(&clean(span.name())) + marks)
}

/// From the first start to the last end.
struct Extent {
    start: SystemTime,
    total: Duration,
}

impl Extent {
    fn of(spans: &[SpanView<'_>]) -> Self {
        let start = spans.iter().map(SpanView::start_time).min().unwrap_or(SystemTime::UNIX_EPOCH);
        let end = spans.iter().map(|span| span.start_time() + span.duration()).max().unwrap_or(start);
        Self { start, total: end.duration_since(start).unwrap_or_default() }
    }

    /// How far into a bar of `width` the span begins, and how long it is there: at least one column, and never over the end.
    fn place(&self, span: &SpanView<'_>, width: usize) -> (usize, usize) {
        let total = self.total.as_nanos().max(1);
        let columns = |time: Duration| (time.as_nanos() * width as u128 / total) as usize;
        let offset = span.start_time().duration_since(self.start).unwrap_or_default();
        let before = columns(offset).min(width.saturating_sub(1));
        let end = if self.total.is_zero() { width } else { columns(offset + span.duration()) };
        (before, end.saturating_sub(before).max(1).min(width - before))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use opentelemetry::trace::TraceId;
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::encode::field;
    use crate::encode::protobuf::{write_fixed64, write_nonempty};

    fn span(name: &str, start: u64, end: u64) -> Vec<u8> {
        let mut message = Vec::new();
        write_nonempty(&mut message, field::span::NAME, name);
        write_fixed64(&mut message, field::span::START_TIME, start);
        write_fixed64(&mut message, field::span::END_TIME, end);
        message
    }

    fn drawn(spans: Vec<Vec<u8>>, columns: usize) -> String {
        let due = Due {
            trace_id: TraceId::from(1),
            service: "shop".into(),
            spans: spans.into_iter().map(Into::into).collect(),
            above: HashMap::new(),
            is_complete: true,
            is_continued: false,
        };
        draw(&due, Look::plain().with_width(columns))
    }

    proptest! {
        #[test]
        fn bars_stay_within_the_width_whatever_the_clock_said(
            times in vec((any::<u64>(), any::<u64>()), 1..5),
            columns in 40usize..200,
        ) {
            let spans = times.into_iter().map(|(start, end)| span("work", start, end)).collect();
            for line in drawn(spans, columns).lines().skip(1) {
                prop_assert!(width(line) <= columns, "{}", line);
            }
        }

        #[test]
        fn bytes_that_are_no_span_are_drawn_as_far_as_they_go(spans in vec(vec(any::<u8>(), 0..60), 0..5)) {
            let spans_drawn = spans.len();
            prop_assert!(drawn(spans, 80).lines().count() > spans_drawn);
        }
    }

    #[test]
    fn a_bar_lies_where_the_span_does() {
        let spans = vec![span("all", 0, 100), span("first half", 0, 50), span("end", 100, 100)];
        let drawn = drawn(spans, 80);
        let bars: Vec<&str> = drawn.lines().skip(1).filter_map(|line| line.split(" ns  ").nth(1)).collect();
        assert_eq!(bars, ["████████████████████", "██████████", "                   █"]);
    }
}
