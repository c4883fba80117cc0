//! Log records on standard error, where nothing else would show them.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use opentelemetry::Context;
use pilotlight_sdk::record::{LogMut, LogRecordProcessor};

/// The target of Pilotlight's own messages.
const OWN: &str = "pilotlight";

/// Writes a short line for each log record, at once: there is no thread, no queue and nothing to flush.
#[derive(Debug)]
pub(crate) struct StandardError {
    is_for_own_messages: bool,
}

impl StandardError {
    /// For whatever is logged.
    pub(crate) fn everything() -> Self {
        Self { is_for_own_messages: false }
    }

    /// For what Pilotlight says about itself.
    pub(crate) fn own_messages() -> Self {
        Self { is_for_own_messages: true }
    }
}

impl LogRecordProcessor for StandardError {
    fn on_emit(&self, log: &mut LogMut<'_>, _: &Context) {
        if !self.is_for_own_messages || log.scope().name() == OWN {
            // Unlike `eprintln!`, this does not panic when nobody reads standard error any more.
            let _ = io::stderr().write_all(line(log).as_bytes());
        }
    }
}

/// Level, target, message and fields; places in the source left out. Pilotlight's own messages look as they do where there is no
/// subscriber yet.
fn line(log: &LogMut<'_>) -> String {
    let target = log.scope().name();
    let mut line = match log.severity_text() {
        "WARN" if target == OWN => format!("{OWN} warning:"),
        level if target == OWN => format!("{OWN} {}:", level.to_ascii_lowercase()),
        level => format!("{level} {}:", plain(target)),
    };
    if let Some(body) = log.body() {
        let _ = write!(line, " {}", plain(&body.to_string()));
    }
    for (key, value) in log.attributes().filter(|(key, _)| !key.starts_with("code.")) {
        let _ = write!(line, " {}={}", plain(key), plain(&value.to_string()));
    }
    line.push('\n');
    line
}

/// Text that can neither end a line nor speak to a terminal: such characters as their escapes.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\'' | '\\' => plain.push(character),
            other => plain.extend(other.escape_debug()),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn text_from_outside_stays_on_its_line() {
        assert_eq!(plain("it's \"fine\" \\ here: grüße"), "it's \"fine\" \\ here: grüße");
        assert_eq!(plain("a\nERROR b\u{1b}[2J\u{2028}\u{202e}"), "a\\nERROR b\\u{1b}[2J\\u{2028}\\u{202e}");
    }
}
