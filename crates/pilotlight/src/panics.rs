//! Panics, logged and flushed.

use std::time::Duration;

use pilotlight_sdk::bridge::{PanicHook, PanicHookGuard};
use pilotlight_sdk::diagnostics;

use crate::engine::Engine;

/// Has panics told to `engine` as long as the guard is held; `None`, and a warning, where that cannot be.
pub(crate) fn install(engine: &Engine, flush_timeout: Option<Duration>) -> Option<PanicHookGuard> {
    let flushed = engine.clone();
    let hook = PanicHook::new(engine.logger_provider(), move |within| flush(&flushed, within));
    let hook = match flush_timeout {
        Some(timeout) => hook.flush_timeout(timeout),
        None => hook,
    };
    match hook.install() {
        Ok(guard) => Some(guard),
        Err(error) => {
            diagnostics::warn(format_args!("panics are not logged: {error}"));
            None
        }
    }
}

/// Errors are no concern of a panic: what is lost is in the report.
fn flush(engine: &Engine, within: Duration) {
    let _ = match engine.providers() {
        // Begun and not waited for, in the order of who is asked for first after a panic.
        Some(providers) if within.is_zero() => {
            let _ = providers.logger_provider.force_flush(within);
            providers.tracer_provider.force_flush(within)
        }
        _ => engine.force_flush(within),
    };
}
