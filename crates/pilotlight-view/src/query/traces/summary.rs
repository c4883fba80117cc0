//! A trace in a line: names and services, for the few that are shown.

use super::found::Found;
use super::{ServiceShare, TraceSummary};
use crate::query::{UnixNano, ids};
use crate::store::window::SegmentRef;
use crate::store::window::segment::Segment;
use crate::store::window::symbols::Symbol;
use std::cmp::Reverse;
use std::collections::HashMap;

/// How many services of a trace are named.
const SERVICES: usize = 8;

/// The line of a trace; none when its segment was let go of meanwhile.
pub(super) fn summary(found: &Found, segments: &[SegmentRef], all: &[SegmentRef]) -> Option<TraceSummary> {
    let own = segments.get(found.segment as usize)?;
    let id = own.read().traces.get(found.part)?.id;
    let mut collected = Collected::default();
    collected.add(&own.read(), id);
    if found.shared {
        let others = all.iter().filter(|other| !segments.iter().any(|segment| segment.is(other)));
        for segment in segments.iter().chain(others).filter(|segment| !segment.is(own)) {
            collected.add(&segment.read(), id);
        }
    }
    let root_missing = collected.root.is_none();
    let shown = collected.root.or(collected.earliest)?;
    Some(TraceSummary {
        trace_id: ids::trace_text(id)?,
        name: shown.name,
        service: shown.service,
        kind: shown.kind,
        start: UnixNano(found.start),
        duration_ns: found.duration(),
        spans: found.spans,
        errors: found.errors,
        logs: collected.logs,
        services: shares(collected.services),
        root_missing,
    })
}

/// What segments say about one trace.
#[derive(Default)]
struct Collected {
    root: Option<Shown>,
    earliest: Option<Shown>,
    logs: u32,
    /// Spans and errors by service.
    services: HashMap<String, (u32, u32)>,
}

/// A span that a trace is called by.
struct Shown {
    start: u64,
    name: String,
    service: String,
    kind: crate::query::SpanKind,
}

impl Collected {
    fn add(&mut self, segment: &Segment, id: u128) {
        let Some(number) = segment.traces.find(id) else { return };
        let Some(part) = segment.traces.get(number) else { return };
        self.logs = self.logs.saturating_add(part.logs);
        keep_earlier(&mut self.root, Shown::of(segment, part.root));
        keep_earlier(&mut self.earliest, Shown::of(segment, part.earliest));
        let mut services: HashMap<Symbol, (u32, u32)> = HashMap::new();
        for row in segment.spans_of_trace(number) {
            let row = row as usize;
            let resource =
                segment.spans.resource.get(row).and_then(|at| segment.resources.all().get(*at as usize));
            let share = services
                .entry(resource.map_or(crate::store::window::symbols::EMPTY, |of| of.name))
                .or_default();
            share.0 += 1;
            share.1 += u32::from(segment.spans.status.get(row) == Some(&crate::query::SpanStatus::Error));
        }
        for (service, (spans, errors)) in services {
            let share = self.services.entry(segment.text(service).to_owned()).or_default();
            *share = (share.0.saturating_add(spans), share.1.saturating_add(errors));
        }
    }
}

impl Shown {
    /// The span of a row; none when there is no such row.
    fn of(segment: &Segment, row: u32) -> Option<Self> {
        let spans = &segment.spans;
        let at = row as usize;
        Some(Self {
            start: *spans.start.get(at)?,
            name: segment.text(*spans.name.get(at)?).to_owned(),
            service: segment.service(*spans.resource.get(at)?).to_owned(),
            kind: *spans.kind.get(at)?,
        })
    }
}

fn keep_earlier(known: &mut Option<Shown>, other: Option<Shown>) {
    if let Some(other) = other.filter(|other| known.as_ref().is_none_or(|known| other.start < known.start)) {
        *known = Some(other);
    }
}

fn shares(services: HashMap<String, (u32, u32)>) -> Vec<ServiceShare> {
    let share = |(service, (spans, errors))| ServiceShare { service, spans, errors };
    let mut shares: Vec<ServiceShare> = services.into_iter().map(share).collect();
    shares.sort_unstable_by(|a, b| (Reverse(a.spans), &a.service).cmp(&(Reverse(b.spans), &b.service)));
    shares.truncate(SERVICES);
    shares
}
