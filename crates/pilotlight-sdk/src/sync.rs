//! The synchronisation of the hand-over between threads: the standard library's, or loom's when its models run
//! (`--cfg pilotlight_loom`).

#[cfg(pilotlight_loom)]
pub(crate) use loom::{
    sync::{Arc, Mutex, MutexGuard, atomic},
    thread::yield_now,
};
#[cfg(not(pilotlight_loom))]
pub(crate) use std::{
    sync::{Arc, Mutex, MutexGuard, atomic},
    thread::yield_now,
};

use std::sync::PoisonError;

/// Locks, whatever happened to another holder: what our locks protect is whole after every statement.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
