//! The callbacks of observable instruments.
//!
//! A callback belongs to the code that registered it and may do anything: be slow, panic, never return. So it runs on a
//! thread of its own kind ([`CallbackThread`](crate::batch)), one collection at a time, and never on a thread of the
//! application's.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::sync::{Mutex, lock};

/// One round of callbacks, for one reader.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cycle {
    pub(crate) reader: usize,
    /// Tells it from all others of the provider.
    pub(crate) id: u64,
}

/// A registered callback.
pub(crate) struct Callback {
    /// What it observes, for people.
    name: String,
    run: Box<dyn Fn(Cycle) + Send + Sync>,
    /// Set while it runs: one that never returned is not called again until it has. AcqRel, as a lock would be.
    is_running: AtomicBool,
}

/// How a callback's turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    Done,
    Panicked,
    /// Its last turn has not ended yet.
    StillRunning,
}

impl Callback {
    pub(crate) fn new(name: String, run: impl Fn(Cycle) + Send + Sync + 'static) -> Self {
        Self { name, run: Box::new(run), is_running: AtomicBool::new(false) }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Gives the callback its turn. A panic in it ends the turn alone.
    pub(crate) fn run(&self, cycle: Cycle) -> Turn {
        if self.is_running.swap(true, Ordering::AcqRel) {
            return Turn::StillRunning;
        }
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.run)(cycle)));
        self.is_running.store(false, Ordering::Release);
        if outcome.is_ok() { Turn::Done } else { Turn::Panicked }
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callback").field("name", &self.name).finish_non_exhaustive()
    }
}

/// All callbacks of a provider.
#[derive(Debug, Default)]
pub(crate) struct Callbacks {
    /// Held to add, remove or copy the list.
    list: Mutex<Vec<Arc<Callback>>>,
    cycles: AtomicU64,
}

impl Callbacks {
    pub(crate) fn add(&self, callback: Callback) -> Arc<Callback> {
        let callback = Arc::new(callback);
        lock(&self.list).push(Arc::clone(&callback));
        callback
    }

    pub(crate) fn remove(&self, callback: &Arc<Callback>) {
        let removed = {
            let mut list = lock(&self.list);
            let place = list.iter().position(|other| Arc::ptr_eq(other, callback));
            place.map(|place| list.remove(place))
        };
        drop(removed);
    }

    pub(crate) fn clear(&self) {
        let removed = std::mem::take(&mut *lock(&self.list));
        drop(removed);
    }

    /// The callbacks, oldest first.
    pub(crate) fn all(&self) -> Vec<Arc<Callback>> {
        lock(&self.list).clone()
    }

    pub(crate) fn begin(&self, reader: usize) -> Cycle {
        Cycle { reader, id: self.cycles.fetch_add(1, Ordering::Relaxed) + 1 }
    }
}
