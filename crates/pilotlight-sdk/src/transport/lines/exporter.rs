//! The exporter that writes lines.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::transport::console::not_written;
use crate::transport::{Batch, BoxFuture, ExportError, Exporter, Receipt, Signal, colour};

use super::format::LineFormat;
use super::json;
use super::record::{Placed, Record, in_order};
use super::sink::Sink;
use super::text::Painter;
use super::timestamp::Timestamps;

/// How much is written at once: what a pipe holds on Linux. More would save few system calls and cost memory.
const BUFFER_BYTES: usize = 64 * 1024;

/// What the buffer keeps after a line of megabytes.
const BUFFER_BYTES_KEPT: usize = 4 * BUFFER_BYTES;

/// Writes each log record as one line.
///
/// # JSON
///
/// ```json
/// {"timestamp":"2026-11-22T12:03:44.123456789Z","level":"INFO","message":"Processing request","target":"shop::orders","service.name":"shop","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","trace_flags":"01","user_id":123}
/// ```
///
/// One compact object, its members always in this order, each left out when there is nothing to say:
///
/// | key | value |
/// |---|---|
/// | `timestamp` | the time of the event, or else of its observation: RFC 3339, UTC, nanoseconds |
/// | `level` | the severity's text, or else the name of its number |
/// | `message` | the body, a string or any other value |
/// | `target` | the name of the instrumentation scope |
/// | `event_name` | the name of the event |
/// | `service.name` | from the resource |
/// | `trace_id`, `span_id`, `trace_flags` | the span it was recorded in: 32, 16 and 2 hexadecimal digits |
/// | `code.…`, `thread.…` | when asked for: see [`with_source_location`](Self::with_source_location) |
/// | the attributes | in their order, each with its own type |
/// | `dropped_attributes_count` | how many were refused at the limit |
///
/// Bytes are base64, numbers that JSON does not have are `"NaN"`, `"Infinity"` and `"-Infinity"`, no value is `null`
/// (specification: "AnyValue representation for non-OTLP protocols",
/// <https://opentelemetry.io/docs/specs/otel/common/#anyvalue-representation-for-non-otlp-protocols>). Arrays and maps
/// more than 32 deep are the string `[nested too deeply]` from there on.
///
/// No record can forge another, or a part of itself. Line ends, control characters, and what separates lines or changes the
/// direction of writing in Unicode are escaped in keys and values. An attribute with one of the keys above is written with
/// `fields.` before its key: `fields.level` (and one that is called `fields.level`, with one more). A key never comes twice:
/// the last value wins.
///
/// # Text
///
/// ```text
/// 12:03:44.123  INFO shop::orders Processing request user_id=123 trace=4bf92f35
/// ```
///
/// For people. Times are UTC: the time zone of the machine cannot be told without another dependency. The trace id is cut to its
/// first 8 digits. The lines of `exception.stacktrace` follow below, indented; everything else is on one line, with control
/// characters as their escapes.
///
/// # Order
///
/// The records of a batch are written in the order of their times, those of different batches as they come.
///
/// # Waiting and failing
///
/// Writing blocks the exporter's thread while the reader of a pipe does not read; an output that is set not to block
/// (`O_NONBLOCK`) is tried again for up to 30 seconds without progress. Standard output's lock is held meanwhile, so that
/// `println!` cannot come into the middle of a line; a program that keeps [`io::stdout().lock()`](io::Stdout::lock) for
/// itself keeps these lines waiting. When writing fails (a closed pipe), the lines that came out whole count as exported and
/// the others as rejected, or as lost when there was none; the next batch is tried again, and begins on a line of its own.
///
/// # Examples
///
/// ```
/// use pilotlight_sdk::transport::{LineFormat, LinesExporter};
///
/// let exporter = LinesExporter::stdout(LineFormat::detect()).with_source_location(true);
/// ```
pub struct LinesExporter {
    format: LineFormat,
    has_source_location: bool,
    has_colour: bool,
    /// Held while a batch is written: exports come one at a time, so the lock is free whenever it is asked for.
    output: Mutex<Output>,
}

struct Output {
    sink: Sink,
    timestamps: Timestamps,
    /// Lines that wait to be written.
    lines: String,
    /// Where each record's lines end in it.
    ends: Vec<usize>,
    /// How many records of the batch have come out.
    written: usize,
}

impl LinesExporter {
    /// Writes to standard output. Text is coloured on a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`;
    /// `CLICOLOR_FORCE` asks for colours elsewhere.
    pub fn stdout(format: LineFormat) -> Self {
        let has_colour = colour::is_wanted(io::stdout().is_terminal(), |name| std::env::var(name).ok());
        Self::on(Sink::stdout(), format).with_colour(has_colour)
    }

    /// Writes to `writer`, without colours: up to 64 KiB of whole lines with one call, or a line if it is longer, and then a
    /// flush. A writer should be one that does not buffer: what a buffer loses cannot be counted line by line.
    pub fn new(writer: impl Write + Send + 'static, format: LineFormat) -> Self {
        Self::on(Sink::new(writer), format)
    }

    /// Whether lines say where in the source and on which thread a record was made: the attributes `code.file.path`,
    /// `code.line.number`, `code.column.number`, `code.function.name`, `thread.id` and `thread.name`. Default: they do not.
    #[must_use]
    pub fn with_source_location(self, has_source_location: bool) -> Self {
        Self { has_source_location, ..self }
    }

    /// Whether text is coloured. JSON never is.
    #[must_use]
    pub fn with_colour(self, has_colour: bool) -> Self {
        Self { has_colour, ..self }
    }

    fn on(sink: Sink, format: LineFormat) -> Self {
        let output = Output {
            sink,
            timestamps: Timestamps::new(),
            lines: String::new(),
            ends: Vec::new(),
            written: 0,
        };
        Self { format, has_source_location: false, has_colour: false, output: Mutex::new(output) }
    }

    fn lock(&self) -> MutexGuard<'_, Output> {
        // A writer that panicked leaves a line torn at worst: every batch starts with a clear buffer.
        self.output.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, batch: &Batch) -> Result<Receipt, ExportError> {
        let mut output = self.lock();
        let outcome = self.write_records(&mut output, &batch.request);
        output.lines.shrink_to(BUFFER_BYTES_KEPT);
        let rejected = batch.items.saturating_sub(output.written) as u64;
        match outcome {
            Ok(()) => Ok(Receipt { rejected, ..Receipt::default() }),
            Err(error) if output.written == 0 => Err(not_written(Signal::Logs, error)),
            Err(error) => {
                let cause = error.to_string();
                let message = Some(format!("{}: {cause}", not_written(Signal::Logs, error)));
                Ok(Receipt { rejected, message, answer: None })
            }
        }
    }

    /// Gives up at the first failure: what did not take this line will hardly take the next.
    fn write_records(&self, output: &mut Output, request: &[u8]) -> io::Result<()> {
        output.start();
        let mut record = Record::default();
        for placed in in_order(request) {
            record.read(&placed);
            self.render(output, &placed, &record);
            if output.lines.len() >= BUFFER_BYTES {
                output.send()?;
            }
        }
        output.send()
    }

    fn render(&self, output: &mut Output, placed: &Placed<'_>, record: &Record<'_>) {
        let (line, timestamps) = (&mut output.lines, &mut output.timestamps);
        match self.format {
            LineFormat::Json => json::write_line(line, placed, record, timestamps, self.has_source_location),
            LineFormat::Text => Painter { line, has_colour: self.has_colour }.write_line(
                placed,
                record,
                timestamps,
                self.has_source_location,
            ),
        }
        output.ends.push(output.lines.len());
    }
}

impl Output {
    fn start(&mut self) {
        self.lines.clear();
        self.ends.clear();
        self.written = 0;
    }

    fn send(&mut self) -> io::Result<()> {
        let (sent, outcome) = self.sink.write(self.lines.as_bytes());
        self.written += self.ends.partition_point(|end| *end <= sent);
        self.lines.clear();
        self.ends.clear();
        outcome
    }
}

impl Exporter for LinesExporter {
    fn component_type(&self) -> &'static str {
        "console_log_exporter"
    }

    fn is_local(&self) -> bool {
        true
    }

    fn export(&self, batch: Batch) -> BoxFuture<'_, Result<Receipt, ExportError>> {
        Box::pin(async move {
            match batch.signal {
                Signal::Logs => self.write(&batch),
                Signal::Traces | Signal::Metrics => Err(ExportError::permanent(format!(
                    "{} came to the exporter of log lines; give it log records alone",
                    batch.signal.items()
                ))),
            }
        })
    }
}

impl fmt::Debug for LinesExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinesExporter")
            .field("format", &self.format)
            .field("has_source_location", &self.has_source_location)
            .field("has_colour", &self.has_colour)
            .finish_non_exhaustive()
    }
}
