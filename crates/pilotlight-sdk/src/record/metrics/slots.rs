//! Small numbers for streams and bound instruments, so that threads find their share by index.

// The standard library's in loom's models too: the slots outlive a model's run, and its threads do not meet here.
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A place in every thread's list, with the number that tells its holder from earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SlotKey {
    pub(crate) slot: usize,
    id: u64,
}

/// Hands out slots for the whole process, and takes them back.
#[derive(Debug)]
pub(crate) struct Slots {
    /// Protects the two; held to take or give back a number.
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    free: Vec<usize>,
    /// How many slots there are in all.
    slots: usize,
    /// How often a slot was taken.
    taken: u64,
}

/// Slots of streams.
pub(crate) fn streams() -> &'static Slots {
    static STREAMS: std::sync::OnceLock<Slots> = std::sync::OnceLock::new();
    STREAMS.get_or_init(Slots::new)
}

/// Slots of bound instruments.
pub(crate) fn bound() -> &'static Slots {
    static BOUND: std::sync::OnceLock<Slots> = std::sync::OnceLock::new();
    BOUND.get_or_init(Slots::new)
}

impl Slots {
    fn new() -> Self {
        Self { inner: Mutex::new(Inner { free: Vec::new(), slots: 0, taken: 0 }) }
    }

    pub(crate) fn take(&'static self) -> Slot {
        let mut inner = self.lock();
        let slot = inner.free.pop().unwrap_or(inner.slots);
        inner.slots = inner.slots.max(slot + 1);
        inner.taken += 1;
        Slot { key: SlotKey { slot, id: inner.taken }, slots: self }
    }

    /// Each statement under the lock leaves the numbers whole.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A slot in use; given back when dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    key: SlotKey,
    slots: &'static Slots,
}

impl Slot {
    #[inline]
    pub(crate) fn key(&self) -> SlotKey {
        self.key
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.slots.lock().free.push(self.key.slot);
    }
}
