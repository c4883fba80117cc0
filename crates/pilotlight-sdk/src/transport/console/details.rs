//! What stands below a span's own line: why it failed, where it comes from, its attributes, events and links.

use std::time::SystemTime;

use opentelemetry::trace::Status;

use crate::record::{SpanView, ValueView};
use crate::transport::tree::label;
use crate::transport::tree::plain::{shorten, width};

use super::look::{Line, Look, Paint};
use super::units::duration;
use super::words::{attribute, flow};

/// However deep the tree, details get as much room.
const WIDTH_MIN: usize = 30;

/// Writes the lines below one span into a block.
pub(super) struct Details<'a> {
    pub(super) look: Look,
    /// The strokes of the tree beside these lines.
    pub(super) strokes: String,
    pub(super) block: &'a mut String,
}

impl Details<'_> {
    /// `note` says what is unusual about the span's place.
    pub(super) fn write(&mut self, span: &SpanView<'_>, note: Option<&str>) {
        if let Status::Error { description } = span.status()
            && !description.is_empty()
        {
            self.line(Paint::Red, &format!("error: {}", shorten(description, self.room().saturating_sub(7))));
        }
        if let Some(note) = note {
            self.line(Paint::Dim, note);
        }
        self.flow(Vec::new(), span.attributes());
        self.events(span);
        self.links(span);
        self.dropped(span);
    }

    fn events(&mut self, span: &SpanView<'_>) {
        for event in span.events() {
            let offset = offset(event.time(), span.start_time());
            let name = format!("• {} {offset}", shorten(event.name(), self.room().saturating_sub(20)));
            self.flow(vec![name], event.attributes());
        }
    }

    fn links(&mut self, span: &SpanView<'_>) {
        for link in span.links() {
            let ids = vec![format!("→ trace {}", link.trace_id()), format!("span {}", link.span_id())];
            self.flow(ids, link.attributes());
        }
    }

    fn dropped(&mut self, span: &SpanView<'_>) {
        let counts = [
            (span.dropped_attributes(), "attribute"),
            (span.dropped_events(), "event"),
            (span.dropped_links(), "link"),
        ];
        if let Some(dropped) = label::dropped(&counts) {
            self.line(Paint::Dim, &format!("(dropped at a limit: {dropped})"));
        }
    }

    /// Words one after another, as many on a line as fit; further lines of an event or link stand further in.
    fn flow<'v>(
        &mut self,
        mut words: Vec<String>,
        attributes: impl Iterator<Item = (&'v str, ValueView<'v>)>,
    ) {
        let hang = if words.is_empty() { "" } else { "  " };
        let room = self.room();
        words.extend(attributes.map(|(key, value)| attribute(key, &value, room - hang.len())));
        for line in flow(words, hang, room) {
            self.line(Paint::Dim, &line);
        }
    }

    fn room(&self) -> usize {
        self.look.width.saturating_sub(width(&self.strokes)).max(WIDTH_MIN)
    }

    fn line(&mut self, paint: Paint, text: &str) {
        let mut line = Line::new(self.look);
        line.push(Paint::Dim, &self.strokes);
        line.push(paint, text);
        line.end(self.block);
    }
}

/// `+3.1 ms`; an event may lie before its span's start.
fn offset(time: SystemTime, start: SystemTime) -> String {
    match time.duration_since(start) {
        Ok(after) => format!("+{}", duration(after)),
        Err(before) => format!("-{}", duration(before.duration())),
    }
}
