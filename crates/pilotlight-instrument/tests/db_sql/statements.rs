//! Statements as programs, ORMs and people write them: `statements.txt`.
//!
//! A block is the `db.system.name` in brackets, the statement, and two lines that begin with `>`: its summary and its text,
//! which is `(none)` where none can be trusted.

use pilotlight_instrument::db::sql::{Dialect, sanitize, summary};
use std::fmt::Write;

const STATEMENTS: &str = include_str!("statements.txt");

struct Statement<'a> {
    system: &'a str,
    text: &'a str,
    summary: &'a str,
    sanitized: &'a str,
}

/// The statements in the file. Lines between a block and the next are comments.
fn statements() -> Vec<Statement<'static>> {
    STATEMENTS.split("\n[").skip(1).filter_map(statement).collect()
}

fn statement(block: &str) -> Option<Statement<'_>> {
    let (system, rest) = block.split_once("]\n")?;
    let (text, rest) = rest.split_once("\n>")?;
    let (summary, rest) = rest.split_once("\n>")?;
    let sanitized = rest.lines().next()?;
    Some(Statement { system, text, summary: summary.trim(), sanitized: sanitized.trim() })
}

#[test]
fn each_statement_has_the_summary_and_the_text_that_are_written_below_it() {
    let mut differences = String::new();
    for Statement { system, text, summary: expected_summary, sanitized: expected_text } in statements() {
        let dialect = Dialect::of_system(system);
        let found_summary = summary(dialect, text);
        let found_text = sanitize(dialect, text).unwrap_or_else(|| "(none)".to_owned());
        if (&*found_summary, &*found_text) != (expected_summary, expected_text) {
            write!(
                differences,
                "\n[{system}]\n{text}\n> {found_summary}\n> {found_text}\nbut expected\n> {expected_summary}\n> {expected_text}\n"
            )
            .unwrap();
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn a_text_is_not_sanitised_further() {
    for Statement { system, sanitized, .. } in statements() {
        let dialect = Dialect::of_system(system);
        if sanitized != "(none)" && !sanitized.ends_with('…') {
            assert_eq!(sanitize(dialect, sanitized).as_deref(), Some(sanitized));
        }
    }
}

#[test]
fn each_block_of_the_file_is_a_statement() {
    let blocks = STATEMENTS.lines().filter(|line| line.starts_with('[')).count();
    assert_eq!(statements().len(), blocks);
    assert!(blocks >= 200, "{blocks}");
}
