//! Cause 23: how large a request may be, asked with larger and larger ones.

use super::attempt::{Attempt, once};
use super::message::Mark;
use super::outcome;
use super::viewer::Arrival;
use crate::doctor::report::{Draft, Observation};
use crate::doctor::settings::{Settings, SignalSettings};
use crate::finding::Finding;

/// 1, 4 and 8 MiB. Receivers of gRPC take 4 unless told otherwise.
const MEBIBYTES: [usize; 3] = [1, 4, 8];

/// What a request has besides its padding, and some: what is sent stays below the round number.
const OVERHEAD: usize = 4096;

/// Sends requests of each size with the first signal that is sent at all, until one is refused.
pub(super) async fn largest(settings: &Settings, mark: &Mark) -> (Observation, Option<Finding>) {
    let observed = |outcome: &str, detail: String| Observation {
        subject: "size".to_owned(),
        outcome: outcome.to_owned(),
        detail,
    };
    let Some(signal) = settings.sent().next() else {
        return (observed("skipped", "nothing is sent as OTLP".to_owned()), None);
    };
    let mut taken = 0;
    for mebibytes in MEBIBYTES {
        let request = mark.request(signal.signal, (mebibytes << 20) - OVERHEAD);
        let attempt = once(signal, signal.compression.value, &request).await;
        let line = outcome::line(&attempt, Arrival::Unknown);
        match attempt {
            Attempt::Taken { .. } => taken = mebibytes,
            Attempt::Skipped(_) => return (observed("skipped", line), None),
            _ => {
                let detail = format!("{taken} MiB is taken, {mebibytes} MiB is not: {line}");
                return (
                    observed("refused", detail.clone()),
                    Some(finding(signal, taken, mebibytes, detail)),
                );
            }
        }
    }
    (observed("accepted", format!("{taken} MiB is taken, more was not tried")), None)
}

/// A receiver that takes what receivers usually take is well.
fn finding(signal: &SignalSettings, taken: usize, refused: usize, seen: String) -> Finding {
    let authority = signal.url().map(|url| url.authority()).unwrap_or_default();
    let title = format!("{authority} does not take requests of {refused} MiB");
    let draft = match taken {
        0 => Draft::warning("batch-exceeds-limit", title),
        _ => Draft::note("batch-exceeds-limit", title),
    };
    draft
        .seen(seen)
        .because("Receivers have a limit, of 4 MiB for gRPC unless told otherwise, and everything in a larger request is lost.")
        .next("Send smaller batches (OTEL_BSP_MAX_EXPORT_BATCH_SIZE), limit the length of attributes, or raise the receiver's limit.")
}
