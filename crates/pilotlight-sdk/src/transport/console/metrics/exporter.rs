//! The exporter that draws metrics.

use std::fmt;
use std::io::Write;

use crate::record::MetricsView;
use crate::transport::console::output::Output;
use crate::transport::{Batch, BoxFuture, ExportError, Exporter, Receipt, Signal};

use super::block;

/// Draws each batch of metrics as a table, for people: on a terminal during development, or into a log.
///
/// ```text
/// shop  metrics  2023-11-14 22:13:20.000 UTC
/// http.server 1.2
///   http.server.request.duration [histogram, s] Duration of HTTP server requests.
///                           count      mean     min      p50       p95       p99       max
///     http.route=/cart          4  102.5 ms  8.0 ms  50.0 ms  260.0 ms  292.0 ms  300.0 ms  ████·
///       → trace …1c80319c (300.0 ms)
///     http.route=/checkout      1     1.2 s   1.2 s    1.2 s     1.2 s     1.2 s     1.2 s  ····█
///   jobs.done [counter, {job}]
///     queue=mail  1,204  → trace …1c80319c (1)
///     queue=push      3
/// ```
///
/// One block a service, in it the scopes, in them the metrics: name, kind, unit and description, then a line a series. Sums and
/// histograms count from the start of the series unless they say `delta`. The quantiles of histograms are estimated from
/// their buckets, whose counts the bars at the end of the line show; neighbouring buckets share a bar where there are more than
/// sixteen. Columns for which there is no room are left out. The arrow leads to the trace of the newest exemplar, by the last
/// digits of its id; up-down counters have none. Of a metric with more than 20 series those with the largest values are shown, histograms with the
/// most; the number of the others stands below. Nothing is drawn for metrics without series, nor for a batch without any.
///
/// Names and values are cleaned of control characters before they are written, and shortened with `…` to the width.
/// Colours and width are those of [`ConsoleExporter`](crate::transport::ConsoleExporter).
///
/// Writing blocks the exporter thread: a reader that stops reading stops the other exporters on it too. A failed write (a closed
/// pipe) loses the batch, which is counted and reported.
///
/// Specification: "Standard output",
/// <https://opentelemetry.io/docs/specs/otel/metrics/sdk_exporters/stdout/>.
///
/// # Examples
///
/// ```
/// use bytes::Bytes;
/// use pilotlight_sdk::transport::{Batch, ConsoleMetricExporter, Exporter, Signal};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), pilotlight_sdk::transport::ExportError> {
/// let exporter = ConsoleMetricExporter::stderr();
/// # let request = Bytes::new();
/// // A pipeline does this, with what it has collected.
/// exporter.export(Batch { signal: Signal::Metrics, items: 0, request }).await?;
/// # Ok(())
/// # }
/// ```
pub struct ConsoleMetricExporter {
    output: Output,
}

impl ConsoleMetricExporter {
    /// Draws on standard output.
    pub fn stdout() -> Self {
        Self { output: Output::stdout() }
    }

    /// Draws on standard error, for programs whose standard output is their result.
    pub fn stderr() -> Self {
        Self { output: Output::stderr() }
    }

    /// Writes to `writer`, without colours, 100 columns wide. Each block is written with one call and flushed.
    pub fn new(writer: impl Write + Send + 'static) -> Self {
        Self { output: Output::new(writer) }
    }

    /// Whether colours are used.
    #[must_use]
    pub fn with_colour(self, has_colour: bool) -> Self {
        Self { output: self.output.with_colour(has_colour) }
    }

    /// How many columns lines may take: from 40 to 200; others are taken for the nearest.
    #[must_use]
    pub fn with_width(self, columns: usize) -> Self {
        Self { output: self.output.with_width(columns) }
    }
}

impl Exporter for ConsoleMetricExporter {
    fn component_type(&self) -> &'static str {
        "console_metric_exporter"
    }

    fn export(&self, batch: Batch) -> BoxFuture<'_, Result<Receipt, ExportError>> {
        Box::pin(async move {
            match batch.signal {
                Signal::Metrics => {}
                Signal::Traces | Signal::Logs => {
                    return Err(ExportError::permanent(format!(
                        "{} came to the console exporter for metrics; give it metrics alone",
                        batch.signal.items()
                    )));
                }
            }
            let block = block::draw(MetricsView::new(&batch.request), self.output.look());
            if !block.is_empty() {
                self.output.write(Signal::Metrics, &block)?;
            }
            Ok(Receipt::default())
        })
    }
}

impl fmt::Debug for ConsoleMetricExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsoleMetricExporter").field("look", &self.output.look()).finish_non_exhaustive()
    }
}
