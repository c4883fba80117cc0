//! Pilotlight's own messages.
//!
//! They go to the application's `tracing` subscriber when it has one (target `pilotlight`), and to standard error when it
//! has none: a service that shows nothing in its collector must be able to learn why without any set-up. How much is said is
//! `OTEL_LOG_LEVEL`'s to decide. Nothing is said on a caller's hot path, and repeated trouble is said once.

use std::cell::Cell;
use std::fmt;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU8, Ordering};

/// How much Pilotlight says about itself (`OTEL_LOG_LEVEL`, default `info`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing.
    None = 0,
    /// Something does not work.
    Error = 1,
    /// Something was ignored, dropped or replaced by a default.
    Warn = 2,
    /// What an operator wants to see once.
    Info = 3,
    /// What is in force, and each export.
    Debug = 4,
}

/// The target of all messages.
const TARGET: &str = "pilotlight";

/// The level in force. Relaxed: a message more or less around a change of level is no error.
static LEVEL: AtomicU8 = AtomicU8::new(Level::Info as u8);

thread_local! {
    /// The thread serves what the subscriber may lead to: what it said there would come back to it.
    static KEEPS_TO_STANDARD_ERROR: Cell<bool> = const { Cell::new(false) };
}

/// Has this thread's messages go to standard error, whatever subscriber there is.
pub(crate) fn keep_to_standard_error() {
    KEEPS_TO_STANDARD_ERROR.set(true);
}

/// Sets how much is said, for the whole process.
pub fn set_level(level: Level) {
    LEVEL.store(level as u8, Ordering::Relaxed);
}

/// Whether a message of `level` would be said. Costs a load and a compare.
pub fn enabled(level: Level) -> bool {
    level as u8 <= LEVEL.load(Ordering::Relaxed)
}

/// Says that something does not work.
pub fn error(message: impl fmt::Display) {
    say(Level::Error, &message);
}

/// Says that something was ignored, dropped or replaced by a default.
pub fn warn(message: impl fmt::Display) {
    say(Level::Warn, &message);
}

/// Says what an operator wants to see once.
pub fn info(message: impl fmt::Display) {
    say(Level::Info, &message);
}

/// Says what helps to find out why.
pub fn debug(message: impl fmt::Display) {
    say(Level::Debug, &message);
}

/// Whether an event is one of these messages.
#[cfg(feature = "tracing-layer")]
pub(crate) fn is_own(metadata: &tracing::Metadata<'_>) -> bool {
    metadata.target() == TARGET && metadata.module_path() == Some(module_path!())
}

fn say(level: Level, message: &dyn fmt::Display) {
    if !enabled(level) {
        return;
    }
    if !tracing::dispatcher::has_been_set() || KEEPS_TO_STANDARD_ERROR.get() {
        // Unlike `eprintln!`, this does not panic when nobody reads standard error any more, and it writes once: other processes may
        // write to the same place.
        let _ = io::stderr().write_all(format!("pilotlight {}: {message}\n", level.label()).as_bytes());
        return;
    }
    match level {
        Level::None => {}
        Level::Error => tracing::error!(target: TARGET, "{message}"),
        Level::Warn => tracing::warn!(target: TARGET, "{message}"),
        Level::Info => tracing::info!(target: TARGET, "{message}"),
        Level::Debug => tracing::debug!(target: TARGET, "{message}"),
    }
}

impl Level {
    fn label(self) -> &'static str {
        match self {
            Level::None => "none",
            Level::Error => "error",
            Level::Warn => "warning",
            Level::Info => "info",
            Level::Debug => "debug",
        }
    }
}
