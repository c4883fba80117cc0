//! Spans that others speak of, and that never came.
//!
//! A span names its parent, and a log record the span that it was written in. When the program has ended and one of these has not
//! come, it was lost: it was still open, or in a batch that nobody flushed.

use std::collections::HashSet;

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
    by_children: HashSet<Id>,
    by_logs: HashSet<Id>,
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

/// Ids of each kind that are kept: 10 MB of all three.
const IDS_MAX: usize = 100_000;

/// Bits of a span's flags: whether it is known where the parent is, and whether that is another process.
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
        let answers = matches!(span.kind(), SpanKind::Server | SpanKind::Consumer);
        if !answers
            && span.flags & PARENT_IS_REMOTE == 0
            && let Some(parent) = id(&span.trace_id, &span.parent_span_id)
        {
            self.too_many |= !insert(&mut self.by_children, parent);
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
        (!self.too_many).then(|| Loose {
            parents: self.by_children.difference(&self.came).count(),
            of_logs: self.by_logs.difference(&self.came).count(),
        })
    }
}

/// False when there is no room.
fn insert(ids: &mut HashSet<Id>, id: Id) -> bool {
    ids.contains(&id) || (ids.len() < IDS_MAX && ids.insert(id))
}

fn id(trace: &[u8], span: &[u8]) -> Option<Id> {
    Some((trace.try_into().ok()?, span.try_into().ok()?))
}
