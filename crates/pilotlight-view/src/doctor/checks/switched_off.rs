//! Cause 16: the SDK is off, or a signal has no OTLP exporter.

use super::Verdict;
use crate::doctor::facts::Facts;
use crate::doctor::report::Draft;
use crate::doctor::settings::{Origin, Signal, SignalSettings};
use crate::doctor::source::What;
use crate::finding::Finding;

pub(super) fn check(facts: &Facts) -> Verdict {
    let disabled = &facts.settings.disabled;
    if disabled.value {
        let finding = Draft::error("sdk-disabled", "The SDK is switched off")
            .seen(format!("{}=true", disabled.from))
            .because(format!("{} reads that variable and then records nothing.", facts.project.sdk))
            .next("Remove OTEL_SDK_DISABLED.");
        return Verdict::Checked(vec![finding]);
    }
    Verdict::Checked(
        facts
            .settings
            .signals
            .iter()
            .filter(|signal| !signal.sends_otlp())
            .map(|signal| not_sent(signal, is_missed(facts, signal)))
            .collect(),
    )
}

/// Whoever says `none` or `prometheus` for metrics or logs may well mean it, as may a program that makes no spans; other traces are what
/// the doctor is called for.
fn is_missed(facts: &Facts, signal: &SignalSettings) -> bool {
    let makes_spans = || facts.sources.has(What::SpanLayer) || facts.sources.has(What::GlobalProvider);
    let is_left_out = matches!(signal.exporters.from, Origin::Code(_));
    signal.signal == Signal::Traces && signal.sends_elsewhere() && (!is_left_out || makes_spans())
}

fn not_sent(signal: &SignalSettings, is_missed: bool) -> Finding {
    let names = signal.exporters.value.join(",");
    let title = match signal.sends_elsewhere() {
        true => format!("No {} are sent: their exporter is {names}", signal.signal),
        false => format!("Whether {} are sent is not known: their exporter is {names}", signal.signal),
    };
    let draft = match is_missed {
        true => Draft::warning("exporter-not-otlp", title),
        false => Draft::note("exporter-not-otlp", title),
    };
    let next = match &signal.exporters.from {
        Origin::Code(_) => format!("Build an exporter of {} in code, if they are wanted.", signal.signal),
        _ => format!("Set OTEL_{}_EXPORTER=otlp, or remove it.", signal.signal.name().to_ascii_uppercase()),
    };
    draft
        .seen(format!("exporter: {names} ({})", signal.exporters.from))
        .because("Of the exporters that SDKs bring along, only otlp sends anything to a collector or to `pilotlight view`.")
        .next(next)
}
