//! One thread's own buffer of finished items.
//!
//! Only its thread appends; only the exporter thread, rarely, wants the lock as well. Under the lock bytes are copied into
//! room that is already there, or chunks are swapped: nothing is allocated, freed or notified.

use crate::record::ScopeId;
use crate::sync::{Mutex, lock};

use super::chunk::Chunk;

#[derive(Debug)]
pub(crate) struct Lane {
    /// Protects the bytes between the thread that appends and the one that takes.
    contents: Mutex<Contents>,
}

#[derive(Debug)]
struct Contents {
    chunk: Chunk,
    /// Closed lanes refuse, so that an item is either in what the last take found or counted as late.
    is_open: bool,
}

/// What became of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Appended {
    Kept,
    /// The chunk has no room for it.
    Full,
    Closed,
}

impl Lane {
    pub(crate) fn new(chunk: Chunk) -> Self {
        Self { contents: Mutex::new(Contents { chunk, is_open: true }) }
    }

    #[inline]
    pub(crate) fn append(&self, scope: ScopeId, item: &[u8]) -> Appended {
        let mut contents = lock(&self.contents);
        if !contents.is_open {
            return Appended::Closed;
        }
        if !contents.chunk.has_room_for(item) {
            return Appended::Full;
        }
        contents.chunk.push(scope, item);
        Appended::Kept
    }

    /// Takes what the lane holds and leaves `spare`; gives `spare` back if there was nothing to take.
    pub(crate) fn take(&self, spare: Chunk) -> Result<Chunk, Chunk> {
        let mut contents = lock(&self.contents);
        if contents.chunk.is_empty() {
            return Err(spare);
        }
        Ok(std::mem::replace(&mut contents.chunk, spare))
    }

    /// Takes what the lane holds and refuses everything after.
    pub(crate) fn close(&self) -> Chunk {
        let mut contents = lock(&self.contents);
        contents.is_open = false;
        std::mem::take(&mut contents.chunk)
    }

    pub(crate) fn is_empty(&self) -> bool {
        lock(&self.contents).chunk.is_empty()
    }

    /// How many items it holds.
    pub(crate) fn len(&self) -> usize {
        lock(&self.contents).chunk.items()
    }
}

#[cfg(all(test, pilotlight_loom))]
mod loom_models {
    use loom::sync::Arc;
    use loom::thread;

    use super::*;

    /// Under every interleaving, each item is found by exactly one take, or refused as late.
    #[test]
    fn loom_an_item_is_handed_over_once_or_refused() {
        loom::model(|| {
            let lane = Arc::new(Lane::new(Chunk::with_room()));
            let owner = {
                let lane = Arc::clone(&lane);
                thread::spawn(move || {
                    let appended = [lane.append(0, b"one"), lane.append(1, b"two")];
                    appended.iter().filter(|appended| **appended == Appended::Kept).count()
                })
            };
            let taken = lane.take(Chunk::with_room()).map_or(0, |chunk| chunk.items());
            let closed = lane.close().items();
            let kept = owner.join().unwrap();
            assert_eq!(kept, taken + closed, "an item was lost or handed over twice");
            assert_eq!(lane.append(0, b"late"), Appended::Closed);
        });
    }

    /// The owner hands its own full chunk over while the exporter thread collects.
    #[test]
    fn loom_a_full_chunk_is_taken_by_its_owner_or_by_the_collector() {
        loom::model(|| {
            let lane = Arc::new(Lane::new(Chunk::with_room()));
            assert_eq!(lane.append(0, b"one"), Appended::Kept);
            let owner = {
                let lane = Arc::clone(&lane);
                thread::spawn(move || {
                    let handed_over = lane.take(Chunk::with_room()).map_or(0, |chunk| chunk.items());
                    (handed_over, lane.append(0, b"two"))
                })
            };
            let collected = lane.take(Chunk::with_room()).map_or(0, |chunk| chunk.items());
            let (handed_over, appended) = owner.join().unwrap();
            assert_eq!(appended, Appended::Kept);
            assert_eq!(handed_over + collected + lane.close().items(), 2);
        });
    }
}
