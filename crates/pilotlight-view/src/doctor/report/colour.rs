//! Colours, where somebody looks.

use crate::finding::Severity;

/// Whether to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Colours(bool);

impl Colours {
    /// Colours are for terminals, unless `NO_COLOR` is set to something (<https://no-color.org>).
    pub(super) fn choose(is_terminal: bool, no_color: bool) -> Self {
        Self(is_terminal && !no_color)
    }

    pub(super) fn of(self, severity: Severity, text: &str) -> String {
        self.paint(
            text,
            match severity {
                Severity::Error => "1;31",
                Severity::Warning => "1;33",
                Severity::Note => "1;36",
            },
        )
    }

    pub(super) fn bold(self, text: &str) -> String {
        self.paint(text, "1")
    }

    pub(super) fn faint(self, text: &str) -> String {
        self.paint(text, "2")
    }

    fn paint(self, text: &str, code: &str) -> String {
        match self.0 {
            true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            false => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_terminal_without_no_color_gets_colours() {
        let painted = |terminal, no_color| Colours::choose(terminal, no_color).bold("x") != "x";
        assert!(painted(true, false));
        assert!(!painted(true, true) && !painted(false, false));
    }
}
