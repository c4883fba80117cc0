//! All spans of `tracing` that are open, by their id.

use std::num::NonZeroU64;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use opentelemetry::Context;
use opentelemetry::trace::Span as _;

use crate::sync::{Mutex, lock};

use super::open_span::Handle;

/// Enough that threads seldom meet at one of them.
const SHARDS: usize = 64;

/// All open spans of one bridge.
///
/// A table of our own, rather than the registry's extensions: those box what they are given, and are found through two look-ups
/// and a lock of their own. Bound: as many entries as the application holds spans open.
#[derive(Debug)]
pub(super) struct OpenSpans {
    /// Each lock protects its map, and is held to look up, insert and remove only.
    shards: Box<[Shard]>,
}

/// On a cache line of its own.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Shard(Mutex<HashMap<NonZeroU64, Entry, FixedState>>);

/// An open span, and the context that has it as its span.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) context: Context,
    pub(super) handle: Handle,
}

impl OpenSpans {
    pub(super) fn new() -> Self {
        Self { shards: (0..SHARDS).map(|_| Shard::default()).collect() }
    }

    #[inline]
    pub(super) fn insert(&self, id: &tracing::Id, entry: Entry) {
        let id = id.into_non_zero_u64();
        let replaced = lock(&self.shard(id).0).insert(id, entry);
        // Outside of the lock: it may be the end of a span.
        drop(replaced);
    }

    #[inline]
    pub(super) fn get(&self, id: &tracing::Id) -> Option<Entry> {
        let id = id.into_non_zero_u64();
        lock(&self.shard(id).0).get(&id).cloned()
    }

    #[inline]
    pub(super) fn remove(&self, id: &tracing::Id) -> Option<Entry> {
        let id = id.into_non_zero_u64();
        lock(&self.shard(id).0).remove(&id)
    }

    /// Replaces `old`, if it is still there.
    pub(super) fn replace(&self, id: &tracing::Id, old: &Handle, new: Entry) {
        let id = id.into_non_zero_u64();
        let mut new = Some(new);
        let replaced = {
            let mut entries = lock(&self.shard(id).0);
            let known = entries.get_mut(&id).filter(|entry| entry.handle.is_same(old));
            known.and_then(|entry| Some(std::mem::replace(entry, new.take()?)))
        };
        drop((replaced, new));
    }

    /// How many are open.
    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(|shard| lock(&shard.0).len()).sum()
    }

    /// How many of them are sampled.
    pub(super) fn sampled(&self) -> usize {
        let sampled = |entry: &&Entry| entry.handle.span_context().is_sampled();
        self.shards.iter().map(|shard| lock(&shard.0).values().filter(sampled).count()).sum()
    }

    #[inline]
    fn shard(&self, id: NonZeroU64) -> &Shard {
        /// The golden ratio's fraction, the usual multiplier for spreading bits; the highest ones are spread best.
        const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
        let place = id.get().wrapping_mul(SPREAD) >> (u64::BITS - SHARDS.ilog2());
        &self.shards[place as usize % SHARDS]
    }
}
