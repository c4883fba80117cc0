//! The API's current context, where there is one.
//!
//! `Context::current` panics on a thread whose thread-locals are being destroyed. Log records are emitted there too (in the
//! destructor of somebody's thread-local), so whoever reads the context for them asks here first.

use std::cell::Cell;
use std::panic::catch_unwind;

use opentelemetry::Context;

/// Gone before the context is: destructors of thread-locals run in the reverse of the order in which they were first used, and
/// this one is first used after the context.
struct Sentinel;

/// Only what has a destructor is ever destroyed.
impl Drop for Sentinel {
    fn drop(&mut self) {
        STATE.set(State::Gone);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nobody has asked on this thread.
    Unknown,
    There,
    Gone,
}

thread_local! {
    static SENTINEL: Sentinel = const { Sentinel };
    /// Has no destructor, so that it can be read for as long as the thread runs.
    static STATE: Cell<State> = const { Cell::new(State::Unknown) };
}

/// Whether the context may be asked for.
#[inline]
pub(crate) fn is_there() -> bool {
    match STATE.get() {
        State::There => true,
        State::Gone => false,
        State::Unknown => find_out(),
    }
}

/// A thread whose first question comes from a destructor may have lost its context already: then the API panics, which must not
/// get any further, since a panic in such a destructor aborts the process.
#[cold]
fn find_out() -> bool {
    // What the panic hook asks meanwhile is answered by this.
    STATE.set(State::Gone);
    let is_there =
        catch_unwind(Context::is_current_telemetry_suppressed).is_ok() && SENTINEL.try_with(|_| ()).is_ok();
    if is_there {
        STATE.set(State::There);
    }
    is_there
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

    /// The thread used contexts, but nobody asked here until they were gone.
    #[test]
    fn who_asks_first_when_the_context_is_gone_is_told_so_rather_than_aborted() {
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
            LATE.with(|late| *late.borrow_mut() = Some(Late(sender)));
            drop(Context::new().attach());
        })
        .join()
        .unwrap();
        assert_eq!(receiver.recv().unwrap(), (true, false));
    }

    #[test]
    fn on_a_thread_at_work_the_context_is_there() {
        let attached = Context::new().with_value(7u8).attach();
        assert_eq!(with(|context| context.get::<u8>().copied()), Some(Some(7)));
        drop(attached);
        assert_eq!(with(|context| context.get::<u8>().copied()), Some(None));
        assert!(!is_suppressed());
        let suppressed = Context::enter_telemetry_suppressed_scope();
        assert!(is_suppressed());
        drop(suppressed);
    }
}
