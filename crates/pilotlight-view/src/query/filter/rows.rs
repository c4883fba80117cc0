//! The filter applied to the rows of a segment, a test at a time.

use super::Filter;
use super::table::Table;
use super::trial::Trial;
use crate::store::window::TimeRange;
use crate::store::window::segment::Segment;

/// A set of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rows {
    bits: Vec<u64>,
}

impl Rows {
    fn of(len: usize, mut is: impl FnMut(usize) -> bool) -> Self {
        let mut bits = vec![0_u64; len.div_ceil(64)];
        for (position, word) in bits.iter_mut().enumerate() {
            let first = position * 64;
            for row in first..len.min(first + 64) {
                *word |= u64::from(is(row)) << (row - first);
            }
        }
        Self { bits }
    }

    fn only(some: &std::ops::Range<u32>) -> Self {
        let mut bits = vec![0_u64; (some.end as usize).div_ceil(64)];
        for row in some.clone() {
            if let Some(word) = bits.get_mut(row as usize / 64) {
                *word |= 1 << (row % 64);
            }
        }
        Self { bits }
    }

    /// The rows, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.bits.iter().enumerate().flat_map(|(position, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros())?;
                left &= left - 1;
                u32::try_from(position * 64).ok().map(|first| first + bit)
            })
        })
    }

    /// Whether a row is one of them.
    pub(crate) fn has(&self, row: u32) -> bool {
        self.bits.get(row as usize / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// Keeps those for which it is so.
    pub(crate) fn keep(&mut self, mut is: impl FnMut(u32) -> bool) {
        for (position, word) in self.bits.iter_mut().enumerate() {
            let mut left = *word;
            while left != 0 {
                let bit = left.trailing_zeros();
                left &= left - 1;
                let row = u32::try_from(position * 64).unwrap_or(u32::MAX).saturating_add(bit);
                if !is(row) {
                    *word &= !(1 << bit);
                }
            }
        }
    }
}

impl Filter {
    /// The spans of a segment that begin in the range and for which all of it holds.
    pub(crate) fn spans(&self, segment: &Segment, range: TimeRange) -> Rows {
        let rows = in_range(&segment.spans.start, segment, range);
        self.apply(rows, &Table::Spans(&segment.spans), segment)
    }

    /// The log records of a segment that are in the range and for which all of it holds.
    pub(crate) fn logs(&self, segment: &Segment, range: TimeRange) -> Rows {
        let rows = in_range(&segment.logs.time, segment, range);
        self.apply(rows, &Table::Logs(&segment.logs), segment)
    }

    /// Those of these log records for which all of it holds.
    pub(crate) fn some_logs(&self, segment: &Segment, some: &std::ops::Range<u32>) -> Rows {
        let rows = Rows::only(some);
        self.apply(rows, &Table::Logs(&segment.logs), segment)
    }

    fn apply(&self, mut rows: Rows, table: &Table<'_>, segment: &Segment) -> Rows {
        for test in &self.tests {
            Trial { test, table, segment }.keep(&mut rows);
        }
        rows
    }
}

fn in_range(times: &[u64], segment: &Segment, range: TimeRange) -> Rows {
    if range.from <= segment.from && segment.last <= range.last {
        return Rows::of(times.len(), |_| true);
    }
    Rows::of(times.len(), |row| times.get(row).is_some_and(|time| range.holds(*time)))
}
