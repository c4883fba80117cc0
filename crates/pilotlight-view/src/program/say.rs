//! What the program says itself, beside its output.

use std::fmt::Display;
use std::io::Write;

/// Writes a line to standard error.
pub(crate) fn say(line: impl Display) {
    // Nobody may be reading it, which is no reason to end.
    let _ = writeln!(std::io::stderr(), "{line}");
}
