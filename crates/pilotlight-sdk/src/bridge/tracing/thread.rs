//! The thread that a span was started on, as attributes.

use std::cell::OnceCell;

use crate::encode::attribute::AnyValueRef;
use crate::encode::field;
use crate::record::{AttributeLimits, SharedAttributes};

thread_local! {
    static THREAD: OnceCell<SharedAttributes> = const { OnceCell::new() };
}

/// Calls `f` with `thread.id` and `thread.name`, encoded for spans; not at all when the thread is ending.
#[inline]
pub(super) fn with_thread(f: impl FnOnce(&SharedAttributes)) {
    let _ = THREAD.try_with(|thread| f(thread.get_or_init(describe)));
}

/// Specification: "Thread attributes", <https://opentelemetry.io/docs/specs/semconv/registry/attributes/thread/>.
fn describe() -> SharedAttributes {
    let thread = std::thread::current();
    let id = number(thread.id()).map(|id| ("thread.id", AnyValueRef::I64(id)));
    let name = thread.name().map(|name| ("thread.name", AnyValueRef::Str(name)));
    let limits = AttributeLimits { count: usize::MAX, length: None };
    SharedAttributes::new(field::span::ATTRIBUTES, [id, name].into_iter().flatten(), limits)
}

/// The number of a thread, which the standard library only shows.
fn number(id: std::thread::ThreadId) -> Option<i64> {
    let shown = format!("{id:?}");
    shown.chars().filter(char::is_ascii_digit).collect::<String>().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_have_numbers_of_their_own() {
        let own = number(std::thread::current().id()).unwrap();
        let other = std::thread::spawn(|| number(std::thread::current().id()).unwrap()).join().unwrap();
        assert_ne!(own, other);
    }
}
