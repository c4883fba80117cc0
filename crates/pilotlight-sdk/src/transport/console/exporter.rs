//! The exporter that draws.

use std::fmt;
use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::record::TracesView;
use crate::transport::{Batch, BoxFuture, ExportError, Exporter, Receipt, Signal};

use super::block;
use super::kept::{Due, Kept};
use super::output::Output;

/// Draws each trace as a tree, for people: on a terminal during development, or into a log.
///
/// ```text
/// shop  trace 0000000000000000000000000000abcd  2023-11-14 22:13:20.000 UTC  14.0 ms
/// POST /api/orders [server] ✗  14.0 ms  █████████████████████████
/// │ continues from remote parent 00f067aa0ba902b7
/// │ http.request.method=POST http.route=/api/orders http.response.status_code=500
/// ├─ validateOrder ✓            1.0 ms  █
/// └─ processPayment ✗          12.0 ms     ██████████████████████
///      error: card declined
///      • exception +10.0 ms exception.type=Declined exception.message="card declined"
///      → trace 00000000000000000000000000000007 span 0000000000000008 attempt=1
/// ```
///
/// A trace is drawn when the span has ended that everything else happened in, the one without a parent in this process.
/// Spans that end later are drawn as an addition below the name of their parent. What is still without its root is drawn
/// by a flush or at shutdown, and when more than 10,000 spans or 8 MiB are waiting, the oldest trace first. Nothing is left out,
/// but long names and values are shortened with `…`.
///
/// Names and values are cleaned of control characters before they are written. Colours are used on a terminal, unless
/// `NO_COLOR` is set or `TERM` is `dumb`; `CLICOLOR_FORCE` asks for them elsewhere. `COLUMNS` sets the width; default: 100 columns,
/// at least 40 and at most 200.
///
/// Writing blocks the exporter thread: a reader that stops reading stops the other exporters on it too. A failed write (a closed
/// pipe) loses the batch, which is counted and reported, and spans that were kept from earlier batches and drawn with it,
/// which had been counted as exported.
///
/// Specification: "Standard output",
/// <https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/stdout/>.
///
/// # Examples
///
/// ```
/// use opentelemetry::trace::{Tracer, TracerProvider as _};
/// use pilotlight_sdk::config::BatchSettings;
/// use pilotlight_sdk::record::TracerProvider;
/// use pilotlight_sdk::transport::ConsoleExporter;
///
/// # fn main() -> Result<(), pilotlight_sdk::Error> {
/// let provider = TracerProvider::builder()
///     .with_batch_exporter(ConsoleExporter::stdout(), BatchSettings::default())
///     .build()?;
/// let tracer = provider.tracer("example");
/// tracer.in_span("outer", |_| tracer.in_span("inner", |_| ()));
/// provider.shutdown(std::time::Duration::from_secs(5));
/// # Ok(())
/// # }
/// ```
pub struct ConsoleExporter {
    output: Output,
    /// Held while a batch is drawn, so that what is added to a trace comes after it.
    kept: Mutex<Kept>,
}

impl ConsoleExporter {
    /// Draws on standard output.
    pub fn stdout() -> Self {
        Self::on(Output::stdout())
    }

    /// Draws on standard error, for programs whose standard output is their result.
    pub fn stderr() -> Self {
        Self::on(Output::stderr())
    }

    /// Writes to `writer`, without colours, 100 columns wide. Each block is written with one call and flushed.
    pub fn new(writer: impl Write + Send + 'static) -> Self {
        Self::on(Output::new(writer))
    }

    /// Whether colours are used.
    #[must_use]
    pub fn with_colour(self, has_colour: bool) -> Self {
        Self { output: self.output.with_colour(has_colour), ..self }
    }

    /// How many columns lines may take: from 40 to 200; others are taken for the nearest.
    #[must_use]
    pub fn with_width(self, columns: usize) -> Self {
        Self { output: self.output.with_width(columns), ..self }
    }

    fn on(output: Output) -> Self {
        Self { output, kept: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // Nothing panics between a change of what is kept and the next.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Draws all of it, even if a part cannot be written: what is due is kept no longer.
    fn draw(&self, due: &[Due]) -> Result<(), ExportError> {
        let mut outcome = Ok(());
        for due in due {
            let written = self.output.write(Signal::Traces, &block::draw(due, self.output.look()));
            outcome = outcome.and(written);
        }
        outcome
    }
}

impl Exporter for ConsoleExporter {
    fn component_type(&self) -> &'static str {
        "console_span_exporter"
    }

    fn export(&self, batch: Batch) -> BoxFuture<'_, Result<Receipt, ExportError>> {
        Box::pin(async move {
            match batch.signal {
                Signal::Traces => {}
                Signal::Metrics | Signal::Logs => {
                    return Err(ExportError::permanent(format!(
                        "{} came to the console exporter for traces; give it spans alone",
                        batch.signal.items()
                    )));
                }
            }
            let mut kept = self.lock();
            let due = kept.add(&TracesView::new(&batch.request));
            self.draw(&due).map(|()| Receipt::default())
        })
    }

    fn force_flush(&self) -> BoxFuture<'_, Result<(), ExportError>> {
        Box::pin(async move {
            let mut kept = self.lock();
            let due = kept.take_all();
            self.draw(&due)
        })
    }

    fn shutdown(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            // Usually a flush came before and found nobody to blame; a late failure has been reported then.
            let _ = self.force_flush().await;
        })
    }
}

impl fmt::Debug for ConsoleExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsoleExporter").field("look", &self.output.look()).finish_non_exhaustive()
    }
}
