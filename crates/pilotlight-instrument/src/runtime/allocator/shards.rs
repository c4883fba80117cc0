//! Counters that threads do not fight for.
//!
//! A thread claims a shard and is the only one to write it until it gives it back, so that adding is a load and a
//! store, without the locked instruction that `fetch_add` is (5 ns each, and there would be two). Threads that have no
//! shard share one, with `fetch_add`. A shard keeps its counts when its owner changes: totals are sums over all shards
//! that were ever claimed, and exact once the threads that count are still.

use super::totals::Totals;
#[cfg(pilotlight_loom)]
use loom::sync::atomic::{AtomicU64, AtomicUsize};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
#[cfg(not(pilotlight_loom))]
use std::sync::atomic::{AtomicU64, AtomicUsize};

/// The models have one, so that two threads already contend.
const SHARDS_A_WORD: usize = if cfg!(pilotlight_loom) { 1 } else { u64::BITS as usize };

/// The shards of all threads. `WORDS` times 64 of them can be claimed at once.
pub(super) struct Shards<const WORDS: usize> {
    /// One bit a shard, set while a thread owns it. Setting it acquires what the previous owner wrote, clearing it
    /// releases it.
    claimed: [AtomicU64; WORDS],
    /// One more than the highest shard ever claimed: beyond it there is nothing to add up. Published by nothing: a
    /// total that misses a shard claimed this instant misses counts made this instant.
    used: AtomicUsize,
    owned: [[Shard; SHARDS_A_WORD]; WORDS],
    shared: Shard,
}

/// On a cache line of its own, and on the one that the processor fetches along with it.
#[repr(align(128))]
pub(super) struct Shard {
    allocated_bytes: AtomicU64,
    allocations: AtomicU64,
    freed_bytes: AtomicU64,
    frees: AtomicU64,
}

impl<const WORDS: usize> Shards<WORDS> {
    #[cfg(not(pilotlight_loom))]
    pub(super) const fn new() -> Self {
        Self {
            claimed: [const { AtomicU64::new(0) }; WORDS],
            used: AtomicUsize::new(0),
            owned: [const { [const { Shard::new() }; SHARDS_A_WORD] }; WORDS],
            shared: Shard::new(),
        }
    }

    /// loom's atomics register themselves when they are made.
    #[cfg(pilotlight_loom)]
    fn new() -> Self {
        Self {
            claimed: std::array::from_fn(|_| AtomicU64::new(0)),
            used: AtomicUsize::new(0),
            owned: std::array::from_fn(|_| std::array::from_fn(|_| Shard::new())),
            shared: Shard::new(),
        }
    }

    /// A shard for the calling thread alone, until it [releases](Self::release) it. `None` when all are taken.
    pub(super) fn claim(&self) -> Option<usize> {
        self.claimed.iter().enumerate().find_map(|(word, bits)| {
            let index = word * SHARDS_A_WORD + claim_bit(bits)?;
            self.used.fetch_max(index + 1, Relaxed);
            Some(index)
        })
    }

    /// Gives a shard to whoever claims it next. Its owner must not write it any more.
    pub(super) fn release(&self, index: usize) {
        if let Some(bits) = self.claimed.get(index / SHARDS_A_WORD) {
            bits.fetch_and(!(1 << (index % SHARDS_A_WORD)), Release);
        }
    }

    pub(super) fn owned(&self, index: usize) -> Option<&Shard> {
        self.owned.get(index / SHARDS_A_WORD)?.get(index % SHARDS_A_WORD)
    }

    /// For threads without a shard.
    pub(super) fn shared(&self) -> &Shard {
        &self.shared
    }

    /// Frees are read before allocations. Whoever sees a free sees its allocation too, which came before it, so no
    /// total has more freed than allocated.
    pub(super) fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for shard in self.in_use() {
            totals.freed_bytes += shard.freed_bytes.load(Acquire);
            totals.frees += shard.frees.load(Acquire);
        }
        for shard in self.in_use() {
            totals.allocated_bytes += shard.allocated_bytes.load(Relaxed);
            totals.allocations += shard.allocations.load(Relaxed);
        }
        totals
    }

    fn in_use(&self) -> impl Iterator<Item = &Shard> {
        self.owned.iter().flatten().take(self.used.load(Relaxed)).chain([&self.shared])
    }
}

fn claim_bit(bits: &AtomicU64) -> Option<usize> {
    let mut seen = bits.load(Relaxed);
    loop {
        let free = seen.trailing_ones() as usize;
        if free >= SHARDS_A_WORD {
            return None;
        }
        match bits.compare_exchange_weak(seen, seen | 1 << free, Acquire, Relaxed) {
            Ok(_) => return Some(free),
            Err(now) => seen = now,
        }
    }
}

impl Shard {
    #[cfg(not(pilotlight_loom))]
    const fn new() -> Self {
        Self {
            allocated_bytes: AtomicU64::new(0),
            allocations: AtomicU64::new(0),
            freed_bytes: AtomicU64::new(0),
            frees: AtomicU64::new(0),
        }
    }

    #[cfg(pilotlight_loom)]
    fn new() -> Self {
        Self {
            allocated_bytes: AtomicU64::new(0),
            allocations: AtomicU64::new(0),
            freed_bytes: AtomicU64::new(0),
            frees: AtomicU64::new(0),
        }
    }

    /// Only for the thread that owns this shard.
    #[inline]
    pub(super) fn own_allocated(&self, bytes: u64) {
        self.allocated_bytes.store(self.allocated_bytes.load(Relaxed).wrapping_add(bytes), Relaxed);
        self.allocations.store(self.allocations.load(Relaxed).wrapping_add(1), Relaxed);
    }

    /// Only for the thread that owns this shard.
    #[inline]
    pub(super) fn own_freed(&self, bytes: u64) {
        self.freed_bytes.store(self.freed_bytes.load(Relaxed).wrapping_add(bytes), Release);
        self.frees.store(self.frees.load(Relaxed).wrapping_add(1), Release);
    }

    /// For any thread, on the shared shard.
    pub(super) fn share_allocated(&self, bytes: u64) {
        self.allocated_bytes.fetch_add(bytes, Relaxed);
        self.allocations.fetch_add(1, Relaxed);
    }

    /// For any thread, on the shared shard.
    pub(super) fn share_freed(&self, bytes: u64) {
        self.freed_bytes.fetch_add(bytes, Release);
        self.frees.fetch_add(1, Release);
    }
}

#[cfg(all(test, not(pilotlight_loom)))]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn a_shard_has_one_owner_until_it_is_released() {
        let shards = Shards::<2>::new();
        let all: Vec<_> = std::iter::from_fn(|| shards.claim()).collect();
        assert_eq!(all, (0..2 * SHARDS_A_WORD).collect::<Vec<_>>());

        shards.release(70);

        assert_eq!((shards.claim(), shards.claim()), (Some(70), None));
    }

    #[test]
    fn a_shard_that_changes_hands_keeps_its_counts() {
        let shards = Shards::<1>::new();
        let index = shards.claim().unwrap();
        shards.owned(index).unwrap().own_allocated(100);
        shards.release(index);

        let again = shards.claim().unwrap();
        shards.owned(again).unwrap().own_freed(30);
        shards.shared().share_allocated(5);

        assert_eq!(again, index);
        let totals = shards.totals();
        assert_eq!((totals.allocated_bytes, totals.allocations), (105, 2));
        assert_eq!((totals.freed_bytes, totals.frees), (30, 1));
        assert_eq!((totals.live_bytes(), totals.live_allocations()), (75, 1));
    }

    #[test]
    fn totals_are_exact_when_threads_come_and_go_and_are_more_than_shards() {
        const THREADS: u64 = 100;
        const ROUNDS: u64 = 200;
        let shards = Shards::<1>::new();

        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| (0..ROUNDS).for_each(|round| count(&shards, round)));
            }
        });

        let bytes = THREADS * (0..ROUNDS).sum::<u64>();
        let totals = shards.totals();
        assert_eq!((totals.allocated_bytes, totals.allocations), (bytes, THREADS * ROUNDS));
        assert_eq!((totals.freed_bytes, totals.frees), (bytes, THREADS * ROUNDS));
    }

    /// What a short-lived thread does.
    fn count(shards: &Shards<1>, bytes: u64) {
        let index = shards.claim();
        match index.and_then(|index| shards.owned(index)) {
            Some(shard) => {
                shard.own_allocated(bytes);
                thread::yield_now();
                shard.own_freed(bytes);
            }
            None => {
                shards.shared().share_allocated(bytes);
                shards.shared().share_freed(bytes);
            }
        }
        index.into_iter().for_each(|index| shards.release(index));
    }
}

#[cfg(all(test, pilotlight_loom))]
mod loom_models {
    use super::*;
    use loom::sync::Arc;
    use loom::thread;

    fn count(shards: &Shards<1>) {
        match shards.claim() {
            Some(index) => {
                shards.owned(index).unwrap().own_allocated(10);
                shards.owned(index).unwrap().own_freed(4);
                shards.release(index);
            }
            None => {
                shards.shared().share_allocated(10);
                shards.shared().share_freed(4);
            }
        }
    }

    #[test]
    fn loom_threads_that_want_the_same_shard_lose_no_count() {
        loom::model(|| {
            let shards = Arc::new(Shards::<1>::new());
            let others: Vec<_> = (0..2)
                .map(|_| {
                    let shards = Arc::clone(&shards);
                    thread::spawn(move || count(&shards))
                })
                .collect();
            for other in others {
                other.join().unwrap();
            }

            let totals = shards.totals();
            assert_eq!((totals.allocated_bytes, totals.allocations), (20, 2));
            assert_eq!((totals.freed_bytes, totals.frees), (8, 2));
        });
    }

    #[test]
    fn loom_no_total_has_more_freed_than_allocated() {
        loom::model(|| {
            let shards = Arc::new(Shards::<1>::new());
            let counting = Arc::clone(&shards);
            // One thread has the shard and allocates; what it hands to the other is freed there.
            let allocating = thread::spawn(move || {
                let index = counting.claim().unwrap();
                counting.owned(index).unwrap().own_allocated(10);
                let freeing = Arc::clone(&counting);
                thread::spawn(move || freeing.shared().share_freed(10)).join().unwrap();
                counting.release(index);
            });

            let totals = shards.totals();

            assert!(totals.freed_bytes <= totals.allocated_bytes, "{totals:?}");
            assert!(totals.frees <= totals.allocations, "{totals:?}");
            allocating.join().unwrap();
        });
    }
}
