//! What `spec/compliance.csv` claims is shown by tests that exist, and a wrong claim would be caught.

#![allow(
    clippy::unwrap_used,
    reason = "clippy.toml allows it in tests, but does not see that helpers here are part of them"
)]

use std::path::Path;
use xtask::compliance::{self, Row};
use xtask::test_index::TestIndex;
use xtask::{repository, workspace};

const HEADER: &str = "section,group,feature,optional,pilotlight,test";

fn committed() -> String {
    repository::read(&workspace::root().join(compliance::FILE)).unwrap()
}

fn rows(lines: &str) -> Vec<Row> {
    compliance::parse(&format!("{HEADER}\n{lines}")).unwrap()
}

/// An index with one test, in `crates/pilotlight-sdk/src/record/span.rs`.
fn one_test() -> TestIndex {
    let mut index = TestIndex::default();
    let source = "mod tests { #[test] fn an_ended_span_ignores_updates() {} }";
    index.add(Path::new("crates/pilotlight-sdk/src/record/span.rs"), source).unwrap();
    index
}

/// What is wrong with one row, beside that all the others are missing.
fn problems_of(line: &str) -> Vec<String> {
    let mut problems = compliance::problems(&rows(line), &one_test());
    problems.retain(|problem| !problem.starts_with("sections"));
    problems
}

#[test]
fn every_claim_in_the_committed_file_is_shown_by_a_test_that_exists() {
    let rows = compliance::parse(&committed()).unwrap_or_else(|problems| panic!("{}", problems.join("\n")));

    let problems = compliance::problems(&rows, &TestIndex::read(&workspace::root()).unwrap());

    assert!(problems.is_empty(), "{}:\n{}", compliance::FILE, problems.join("\n"));
}

#[test]
fn the_committed_file_has_every_row_of_the_specification() {
    let rows = compliance::parse(&committed()).unwrap();

    assert_eq!(rows.len(), 326);
    assert_eq!(rows.len(), compliance::MATRIX.iter().map(|(_, rows)| rows).sum::<usize>());
    assert_eq!(rows[0].feature, "Create TracerProvider");
    assert_eq!(rows[30].feature, "Set status with StatusCode (Unset, Ok, Error)");
    assert_eq!(rows[325].feature, "Migration to OpenTelemetry guide");
}

#[test]
fn a_lost_row_is_caught() {
    let committed = committed();
    let shorter: Vec<&str> = committed.lines().filter(|line| !line.contains("IsRemote")).collect();
    let rows = compliance::parse(&shorter.join("\n")).unwrap();

    let problems = compliance::problems(&rows, &TestIndex::read(&workspace::root()).unwrap());

    assert!(problems[0].contains(r#"rows are [("Traces", 63)"#), "{problems:?}");
}

#[test]
fn a_row_that_replaces_another_by_a_copy_is_caught() {
    let problems = problems_of("Traces,Span,End,,-,\nTraces,Span,End,,-,");

    assert_eq!(problems, [r#"line 3: "End" is there twice in its group"#]);
}

#[test]
fn a_claim_with_a_test_that_exists_is_accepted() {
    let none: [&str; 0] = [];

    assert_eq!(problems_of("Traces,Span,End,,+,an_ended_span_ignores_updates"), none);
    assert_eq!(problems_of("Traces,Span,End,,+,pilotlight_sdk::an_ended_span_ignores_updates"), none);
    assert_eq!(
        problems_of("Traces,Span,End,,+,pilotlight_sdk::record::span::tests::an_ended_span_ignores_updates"),
        none
    );
}

#[test]
fn a_claim_without_a_test_is_caught() {
    let problems = problems_of("Traces,Span,End,,+,");

    assert_eq!(problems, [r#"line 2: "End" is + but names no test that shows it"#]);
}

#[test]
fn a_test_that_does_not_exist_is_caught_beside_one_that_does() {
    let problems = problems_of("Traces,Span,End,,+,an_ended_span_ignores_updates wishful_thinking");

    assert_eq!(problems, [r#"line 2: "End" names wishful_thinking, and there is no such test"#]);
}

#[test]
fn a_test_in_another_crate_or_module_is_caught() {
    for elsewhere in ["pilotlight::an_ended_span_ignores_updates", "batch::an_ended_span_ignores_updates"] {
        let problems = problems_of(&format!("Traces,Span,End,,+,{elsewhere}"));

        assert_eq!(problems.len(), 1, "{elsewhere}: {problems:?}");
    }
}

#[test]
fn a_test_for_something_that_does_not_exist_is_caught() {
    let problems = problems_of("Traces,Span,End,,-,an_ended_span_ignores_updates");

    assert_eq!(problems, [r#"line 2: "End" names a test but is not +"#]);
}

#[test]
fn an_unknown_mark_a_missing_column_and_a_wrong_header_are_caught() {
    let mark = compliance::parse(&format!("{HEADER}\nTraces,Span,End,,yes,\n")).unwrap_err();
    let column = compliance::parse(&format!("{HEADER}\nTraces,Span,End,,+\n")).unwrap_err();
    let header = compliance::parse("section,feature,pilotlight\n").unwrap_err();

    assert_eq!(mark, [r#"line 2: pilotlight is "yes", not one of +, -, N/A"#]);
    assert!(column[0].contains("5 fields"), "{column:?}");
    assert!(header[0].starts_with("the columns are"), "{header:?}");
}

#[test]
fn the_summary_counts_each_section() {
    let rows = rows("Traces,,One,,+,a\nTraces,,Two,,-,\nLogs,,Three,,N/A,\n");

    assert_eq!(
        compliance::summary(&rows),
        "| Section | + | - | N/A |\n\
         |---|---:|---:|---:|\n\
         | Traces | 1 | 1 | 0 |\n\
         | Logs | 0 | 0 | 1 |\n\
         | **all** | 1 | 1 | 1 |\n"
    );
}
