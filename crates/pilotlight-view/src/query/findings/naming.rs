//! Whether things have the names by which they are looked for.

use super::report::{Kind, Report, called, link, many, of_service};
use crate::finding::Severity;
use crate::receive::Signal;
use crate::store::books::{Deprecated, NAMES_MAX, Sender, Senders, replacement};

const DEPRECATED: Kind = Kind {
    id: "deprecated-names",
    severity: Severity::Note,
    cause: "The instrumentation is older than the conventions' present names, which dashboards and this page look for first.",
    next: "Update the instrumentation library; in SDKs of other languages, set OTEL_SEMCONV_STABILITY_OPT_IN=http,database.",
};

const ROUTELESS: Kind = Kind {
    id: "missing-route",
    severity: Severity::Note,
    cause: "Without http.route, requests to one route with different ids cannot be told to be the same.",
    next: "Let the instrumentation run where the router has matched, so that it can set http.route.",
};

const VARYING: Kind = Kind {
    id: "names-with-ids",
    severity: Severity::Warning,
    cause: "Names with an id or a number in each make every request an operation of its own.",
    next: "Name spans by the route or the kind of work (GET /orders/{id}), and put the id into an attribute.",
};

/// So few requests may all be of the kind that has no route.
const REQUESTS_MIN: u64 = 5;

pub(super) fn look(report: &mut Report, senders: &Senders) {
    report.checked("attributes and metrics with names that have been replaced");
    report.checked("answers to HTTP requests without http.route");
    report.checked("span names with an id in each");
    for (service, sender) in senders.all() {
        deprecated(report, service, sender);
        routeless(report, service, sender);
        varying(report, service, sender);
    }
}

fn deprecated(report: &mut Report, service: &str, sender: &Sender) {
    if sender.deprecated.is_empty() {
        return;
    }
    let mut names: Vec<(&str, Deprecated)> =
        sender.deprecated.iter().map(|(name, old)| (*name, *old)).collect();
    names.sort_by_key(|(name, old)| (std::cmp::Reverse(old.count), *name));
    let line = |(name, old): &(&str, Deprecated)| {
        let now = match replacement(name) {
            Some("nothing") | None => "no longer used".to_owned(),
            Some(new) => format!("now {new}"),
        };
        format!("{name}, {now}: {}", many(old.count, "time"))
    };
    let title =
        format!("{} uses {} that have been replaced", called(service), many(names.len() as u64, "name"));
    let found = names.first().map(|(name, old)| match old.signal {
        Signal::Metrics => format!("/metrics?name={name}"),
        Signal::Traces => link("/traces", &format!("{} {name}?", of_service(service))),
        Signal::Logs => link("/logs", &format!("{} {name}?", of_service(service))),
    });
    report.found(&DEPRECATED, title, names.iter().map(line).collect(), found);
}

fn routeless(report: &mut Report, service: &str, sender: &Sender) {
    let (without, all) = (sender.routeless.count, sender.http_servers);
    // One route in five without a name is a middleware or two; more is an instrumentation that does not know of routes.
    if without < REQUESTS_MIN || without * 5 < all {
        return;
    }
    let title = format!("{} does not say which route answered", called(service));
    let mut evidence = vec![format!("{without} of {all} answers to HTTP requests have no http.route")];
    evidence.extend(sender.routeless.examples.iter().map(|name| format!("for example {name:?}")));
    let filter = format!("{} span.kind=server !http.route?", of_service(service));
    report.found(&ROUTELESS, title, evidence, Some(link("/traces", &filter)));
}

fn varying(report: &mut Report, service: &str, sender: &Sender) {
    let varying = sender.names.varying();
    if varying.is_empty() && !sender.names.endless() {
        return;
    }
    let line = |(pattern, name): &(&str, &str)| {
        format!("at least {NAMES_MAX} names like {pattern:?}, for example {name:?}")
    };
    let mut evidence: Vec<String> = varying.iter().map(line).collect();
    if sender.names.endless() {
        evidence.push("more than a thousand names that have nothing in common".to_owned());
    }
    let title = format!("Span names of {} have an id in each", called(service));
    report.found(&VARYING, title, evidence, Some(link("/operations", &of_service(service))));
}
