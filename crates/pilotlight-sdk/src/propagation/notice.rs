//! What propagation says when it leaves something out.

use crate::diagnostics::{self, Level};
use std::sync::atomic::{AtomicBool, Ordering};

/// A message that is said at most once in a process.
///
/// Headers come from strangers: one message shows an operator where to look, a message a request would let any client
/// fill the log. For the same reason no message repeats what the header contained.
pub(super) struct Notice {
    level: Level,
    message: &'static str,
    /// Relaxed is enough: it publishes nothing but itself.
    said: AtomicBool,
}

/// A `traceparent` that is not what the standard allows.
pub(super) static TRACEPARENT: Notice = Notice::new(
    Level::Debug,
    "ignored a malformed or repeated traceparent header, so the request starts a trace of its own; \
     look at what the calling client or proxy sends (said once)",
);

/// A `tracestate` of which members were left out.
pub(super) static TRACESTATE: Notice = Notice::new(
    Level::Debug,
    "ignored some or all of a tracestate header that breaks its grammar, repeats a key or has more than 32 members; \
     the trace goes on without it; look at what the calling client or proxy sends (said once)",
);

/// Members of a `baggage` header that were left out.
pub(super) static BAGGAGE_RECEIVED: Notice = Notice::new(
    Level::Debug,
    "left out members of a baggage header that are malformed or exceed 64 members or 8192 bytes; \
     look at what the calling client or proxy sends (said once)",
);

/// Baggage of this process that does not fit a header: its author can do something about it, hence a warning.
pub(super) static BAGGAGE_SENT: Notice = Notice::new(
    Level::Warn,
    "left out baggage on an outgoing request: encoded it exceeds 8192 bytes, or its metadata is not valid; \
     put less into the baggage, and only `key` or `key=value` into its metadata (said once)",
);

impl Notice {
    const fn new(level: Level, message: &'static str) -> Self {
        Self { level, message, said: AtomicBool::new(false) }
    }

    /// Says it, unless it was said before or the level in force is quieter.
    #[cold]
    pub(super) fn say(&self) {
        if !diagnostics::enabled(self.level) || self.said.swap(true, Ordering::Relaxed) {
            return;
        }
        match self.level {
            Level::Warn => diagnostics::warn(self.message),
            _ => diagnostics::debug(self.message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
    use tracing::{Event, Metadata, Subscriber, span};

    /// Counts what an application's log would show.
    struct Log(Arc<AtomicUsize>);

    impl Subscriber for Log {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            metadata.target() == "pilotlight"
        }
        fn event(&self, _: &Event<'_>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
        fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
            span::Id::from_u64(1)
        }
        fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
        fn enter(&self, _: &span::Id) {}
        fn exit(&self, _: &span::Id) {}
    }

    #[test]
    fn a_notice_is_said_once_however_often_its_cause_returns() {
        let shown = Arc::new(AtomicUsize::new(0));
        let notice = Notice::new(Level::Warn, "left something out");
        tracing::subscriber::with_default(Log(shown.clone()), || (0..3).for_each(|_| notice.say()));
        assert_eq!(shown.load(Ordering::Relaxed), 1);
    }
}
