//! What the doctor says.
//!
//! The JSON form (`--json`) is [`Report`] as it stands: its fields and the `id`s of findings and checks are stable, new ones may come.

mod colour;
mod draft;
mod text;

pub use draft::Draft;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use serde::Serialize;

use crate::finding::{Finding, Severity};

/// The version of the JSON form; a higher one means that a field went or changed its meaning.
const FORM: u32 = 1;

/// What was looked at, what is in force, what is wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The version of this form.
    pub form: u32,
    /// From where it was checked: what others see from elsewhere may differ.
    pub checked_from: String,
    /// Which SDK the service uses, and how that is known.
    pub sdk: String,
    /// What is in force, signal by signal.
    pub signals: Vec<SignalLines>,
    /// Who answers at the addresses: one line each.
    pub addresses: Vec<String>,
    /// What was seen when something was sent, received or run: a line for each subject. Empty when nothing was.
    pub observations: Vec<Observation>,
    /// What is wrong, most likely first.
    pub findings: Vec<Finding>,
    /// What was checked, and what could not be.
    pub checks: Vec<Check>,
    /// How the checks came out.
    pub outcome: Outcome,
}

/// What is in force for one signal, as text without secrets.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SignalLines {
    /// `traces`, `metrics` or `logs`.
    pub signal: String,
    /// Setting by setting.
    pub settings: Vec<SettingLine>,
}

/// One setting that is in force.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SettingLine {
    /// `url`, `protocol`, `headers` (names only), `compression`, `timeout`, `exporter`, `sampler`, `interval`, `temporality`.
    pub name: String,
    /// Its value, without user names, passwords and queries.
    pub value: String,
    /// The variable's name, `file:line` in the sources, the manifest, what it was guessed by, or `default`.
    pub from: String,
}

/// What was seen of one subject.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Observation {
    /// `traces`, `metrics`, `logs`, or what else was looked at.
    pub subject: String,
    /// One word: `arrived`, `accepted`, `rejected`, `refused`, `failed`, `skipped` of what was sent; `came`, `nothing` of what was
    /// received; `ended`, `flushed` and so on of a program.
    pub outcome: String,
    /// The same in a line, without secrets.
    pub detail: String,
}

/// One thing that was checked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// The same word each time.
    pub id: String,
    /// What was asked.
    pub question: String,
    /// How it came out.
    pub status: Status,
    /// Why it was skipped; none otherwise.
    pub why: Option<String>,
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nothing is wrong.
    Pass,
    /// Something is lost, wrong or about to be.
    Warn,
    /// Nothing arrives because of it.
    Fail,
    /// It could not be checked.
    Skip,
}

/// How many checks came out how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Nothing wrong.
    pub pass: usize,
    /// Something wrong.
    pub warn: usize,
    /// Nothing arrives.
    pub fail: usize,
    /// Not checked.
    pub skip: usize,
}

impl Report {
    /// Puts findings in order, most serious first and otherwise as they came, and counts.
    pub fn new(mut findings: Vec<Finding>, checks: Vec<Check>) -> Self {
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        let outcome = Outcome::of(&checks);
        Self {
            form: FORM,
            checked_from: "this process only: other hosts, containers and users may see another network"
                .to_owned(),
            sdk: String::new(),
            signals: Vec::new(),
            addresses: Vec::new(),
            observations: Vec::new(),
            findings,
            checks,
            outcome,
        }
    }

    /// Adds what another look has come to. What is known already only gets the new evidence.
    pub fn add(&mut self, findings: Vec<Finding>, checks: Vec<Check>) {
        for finding in findings {
            match self.findings.iter_mut().find(|known| known.id == finding.id) {
                Some(known) => known.evidence.extend(finding.evidence),
                None => self.findings.push(finding),
            }
        }
        self.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        self.checks.extend(checks);
        self.outcome = Outcome::of(&self.checks);
    }

    /// Whether anything but good-to-knows was found.
    pub fn is_fine(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity == Severity::Note)
    }

    /// 0 fine, 1 something was found, 2 nothing could be checked.
    pub fn code(&self) -> u8 {
        match (self.is_fine(), self.outcome.checked()) {
            (false, _) => 1,
            (true, 0) => 2,
            (true, _) => 0,
        }
    }
}

impl Outcome {
    fn of(checks: &[Check]) -> Self {
        let count = |status| checks.iter().filter(|check| check.status == status).count();
        Self {
            pass: count(Status::Pass),
            warn: count(Status::Warn),
            fail: count(Status::Fail),
            skip: count(Status::Skip),
        }
    }

    fn checked(&self) -> usize {
        self.pass + self.warn + self.fail
    }
}

impl Status {
    /// What the worst of `findings` means for the check that made them.
    pub fn of(findings: &[Finding]) -> Self {
        match findings.iter().map(|finding| finding.severity).max() {
            Some(Severity::Error) => Self::Fail,
            Some(Severity::Warning) => Self::Warn,
            Some(Severity::Note) | None => Self::Pass,
        }
    }
}

/// Writes the report to standard output, in colour where somebody looks.
pub fn print(report: &Report, json: bool) -> ExitCode {
    let out = io::stdout();
    let colours = colour::Colours::choose(
        out.is_terminal(),
        std::env::var_os("NO_COLOR").is_some_and(|set| !set.is_empty()),
    );
    let written = match json {
        true => write_json(&mut out.lock(), report),
        false => text::write(&mut out.lock(), report, colours),
    };
    // A reader that has gone away (`| head`) has seen what it wanted.
    match written {
        Ok(()) => ExitCode::from(report.code()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(report.code()),
        Err(error) => could_not_check(&format!("the report cannot be written: {error}")),
    }
}

/// Says why nothing was checked.
pub fn could_not_check(why: &str) -> ExitCode {
    // Nothing is left to be told when standard error is gone as well.
    let _ = writeln!(io::stderr(), "pilotlight doctor: {why}");
    ExitCode::from(2)
}

fn write_json(out: &mut impl Write, report: &Report) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    writeln!(out)
}
