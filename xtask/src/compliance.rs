//! `spec/compliance.csv`: what of the specification exists here, and the test that shows it.
//!
//! The rows are those of the specification's own compliance matrix, in its order. `+` means that it exists and
//! that the tests named in the last column show it, `-` that it does not (yet), `N/A` that it cannot: the
//! language or the API has no place for it.

use crate::command::Failure;
use crate::repository;
use crate::test_index::TestIndex;
use std::collections::HashSet;
use std::path::Path;

/// Where the file is, from the workspace's folder.
pub const FILE: &str = "spec/compliance.csv";

const COLUMNS: [&str; 6] = ["section", "group", "feature", "optional", "pilotlight", "test"];

/// The specification's matrix: its sections in order and how many rows each has.
pub const MATRIX: [(&str, usize); 12] = [
    ("Traces", 64),
    ("Baggage", 2),
    ("Metrics", 88),
    ("Logs", 18),
    ("Resource", 7),
    ("Context Propagation", 19),
    ("Environment Variables", 30),
    ("Declarative configuration", 13),
    ("Exporters", 59),
    ("SDK Self-Observability", 17),
    ("OpenCensus Compatibility", 2),
    ("OpenTracing Compatibility", 7),
];

/// Whether a feature exists here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// `+`
    Yes,
    /// `-`
    No,
    /// `N/A`
    NotApplicable,
}

impl Support {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "+" => Some(Self::Yes),
            "-" => Some(Self::No),
            "N/A" => Some(Self::NotApplicable),
            _ => None,
        }
    }
}

/// One feature of the specification.
#[derive(Debug)]
pub struct Row {
    /// The line of the file it stands on.
    pub line: u64,
    /// The matrix's heading, such as `Traces`.
    pub section: String,
    /// The heading within it; may be empty.
    pub group: String,
    /// The feature, in the specification's words.
    pub feature: String,
    /// What the file says about it.
    pub support: Support,
    /// The tests that show it: `name`, or `crate::module::name`.
    pub tests: Vec<String>,
}

/// Reads the rows of the file.
///
/// # Errors
/// Everything that keeps it from being read: a wrong header, a missing column, an unknown mark; all at once.
pub fn parse(text: &str) -> Result<Vec<Row>, Vec<String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    match reader.headers() {
        Ok(header) if header == COLUMNS.as_slice() => {}
        Ok(header) => return Err(vec![format!("the columns are {header:?}, not {COLUMNS:?}")]),
        Err(error) => return Err(vec![error.to_string()]),
    }
    let (rows, problems): (Vec<_>, Vec<_>) = reader.records().map(parse_row).partition(Result::is_ok);
    if problems.is_empty() {
        Ok(rows.into_iter().flatten().collect())
    } else {
        Err(problems.into_iter().filter_map(Result::err).collect())
    }
}

fn parse_row(record: csv::Result<csv::StringRecord>) -> Result<Row, String> {
    let record = record.map_err(|error| error.to_string())?;
    let line = record.position().map_or(0, csv::Position::line);
    let field = |column: usize| record.get(column).unwrap_or_default().to_owned();
    let support = Support::parse(&field(4))
        .ok_or_else(|| format!("line {line}: pilotlight is {:?}, not one of +, -, N/A", field(4)))?;
    Ok(Row {
        line,
        section: field(0),
        group: field(1),
        feature: field(2),
        support,
        tests: field(5).split_whitespace().map(str::to_owned).collect(),
    })
}

/// What is wrong with the rows; empty when all is well.
pub fn problems(rows: &[Row], tests: &TestIndex) -> Vec<String> {
    let mut problems = lost_rows(rows);
    problems.extend(repeated_rows(rows));
    problems.extend(rows.iter().flat_map(|row| unshown_claims(row, tests)));
    problems
}

/// Sections that no longer have the rows of the specification's matrix.
fn lost_rows(rows: &[Row]) -> Vec<String> {
    let sections: Vec<(&str, usize)> = rows
        .chunk_by(|row, next| row.section == next.section)
        .map(|section| (section[0].section.as_str(), section.len()))
        .collect();
    if sections == MATRIX {
        return Vec::new();
    }
    vec![format!(
        "sections and their numbers of rows are {sections:?}; the specification's matrix has {MATRIX:?}"
    )]
}

fn repeated_rows(rows: &[Row]) -> Vec<String> {
    let mut seen = HashSet::new();
    rows.iter()
        .filter(|row| !seen.insert((&row.section, &row.group, &row.feature)))
        .map(|row| format!("line {}: {:?} is there twice in its group", row.line, row.feature))
        .collect()
}

fn unshown_claims(row: &Row, tests: &TestIndex) -> Vec<String> {
    let Row { line, feature, .. } = row;
    match (row.support, row.tests.is_empty()) {
        (Support::Yes, true) => {
            vec![format!("line {line}: {feature:?} is + but names no test that shows it")]
        }
        (Support::Yes, false) => row
            .tests
            .iter()
            .filter(|test| !tests.has(test))
            .map(|test| format!("line {line}: {feature:?} names {test}, and there is no such test"))
            .collect(),
        (_, false) => vec![format!("line {line}: {feature:?} names a test but is not +")],
        (_, true) => Vec::new(),
    }
}

/// The file's summary as a Markdown table.
///
/// # Errors
/// When the file cannot be read, or is wrong: every problem on a line of its own.
pub fn report(root: &Path) -> Result<String, Failure> {
    let listed = |problems: Vec<String>| Failure::new(format!("{FILE}:\n  {}", problems.join("\n  ")));
    let rows = parse(&repository::read(&root.join(FILE))?).map_err(listed)?;
    match problems(&rows, &TestIndex::read(root)?) {
        problems if problems.is_empty() => Ok(summary(&rows)),
        problems => Err(listed(problems)),
    }
}

/// How many rows of each section are `+`, `-` and `N/A`.
pub fn summary(rows: &[Row]) -> String {
    let mut table = "| Section | + | - | N/A |\n|---|---:|---:|---:|\n".to_owned();
    for section in rows.chunk_by(|row, next| row.section == next.section) {
        table.push_str(&summary_line(&section[0].section, section));
    }
    table.push_str(&summary_line("**all**", rows));
    table
}

fn summary_line(title: &str, rows: &[Row]) -> String {
    let count = |support| rows.iter().filter(|row| row.support == support).count();
    let (yes, no, never) = (count(Support::Yes), count(Support::No), count(Support::NotApplicable));
    format!("| {title} | {yes} | {no} | {never} |\n")
}
