//! Whether a thread still has a current context.
//!
//! A thread's locals are dropped when it ends, the API's current context among them, and whoever asks for it then panics: in a
//! destructor, which ends the process. Bound work is dropped there when a runtime or a queue lives in such a local.

use opentelemetry::Context;
use std::cell::Cell;
use std::panic::catch_unwind;

/// First used just after the API's own local, and so dropped just before it.
struct Last;

impl Drop for Last {
    fn drop(&mut self) {
        HAS_CONTEXT.set(Some(false));
    }
}

thread_local! {
    static LAST: Last = const { Last };
    /// `None` until the thread first asks. Has no destructor, so it can be read to the very end.
    static HAS_CONTEXT: Cell<Option<bool>> = const { Cell::new(None) };
}

/// A load and a branch, but for a thread's first time.
pub(super) fn has_context() -> bool {
    HAS_CONTEXT.get().unwrap_or_else(first_time)
}

/// The current context; an empty one when there is none any more.
pub(super) fn current() -> Context {
    if has_context() { Context::current() } else { Context::new() }
}

#[cold]
fn first_time() -> bool {
    // A panic hook that asks the same meanwhile is not to come back here.
    HAS_CONTEXT.set(Some(false));
    // The API's local has to be first: what is used first is dropped last.
    let api = catch_unwind(Context::is_current_telemetry_suppressed).is_ok();
    let alive = api && LAST.try_with(|_| ()).is_ok();
    HAS_CONTEXT.set(Some(alive));
    alive
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::sync::mpsc::{Sender, channel};

    struct AsksLate(Sender<bool>);

    impl Drop for AsksLate {
        fn drop(&mut self) {
            let _ = self.0.send(has_context());
        }
    }

    thread_local! {
        static LATE: RefCell<Option<AsksLate>> = const { RefCell::new(None) };
    }

    /// What a local that outlives the thread's context is told, after `before` ran.
    fn told_late(before: fn()) -> bool {
        let (sender, told) = channel();
        std::thread::spawn(move || {
            LATE.with(|late| *late.borrow_mut() = Some(AsksLate(sender)));
            before();
        })
        .join()
        .unwrap();
        told.recv().unwrap()
    }

    #[test]
    fn a_thread_at_work_has_a_context() {
        assert!(has_context());
    }

    #[test]
    fn a_thread_that_ends_has_none_any_more() {
        assert!(!told_late(|| assert!(has_context())));
    }

    #[test]
    fn who_first_asks_when_the_thread_ends_gets_an_answer_and_no_panic() {
        assert!(!told_late(|| drop(Context::new().attach())));
    }
}
