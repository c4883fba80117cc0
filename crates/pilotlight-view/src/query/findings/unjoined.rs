//! Whether requests carry their trace to who answers them.
//!
//! A request that nobody answered with a span is nothing: most go to something that tells nothing. But where nearly each of a service's
//! requests has, within its time and with its method, a root span of one other service, and nearly each of these roots has
//! such a request, then these are the answers, and the trace was lost between them.

use super::report::{Kind, Report, called, link, many, of_service};
use super::structure::{Call, Structure};
use crate::finding::Severity;
use std::collections::BTreeMap;

const UNJOINED: Kind = Kind {
    id: "propagation-broken",
    severity: Severity::Warning,
    cause: "Requests and their answers happen at the same times but in different traces: the traceparent header is not sent, or not read.",
    next: "Set a propagator (tracecontext) on both sides, and let the HTTP client inject and the server extract it.",
};

/// So few may be chance.
const PAIRS_MIN: usize = 5;
/// How much clocks may differ, nanoseconds.
const TOLERANCE: u64 = 1_000_000;

pub(super) fn look(report: &mut Report, structure: &Structure) {
    report.checked("requests whose answers are in other traces");
    let (requests, answers) = (by_service(&structure.requests), by_service(&structure.answers));
    for (from, requests) in &requests {
        let apart = |to: &str| to != *from && !structure.are_joined(from, to);
        for (to, answers) in answers.iter().filter(|(to, _)| apart(to)) {
            let pairs = pairs(requests, answers);
            let nearly_all = pairs * 5 >= requests.len() * 4 && pairs * 5 >= answers.len() * 4;
            if pairs >= PAIRS_MIN && nearly_all {
                let title = format!("Traces end between {} and {}", called(from), called(to));
                let line = many(pairs as u64, "request")
                    + " and answers at the same times, none of them in one trace";
                let filter = format!("{} span.kind=server", of_service(to));
                report.found(&UNJOINED, title, vec![line], Some(link("/traces", &filter)));
            }
        }
    }
}

/// By when they begin. Services with fewer calls than a finding takes are left out: there may be thousands, each to be compared with all.
fn by_service(calls: &[Call]) -> BTreeMap<&str, Vec<&Call>> {
    let mut by_service: BTreeMap<&str, Vec<&Call>> = BTreeMap::new();
    for call in calls {
        by_service.entry(&call.service).or_default().push(call);
    }
    by_service.retain(|_, calls| calls.len() >= PAIRS_MIN);
    by_service.values_mut().for_each(|calls| calls.sort_by_key(|call| call.start));
    by_service
}

/// How many requests have an answer within their time, each answer for one request.
fn pairs(requests: &[&Call], answers: &[&Call]) -> usize {
    let mut taken = vec![false; answers.len()];
    let fits = |request: &Call, answer: &Call| {
        answer.method == request.method && answer.end <= request.end.saturating_add(TOLERANCE)
    };
    let found = requests.iter().filter(|request| {
        let first = answers.partition_point(|answer| answer.start.saturating_add(TOLERANCE) < request.start);
        let within = answers[first..].iter().take_while(|answer| answer.start <= request.end);
        // Of a busy service so many begin at a time that the first ones tell enough.
        let found = within.take(64).zip(first..).find(|(answer, at)| !taken[*at] && fits(request, answer));
        if let Some((_, at)) = found {
            taken[at] = true;
        }
        found.is_some()
    });
    found.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(service: &str, many: u64) -> Vec<Call> {
        let call = |start| Call { service: service.into(), method: "GET".to_owned(), start, end: start + 1 };
        (0..many).rev().map(call).collect()
    }

    #[test]
    fn only_services_with_enough_calls_are_compared_with_each_other() {
        let mut all: Vec<Call> = (0..1_000).flat_map(|i| calls(&format!("rare-{i}"), 2)).collect();
        all.extend(calls("busy", 5));
        let by_service = by_service(&all);
        let starts: Vec<u64> = by_service["busy"].iter().map(|call| call.start).collect();
        assert_eq!((by_service.len(), starts), (1, vec![0, 1, 2, 3, 4]));
    }
}
