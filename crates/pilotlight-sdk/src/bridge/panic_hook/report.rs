//! What is known about one panic, and how it becomes a log record.

use std::any::Any;
use std::backtrace::Backtrace;
use std::panic::PanicHookInfo;
use std::time::SystemTime;

use opentelemetry::Context;
use opentelemetry::logs::{AnyValue, LogRecord, Logger, Severity};

use super::SCOPE;
use super::surroundings::{Fate, Surroundings};

/// Messages with a whole document in them exist.
const MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// Some 500 frames. A recursion that panics has thousands, of which the innermost tell enough.
const BACKTRACE_BYTES_MAX: usize = 64 * 1024;

const EVENT: &str = "exception";

#[derive(Debug)]
pub(super) struct PanicReport {
    time: SystemTime,
    fatal: bool,
    message: String,
    place: Option<Place>,
    thread_name: Option<String>,
    thread_id: Option<i64>,
    /// Not rendered yet: reading a program's debug information takes many milliseconds.
    backtrace: Backtrace,
    context: Context,
}

#[derive(Debug)]
struct Place {
    file: String,
    line: u32,
    column: u32,
}

impl PanicReport {
    /// Runs inside the hook, where a panic aborts: nothing here is anybody else's code, and nothing is unwrapped.
    pub(super) fn capture(info: &PanicHookInfo<'_>, aborts: bool) -> (Self, Fate) {
        let backtrace = Backtrace::force_capture();
        let Surroundings { context, thread_name, thread_id, fate } =
            Surroundings::of(info, &backtrace, aborts);
        let place = info.location().map(|location| Place {
            file: location.file().to_owned(),
            line: location.line(),
            column: location.column(),
        });
        let message = up_to(message_of(info.payload()), MESSAGE_BYTES_MAX).to_owned();
        let fatal = fate == Fate::Ends;
        (
            Self {
                time: SystemTime::now(),
                fatal,
                message,
                place,
                thread_name,
                thread_id,
                backtrace,
                context,
            },
            fate,
        )
    }

    /// Emits in the context of the panic, which gives the record its ids, and processors what else is in there.
    pub(super) fn emit<L: Logger>(&self, logger: &L) {
        let _in_context = self.context.clone().attach();
        let severity = if self.fatal { Severity::Fatal } else { Severity::Error };
        if !logger.event_enabled(severity, SCOPE, Some(EVENT)) {
            return;
        }
        let mut record = logger.create_log_record();
        record.set_event_name(EVENT);
        record.set_target(SCOPE);
        record.set_timestamp(self.time);
        record.set_severity_number(severity);
        record.set_severity_text(severity.name());
        record.set_body(AnyValue::from(self.body()));
        self.describe(&mut record);
        logger.emit(record);
    }

    fn describe(&self, record: &mut impl LogRecord) {
        record.add_attribute("exception.type", "panic");
        record.add_attribute("exception.message", self.message.clone());
        let backtrace = self.backtrace.to_string();
        record.add_attribute(
            "exception.stacktrace",
            up_to(from_the_panic(&backtrace), BACKTRACE_BYTES_MAX).to_owned(),
        );
        if let Some(place) = &self.place {
            record.add_attribute("code.file.path", place.file.clone());
            record.add_attribute("code.line.number", place.line);
            record.add_attribute("code.column.number", place.column);
        }
        if let Some(name) = &self.thread_name {
            record.add_attribute("thread.name", name.clone());
        }
        if let Some(id) = self.thread_id {
            record.add_attribute("thread.id", id);
        }
    }

    fn body(&self) -> String {
        match &self.place {
            Some(Place { file, line, column }) => {
                format!("panicked at {file}:{line}:{column}: {}", self.message)
            }
            None => format!("panicked: {}", self.message),
        }
    }
}

/// `panic_any` takes any value; `panic!` makes one of these two.
fn message_of(payload: &(dyn Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<&'static str>() {
        text
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text
    } else {
        "a value that is no text (std::panic::panic_any)"
    }
}

fn up_to(text: &str, bytes_max: usize) -> &str {
    if text.len() <= bytes_max {
        return text;
    }
    let end = (0..=bytes_max).rev().find(|&end| text.is_char_boundary(end));
    &text[..end.unwrap_or(0)]
}

/// Without the frames of the hook and of the standard library's machinery, which come first in every panic. Where names
/// are stripped, nothing is left out.
fn from_the_panic(backtrace: &str) -> &str {
    let Some(marker) = backtrace.find("__rust_end_short_backtrace") else { return backtrace };
    let mut start = marker;
    // The rest of the marker's line, then the place that may follow it on a line of its own.
    for line in backtrace[marker..].split_inclusive('\n') {
        if start > marker && !line.trim_start().starts_with("at ") {
            break;
        }
        start += line.len();
    }
    &backtrace[start..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_of_both_texts_are_messages_and_others_are_named() {
        assert_eq!(message_of(&"out"), "out");
        assert_eq!(message_of(&"of".to_owned()), "of");
        assert!(message_of(&7_u8).contains("panic_any"));
    }

    #[test]
    fn long_texts_end_between_characters() {
        assert_eq!(up_to("päckchen", 2), "p");
        assert_eq!(up_to("päckchen", 3), "pä");
        assert_eq!(up_to("päckchen", 100), "päckchen");
        assert_eq!(up_to("ä", 0), "");
    }

    #[test]
    fn the_frames_of_the_machinery_are_left_out() {
        let full = "  0: ours\n  1: std::x::__rust_end_short_backtrace\n     at /std.rs:1\n  2: app::handler\n     at ./app.rs:3\n";
        assert_eq!(from_the_panic(full), "  2: app::handler\n     at ./app.rs:3\n");
        assert_eq!(from_the_panic("  0: <unknown>\n"), "  0: <unknown>\n");
        assert_eq!(from_the_panic("  1: __rust_end_short_backtrace"), "");
    }
}
