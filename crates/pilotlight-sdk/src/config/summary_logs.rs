//! The part of the summary that is about logs and `tracing`.

use std::fmt;

use super::log_lines::{LogLineFormat, LogLinesSettings};
use super::logs::{LogsExporter, LogsSettings};
use super::show::Show;
use super::summary::{listed, show_otlp, write_batch};
use super::tracing_layer::TracingSettings;
use super::warning::quoted;

pub(super) fn write_logs(f: &mut fmt::Formatter<'_>, logs: &LogsSettings) -> fmt::Result {
    write!(f, "logs to {}", listed(&logs.exporters, show_logs_exporter))?;
    if let Some(severity) = logs.minimum_severity {
        write!(f, ", none below {}", severity.name())?;
    }
    write!(f, "{}, ", told(&[(logs.trace_based, ", none of traces that are not sampled")]))?;
    write_batch(f, &logs.batch)?;
    write!(
        f,
        ", limits {} attributes, value length {}; {}",
        logs.limits.attributes,
        logs.limits.attribute_value_length.show(),
        show_lines(&logs.lines),
    )
}

/// The text of filters is quoted: whoever wrote a line break in it must not forge a line of ours.
pub(super) fn write_tracing(f: &mut fmt::Formatter<'_>, tracing: &TracingSettings) -> fmt::Result {
    let rest = [
        (!tracing.source_location, ", no source location"),
        (!tracing.thread, ", no thread"),
        (tracing.events_on_spans, ", events on spans too"),
        (tracing.span_fields, ", fields of spans on log records"),
    ];
    let [logs, spans] = [&tracing.log_filter, &tracing.span_filter].map(|filter| quoted(filter));
    write!(f, "tracing filters logs by {logs}, spans by {spans}{}", told(&rest))
}

fn show_logs_exporter(exporter: &LogsExporter) -> String {
    match exporter {
        LogsExporter::Otlp(otlp) => format!("otlp ({})", show_otlp(otlp)),
    }
}

fn show_lines(lines: &LogLinesSettings) -> String {
    let format = match lines.format {
        Some(LogLineFormat::Auto) => "auto",
        Some(LogLineFormat::Json) => "json",
        Some(LogLineFormat::Text) => "text",
        None => "off",
    };
    format!("log lines {format}{}", told(&[(lines.source_location, ", with source location")]))
}

/// What differs from the rule is worth a word.
fn told(words: &[(bool, &str)]) -> String {
    words.iter().filter(|(applies, _)| *applies).map(|(_, word)| *word).collect()
}

#[cfg(test)]
mod tests {
    use opentelemetry::logs::Severity;

    use super::super::{LogsExporterKind, SettingsBuilder, Variables};

    #[test]
    fn the_summary_tells_where_logs_go_and_how() {
        let settings = SettingsBuilder::new()
            .logs_minimum_severity(Severity::Warn)
            .logs_trace_based(true)
            .log_lines_source_location(true)
            .log_span_fields(true)
            .tracing_thread(false)
            .tracing_events_on_spans(true)
            .resolve(&Variables::from([
                ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "https://me:pass-word@collector/l?token=tok-en"),
                ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "authorization=Bearer%20s3cret"),
                ("OTEL_BLRP_MAX_QUEUE_SIZE", "2048"),
                ("PILOTLIGHT_LOG_LINES", "json"),
                ("RUST_LOG", "warn,shop=debug\nforged"),
            ]))
            .settings;
        let line = settings.to_string();
        let (_, logs) = line.split_once("; logs to ").unwrap();
        let (logs, _) = logs.split_once("; metrics to ").unwrap();
        assert_eq!(
            logs,
            "otlp (http/protobuf https://collector/l?REDACTED, timeout 10000 ms, compression none, headers \
             [authorization], requests up to 67108864 bytes), none below WARN, none of traces that are not sampled, \
             batches every 1000 ms of any number of items, export timeout 30000 ms, queue 2048 items, limits 128 \
             attributes, value length no limit; log lines json, with source location; \
             tracing filters logs by \"warn,shop=debug\\nforged\", spans by \"info\", no thread, events on spans too, \
             fields of spans on log records"
        );
        let debug = format!("{settings:?}");
        assert!(!debug.contains("s3cret") && !debug.contains("tok-en"), "{debug}");
    }

    #[test]
    fn what_is_as_usual_takes_no_words() {
        let builder = SettingsBuilder::new().logs_exporters([LogsExporterKind::Console]);
        let line = builder.resolve(&Variables::new()).settings.to_string();
        assert!(line.contains("; logs to none, batches every 1000 ms"), "{line}");
        assert!(
            line.contains(
                "; log lines auto; tracing filters logs by \"info\", spans by \"info\"; metrics to "
            ),
            "{line}"
        );
    }
}
