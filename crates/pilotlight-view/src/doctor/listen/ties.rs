//! Spans that others speak of, and that never came.
//!
//! A span names its parent, and a log record the span that it was written in. When the program has ended and one of these has not
//! come, it was lost: it was still open, or in a batch that nobody flushed.

use std::collections::HashSet;
use std::hash::Hash;

use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;

use crate::receive::Data;

/// A trace's and a span's id.
type Id = ([u8; 16], [u8; 8]);

/// What is known, and what is spoken of.
#[derive(Debug, Default)]
pub(in crate::doctor) struct Ties {
    came: HashSet<Id>,
    /// Parents that are known to be of this process.
    by_children: HashSet<Id>,
    /// Parents of which it was not told where they are.
    untold: HashSet<Id>,
    /// Parents in other processes: they send them themselves.
    remote: HashSet<Id>,
    by_logs: HashSet<Id>,
    /// Traces that begin here.
    begun: HashSet<[u8; 16]>,
    /// There was more than is kept, so that nothing can be concluded.
    too_many: bool,
}

/// How many spans never came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Loose {
    /// That are parents of others in their process.
    pub parents: usize,
    /// That log records were written in.
    pub of_logs: usize,
}

/// Ids of each kind that are kept: 20 MB of all.
const IDS_MAX: usize = 100_000;

/// Bits of a span's flags: whether it is known where the parent is, and whether that is another process.
const PARENT_IS_TOLD: u32 = 0x100;
const PARENT_IS_REMOTE: u32 = 0x200;

/// The bit of a record's flags that says that its trace is sampled.
const SAMPLED: u32 = 1;

impl Ties {
    pub(super) fn note(&mut self, data: &Data) {
        match data {
            Data::Traces(all) => {
                let spans = all.iter().flat_map(|of| &of.scope_spans).flat_map(|of| &of.spans);
                spans.for_each(|span| self.note_span(span));
            }
            Data::Logs(all) => {
                let records = all.iter().flat_map(|of| &of.scope_logs).flat_map(|of| &of.log_records);
                records.for_each(|record| self.note_record(record));
            }
            Data::Metrics(_) => {}
        }
    }

    fn note_span(&mut self, span: &Span) {
        if let Some(id) = id(&span.trace_id, &span.span_id) {
            self.too_many |= !insert(&mut self.came, id);
        }
        if let Some(parent) = id(&span.trace_id, &span.parent_span_id) {
            let parents = self.parents_like_that_of(span);
            self.too_many |= !insert(parents, parent);
        } else if let Ok(trace) = span.trace_id.as_slice().try_into() {
            self.too_many |= !insert(&mut self.begun, trace);
        }
    }

    fn parents_like_that_of(&mut self, span: &Span) -> &mut HashSet<Id> {
        let answers = matches!(span.kind(), SpanKind::Server | SpanKind::Consumer);
        match () {
            () if answers || span.flags & PARENT_IS_REMOTE != 0 => &mut self.remote,
            () if span.flags & PARENT_IS_TOLD != 0 => &mut self.by_children,
            () => &mut self.untold,
        }
    }

    fn note_record(&mut self, record: &LogRecord) {
        if record.flags & SAMPLED != 0
            && let Some(id) = id(&record.trace_id, &record.span_id)
        {
            self.too_many |= !insert(&mut self.by_logs, id);
        }
    }

    /// What never came; none when there was too much to know.
    pub(in crate::doctor) fn loose(&self) -> Option<Loose> {
        let is_lost = |id: &&Id| !self.came.contains(*id) && !self.remote.contains(*id);
        (!self.too_many).then(|| Loose {
            parents: self.parents_of_here().filter(is_lost).count(),
            of_logs: self.by_logs.iter().filter(is_lost).count(),
        })
    }

    /// A parent that nobody told about is taken for one of this process where the trace began here.
    fn parents_of_here(&self) -> impl Iterator<Item = &Id> {
        let guessed = self.untold.difference(&self.by_children);
        self.by_children.iter().chain(guessed.filter(|(trace, _)| self.begun.contains(trace)))
    }
}

/// False when there is no room.
fn insert<T: Eq + Hash>(ids: &mut HashSet<T>, id: T) -> bool {
    ids.contains(&id) || (ids.len() < IDS_MAX && ids.insert(id))
}

fn id(trace: &[u8], span: &[u8]) -> Option<Id> {
    Some((trace.try_into().ok()?, span.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const TOLD_LOCAL: u32 = PARENT_IS_TOLD;
    const TOLD_REMOTE: u32 = PARENT_IS_TOLD | PARENT_IS_REMOTE;

    /// A span of the one trace; parent 0 is none.
    fn span(id: u8, parent: u8, flags: u32, kind: SpanKind) -> Span {
        Span {
            trace_id: vec![1; 16],
            span_id: vec![id; 8],
            parent_span_id: if parent == 0 { Vec::new() } else { vec![parent; 8] },
            flags,
            kind: kind.into(),
            ..Span::default()
        }
    }

    fn loose(spans: &[Span], log_in: Option<u8>) -> Loose {
        let mut ties = Ties::default();
        spans.iter().for_each(|span| ties.note_span(span));
        if let Some(id) = log_in {
            let record = LogRecord {
                trace_id: vec![1; 16],
                span_id: vec![id; 8],
                flags: SAMPLED,
                ..LogRecord::default()
            };
            ties.note_record(&record);
        }
        ties.loose().unwrap()
    }

    #[test]
    fn a_parent_is_missed_when_it_is_known_to_be_of_this_process() {
        let parents = |spans: &[Span]| loose(spans, None).parents;
        assert_eq!(parents(&[span(2, 1, TOLD_LOCAL, SpanKind::Internal)]), 1);
        assert_eq!(parents(&[span(2, 1, TOLD_REMOTE, SpanKind::Internal)]), 0);
        assert_eq!(parents(&[span(2, 1, 0, SpanKind::Internal)]), 0);
    }

    #[test]
    fn a_parent_that_nobody_told_about_is_missed_where_the_trace_began_here() {
        let root = span(9, 0, 0, SpanKind::Server);
        assert_eq!(loose(&[root.clone(), span(2, 1, 0, SpanKind::Internal)], None).parents, 1);
        assert_eq!(loose(&[root.clone(), span(2, 9, 0, SpanKind::Internal)], None).parents, 0);
        assert_eq!(loose(&[root, span(2, 1, 0, SpanKind::Server)], None).parents, 0);
    }

    #[test]
    fn a_log_record_of_a_span_in_another_process_misses_nothing() {
        assert_eq!(loose(&[], Some(1)).of_logs, 1);
        assert_eq!(loose(&[span(2, 1, TOLD_REMOTE, SpanKind::Internal)], Some(1)).of_logs, 0);
        assert_eq!(loose(&[span(2, 1, 0, SpanKind::Server)], Some(1)).of_logs, 0);
        assert_eq!(loose(&[span(2, 1, TOLD_LOCAL, SpanKind::Internal)], Some(1)).of_logs, 1);
    }
}
