//! Standard output that is a pipe nobody reads: whoever logs does not wait, and neither does the end of the process.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::logs::{LogRecord, Logger as _, LoggerProvider as _};
use pilotlight_sdk::batch::{Report, Worker};
use pilotlight_sdk::config::{BatchSettings, QueueBound, SettingsBuilder, Variables};
use pilotlight_sdk::pipeline::{Parts, start};
use pilotlight_sdk::record::LoggerProvider;
use pilotlight_sdk::transport::{LineFormat, LinesExporter};

/// Longer than anything here takes: reached only when a test fails.
const SOON: Duration = Duration::from_secs(30);

/// More lines than any pipe holds, and fewer than the queue.
const RECORDS: u64 = 20_000;

fn log(provider: &LoggerProvider, records: u64) {
    let logger = provider.logger("test");
    for _ in 0..records {
        let mut record = logger.create_log_record();
        record.set_body("a line of some length, of which a pipe holds some hundreds and no more".into());
        logger.emit(record);
    }
}

fn accounted_for(report: &Report) -> u64 {
    let lines = &report.exporters[0];
    lines.exported + lines.rejected + lines.dropped.total() + lines.unfinished
}

/// A provider whose lines go to a pipe, and the pipe's other end.
fn blocked(batch: BatchSettings) -> (LoggerProvider, std::io::PipeReader) {
    let (reader, writer) = std::io::pipe().unwrap();
    let exporter = LinesExporter::new(writer, LineFormat::Json);
    let worker = Worker::named("blocked").unwrap();
    let provider = LoggerProvider::builder().with_batch_exporter_on(worker, exporter, batch).build().unwrap();
    (provider, reader)
}

#[test]
fn a_shutdown_comes_back_in_time_and_tells_what_was_not_written() {
    let (provider, _unread) = blocked(BatchSettings::for_logs());
    log(&provider, RECORDS);
    assert!(provider.force_flush(Duration::from_millis(50)).unwrap_err().is_timeout());
    let report = provider.shutdown(Duration::from_millis(100));
    let lines = &report.exporters[0];
    assert!(!lines.in_time && !report.is_complete(), "{report}");
    assert!(lines.unfinished > 0, "{report}");
    assert_eq!(accounted_for(&report), RECORDS, "{report}");
    assert!(report.to_string().contains(", not finished in time with "), "{report}");

    let begun = Instant::now();
    drop(provider);
    assert!(begun.elapsed() < Duration::from_secs(5), "dropping waits once more");
}

#[test]
fn a_queue_that_fills_up_behind_a_full_pipe_drops_and_counts() {
    let mut batch = BatchSettings::for_logs();
    batch.queue = QueueBound::Bytes(256 * 1024);
    let (provider, _unread) = blocked(batch);
    log(&provider, RECORDS);
    let report = provider.shutdown(Duration::from_millis(100));
    assert!(report.exporters[0].dropped.queue_full > 0, "{report}");
    assert_eq!(accounted_for(&report), RECORDS, "{report}");
}

#[test]
fn lines_come_out_whole_when_somebody_reads_after_all() {
    let (provider, reader) = blocked(BatchSettings::for_logs());
    log(&provider, RECORDS);
    assert!(provider.force_flush(Duration::from_millis(50)).unwrap_err().is_timeout());
    let read = thread::spawn(move || BufReader::new(reader).lines().count() as u64);
    let report = provider.shutdown(SOON);
    assert!(report.is_complete(), "{report}");
    assert_eq!(report.exported(), RECORDS);
    drop(provider);
    assert_eq!(read.join().unwrap(), RECORDS);
}

/// Set for the process that `a_process_whose_output_nobody_reads_ends` starts.
const IS_CHILD: &str = "PILOTLIGHT_TEST_IS_CHILD";

/// Does nothing by itself: it is what another test runs as a process.
#[test]
fn child() {
    if std::env::var_os(IS_CHILD).is_none() {
        return;
    }
    let variables = [
        ("PILOTLIGHT_LOG_LINES", "json"),
        ("OTEL_LOGS_EXPORTER", "none"),
        ("OTEL_TRACES_EXPORTER", "none"),
        ("OTEL_METRICS_EXPORTER", "none"),
    ];
    let settings = SettingsBuilder::new().resolve(&Variables::from(variables)).settings;
    let providers = start(&settings, Parts::default()).unwrap();
    log(&providers.logger_provider, RECORDS);
    let report = providers.shutdown(Duration::from_millis(200));
    assert_eq!(accounted_for(&report), RECORDS, "{report}");
    drop(providers);
    eprintln!("{report}");
    // As the end of `main`, but for the test harness, which would say so on the full pipe.
    std::process::exit(0);
}

#[test]
fn a_process_whose_output_nobody_reads_ends() {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(IS_CHILD, "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = child.stderr.take().unwrap();
    let (said, hears) = channel();
    thread::spawn(move || {
        let mut words = String::new();
        let _ = stderr.read_to_string(&mut words);
        let _ = said.send(words);
    });
    let words = hears.recv_timeout(SOON);
    let _ = child.kill();
    let status = child.wait().unwrap();
    let words = words.unwrap();
    assert!(status.success(), "{words}");
    assert!(words.contains("not finished in time with "), "{words}");
}
