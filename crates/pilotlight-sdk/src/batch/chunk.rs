//! A piece of a lane: encoded items in the order in which they came.

use crate::encode::protobuf::{field_len, write_bytes};
use crate::encode::reader::end_of_nth;
use crate::record::ScopeId;

/// Key of the field that holds one item in OTLP: `ScopeSpans.spans` and `ScopeLogs.log_records` are both field 2.
pub(crate) const ITEM: u32 = 2 << 3 | 2;

/// How many bytes a lane collects before it hands them over: some 150 spans. Smaller costs more hand-overs; larger costs memory for
/// every thread that records.
pub(crate) const CHUNK_BYTES: usize = 32 << 10;

/// How many changes of scope a chunk can hold: enough for every item of a busy chunk to differ from the one before.
const RUNS_MAX: usize = 512;

/// Items of one scope that follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) scope: ScopeId,
    /// Where the run ends in the chunk's bytes; it starts where the one before ends.
    pub(crate) end: usize,
    pub(crate) items: usize,
}

/// Encoded items, ready to be put into requests as they are.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    pub(crate) bytes: Vec<u8>,
    pub(crate) runs: Vec<Run>,
    items: usize,
}

impl Chunk {
    /// A chunk that takes [`CHUNK_BYTES`] without allocating again.
    pub(crate) fn with_room() -> Self {
        Self { bytes: Vec::with_capacity(CHUNK_BYTES), runs: Vec::with_capacity(RUNS_MAX), items: 0 }
    }

    /// A chunk for one item of any size.
    pub(crate) fn single(scope: ScopeId, item: &[u8]) -> Self {
        let mut chunk = Self { bytes: Vec::with_capacity(encoded_len(item)), runs: Vec::new(), items: 0 };
        chunk.push(scope, item);
        chunk
    }

    /// Whether `item` fits without allocating.
    #[inline]
    pub(crate) fn has_room_for(&self, item: &[u8]) -> bool {
        let free = self.bytes.capacity() - self.bytes.len();
        encoded_len(item) <= free && self.runs.len() < self.runs.capacity()
    }

    #[inline]
    pub(crate) fn push(&mut self, scope: ScopeId, item: &[u8]) {
        write_bytes(&mut self.bytes, ITEM, item);
        self.items += 1;
        let end = self.bytes.len();
        match self.runs.last_mut() {
            Some(run) if run.scope == scope => {
                run.end = end;
                run.items += 1;
            }
            _ => self.runs.push(Run { scope, end, items: 1 }),
        }
    }

    pub(crate) fn items(&self) -> usize {
        self.items
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.items == 0
    }

    /// The runs with their bytes.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (Run, &[u8])> {
        let mut start = 0;
        self.runs.iter().map(move |run| {
            let bytes = &self.bytes[start..run.end];
            start = run.end;
            (*run, bytes)
        })
    }

    /// Moves all but the first `items` items into a chunk of their own. Keeps its memory, so that it can be reused.
    pub(crate) fn split_off(&mut self, items: usize) -> Self {
        let mut rest = Self::default();
        let (mut kept, mut kept_end) = (Vec::new(), 0);
        let mut room = items;
        for (run, bytes) in self.runs() {
            let taken = run.items.min(room);
            room -= taken;
            let cut = end_of_nth(bytes, taken);
            if taken > 0 {
                kept_end += cut;
                kept.push(Run { scope: run.scope, end: kept_end, items: taken });
            }
            if taken < run.items {
                rest.bytes.extend_from_slice(&bytes[cut..]);
                rest.runs.push(Run { scope: run.scope, end: rest.bytes.len(), items: run.items - taken });
            }
        }
        rest.items = self.items.saturating_sub(items);
        self.items -= rest.items;
        self.runs.clear();
        self.runs.extend(kept);
        self.bytes.truncate(kept_end);
        rest
    }

    /// Empties the chunk and keeps its memory.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.runs.clear();
        self.items = 0;
    }

    /// Whether the chunk is of the usual size, worth keeping for another use.
    pub(crate) fn is_reusable(&self) -> bool {
        self.bytes.capacity() == CHUNK_BYTES && self.runs.capacity() == RUNS_MAX
    }
}

fn encoded_len(item: &[u8]) -> usize {
    field_len(ITEM, item.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::encode::reader::Fields;

    fn items(chunk: &Chunk) -> Vec<(ScopeId, Vec<u8>)> {
        chunk
            .runs()
            .flat_map(|(run, bytes)| Fields::new(bytes).map(move |item| (run.scope, item.bytes().to_vec())))
            .collect()
    }

    proptest! {
        #[test]
        fn a_split_chunk_holds_the_same_items_in_the_same_order(
            pushed in prop::collection::vec((0u32..3, prop::collection::vec(any::<u8>(), 0..300)), 0..40),
            at in 0usize..45,
        ) {
            let mut chunk = Chunk::with_room();
            for (scope, item) in &pushed {
                chunk.push(*scope, item);
            }
            let rest = chunk.split_off(at);
            prop_assert!(chunk.is_reusable());
            prop_assert_eq!(chunk.items(), at.min(pushed.len()));
            prop_assert_eq!(chunk.items() + rest.items(), pushed.len());
            prop_assert_eq!(items(&chunk).len(), chunk.items());
            let mut all = items(&chunk);
            all.extend(items(&rest));
            prop_assert_eq!(all, pushed);
        }
    }
}
