//! Colours and width: what the place that is written to can show.

use crate::transport::tree::plain::width;

/// The width where `COLUMNS` does not say.
const WIDTH: usize = 100;

/// Narrower than this there is no room for names, durations and bars beside each other.
const WIDTH_MIN: usize = 40;

/// Wider than this the eye loses the line from a name to its bar.
const WIDTH_MAX: usize = 200;

/// How blocks look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look {
    pub(super) has_colour: bool,
    pub(super) width: usize,
}

impl Look {
    /// For a file, a pipe or a test: no colours.
    pub(super) fn plain() -> Self {
        Self { has_colour: false, width: WIDTH }
    }

    /// For standard output or error, by the conventions of the environment: `NO_COLOR` (<https://no-color.org>) wins over
    /// `CLICOLOR_FORCE` (<https://bixense.com/clicolors>), which wins over `TERM=dumb` and over what it is that is written to.
    pub(super) fn detect(is_terminal: bool, env: impl Fn(&str) -> Option<String>) -> Self {
        let is_set = |name| env(name).is_some_and(|value| !value.is_empty());
        let is_forced = env("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0");
        let is_dumb = env("TERM").is_some_and(|term| term == "dumb");
        let has_colour = !is_set("NO_COLOR") && (is_forced || is_terminal && !is_dumb);
        let columns = env("COLUMNS").and_then(|columns| columns.trim().parse().ok());
        Self { has_colour, ..Self::plain() }.with_width(columns.unwrap_or(WIDTH))
    }

    pub(super) fn with_width(self, width: usize) -> Self {
        Self { width: width.clamp(WIDTH_MIN, WIDTH_MAX), ..self }
    }
}

/// How a piece of text is painted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Paint {
    Plain,
    Bold,
    Dim,
    Red,
    Green,
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
            Self::Cyan => Some("36"),
        }
    }
}

/// A line in the making, which knows how wide it is without its colours.
pub(super) struct Line {
    text: String,
    width: usize,
    has_colour: bool,
}

impl Line {
    pub(super) fn new(look: Look) -> Self {
        Self { text: String::new(), width: 0, has_colour: look.has_colour }
    }

    /// Adds `text`, which must be clean.
    pub(super) fn push(&mut self, paint: Paint, text: &str) {
        self.width += width(text);
        match paint.code().filter(|_| self.has_colour && !text.is_empty()) {
            Some(code) => self.text.extend(["\x1b[", code, "m", text, "\x1b[0m"]),
            None => self.text.push_str(text),
        }
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Adds spaces until the line is `width` wide.
    pub(super) fn pad(&mut self, width: usize) {
        let missing = width.saturating_sub(self.width);
        self.text.extend(std::iter::repeat_n(' ', missing));
        self.width += missing;
    }

    /// Moves the line into `block`.
    pub(super) fn end(self, block: &mut String) {
        block.push_str(self.text.trim_end_matches(' '));
        block.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(is_terminal: bool, env: &[(&str, &str)]) -> Look {
        Look::detect(is_terminal, |name| {
            env.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_terminal_has_colours_and_a_pipe_has_none() {
        assert!(look(true, &[]).has_colour);
        assert!(!look(false, &[]).has_colour);
    }

    #[test]
    fn no_color_wins_over_everything_and_an_empty_one_counts_for_nothing() {
        assert!(!look(true, &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]).has_colour);
        assert!(look(true, &[("NO_COLOR", "")]).has_colour);
    }

    #[test]
    fn a_dumb_terminal_has_no_colours_unless_they_are_forced() {
        assert!(!look(true, &[("TERM", "dumb")]).has_colour);
        assert!(look(false, &[("TERM", "dumb"), ("CLICOLOR_FORCE", "1")]).has_colour);
        assert!(!look(false, &[("CLICOLOR_FORCE", "0")]).has_colour);
    }

    #[test]
    fn the_width_is_what_columns_says_within_reason() {
        assert_eq!(look(true, &[("COLUMNS", "120")]).width, 120);
        assert_eq!(look(true, &[("COLUMNS", "3")]).width, WIDTH_MIN);
        assert_eq!(look(true, &[("COLUMNS", "wide")]).width, WIDTH);
        assert_eq!(look(true, &[]).width, WIDTH);
    }
}
