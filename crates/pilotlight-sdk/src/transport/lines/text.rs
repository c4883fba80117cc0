//! A log record as a short line for a person at a terminal.

use crate::record::ValueView;
use crate::transport::colour::Paint;
use crate::transport::json::{unique, write_value};
use crate::transport::tree::plain::{attribute, clean};

use super::json::write_hex;
use super::level;
use super::record::{Placed, Record, is_source_location};
use super::timestamp::Timestamps;

/// The one value that is worth more lines than its record's.
const STACKTRACE: &str = "exception.stacktrace";

/// Stands before each line of a stack trace, so that none can pass for a record: those begin with their time.
const INDENT: &str = "    ";

/// How much of a trace id is shown, in bytes: enough to find the trace, and to see what belongs together.
const SHORT_ID: usize = 4;

/// Lines are made of words and colours.
pub(super) struct Painter<'l> {
    pub(super) line: &'l mut String,
    pub(super) has_colour: bool,
}

impl Painter<'_> {
    /// Appends `record`, a line's end, and the lines of its stack trace.
    pub(super) fn write_line(
        mut self,
        placed: &Placed<'_>,
        record: &Record<'_>,
        timestamps: &mut Timestamps,
        has_source_location: bool,
    ) {
        if record.unix_nanos > 0 {
            self.push(Paint::Dim, timestamps.clock(record.unix_nanos));
        }
        self.word(level::paint(record.severity_number), &format!("{:>5}", clean(record.level())));
        self.word(Paint::Dim, &clean(placed.target));
        self.message(record);
        for (key, value) in unique(&record.attributes) {
            let is_shown = has_source_location || !is_source_location(key);
            if is_shown && stacktrace(key, value).is_none() {
                self.pair(key, value);
            }
        }
        if record.dropped_attributes > 0 {
            self.word(Paint::Plain, &format!("dropped_attributes_count={}", record.dropped_attributes));
        }
        self.trace(record);
        self.line.push('\n');
        unique(&record.attributes)
            .filter_map(|(key, value)| stacktrace(key, value))
            .for_each(|text| self.below(text));
    }

    /// What it says, and what kind of event it is.
    fn message(&mut self, record: &Record<'_>) {
        match record.body {
            Some(ValueView::Str(text)) => self.word(Paint::Plain, &clean(text)),
            Some(body) => self.word(Paint::Plain, &json(body)),
            None => {}
        }
        if !record.event_name.is_empty() {
            self.pair("event_name", ValueView::Str(record.event_name));
        }
    }

    fn pair(&mut self, key: &str, value: ValueView<'_>) {
        let text = match value {
            ValueView::Str(_) => attribute(key, &value, usize::MAX),
            value => format!("{}={}", clean(key), json(value)),
        };
        self.word(Paint::Plain, &text);
    }

    fn trace(&mut self, record: &Record<'_>) {
        if let Some(trace_id) = record.trace_id() {
            let mut text = "trace=".to_owned();
            write_hex(&mut text, &trace_id[..SHORT_ID]);
            self.word(Paint::Dim, &text);
        }
    }

    fn below(&mut self, stacktrace: &str) {
        for row in stacktrace.lines() {
            self.line.push_str(INDENT);
            self.push(Paint::Dim, &clean(row));
            self.line.push('\n');
        }
    }

    fn word(&mut self, paint: Paint, text: &str) {
        if !text.is_empty() {
            self.line.push(' ');
            self.push(paint, text);
        }
    }

    fn push(&mut self, paint: Paint, text: &str) {
        paint.push(self.line, text, self.has_colour);
    }
}

/// The text of an attribute that is a stack trace.
fn stacktrace<'a>(key: &str, value: ValueView<'a>) -> Option<&'a str> {
    value.as_str().filter(|_| key == STACKTRACE)
}

/// Its escapes are a terminal's as well: see [`write_string`](crate::transport::json::write_string).
fn json(value: ValueView<'_>) -> String {
    let mut text = String::new();
    write_value(&mut text, value);
    text
}
