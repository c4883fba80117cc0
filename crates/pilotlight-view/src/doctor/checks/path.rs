//! Cause 4: the path is missing, doubled, or another's.

use super::Verdict;
use crate::doctor::facts::Facts;
use crate::doctor::probe::{Answer, Exchange};
use crate::doctor::report::Draft;
use crate::doctor::settings::{Protocol, Signal, SignalSettings, Url};
use crate::finding::Finding;

pub(super) fn check(facts: &Facts) -> Verdict {
    Verdict::Checked(
        facts
            .settings
            .sent()
            .filter(|signal| signal.protocol.value != Protocol::Grpc)
            .filter_map(|signal| finding(facts, signal))
            .collect(),
    )
}

fn finding(facts: &Facts, signal: &SignalSettings) -> Option<Finding> {
    let url = signal.url()?;
    let answer = answer(facts, signal);
    doubled(signal, url, answer)
        .or_else(|| missing(signal, url, answer))
        .or_else(|| unknown(signal, url, answer?))
}

fn answer<'f>(facts: &'f Facts, signal: &SignalSettings) -> Option<&'f Answer> {
    match facts.probes.as_ref()?.exchange(signal.signal)? {
        Exchange::Answered { answer, .. } => Some(answer),
        Exchange::Silent | Exchange::Failed(_) => None,
    }
}

/// `/v1/traces/v1/traces`: a signal's path in an endpoint for all signals. Some servers take any path, and forget what they took.
fn doubled(signal: &SignalSettings, url: &Url, answer: Option<&Answer>) -> Option<Finding> {
    let parts: usize = Signal::ALL.iter().map(|signal| url.path.matches(signal.path()).count()).sum();
    let is_taken = answer.is_some_and(|answer| answer.is_fine(signal.protocol.value));
    (parts > 1).then(|| {
        let title = format!("{} go to {}: the path is doubled", signal.signal, url.path);
        let draft =
            if is_taken { Draft::warning("path-doubled", title) } else { Draft::error("path-doubled", title) };
        draft
            .seen(format!("{url} ({})", line(signal)))
            .because("OTEL_EXPORTER_OTLP_ENDPOINT is a base to which each signal's path is appended, and it has one already.")
            .next("Write the endpoint without /v1/…, such as http://host:4318.")
    })
}

/// One signal's endpoint is used as it is, and this one has no path. Some backends do have such endpoints: the answer decides.
fn missing(signal: &SignalSettings, url: &Url, answer: Option<&Answer>) -> Option<Finding> {
    let is_refused = answer.is_none_or(|answer| !answer.is_fine(signal.protocol.value));
    (url.path == "/" && is_refused).then(|| {
        Draft::error("path-missing", format!("{} go to {url}, without a path", signal.signal))
            .seen(format!("{url} ({})", line(signal)))
            .seen_all(answer.map(|answer| format!("answered with status {}", answer.status)))
            .because("The endpoint of one signal, and an endpoint in code, is used exactly as it is written.")
            .next(format!(
                "Append {}, or set OTEL_EXPORTER_OTLP_ENDPOINT, to which it is appended for you.",
                signal.signal.path()
            ))
    })
}

fn unknown(signal: &SignalSettings, url: &Url, answer: &Answer) -> Option<Finding> {
    if answer.is_page() && answer.status == 200 {
        return Some(page(signal, url));
    }
    let (id, title, next) = match answer.status {
        404 | 410 => ("path-unknown", "does not know the path", advice(signal, url)),
        405 | 501 => ("path-not-otlp", "does not take POST at the path", advice(signal, url)),
        301 | 302 | 303 | 307 | 308 => {
            let location = answer.location.as_deref().map(crate::doctor::settings::without_secrets);
            let place = location.map(|location| format!(" to {location}")).unwrap_or_default();
            (
                "path-redirects",
                "redirects, which exporters do not follow",
                format!("Set the endpoint to where the redirect leads{place}."),
            )
        }
        _ => return None,
    };
    Some(
        Draft::error(id, format!("{} {title}", url.authority()))
            .seen(format!("POST {url} was answered with status {} ({})", answer.status, line(signal)))
            .because("The receiver is there and speaks HTTP, but takes no OTLP at this path.")
            .next(next),
    )
}

fn page(signal: &SignalSettings, url: &Url) -> Finding {
    Draft::error("path-not-otlp", format!("{} answers with a page for people", url.authority()))
        .seen(format!("POST {url} was answered with status 200 and text/html ({})", line(signal)))
        .because("A web server answers every path with its page, and forgets what it was sent.")
        .next("Set the endpoint to the collector: http://host:4318.")
}

fn advice(signal: &SignalSettings, url: &Url) -> String {
    match url.path.ends_with(signal.signal.path()) {
        true if url.path.len() > signal.signal.path().len() => {
            format!("Compare {} with the receiver's documentation.", url.path)
        }
        true => format!(
            "Set the endpoint to a receiver of OTLP; whoever listens at port {} is none, or has another path.",
            url.port
        ),
        false => format!("Let the path end in {}.", signal.signal.path()),
    }
}

fn line(signal: &SignalSettings) -> String {
    match &signal.destination {
        crate::doctor::settings::Destination::Known(url) => url.from.to_string(),
        _ => String::new(),
    }
}
