//! Which kind of lines.

use std::io::{self, IsTerminal};

/// How [`LinesExporter`](super::LinesExporter) writes a log record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LineFormat {
    /// One JSON object a line, for programs.
    Json,
    /// A short line, for people.
    Text,
}

impl LineFormat {
    /// [`Text`](Self::Text) where standard output is a terminal, [`Json`](Self::Json) everywhere else.
    pub fn detect() -> Self {
        if io::stdout().is_terminal() { Self::Text } else { Self::Json }
    }
}
