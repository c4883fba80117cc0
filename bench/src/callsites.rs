//! The spans and events that everybody makes, as an application writes them with `tracing`.
//!
//! Each has its message and its fields from the four kinds that dominate in services: a literal, a string that only
//! the run knows, an integer, a boolean. Contestants with an API of their own make the same with it.

use std::fmt;
use std::hint::black_box;

use tracing::Level;

/// What applications filter by: a level, and a target that is too talkative.
pub const FILTER: &str = "info,quiet=off";

/// The target that [`FILTER`] switches off.
const QUIET: &str = "quiet";

/// The most records that may be under way at once: opentelemetry_sdk's queues take 2,048 by default.
const RECORDS_MAX: u64 = 1_800;

/// Calls at a time where nothing is recorded.
const CALLS_OFF: u64 = 100_000;

/// One call by the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// A root span with four fields, entered and left.
    Span,
    /// Two of them, one in the other.
    ParentAndChild,
    /// A span with four fields that [`FILTER`] switches off.
    SpanOff(Off),
    /// An event with three fields that [`FILTER`] switches off.
    EventOff(Off),
    /// An event with a message and three fields, inside a span that lasts.
    Event(Output),
    /// What it says as a record of the `log` crate, inside a span that lasts.
    Record,
}

/// Why something is switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Off {
    /// Nobody wants the level at all.
    Level,
    /// The level is wanted, but not from this target.
    Target,
}

/// Where events go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// To an OTLP exporter.
    Otlp,
    /// To JSON lines.
    Lines,
    /// To both.
    Both,
}

impl Call {
    /// Everything that is compared, in the order of the table.
    pub const ALL: [Self; 10] = [
        Self::Span,
        Self::ParentAndChild,
        Self::SpanOff(Off::Level),
        Self::SpanOff(Off::Target),
        Self::EventOff(Off::Level),
        Self::EventOff(Off::Target),
        Self::Event(Output::Otlp),
        Self::Event(Output::Lines),
        Self::Event(Output::Both),
        Self::Record,
    ];

    /// Spans, log records or lines that come of it; a log record with its line is one.
    pub fn records(self) -> u64 {
        match self {
            Self::SpanOff(_) | Self::EventOff(_) => 0,
            Self::Span | Self::Event(_) | Self::Record => 1,
            Self::ParentAndChild => 2,
        }
    }

    /// Calls that one of `threads` threads can make without filling anybody's queue.
    pub fn at_a_time(self, threads: usize) -> u64 {
        let each = RECORDS_MAX / threads.max(1) as u64;
        each.checked_div(self.records()).unwrap_or(CALLS_OFF)
    }
}

impl fmt::Display for Call {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Span => "span with 4 fields",
            Self::ParentAndChild => "parent and child, 4 fields each",
            Self::SpanOff(Off::Level) => "span off by its level",
            Self::SpanOff(Off::Target) => "span off by its target",
            Self::EventOff(Off::Level) => "event off by its level",
            Self::EventOff(Off::Target) => "event off by its target",
            Self::Event(Output::Otlp) => "event in a span, to OTLP",
            Self::Event(Output::Lines) => "event in a span, to a JSON line",
            Self::Event(Output::Both) => "event in a span, to both",
            Self::Record => "record of `log` in a span, to OTLP",
        })
    }
}

macro_rules! span {
    ($level:ident, $target:expr, $turn:expr) => {
        tracing::span!(
            target: $target,
            Level::$level,
            "find user",
            db.system.name = "sqlite",
            user.name = user(),
            db.response.returned_rows = $turn,
            cache.hit = false,
        )
    };
}

macro_rules! event {
    ($level:ident, $target:expr, $turn:expr) => {
        tracing::event!(
            target: $target,
            Level::$level,
            user.name = user(),
            attempt = $turn,
            cache.hit = false,
            "user found"
        )
    };
}

/// Makes so many calls on this thread, for whoever is the thread's subscriber.
pub fn through_tracing(call: Call, calls: u64) {
    match call {
        Call::Span => turns(calls, |turn| drop(span!(INFO, module_path!(), turn).entered())),
        Call::ParentAndChild => turns(calls, |turn| {
            let _parent = span!(INFO, module_path!(), turn).entered();
            let _child = span!(INFO, module_path!(), turn).entered();
        }),
        Call::SpanOff(Off::Level) => turns(calls, |turn| drop(span!(DEBUG, module_path!(), turn).entered())),
        Call::SpanOff(Off::Target) => turns(calls, |turn| drop(span!(INFO, QUIET, turn).entered())),
        Call::EventOff(Off::Level) => turns(calls, |turn| event!(DEBUG, module_path!(), turn)),
        Call::EventOff(Off::Target) => turns(calls, |turn| event!(INFO, QUIET, turn)),
        Call::Event(_) => {
            span!(INFO, module_path!(), 1)
                .in_scope(|| turns(calls, |turn| event!(INFO, module_path!(), turn)));
        }
        Call::Record => {
            span!(INFO, module_path!(), 1).in_scope(|| turns(calls, record));
        }
    }
}

fn record(turn: u64) {
    log::info!("user {} found at attempt {turn}, from the cache: {}", user(), false);
}

/// Calls `call` so often, with its turn.
#[inline]
pub fn turns(calls: u64, mut call: impl FnMut(u64)) {
    (0..calls).for_each(|turn| call(black_box(turn)));
}

/// A string that the compiler knows nothing about.
#[inline]
pub fn user() -> &'static str {
    black_box("ada.lovelace")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_queue_is_filled() {
        for (call, threads) in Call::ALL.into_iter().flat_map(|call| [(call, 1), (call, 2)]) {
            let records = call.at_a_time(threads) * threads as u64 * call.records();
            assert!(records <= RECORDS_MAX, "{call}, {threads} threads: {records} records");
        }
    }
}
