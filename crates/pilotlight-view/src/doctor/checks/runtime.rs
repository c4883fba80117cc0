//! Causes 10 and 11: exporters that cannot run, or wait for themselves.

use super::Verdict;
use crate::doctor::facts::Facts;
use crate::doctor::project::Sdk;
use crate::doctor::report::Draft;
use crate::doctor::settings::Protocol;
use crate::doctor::source::What;
use crate::finding::Finding;

pub(super) fn check(facts: &Facts) -> Verdict {
    match &facts.project.sdk {
        // Its exporter has a thread and a runtime of its own.
        Sdk::Pilotlight(_) => Verdict::Checked(Vec::new()),
        Sdk::OpenTelemetryRust(_) if facts.sources.files == 0 => {
            Verdict::skipped("there are no Rust sources here")
        }
        Sdk::OpenTelemetryRust(_) => {
            Verdict::Checked([one_thread(facts), blocking_client(facts)].into_iter().flatten().collect())
        }
        Sdk::Other(_) | Sdk::Unknown => Verdict::skipped("only known for Rust"),
    }
}

fn one_thread(facts: &Facts) -> Option<Finding> {
    let place = facts.sources.places(What::CurrentThread).next()?;
    let uses_tonic = facts.settings.sent().any(|signal| signal.protocol.value == Protocol::Grpc);
    uses_tonic.then(|| {
        Draft::warning("one-thread-deadlock", "gRPC exporter on a runtime with one thread: flushing waits for itself")
            .seen(format!("a current_thread runtime at {place}"))
            .seen_all(facts.sources.exporters.iter().take(1).map(|built| format!("an exporter at {}", built.place)))
            .because("force_flush and shutdown block the only thread, which the exporter's connection needs in order to finish.")
            .next("Use the multi-thread runtime, or call shutdown in tokio::task::spawn_blocking.")
    })
}

fn blocking_client(facts: &Facts) -> Option<Finding> {
    let place = facts.sources.places(What::BlockingClient).next()?;
    Some(
        Draft::warning("blocking-client-in-async", "A blocking HTTP client is made in an async function")
            .seen(format!("at {place}"))
            .because("reqwest's blocking client has a runtime of its own, which must be neither made nor dropped within another.")
            .next("Leave with_http_client out, so that the exporter makes the client on a thread of its own."),
    )
}
