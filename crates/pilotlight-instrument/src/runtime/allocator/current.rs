//! The shard of the current thread.
//!
//! Runs inside the allocator: it must not allocate, panic, or wait. A thread claims a shard with its first allocation
//! and gives it back when it ends. Both thread-locals are constants, so reaching them needs no initialisation. The one
//! that is reached by each call has no destructor either: it is there from the thread's first instruction to its last.

use super::shards::{Shard, Shards};
use super::totals::Totals;
use std::cell::Cell;

/// 16 × 64 = 1,024 threads at once, twice what tokio's blocking pool holds: 128 KiB of address space, of which the
/// pages of shards that were used are real.
static SHARDS: Shards<16> = Shards::new();

thread_local! {
    static CURRENT: Cell<State> = const { Cell::new(State::New) };
}

/// Where this thread counts.
#[derive(Clone, Copy)]
enum State {
    /// Nowhere yet.
    New,
    /// On a shard that only it writes.
    Owner(&'static Shard),
    /// On the shard for everybody: while it claims, after it gave its own back, or because there was none left.
    Sharing,
}

#[inline]
pub(super) fn allocated(bytes: usize) {
    match state() {
        State::Owner(shard) => shard.own_allocated(bytes as u64),
        _ => first_or_shared(
            |shard| shard.own_allocated(bytes as u64),
            |shard| shard.share_allocated(bytes as u64),
        ),
    }
}

#[inline]
pub(super) fn freed(bytes: usize) {
    match state() {
        State::Owner(shard) => shard.own_freed(bytes as u64),
        _ => first_or_shared(|shard| shard.own_freed(bytes as u64), |shard| shard.share_freed(bytes as u64)),
    }
}

pub(super) fn totals() -> Totals {
    SHARDS.totals()
}

#[inline]
fn state() -> State {
    // It fails on platforms that emulate thread-locals, for a thread that is almost gone.
    CURRENT.try_with(Cell::get).unwrap_or(State::Sharing)
}

#[cold]
fn first_or_shared(own: impl FnOnce(&Shard), share: impl FnOnce(&Shard)) {
    if let State::New = state() {
        // First of all: whatever claiming may allocate is counted as shared, and does not claim again.
        let _ = CURRENT.try_with(|current| current.set(State::Sharing));
        lease::begin();
    }
    match state() {
        State::Owner(shard) => own(shard),
        _ => share(SHARDS.shared()),
    }
}

/// Claims a shard, and makes it the one of this thread.
fn claim() -> Option<usize> {
    let index = SHARDS.claim()?;
    let shard = SHARDS.owned(index)?;
    CURRENT.try_with(|current| current.set(State::Owner(shard))).ok()?;
    Some(index)
}

/// Ownership that ends with the thread.
///
/// Since 1.93 the standard library promises that a global allocator may use `thread_local!`, destructors included. It
/// calls them from within the thread, and what the thread frees after ours ran is counted as shared.
#[rustversion::since(1.93)]
mod lease {
    use super::{CURRENT, SHARDS, State, claim};
    use std::cell::Cell;

    thread_local! {
        static LEASE: Lease = const { Lease(Cell::new(None)) };
    }

    /// The index of the thread's shard.
    struct Lease(Cell<Option<usize>>);

    /// Registers the destructor first and claims then: there is no shard that nobody will give back.
    pub(super) fn begin() {
        let _ = LEASE.try_with(|lease| lease.0.set(claim()));
    }

    impl Drop for Lease {
        fn drop(&mut self) {
            // No more of this thread's writes go to the shard, then somebody else may have it.
            let stopped = CURRENT.try_with(|current| current.set(State::Sharing));
            if let (Some(index), Ok(())) = (self.0.take(), stopped) {
                SHARDS.release(index);
            }
        }
    }
}

/// Ownership for good: an older standard library may abort the program when an allocator registers a destructor. The
/// first 1,024 threads have a shard each, and all later ones share.
#[rustversion::before(1.93)]
mod lease {
    pub(super) fn begin() {
        let _ = super::claim();
    }
}
