//! What became of what was sent, in words, and what to do about it.

use std::time::Duration;

use pilotlight_sdk::transport::Answer;

use super::attempt::Attempt;
use super::viewer::Arrival;
use crate::doctor::checks::answers;
use crate::doctor::probe;
use crate::doctor::report::Draft;
use crate::doctor::settings::SignalSettings;
use crate::finding::Finding;

/// How much of an error is shown.
const TEXT_CHARS_MAX: usize = 300;

/// One word for programs.
pub(super) fn word(attempt: &Attempt, arrived: Arrival) -> &'static str {
    match attempt {
        Attempt::Taken { rejected: 1.., .. } => "rejected",
        Attempt::Taken { .. } if arrived == Arrival::Seen => "arrived",
        Attempt::Taken { .. } => "accepted",
        Attempt::Failed { answer: Some(_), .. } => "refused",
        Attempt::Failed { .. } | Attempt::Silent { .. } | Attempt::NotBuilt(_) => "failed",
        Attempt::Skipped(_) => "skipped",
    }
}

/// One line for people.
pub(super) fn line(attempt: &Attempt, arrived: Arrival) -> String {
    match attempt {
        Attempt::Taken { took, answer, message, .. } => {
            let answer = answer.map(|answer| format!(" with {}", answered(answer))).unwrap_or_default();
            let message =
                message.as_ref().map(|text| format!("; it says: {}", cut(text))).unwrap_or_default();
            let read_back = match arrived {
                Arrival::Seen => "; the viewer shows it",
                Arrival::Missing => "; the viewer does not show it",
                Arrival::Unknown => "; it cannot be read back",
            };
            format!("answered{answer} in {}{message}{read_back}", milliseconds(*took))
        }
        Attempt::Failed { took, text, .. } => format!("{} (after {})", cut(text), milliseconds(*took)),
        Attempt::Silent { took } => format!("no answer in {}", milliseconds(*took)),
        Attempt::NotBuilt(text) => cut(text),
        Attempt::Skipped(why) => why.clone(),
    }
}

/// What is wrong, if anything.
pub(super) fn findings(signal: &SignalSettings, attempt: &Attempt, arrived: Arrival) -> Option<Finding> {
    let authority = signal.url().map(|url| url.authority()).unwrap_or_default();
    let seen = format!("one item of {}: {}", signal.signal, line(attempt, arrived));
    match attempt {
        Attempt::Taken { rejected: 0, .. } if arrived == Arrival::Missing => Some(missing(&authority, seen)),
        Attempt::Taken { rejected: 0, message: None, .. } | Attempt::Skipped(_) => None,
        Attempt::Taken { rejected: 0, .. } => Some(warns(&authority, seen)),
        Attempt::Taken { rejected, .. } => Some(rejects(&authority, *rejected, seen)),
        Attempt::Failed { taken_uncompressed: true, .. } => Some(uncompressed(signal, &authority, seen)),
        Attempt::Failed { answer, .. } => {
            let known = answer
                .and_then(|answer| answers::refused(signal, &authority, &of_probe(answer), seen.clone()));
            Some(known.unwrap_or_else(|| failed(signal, &authority, seen)))
        }
        Attempt::Silent { .. } => Some(silent(&authority, seen)),
        Attempt::NotBuilt(_) => Some(not_built(signal, seen)),
    }
}

fn missing(authority: &str, seen: String) -> Finding {
    Draft::warning("accepted-and-missing", format!("{authority} took telemetry that is not there"))
        .seen(seen)
        .because("The receiver answered that it has it, and the viewer that was asked does not: something between them drops it.")
        .next("Look at the receiver's log and its own metrics for what it drops, or give --viewer the address that it forwards to.")
}

fn warns(authority: &str, seen: String) -> Finding {
    Draft::note("receiver-warns", format!("{authority} takes telemetry and warns"))
        .seen(seen)
        .because("A receiver may take a request and say what it dislikes about it.")
        .next("Read what it says.")
}

fn rejects(authority: &str, rejected: u64, seen: String) -> Finding {
    Draft::error("partial-success", format!("{authority} takes requests and rejects what is in them"))
        .seen(seen)
        .seen(format!("rejected: {rejected}"))
        .because("The receiver answered with a partial success, which many SDKs neither repeat nor mention: what it rejected is lost.")
        .next("Read the receiver's message and its log: a limit, a missing pipeline or an attribute that it demands.")
}

fn uncompressed(signal: &SignalSettings, authority: &str, seen: String) -> Finding {
    Draft::error("compression-refused", format!("{authority} does not take {}", signal.compression.value))
        .seen(seen)
        .seen("the same was taken without compression")
        .because("The receiver, or a proxy before it, cannot decompress what it is sent.")
        .next("Set OTEL_EXPORTER_OTLP_COMPRESSION=none, or turn it on at the receiver.")
}

fn failed(signal: &SignalSettings, authority: &str, seen: String) -> Finding {
    Draft::error("not-delivered", format!("{} cannot be sent to {authority}", signal.signal))
        .seen(seen)
        .because("The exporter got this error where a service would have got it.")
        .next("Do what the finding about this address says; without one, read the receiver's log at this moment.")
}

fn silent(authority: &str, seen: String) -> Finding {
    Draft::error("receiver-slow", format!("{authority} does not answer requests"))
        .seen(seen)
        .because("The receiver, or something before it, takes the connection and then hangs, or nobody is behind the address.")
        .next("Restart the receiver and read its log; a larger OTEL_EXPORTER_OTLP_TIMEOUT helps when it is only slow.")
}

fn not_built(signal: &SignalSettings, seen: String) -> Finding {
    Draft::error("exporter-not-built", format!("The exporter of {} cannot be made", signal.signal))
        .seen(seen)
        .because("What it is configured with cannot be used, so that a service would export nothing.")
        .next("Correct the file or the setting that is named.")
}

/// The answer as the other checks know it.
fn of_probe(answer: Answer) -> probe::Answer {
    match answer {
        Answer::Http(status) => probe::Answer { status, ..probe::Answer::default() },
        Answer::Grpc(code) => {
            probe::Answer { status: 200, grpc: i32::try_from(code).ok(), ..probe::Answer::default() }
        }
        // A kind of answer that there is not yet says nothing.
        _ => probe::Answer::default(),
    }
}

fn answered(answer: Answer) -> String {
    match answer {
        Answer::Http(status) => format!("HTTP status {status}"),
        Answer::Grpc(code) => format!("gRPC status {code}"),
        _ => "an answer".to_owned(),
    }
}

pub(super) fn milliseconds(time: Duration) -> String {
    format!("{} ms", time.as_millis())
}

fn cut(text: &str) -> String {
    text.chars().take(TEXT_CHARS_MAX).collect()
}
