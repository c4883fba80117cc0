//! Any text in any dialect: nothing panics, summaries and texts are short, and a text that is sanitised again stays as it is.
//!
//! `cargo +nightly fuzz run sql`

#![no_main]

use libfuzzer_sys::fuzz_target;
use pilotlight_instrument::db::sql::{Dialect, sanitize, summary};

const DIALECTS: [Dialect; 6] = [
    Dialect::Generic,
    Dialect::PostgreSql,
    Dialect::MySql,
    Dialect::Sqlite,
    Dialect::MsSql,
    Dialect::Oracle,
];

fuzz_target!(|text: &str| {
    for dialect in DIALECTS {
        let summary = summary(dialect, text);
        assert!(summary.chars().count() <= 255);
        assert!(!summary.contains(char::is_control));
        let Some(sanitized) = sanitize(dialect, text) else { continue };
        assert!(sanitized.len() <= 4096);
        // Where a name in quotes was hidden, those after it may be in another place.
        let is_settled = !sanitized.ends_with('…') && !sanitized.contains('"');
        // When comments are gone, a text may be doubtful, but never another one.
        let again = if is_settled { sanitize(dialect, &sanitized) } else { None };
        assert!(again.is_none_or(|again| again == sanitized));
    }
});
