//! Facts in, findings out.
//!
//! Each check asks one question and sees nothing but [`Facts`]. Their order is that of likelihood: what explains most silent services
//! comes first, and the report keeps the order among findings that matter equally. A healthy set-up gives no finding above a note.

pub(super) mod answers;
mod clock;
mod compiled;
mod container;
mod context;
mod elsewhere;
mod filter;
mod flush;
mod identity;
mod linked;
mod metrics;
mod path;
mod protocol;
mod proxy;
mod queue;
mod reach;
mod runtime;
mod sampler;
mod support;
mod switched_off;
mod trust;
mod usable;
mod versions;
mod visibility;

use super::facts::Facts;
use super::report::{Check, Report, Status};
use crate::finding::Finding;

/// What a check comes to.
pub(super) enum Verdict {
    /// It was checked, and this was found: nothing, most of the time.
    Checked(Vec<Finding>),
    /// It could not be checked: why.
    Skipped(String),
}

impl From<Option<Finding>> for Verdict {
    fn from(finding: Option<Finding>) -> Self {
        Self::Checked(finding.into_iter().collect())
    }
}

impl From<Vec<Finding>> for Verdict {
    fn from(findings: Vec<Finding>) -> Self {
        Self::Checked(findings)
    }
}

impl Verdict {
    fn skipped(why: impl Into<String>) -> Self {
        Self::Skipped(why.into())
    }
}

/// A question, and who answers it.
struct Question {
    id: &'static str,
    text: &'static str,
    check: fn(&Facts) -> Verdict,
}

const fn question(id: &'static str, text: &'static str, check: fn(&Facts) -> Verdict) -> Question {
    Question { id, text, check }
}

const QUESTIONS: [Question; 29] = [
    question("switched-off", "is telemetry switched on?", switched_off::check),
    question("linked", "is there an SDK at all?", linked::check),
    question("usable", "can every value be used as it was given?", usable::check),
    question("elsewhere", "is everything set in the environment?", elsewhere::check),
    question("reach", "does anybody listen where telemetry goes?", reach::check),
    question("container", "does localhost mean what it should?", container::check),
    question("protocol", "does the receiver speak the exporter's protocol?", protocol::check),
    question("path", "does the receiver know the path?", path::check),
    question("trust", "is the receiver's certificate trusted?", trust::check),
    question("answers", "does the receiver take an empty request?", answers::check),
    question("compiled", "is compiled in what the settings ask for?", compiled::check),
    question("versions", "is there one version of the API?", versions::check),
    question("sampler", "are traces recorded?", sampler::check),
    question("filter", "do filters let spans through?", filter::check),
    question("flush", "is everything flushed at the end?", flush::check),
    question("runtime", "can the exporter run on this runtime?", runtime::check),
    question("support", "are all variables read by this SDK?", support::check_ignored),
    question("spelling", "are all variables spelled right?", support::check_spelling),
    question("proxy", "does a proxy catch the exporter?", proxy::check),
    question("service-name", "does the service have a name?", identity::check_name),
    question(
        "resource",
        "are the resource's attributes well-formed and current?",
        identity::check_attributes,
    ),
    question("propagation", "does context travel between services?", context::check_propagation),
    question("guards", "are spans' guards let go while tasks wait?", context::check_guards),
    question("visibility", "would export errors be seen?", visibility::check),
    question("feedback", "could the exporter trace itself?", visibility::check_feedback),
    question("queue", "do queue and batches have sensible sizes?", queue::check),
    question("metrics", "are metrics sent soon, and as the backend wants them?", metrics::check),
    question("clock", "do the clocks agree?", clock::check),
    question("readable", "can the project's files be read?", versions::check_files),
];

/// Asks every question.
pub fn conclude(facts: &Facts) -> Report {
    let (mut findings, mut checks) = (Vec::new(), Vec::new());
    for Question { id, text, check } in QUESTIONS {
        let (status, why) = match check(facts) {
            Verdict::Checked(found) => {
                let status = Status::of(&found);
                findings.extend(found);
                (status, None)
            }
            Verdict::Skipped(why) => (Status::Skip, Some(why)),
        };
        checks.push(Check { id: id.to_owned(), question: text.to_owned(), status, why });
    }
    let mut report = Report::new(findings, checks);
    report.sdk = format!("{} ({})", facts.project.sdk, facts.project.evidence);
    report.signals = facts.settings.lines();
    report.addresses = facts.probes.iter().flat_map(super::probe::Probes::lines).collect();
    report
}

/// Why questions about the network were not asked, when they were not.
fn unprobed(facts: &Facts) -> Option<Verdict> {
    use super::settings::Destination;
    if facts.probes.is_none() {
        return Some(Verdict::skipped("the network was left alone (--offline)"));
    }
    if facts.settings.sent().next().is_none() {
        return Some(Verdict::skipped("nothing is sent as OTLP"));
    }
    let computed = facts.settings.sent().find_map(|signal| match &signal.destination {
        Destination::Computed(place) => Some(place),
        Destination::Known(_) | Destination::Unusable => None,
    });
    match (facts.settings.sent().any(|signal| signal.url().is_some()), computed) {
        (true, _) => None,
        (false, Some(place)) => {
            Some(Verdict::skipped(format!("the program computes its endpoint, at {place}")))
        }
        (false, None) => Some(Verdict::skipped("no endpoint can be used")),
    }
}

/// `traces, metrics`.
fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}
