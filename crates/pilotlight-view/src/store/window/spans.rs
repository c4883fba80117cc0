//! The spans of a segment, a column for each thing that questions look at; a row is a span.

use super::NONE;
use super::attributes::Attributes;
use super::symbols::{EMPTY, Symbol};
use crate::query::{SpanKind, SpanStatus};
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use std::hash::BuildHasher;

/// Columns of spans. What is not here (trace state, events' attributes, long values) is in the span's chunk.
#[derive(Debug, Default)]
pub(crate) struct Spans {
    /// The trace, as a position in the segment's [`TraceParts`](super::traces::TraceParts).
    pub(crate) trace: Vec<u32>,
    /// The span's id.
    pub(crate) id: Vec<u64>,
    /// The parent's id; 0 for a root.
    pub(crate) parent: Vec<u64>,
    /// When it begins, nanoseconds since 1970.
    pub(crate) start: Vec<u64>,
    /// When it ends, nanoseconds since 1970; before its start when the sender says so.
    pub(crate) end: Vec<u64>,
    /// Its name.
    pub(crate) name: Vec<Symbol>,
    /// Its kind.
    pub(crate) kind: Vec<SpanKind>,
    /// Its status.
    pub(crate) status: Vec<SpanStatus>,
    /// Who told it, as a position in the segment's resources.
    pub(crate) resource: Vec<u32>,
    /// By which instrumentation, as a position in the segment's scopes.
    pub(crate) scope: Vec<u32>,
    /// Its attributes, and those of its first exception.
    pub(crate) attributes: Attributes,
    /// The chunk that holds it in full, as a position in the segment's chunks.
    pub(crate) chunk: Vec<u32>,
    /// The how manieth span of that chunk it is, from 0.
    pub(crate) ordinal: Vec<u32>,
    /// The span of the same trace that came before it, or [`NONE`].
    pub(crate) next_in_trace: Vec<u32>,
    /// Events, by span: rows ascend. At most [`EVENTS_MAX`] of a span.
    pub(crate) events: Vec<Event>,
    /// Links, by span: rows ascend. At most [`LINKS_MAX`] of a span.
    pub(crate) links: Vec<Link>,
    /// What statuses say, where they say something, by span: rows ascend.
    pub(crate) status_messages: Vec<(u32, Symbol)>,
    /// The parent's row where it is in this segment; filled when the segment is sealed, and empty until then.
    parent_row: Vec<u32>,
    /// Finds a row by trace and span id.
    rows: HashTable<u32>,
    hasher: RandomState,
}

/// An event, as a mark on a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Event {
    /// The span's row.
    pub(crate) span: u32,
    /// Its name.
    pub(crate) name: Symbol,
    /// When, nanoseconds since 1970.
    pub(crate) time: u64,
    /// It is an exception.
    pub(crate) exception: bool,
}

/// A link to another span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Link {
    /// The other span's trace.
    pub(crate) trace: u128,
    /// The other span's id.
    pub(crate) id: u64,
    /// The row of the span that has the link.
    pub(crate) span: u32,
}

/// How many events of a span are drawn; all of them are in the span's detail.
pub(crate) const EVENTS_MAX: usize = 50;
/// How many links of a span lead back; all of them are in the span's detail.
pub(crate) const LINKS_MAX: usize = 128;

/// A span as it is added.
#[derive(Debug, Clone, Copy)]
pub(super) struct NewSpan {
    pub(super) trace: u32,
    pub(super) id: u64,
    pub(super) parent: u64,
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) name: Symbol,
    pub(super) kind: SpanKind,
    pub(super) status: SpanStatus,
    pub(super) resource: u32,
    pub(super) scope: u32,
    pub(super) chunk: u32,
    pub(super) ordinal: u32,
    pub(super) next_in_trace: u32,
}

impl Spans {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.id.len()
    }

    /// How long a span took, nanoseconds; 0 when it ends before it begins.
    pub(crate) fn duration(&self, row: u32) -> u64 {
        let row = row as usize;
        match (self.start.get(row), self.end.get(row)) {
            (Some(start), Some(end)) => end.saturating_sub(*start),
            _ => 0,
        }
    }

    /// The row of a span of this segment; of several with one id the first that came.
    pub(crate) fn find(&self, trace: u32, id: u64) -> Option<u32> {
        let hash = self.hasher.hash_one((trace, id));
        self.rows.find(hash, |row| self.key(*row) == Some((trace, id))).copied()
    }

    /// The parent's row, where it is in this segment.
    pub(crate) fn parent_row(&self, row: u32) -> Option<u32> {
        if let Some(known) = self.parent_row.get(row as usize) {
            return (*known != NONE).then_some(*known);
        }
        let at = row as usize;
        let (trace, parent) = (*self.trace.get(at)?, *self.parent.get(at)?);
        if parent == 0 { None } else { self.find(trace, parent) }
    }

    /// A span's events that are drawn.
    pub(crate) fn events_of(&self, row: u32) -> &[Event] {
        of_row(&self.events, row, |event| event.span)
    }

    /// A span's links that lead back.
    pub(crate) fn links_of(&self, row: u32) -> &[Link] {
        of_row(&self.links, row, |link| link.span)
    }

    /// What a span's status says; the empty string when it says nothing.
    pub(crate) fn status_message(&self, row: u32) -> Symbol {
        of_row(&self.status_messages, row, |message| message.0).first().map_or(EMPTY, |message| message.1)
    }

    /// Adds a span without attributes, events and links; those follow. Answers its row.
    pub(super) fn push(&mut self, span: NewSpan) -> u32 {
        let row = u32::try_from(self.id.len()).unwrap_or(NONE);
        self.trace.push(span.trace);
        self.id.push(span.id);
        self.parent.push(span.parent);
        self.start.push(span.start);
        self.end.push(span.end);
        self.name.push(span.name);
        self.kind.push(span.kind);
        self.status.push(span.status);
        self.resource.push(span.resource);
        self.scope.push(span.scope);
        self.chunk.push(span.chunk);
        self.ordinal.push(span.ordinal);
        self.next_in_trace.push(span.next_in_trace);
        self.index(row, (span.trace, span.id));
        row
    }

    /// Makes the row findable. A second span of the same id is not: equal keys in great number would make the table a list.
    fn index(&mut self, row: u32, key: (u32, u64)) {
        let Self { rows, hasher, trace, id, .. } = self;
        let key_of = |row: u32| Some((*trace.get(row as usize)?, *id.get(row as usize)?));
        let entry = rows.entry(
            hasher.hash_one(key),
            |row| key_of(*row) == Some(key),
            |row| hasher.hash_one(key_of(*row).unwrap_or_default()),
        );
        if let Entry::Vacant(new) = entry {
            new.insert(row);
        }
    }

    fn key(&self, row: u32) -> Option<(u32, u64)> {
        Some((*self.trace.get(row as usize)?, *self.id.get(row as usize)?))
    }

    /// Looks up every parent once, and gives back what was reserved for growth.
    pub(super) fn seal(&mut self) {
        let rows = u32::try_from(self.len()).unwrap_or(NONE);
        let parents = (0..rows).map(|row| self.parent_row(row).unwrap_or(NONE)).collect();
        self.parent_row = parents;
        self.trace.shrink_to_fit();
        self.id.shrink_to_fit();
        self.parent.shrink_to_fit();
        self.start.shrink_to_fit();
        self.end.shrink_to_fit();
        self.name.shrink_to_fit();
        self.kind.shrink_to_fit();
        self.status.shrink_to_fit();
        self.resource.shrink_to_fit();
        self.scope.shrink_to_fit();
        self.attributes.shrink();
        self.chunk.shrink_to_fit();
        self.ordinal.shrink_to_fit();
        self.next_in_trace.shrink_to_fit();
        self.events.shrink_to_fit();
        self.links.shrink_to_fit();
        self.status_messages.shrink_to_fit();
        let Self { rows, hasher, trace, id, .. } = self;
        rows.shrink_to_fit(|row| {
            let at = *row as usize;
            hasher.hash_one((
                trace.get(at).copied().unwrap_or_default(),
                id.get(at).copied().unwrap_or_default(),
            ))
        });
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        let columns = [
            &self.trace,
            &self.resource,
            &self.scope,
            &self.chunk,
            &self.ordinal,
            &self.next_in_trace,
            &self.parent_row,
        ];
        let wide = [&self.id, &self.parent, &self.start, &self.end];
        columns.iter().map(|column| column.capacity() * size_of::<u32>()).sum::<usize>()
            + wide.iter().map(|column| column.capacity() * size_of::<u64>()).sum::<usize>()
            + self.name.capacity() * size_of::<Symbol>()
            + self.kind.capacity()
            + self.status.capacity()
            + self.attributes.bytes()
            + self.events.capacity() * size_of::<Event>()
            + self.links.capacity() * size_of::<Link>()
            + self.status_messages.capacity() * size_of::<(u32, Symbol)>()
            + self.rows.allocation_size()
    }
}

/// The part of a list that belongs to a row, where rows ascend.
fn of_row<T>(all: &[T], row: u32, row_of: impl Fn(&T) -> u32) -> &[T] {
    let start = all.partition_point(|one| row_of(one) < row);
    let rest = all.get(start..).unwrap_or_default();
    let len = rest.partition_point(|one| row_of(one) == row);
    rest.get(..len).unwrap_or_default()
}
