//! Whether every cause has a case.
//!
//! `causes.csv`: number (1 to 33 as they were collected from real threads, G1 to G5 for the rows of the guide's troubleshooting table),
//! cause, how it is detected (E environment, L lock file and manifests, S sources, P probes, T text of a log; X sent, R received,
//! I by the service itself), the finding's id, and the test. A cause with several ways to detect it has several rows.

use std::collections::BTreeSet;
use std::path::Path;

const CAUSES: &str = include_str!("causes.csv");

const TESTS: [&str; 12] = [
    include_str!("environment.rs"),
    include_str!("healthy.rs"),
    include_str!("listening.rs"),
    include_str!("logs.rs"),
    include_str!("network.rs"),
    include_str!("others.rs"),
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
        let body = TESTS.iter().find_map(|file| body(file, test));
        let body = body.unwrap_or_else(|| panic!("{number}: there is no test {test}"));
        assert!(body.contains(&format!("\"{id}\"")), "{number}: {test} does not expect {id}");
    }
}

/// What the function of this name has in it. It ends at the first brace at the beginning of a line.
fn body<'f>(file: &'f str, name: &str) -> Option<&'f str> {
    let (_, rest) = file
        .split_once(&format!("\nfn {name}("))
        .or_else(|| file.split_once(&format!("async fn {name}(")))?;
    rest.split("\n}").next()
}

#[test]
fn a_test_has_in_it_what_is_between_its_own_braces() {
    let file = "\nfn first() {\n    finds(\"a\");\n}\n\nasync fn second() {\n    finds(\"b\");\n}\n";
    let holds = |name, id| body(file, name).unwrap().contains(id);
    assert!(holds("first", "\"a\"") && holds("second", "\"b\""));
    assert!(!holds("first", "\"b\"") && !holds("second", "\"a\""));
    assert_eq!(body(file, "third"), None);
}

/// Findings that no test here makes, and why.
const NOT_PROVOKED: [(&str, &str); 1] = [(
    "name-server-silent",
    "whom to ask for names is the system's own setting, and whoever is asked here answers: `checks/reach.rs` tests it without a network",
)];

#[test]
fn every_finding_that_the_doctor_makes_is_named_by_a_test() {
    let made = made();
    let is_named = |id: &str| TESTS.iter().any(|file| file.contains(&format!("\"{id}\"")));
    let unnamed: BTreeSet<&str> = made.iter().map(String::as_str).filter(|id| !is_named(id)).collect();
    assert_eq!(unnamed, NOT_PROVOKED.iter().map(|(id, _)| *id).collect());
}

#[test]
fn the_findings_that_are_made_are_known_by_how_they_are_written() {
    let text = r#"
        Draft::error("one-thing", x)  draft("another", y)  404 => ("a-third", z)  Message { id: "a-fourth", is }
        choice(text, names, false, "a-fifth")  Unusable::new(
            "a-sixth",
        // ("commented-out", x)
        question("no-finding", x)  ("word", x)  ["a-list", x]  links("a-crate")  other("x", "last-one")
    "#;
    let known = ["a-fifth", "a-fourth", "a-sixth", "a-third", "another", "one-thing"];
    assert_eq!(ids(text), known.map(str::to_owned).into());
    // What comes from a receiver is found by the page's own checks, which are not the doctor's sources.
    let made = made();
    for Row { id, .. } in rows().iter().filter(|row| row.how != "R") {
        assert!(made.contains(*id), "{id} is not recognised in the sources");
    }
}

/// The ids in the doctor's sources, without their unit tests and what only gathers facts.
fn made() -> BTreeSet<String> {
    const OF_FACTS: [&str; 4] = ["environment", "probe", "project", "source"];
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/doctor")];
    let mut made = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true if OF_FACTS.iter().any(|name| path.ends_with(name)) => {}
                true => folders.push(path),
                false => made.extend(ids(&std::fs::read_to_string(path).unwrap())),
            }
        }
    }
    made
}

/// Words in quotes that stand where a finding's id does.
fn ids(source: &str) -> BTreeSet<String> {
    let code = source.split("#[cfg(test)]").next().unwrap().lines();
    let code = code.filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let quotes: Vec<usize> = code.match_indices('"').map(|(at, _)| at).collect();
    let words =
        quotes.windows(2).map(|pair| (&code[..pair[0]], &code[pair[0] + 1..pair[1]], &code[pair[1] + 1..]));
    let ids = words
        .filter(|(before, word, after)| is_word(word) && is_id(before.trim_end(), word, after.trim_start()));
    ids.map(|(_, word, _)| word.to_owned()).collect()
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// The first argument of what makes a finding, the first of a tuple that becomes one, a field of that name, or the last argument of
/// `choice`. One word alone has to be given to what makes findings, and to nothing else.
fn is_id(before: &str, word: &str, after: &str) -> bool {
    const MAKERS: [&str; 6] =
        ["Draft::error(", "Draft::warning(", "Draft::note(", "draft(", "Unusable::new(", "missing("];
    let is_first = before.ends_with('(') && after.starts_with(',');
    let is_last_of_choice = after.starts_with(')')
        && before.rsplit_once("choice(").is_some_and(|(_, between)| !between.contains(['(', ')']));
    match word.contains('-') {
        true => {
            // A check has a name as well.
            (is_first && !before.ends_with("question(")) || before.ends_with("id:") || is_last_of_choice
        }
        false => is_first && MAKERS.iter().any(|maker| before.ends_with(maker)),
    }
}
