//! The API's current context, where there is one.
//!
//! `Context::current` panics on a thread whose thread-locals are being destroyed. Log records are emitted there too (in the
//! destructor of somebody's thread-local), so whoever reads the context for them asks here first.

use opentelemetry::Context;

/// Gone before the context is: destructors of thread-locals run in the reverse of the order in which they were first used, and
/// this one is first used after the context.
struct Sentinel;

impl Sentinel {
    fn new() -> Self {
        let _first = Context::is_current_telemetry_suppressed();
        Self
    }
}

/// Only what has a destructor is ever destroyed.
impl Drop for Sentinel {
    fn drop(&mut self) {}
}

thread_local! {
    static SENTINEL: Sentinel = Sentinel::new();
}

/// Whether the context may be asked for.
#[inline]
pub(crate) fn is_there() -> bool {
    SENTINEL.try_with(|_| ()).is_ok()
}

/// What `f` says of the current context; `None` when the thread is ending. `f` must neither attach nor detach a context.
#[inline]
pub(crate) fn with<T>(f: impl FnOnce(&Context) -> T) -> Option<T> {
    is_there().then(|| Context::map_current(f))
}

/// The current context; `None` when the thread is ending.
pub(crate) fn get() -> Option<Context> {
    is_there().then(Context::current)
}

/// Whether telemetry is suppressed here, as it is wherever Pilotlight's own exports run.
#[inline]
pub(crate) fn is_suppressed() -> bool {
    is_there() && Context::is_current_telemetry_suppressed()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_thread_local_destructor_finds_no_context_rather_than_a_panic() {
        struct Late(mpsc::Sender<(bool, bool)>);
        impl Drop for Late {
            fn drop(&mut self) {
                let _ = self.0.send((get().is_none(), is_suppressed()));
            }
        }
        thread_local! {
            static LATE: std::cell::RefCell<Option<Late>> = const { std::cell::RefCell::new(None) };
        }
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            // First used, so last destroyed.
            LATE.with(|late| *late.borrow_mut() = Some(Late(sender)));
            assert!(get().is_some());
        })
        .join()
        .unwrap();
        assert_eq!(receiver.recv().unwrap(), (true, false));
    }
}
