//! Our own messages: what is said, how often, and what happens when nobody listens.
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use common::heard::Heard;
use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use pilotlight_sdk::config::BatchSettings;
use pilotlight_sdk::diagnostics;
use pilotlight_sdk::record::TracerProvider;
use pilotlight_sdk::transport::{Batch, BoxFuture, ExportError, Exporter, Receipt};

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
    let heard = Heard::everything();
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
    let lost = "WARN: 1 item lost by moody_exporter: refused by the receiver: not today";
    assert_eq!(heard.lines(), [lost, "INFO: moody_exporter delivers again", lost]);
}
