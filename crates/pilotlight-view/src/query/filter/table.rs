//! Spans or log records, with what they have in common.

use crate::store::window::attributes::Attributes;
use crate::store::window::logs::Logs;
use crate::store::window::spans::Spans;
use crate::store::window::symbols::Symbol;

/// Rows of either kind, with what they have in common.
pub(super) enum Table<'a> {
    Spans(&'a Spans),
    Logs(&'a Logs),
}

impl Table<'_> {
    pub(super) fn resource(&self, row: u32) -> usize {
        let column = match self {
            Self::Spans(spans) => &spans.resource,
            Self::Logs(logs) => &logs.resource,
        };
        column.get(row as usize).map_or(usize::MAX, |number| *number as usize)
    }

    pub(super) fn scope(&self, row: u32) -> usize {
        let column = match self {
            Self::Spans(spans) => &spans.scope,
            Self::Logs(logs) => &logs.scope,
        };
        column.get(row as usize).map_or(usize::MAX, |number| *number as usize)
    }

    pub(super) fn attributes(&self) -> &Attributes {
        match self {
            Self::Spans(spans) => &spans.attributes,
            Self::Logs(logs) => &logs.attributes,
        }
    }

    /// The row's own texts: a span's name, a record's body and event name.
    pub(super) fn texts(&self, row: u32) -> [Option<Symbol>; 2] {
        let row = row as usize;
        match self {
            Self::Spans(spans) => [spans.name.get(row).copied(), None],
            Self::Logs(logs) => [logs.body.get(row).copied(), logs.event_name.get(row).copied()],
        }
    }

    pub(super) fn span_id(&self, row: u32) -> u64 {
        let column = match self {
            Self::Spans(spans) => &spans.id,
            Self::Logs(logs) => &logs.span,
        };
        column.get(row as usize).copied().unwrap_or(0)
    }

    pub(super) fn trace(&self, row: u32) -> u32 {
        let column = match self {
            Self::Spans(spans) => &spans.trace,
            Self::Logs(logs) => &logs.trace,
        };
        column.get(row as usize).copied().unwrap_or(u32::MAX)
    }
}
