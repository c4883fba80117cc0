//! One try at sending one signal.

use std::time::{Duration, Instant};

use bytes::Bytes;
use pilotlight_sdk::transport::{Answer, Batch, ExportError, Receipt};
use tokio::time::timeout;

use super::exporter::{Problem, chain, exporter, of_sdk};
use super::message::Mark;
use crate::doctor::settings::{Compression, Settings, Signal, SignalSettings};

/// What a service without a time limit would wait for, somebody who is looking does not.
const PATIENCE_MAX: Duration = Duration::from_secs(30);

/// What became of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Attempt {
    /// The receiver has it.
    Taken { took: Duration, answer: Option<Answer>, rejected: u64, message: Option<String> },
    /// It was refused, or never got there.
    Failed { took: Duration, answer: Option<Answer>, text: String, taken_uncompressed: bool },
    /// There is no answer in time.
    Silent { took: Duration },
    /// The exporter cannot be made.
    NotBuilt(String),
    /// It was not tried: why.
    Skipped(String),
}

/// Sends one item of `signal`.
pub(super) async fn attempt(settings: &Settings, signal: Signal, mark: &Mark) -> Attempt {
    let settings_of = settings.of(signal);
    if settings.disabled.value {
        return Attempt::Skipped("the SDK is disabled".to_owned());
    }
    if !settings_of.sends_otlp() {
        return Attempt::Skipped("it is not exported as OTLP".to_owned());
    }
    let request = mark.request(signal, 0);
    let compression = settings_of.compression.value;
    let mut attempt = once(settings_of, compression, &request).await;
    if let Attempt::Failed { answer: Some(_), taken_uncompressed, .. } = &mut attempt
        && compression != Compression::None
    {
        let again = once(settings_of, Compression::None, &request).await;
        *taken_uncompressed = matches!(again, Attempt::Taken { .. });
    }
    attempt
}

/// Makes one request.
pub(super) async fn once(signal: &SignalSettings, compression: Compression, request: &Bytes) -> Attempt {
    let exporter = match exporter(signal, compression) {
        Ok(exporter) => exporter,
        Err(Problem::NotSpoken(why)) => return Attempt::Skipped(why),
        Err(Problem::NotBuilt(text)) => return Attempt::NotBuilt(text),
    };
    let batch = Batch { signal: of_sdk(signal.signal), items: 1, request: request.clone() };
    let limit = signal.timeout.value.unwrap_or(PATIENCE_MAX).min(PATIENCE_MAX);
    let start = Instant::now();
    let result = timeout(limit, exporter.export(batch)).await;
    let took = start.elapsed();
    match result {
        Ok(Ok(Receipt { rejected, message, answer })) => {
            let message = message.map(|text| signal.headers.value.scrub(&text));
            Attempt::Taken { took, answer, rejected, message }
        }
        Ok(Err(error)) if is_silence(&error) => Attempt::Silent { took },
        Ok(Err(error)) => {
            let text = signal.headers.value.scrub(&chain(&error));
            Attempt::Failed { took, answer: error.answer(), text, taken_uncompressed: false }
        }
        Err(_) => Attempt::Silent { took },
    }
}

/// The exporter has a time limit of its own, which is the same.
fn is_silence(error: &ExportError) -> bool {
    error.answer().is_none() && error.error_type() == "timeout"
}
