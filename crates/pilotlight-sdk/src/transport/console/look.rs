//! Colours and width: what the place that is written to can show.

use crate::transport::colour;
use crate::transport::tree::plain::width;

pub(super) use crate::transport::colour::Paint;

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

    /// For standard output or error, by the conventions of the environment.
    pub(super) fn detect(is_terminal: bool, env: impl Fn(&str) -> Option<String>) -> Self {
        let has_colour = colour::is_wanted(is_terminal, &env);
        let columns = env("COLUMNS").and_then(|columns| columns.trim().parse().ok());
        Self { has_colour, ..Self::plain() }.with_width(columns.unwrap_or(WIDTH))
    }

    pub(super) fn with_width(self, width: usize) -> Self {
        Self { width: width.clamp(WIDTH_MIN, WIDTH_MAX), ..self }
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
        paint.push(&mut self.text, text, self.has_colour);
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
    fn the_width_is_what_columns_says_within_reason() {
        assert_eq!(look(true, &[("COLUMNS", "120")]).width, 120);
        assert_eq!(look(true, &[("COLUMNS", "3")]).width, WIDTH_MIN);
        assert_eq!(look(true, &[("COLUMNS", "wide")]).width, WIDTH);
        assert_eq!(look(true, &[]).width, WIDTH);
    }
}
