//! Where a panic happened: in which context, on which thread, and what becomes of the process.

use std::backtrace::Backtrace;
use std::panic::PanicHookInfo;
use std::thread;

use opentelemetry::Context;

use crate::record::current_context;

/// What becomes of the process after the hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It aborts.
    Ends,
    /// It ends unless somebody catches the panic, which is unusual at this place.
    LikelyEnds,
    /// The thread or the task unwinds, and somebody looks after it.
    Unwinds,
}

pub(super) struct Surroundings {
    pub(super) context: Context,
    pub(super) thread_name: Option<String>,
    pub(super) thread_id: Option<i64>,
    pub(super) fate: Fate,
}

impl Surroundings {
    pub(super) fn of(info: &PanicHookInfo<'_>, backtrace: &Backtrace, aborts: bool) -> Self {
        let ends = aborts || cannot_unwind(info);
        if !locals_are_alive(backtrace) {
            // A destructor of a thread's local that lets a panic out aborts the process.
            let fate = if ends { Fate::Ends } else { Fate::LikelyEnds };
            return Self { context: Context::new(), thread_name: None, thread_id: None, fate };
        }
        let context = if context_is_borrowed(info) { Context::new() } else { Context::current() };
        let thread = thread::current();
        let fate = match thread.name() {
            _ if ends => Fate::Ends,
            // A runtime of one thread polls on the main thread, and catches what its tasks let out.
            Some("main") if tokio::task::try_id().is_none() => Fate::LikelyEnds,
            _ => Fate::Unwinds,
        };
        Self {
            context,
            thread_name: thread.name().map(str::to_owned),
            thread_id: number_of(thread.id()),
            fate,
        }
    }
}

/// `PanicHookInfo::can_unwind` is unstable, its `Debug` is not. Should that text change, such a panic counts as one that
/// unwinds: it is told as ever, and the wait for it may be missed.
fn cannot_unwind(info: &PanicHookInfo<'_>) -> bool {
    format!("{info:?}").contains("can_unwind: false")
}

/// The API changes the current context with it borrowed, and may say something about it, to a subscriber that asks for the
/// current context. That panics, and asking again in the hook would abort.
fn context_is_borrowed(info: &PanicHookInfo<'_>) -> bool {
    info.location().is_some_and(|location| {
        let file = location.file();
        file.contains("opentelemetry") && (file.ends_with("/context.rs") || file.ends_with("\\context.rs"))
    })
}

/// The standard library shows a thread's number in no other way yet.
fn number_of(id: thread::ThreadId) -> Option<i64> {
    format!("{id:?}").strip_prefix("ThreadId(")?.strip_suffix(')')?.parse().ok()
}

/// Whether `Context::current()` and `thread::current()` may be called.
///
/// On a thread that nothing of ours has seen there is no stable way to ask, except who called: the frames' names say it. Where
/// those are stripped, the locals count as gone: ids are lost then, but not the process.
fn locals_are_alive(backtrace: &Backtrace) -> bool {
    current_context::is_known_to_be_there().unwrap_or_else(|| {
        let frames = backtrace.to_string();
        let named = frames.contains("std::panicking");
        let drops = |frame: &str| frame.contains("std::sys::thread_local::") && frame.contains("::destroy");
        let alive = named && !frames.lines().any(drops);
        if alive {
            current_context::is_there();
        }
        alive
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_have_numbers() {
        let first = number_of(thread::current().id());
        let second = thread::spawn(|| number_of(thread::current().id())).join().unwrap();
        assert!(first > Some(0));
        assert!(second > Some(0) && second != first);
    }

    #[test]
    fn locals_of_a_thread_in_the_middle_of_its_work_are_alive() {
        let alive = thread::spawn(|| locals_are_alive(&Backtrace::force_capture())).join().unwrap();
        // Without a panic below it no frame of the machinery is there to vouch for names.
        assert!(!alive);
        let alive = thread::spawn(|| {
            assert!(current_context::is_there());
            locals_are_alive(&Backtrace::force_capture())
        });
        assert!(alive.join().unwrap());
    }
}
