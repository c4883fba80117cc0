//! Colours, and whether to use them.

/// Whether to write colours to standard output or error, by the conventions of the environment: `NO_COLOR`
/// (<https://no-color.org>) wins over `CLICOLOR_FORCE` (<https://bixense.com/clicolors>), which wins over `TERM=dumb` and over
/// what it is that is written to.
pub(super) fn is_wanted(is_terminal: bool, env: impl Fn(&str) -> Option<String>) -> bool {
    let is_set = |name| env(name).is_some_and(|value| !value.is_empty());
    let is_forced = env("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0");
    let is_dumb = env("TERM").is_some_and(|term| term == "dumb");
    !is_set("NO_COLOR") && (is_forced || is_terminal && !is_dumb)
}

/// How a piece of text is painted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Paint {
    Plain,
    Bold,
    Dim,
    Red,
    Green,
    Yellow,
    Blue,
    Cyan,
}

impl Paint {
    /// The parameters of "Select Graphic Rendition", ECMA-48 section 8.3.117.
    fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Bold => Some("1"),
            Self::Dim => Some("2"),
            Self::Red => Some("31"),
            Self::Green => Some("32"),
            Self::Yellow => Some("33"),
            Self::Blue => Some("34"),
            Self::Cyan => Some("36"),
        }
    }

    /// Appends `text`, which must be clean, to `line`.
    pub(super) fn push(self, line: &mut String, text: &str, has_colour: bool) {
        match self.code().filter(|_| has_colour && !text.is_empty()) {
            Some(code) => line.extend(["\x1b[", code, "m", text, "\x1b[0m"]),
            None => line.push_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(is_terminal: bool, env: &[(&str, &str)]) -> bool {
        is_wanted(is_terminal, |name| {
            env.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_terminal_has_colours_and_a_pipe_has_none() {
        assert!(wanted(true, &[]));
        assert!(!wanted(false, &[]));
    }

    #[test]
    fn no_color_wins_over_everything_and_an_empty_one_counts_for_nothing() {
        assert!(!wanted(true, &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]));
        assert!(wanted(true, &[("NO_COLOR", "")]));
    }

    #[test]
    fn a_dumb_terminal_has_no_colours_unless_they_are_forced() {
        assert!(!wanted(true, &[("TERM", "dumb")]));
        assert!(wanted(false, &[("TERM", "dumb"), ("CLICOLOR_FORCE", "1")]));
        assert!(!wanted(false, &[("CLICOLOR_FORCE", "0")]));
    }
}
