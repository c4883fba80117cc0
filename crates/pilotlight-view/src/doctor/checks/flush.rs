//! Cause 12, and spans that never end: what is not flushed is not sent.

use super::Verdict;
use crate::doctor::facts::Facts;
use crate::doctor::project::Sdk;
use crate::doctor::report::Draft;
use crate::doctor::source::What;
use crate::finding::Finding;

pub(super) fn check(facts: &Facts) -> Verdict {
    if facts.sources.files == 0 {
        return Verdict::skipped("there are no Rust sources here");
    }
    let mut findings: Vec<Finding> = Vec::new();
    findings.extend(never_shut_down(facts));
    let mut at_places = |what, draft: Draft, cause: &str, next: &str| {
        let mut places = facts.sources.places(what).take(5).map(str::to_owned).peekable();
        if places.peek().is_some() {
            findings.push(draft.seen_all(places).because(cause).next(next));
        }
    };
    at_places(
        What::GuardDropped,
        Draft::error("guard-dropped", "Pilotlight's guard is dropped at once, which shuts telemetry down"),
        "`let _ = …` drops its value in the same statement.",
        "Write `let telemetry = …`, and call telemetry.shutdown() at the end of main.",
    );
    at_places(
        What::GuardForgotten,
        Draft::warning("guard-forgotten", "What flushes telemetry at the end is forgotten"),
        "A forgotten value is never dropped, so that the last batch is lost.",
        "Keep it in a variable of main, and shut it down there.",
    );
    at_places(
        What::ExitBeforeFlush,
        Draft::warning("exit-before-flush", "The process is ended before telemetry is flushed"),
        "std::process::exit runs no destructors: what waits for the next batch is lost.",
        "Call shutdown() before it, or return an ExitCode from main.",
    );
    at_places(
        What::SpanForgotten,
        Draft::warning("span-forgotten", "Spans are forgotten, and so never end"),
        "A span is sent when it ends, which is when its last handle is dropped.",
        "Let the span be dropped.",
    );
    Verdict::Checked(findings)
}

/// A global provider of opentelemetry-rust lives in a static, which is never dropped.
fn never_shut_down(facts: &Facts) -> Option<Finding> {
    if !matches!(facts.project.sdk, Sdk::OpenTelemetryRust(_))
        || facts.sources.is_cut
        || facts.sources.has(What::ForeignSetup)
    {
        return None;
    }
    let sources = &facts.sources;
    let place = sources.places(What::BatchExporter).next()?;
    (sources.has(What::GlobalProvider) && !sources.has(What::Shutdown)).then(|| {
        Draft::warning("never-shut-down", "Spans are batched, and nothing is ever flushed or shut down")
            .seen(format!("with_batch_exporter at {place}"))
            .seen("no call of shutdown or force_flush in the sources")
            .because("The global provider is never dropped: up to five seconds of spans are lost at the end, and a short program loses all.")
            .next("Keep the provider, and call provider.shutdown() at the end of main.")
    })
}
