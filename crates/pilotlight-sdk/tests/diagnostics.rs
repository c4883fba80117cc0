//! Our own messages: what is said, how often, and what happens when nobody listens.
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

use std::fmt;
use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use pilotlight_sdk::config::BatchSettings;
use pilotlight_sdk::diagnostics;
use pilotlight_sdk::record::TracerProvider;
use pilotlight_sdk::transport::{Batch, BoxFuture, ExportError, Exporter, Receipt};
use tracing::field::Field;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata};

/// Set for the program that a test starts: this one again.
const SPEAKS: &str = "PILOTLIGHT_TEST_SPEAKS";

#[test]
fn a_message_that_nobody_reads_any_more_hurts_nobody() {
    if std::env::var_os(SPEAKS).is_some() {
        // Our end of the test's agreement: speak once its end of standard error is closed.
        std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
        return diagnostics::error("into the void");
    }
    let mut program = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_message_that_nobody_reads_any_more_hurts_nobody", "--nocapture"])
        .env(SPEAKS, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(program.stderr.take());
    drop(program.stdin.take());
    assert!(program.wait().unwrap().success());
}

/// Keeps our own messages as an application's subscriber gets them.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl tracing::Subscriber for Heard {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn event(&self, event: &Event<'_>) {
        if event.metadata().target() == "pilotlight" {
            let mut line = format!("{}: ", event.metadata().level());
            event.record(&mut |field: &Field, value: &dyn fmt::Debug| {
                if field.name() == "message" {
                    line.push_str(&format!("{value:?}"));
                }
            });
            self.0.lock().unwrap().push(line);
        }
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// Refuses everything for as long as it is told to.
#[derive(Clone, Default)]
struct Moody {
    refuses: Arc<AtomicBool>,
}

impl Exporter for Moody {
    fn component_type(&self) -> &'static str {
        "moody_exporter"
    }

    fn export(&self, _: Batch) -> BoxFuture<'_, Result<Receipt, ExportError>> {
        let refuses = self.refuses.load(Ordering::SeqCst);
        Box::pin(async move {
            if refuses { Err(ExportError::permanent("not today")) } else { Ok(Receipt::default()) }
        })
    }
}

#[test]
fn trouble_that_lasts_is_said_once_and_so_is_its_end() {
    let heard = Heard::default();
    tracing::subscriber::set_global_default(heard.clone()).unwrap();
    let exporter = Moody::default();
    let provider = TracerProvider::builder()
        .with_batch_exporter(exporter.clone(), BatchSettings::default())
        .build()
        .unwrap();
    for refuses in [true, true, true, false, false, true] {
        exporter.refuses.store(refuses, Ordering::SeqCst);
        provider.tracer("test").in_span("span", |_| ());
        assert_eq!(provider.force_flush(Duration::from_secs(60)).is_err(), refuses);
    }
    let lost = "WARN: 1 items lost by moody_exporter: refused by the receiver: not today";
    assert_eq!(*heard.0.lock().unwrap(), [lost, "INFO: moody_exporter delivers again", lost]);
}
