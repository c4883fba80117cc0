//! Whether every cause has a case.
//!
//! `causes.csv`: number (1 to 33 as they were collected from real threads, G1 to G5 for the rows of the guide's troubleshooting table),
//! cause, how it is detected (E environment, L lock file and manifests, S sources, P probes, T text of a log; X sent, R received,
//! I by the service itself), the finding's id, and the test. A cause with several ways to detect it has several rows.

use std::collections::BTreeSet;

const CAUSES: &str = include_str!("causes.csv");

const TESTS: [&str; 11] = [
    include_str!("environment.rs"),
    include_str!("healthy.rs"),
    include_str!("listening.rs"),
    include_str!("logs.rs"),
    include_str!("network.rs"),
    include_str!("project.rs"),
    include_str!("running.rs"),
    include_str!("sending.rs"),
    include_str!("sources.rs"),
    include_str!("tls.rs"),
    include_str!("program.rs"),
];

struct Row<'r> {
    number: &'r str,
    how: &'r str,
    id: &'r str,
    test: &'r str,
}

fn rows() -> Vec<Row<'static>> {
    let rows = CAUSES.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
    rows.map(|columns| match columns[..] {
        [number, _cause, how, id, test] => Row { number, how, id, test },
        _ => panic!("{columns:?} has not five columns"),
    })
    .collect()
}

#[test]
fn every_cause_and_every_row_of_the_guide_has_a_case() {
    let covered: BTreeSet<&str> = rows().iter().map(|row| row.number).collect();
    let wanted = (1..=33).map(|number| number.to_string()).chain((1..=5).map(|number| format!("G{number}")));
    for number in wanted {
        assert!(covered.contains(number.as_str()), "cause {number} has no case");
    }
}

#[test]
fn every_case_is_a_test_that_expects_its_finding() {
    for Row { number, how, id, test } in rows() {
        assert!(how.chars().all(|letter| "ELSPTXRI".contains(letter)) && !how.is_empty(), "{number}: {how}");
        let file = TESTS.iter().find(|file| file.contains(&format!("fn {test}(")));
        let file = file.unwrap_or_else(|| panic!("{number}: there is no test {test}"));
        assert!(file.contains(&format!("\"{id}\"")), "{number}: {test} does not expect {id}");
    }
}
