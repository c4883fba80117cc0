//! Trouble that lasts is said once: a collector that is down for hours must not fill the application's log.

use std::fmt;

use crate::diagnostics;

/// What was said last about one exporter.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    said: Option<String>,
}

impl Trouble {
    /// Warns that `what` happened because of `reason`; says so at debug level alone when the same reason was said last.
    pub(super) fn warn(&mut self, what: impl fmt::Display, reason: String) {
        let message = format_args!("{what}: {reason}");
        if self.said.as_ref() == Some(&reason) {
            return diagnostics::debug(message);
        }
        diagnostics::warn(message);
        self.said = Some(reason);
    }

    /// All is well. Answers whether there had been trouble.
    pub(super) fn is_over(&mut self) -> bool {
        self.said.take().is_some()
    }
}
