//! The API's current context, where there is one.
//!
//! `Context::current` panics on a thread whose thread-locals are being destroyed. Log records are emitted there too (in the
//! destructor of somebody's thread-local), so whoever reads the context for them asks here first.

use std::cell::Cell;
use std::panic::catch_unwind;

use opentelemetry::Context;

/// Dropped before the API's current context is, because it is first used after it: locals are dropped in the opposite order.
struct Sentinel;

impl Drop for Sentinel {
    fn drop(&mut self) {
        REMEMBERED.set(Some(false));
    }
}

thread_local! {
    static SENTINEL: Sentinel = const { Sentinel };
    /// Nothing known of this thread; its locals are alive; they are being dropped. Needs no destructor, so it can always be read.
    static REMEMBERED: Cell<Option<bool>> = const { Cell::new(None) };
}

/// Whether the context may be asked for. Costs a load and a branch after a thread's first time.
#[inline]
pub(crate) fn is_there() -> bool {
    REMEMBERED.get().unwrap_or_else(find_out)
}

/// As [`is_there`], without finding out: `None` when nothing is known of the thread.
#[cfg(feature = "tracing-layer")]
pub(crate) fn is_known_to_be_there() -> Option<bool> {
    REMEMBERED.get()
}

/// A thread whose first question comes from a destructor may have lost its context already: then the API panics, which must not
/// get any further, since a panic in such a destructor aborts the process.
#[cold]
fn find_out() -> bool {
    // What the panic hook asks meanwhile is answered by this.
    REMEMBERED.set(Some(false));
    // The order is the point: the context's own local first.
    let has_context = catch_unwind(Context::is_current_telemetry_suppressed).is_ok();
    let is_there = has_context && SENTINEL.try_with(|_| ()).is_ok();
    REMEMBERED.set(Some(is_there));
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

/// While this lives, the API may be holding on to the thread's contexts: attaching one would panic.
///
/// `Tracer::start` and `in_span` of the API look at the current context while the span is made, and so while samplers and
/// processors run.
#[cfg(feature = "tracing-layer")]
pub(crate) struct Held {
    before: bool,
}

#[cfg(feature = "tracing-layer")]
thread_local! {
    static HELD: Cell<bool> = const { Cell::new(false) };
}

#[cfg(feature = "tracing-layer")]
impl Held {
    pub(crate) fn new() -> Self {
        Self { before: HELD.replace(true) }
    }
}

#[cfg(feature = "tracing-layer")]
impl Drop for Held {
    fn drop(&mut self) {
        HELD.set(self.before);
    }
}

/// Whether a context can be attached.
#[cfg(feature = "tracing-layer")]
#[inline]
pub(crate) fn can_attach() -> bool {
    is_there() && !HELD.get()
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

    /// Tells what it finds when it is dropped: whether there is no context, and whether telemetry is suppressed.
    struct Late(mpsc::Sender<(bool, bool)>);

    impl Drop for Late {
        fn drop(&mut self) {
            let _ = self.0.send((get().is_none(), is_suppressed()));
        }
    }

    thread_local! {
        static LATE: std::cell::RefCell<Option<Late>> = const { std::cell::RefCell::new(None) };
    }

    #[test]
    fn a_thread_local_destructor_finds_no_context_rather_than_a_panic() {
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
