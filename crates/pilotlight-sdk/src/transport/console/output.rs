//! Where an exporter writes, and how that looks.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

use crate::transport::{ExportError, Signal};

use super::look::Look;

/// A terminal, a file or whatever else takes text.
pub(super) struct Output {
    look: Look,
    /// Held while a block is written: exports come one at a time, on a thread that nobody waits for, so the lock is free
    /// whenever it is asked for.
    writer: Mutex<Box<dyn Write + Send>>,
}

impl Output {
    pub(super) fn stdout() -> Self {
        Self::on_console(io::stdout().is_terminal(), io::stdout())
    }

    pub(super) fn stderr() -> Self {
        Self::on_console(io::stderr().is_terminal(), io::stderr())
    }

    pub(super) fn new(writer: impl Write + Send + 'static) -> Self {
        Self { look: Look::plain(), writer: Mutex::new(Box::new(writer)) }
    }

    fn on_console(is_terminal: bool, writer: impl Write + Send + 'static) -> Self {
        let look = Look::detect(is_terminal, |name| std::env::var(name).ok());
        Self { look, ..Self::new(writer) }
    }

    pub(super) fn look(&self) -> Look {
        self.look
    }

    pub(super) fn with_colour(mut self, has_colour: bool) -> Self {
        self.look.has_colour = has_colour;
        self
    }

    pub(super) fn with_width(mut self, columns: usize) -> Self {
        self.look = self.look.with_width(columns);
        self
    }

    /// Writes `block`, which shows `signal`, with one call, and flushes.
    pub(super) fn write(&self, signal: Signal, block: &str) -> Result<(), ExportError> {
        // A panicking writer leaves a block half written, and everything else whole.
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let written = writer.write_all(block.as_bytes()).and_then(|()| writer.flush());
        written.map_err(|error| not_written(signal, error))
    }
}

/// What to do about an `error` in writing `signal`.
pub(in crate::transport) fn not_written(signal: Signal, error: io::Error) -> ExportError {
    let (what, otherwise) = match signal {
        Signal::Traces => ("traces", "choose another exporter (OTEL_TRACES_EXPORTER)"),
        Signal::Metrics => ("metrics", "choose another exporter (OTEL_METRICS_EXPORTER)"),
        // Lines are there whichever exporters are.
        Signal::Logs => ("logs", "turn log lines off (PILOTLIGHT_LOG_LINES=off)"),
    };
    let remedy = match error.kind() {
        ErrorKind::BrokenPipe => "Was the reader of its pipe closed? Keep it open, send output to a file",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "Make room where output goes, send it elsewhere"
        }
        ErrorKind::TimedOut => "Does the reader of its pipe hang? See to it, send output to a file",
        _ => "Send output elsewhere",
    };
    ExportError::permanent(format!("{what} could not be written to the console. {remedy}, or {otherwise}"))
        .caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_written_comes_with_what_to_do_about_that() {
        let told = |signal, kind: ErrorKind| not_written(signal, kind.into()).to_string();
        let closed = told(Signal::Traces, ErrorKind::BrokenPipe);
        assert!(closed.contains("reader of its pipe closed?") && closed.contains("OTEL_TRACES_EXPORTER"));
        let full = told(Signal::Logs, ErrorKind::StorageFull);
        assert!(full.contains("Make room") && full.contains("PILOTLIGHT_LOG_LINES=off"), "{full}");
        assert!(!told(Signal::Logs, ErrorKind::Other).contains("pipe"));
    }
}
