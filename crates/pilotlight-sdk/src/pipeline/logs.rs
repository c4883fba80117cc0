//! Logs, from settings.

use std::time::Duration;

use crate::Error;
use crate::batch::Worker;
use crate::config::{BatchSettings, DEFAULT_QUEUE_BYTES, LogLineFormat, LogsExporter, LogsSettings};
use crate::config::{QueueBound, Settings};
use crate::diagnostics;
use crate::record::{LogRecordProcessor, LoggerConfig, LoggerProvider, LoggerProviderBuilder};
use crate::transport::{self, LineFormat, LinesExporter};

use super::{Parts, chain};

/// The longest that a log record waits for its line: with the writing itself, it is out within 50 ms.
const LINES_DELAY: Duration = Duration::from_millis(40);

/// Takes what is about logs out of `parts`.
pub(super) fn start(
    settings: &Settings,
    parts: &mut Parts,
    worker: &Worker,
    counts_records: bool,
) -> Result<LoggerProvider, Error> {
    let batch = settings.logs.batch;
    let mut builder = builder(settings, std::mem::take(&mut parts.log_record_processors))
        .counting_records(counts_records)
        .with_worker(worker.clone());
    for exporter in &settings.logs.exporters {
        builder = with_exporter(builder, exporter, batch);
    }
    for exporter in parts.logs_exporters.drain(..) {
        builder = builder.with_batch_exporter(exporter, batch);
    }
    with_lines(builder, &settings.logs)?.build()
}

/// Starts log lines and nothing else: what a service has when the SDK is [disabled](Settings::disabled), since its log must not
/// vanish with its telemetry. `processors` see every log record, as they do in [`start`](super::start): what they hide stays hidden.
///
/// `None` when lines are [off](crate::config::LogLines::Off). The provider is shut down as any other.
///
/// # Errors
///
/// When the thread that writes cannot be started.
pub fn start_lines(
    settings: &Settings,
    processors: Vec<Box<dyn LogRecordProcessor>>,
) -> Result<Option<LoggerProvider>, Error> {
    if settings.logs.lines.format.is_none() {
        return Ok(None);
    }
    with_lines(builder(settings, processors), &settings.logs)?.build().map(Some)
}

fn builder(settings: &Settings, processors: Vec<Box<dyn LogRecordProcessor>>) -> LoggerProviderBuilder {
    let builder =
        LoggerProvider::builder().with_resource(settings.resource.clone()).with_limits(settings.logs.limits);
    let (minimum_severity, trace_based) = (settings.logs.minimum_severity, settings.logs.trace_based);
    let builder = builder.with_logger_config(move |_| LoggerConfig {
        minimum_severity,
        trace_based,
        ..LoggerConfig::default()
    });
    processors.into_iter().fold(builder, |builder, processor| builder.with_processor(processor))
}

fn with_exporter(
    builder: LoggerProviderBuilder,
    exporter: &LogsExporter,
    batch: BatchSettings,
) -> LoggerProviderBuilder {
    let LogsExporter::Otlp(config) = exporter;
    match transport::otlp((**config).clone()) {
        Ok(exporter) => builder.with_batch_exporter(exporter, batch),
        Err(error) => {
            diagnostics::error(format_args!("logs are not exported over OTLP: {}", chain(&error)));
            builder
        }
    }
}

/// Lines have a thread of their own: writing to a full pipe blocks, and nothing can cancel it. All that waits meanwhile is the
/// lines; their queue fills up to its bound and what comes then is dropped and counted.
fn with_lines(builder: LoggerProviderBuilder, logs: &LogsSettings) -> Result<LoggerProviderBuilder, Error> {
    let Some(format) = logs.lines.format else { return Ok(builder) };
    let exporter =
        LinesExporter::stdout(line_format(format)).with_source_location(logs.lines.source_location);
    let batch = BatchSettings {
        schedule_delay: LINES_DELAY,
        // A limit would be noticed when the write is over, which is when it is of no use.
        export_timeout: None,
        queue: QueueBound::Bytes(DEFAULT_QUEUE_BYTES),
        export_batch_items_max: None,
    };
    Ok(builder.with_batch_exporter_on(Worker::named("pilotlight-lines")?, exporter, batch))
}

fn line_format(format: LogLineFormat) -> LineFormat {
    match format {
        LogLineFormat::Auto => LineFormat::detect(),
        LogLineFormat::Json => LineFormat::Json,
        LogLineFormat::Text => LineFormat::Text,
    }
}
