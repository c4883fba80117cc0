//! The report for people.

use std::io::{self, Write};

use super::colour::Colours;
use super::{Check, Observation, Report, Status};
use crate::finding::{Finding, Severity};

/// Writes findings first, then what they were concluded from.
pub(super) fn write(out: &mut impl Write, report: &Report, colours: Colours) -> io::Result<()> {
    write_findings(out, report, colours)?;
    write_observations(out, report, colours)?;
    write_settings(out, report, colours)?;
    write_checks(out, report, colours)
}

fn write_findings(out: &mut impl Write, report: &Report, colours: Colours) -> io::Result<()> {
    for (at, finding) in report.findings.iter().enumerate() {
        write_finding(out, at + 1, finding, colours)?;
    }
    if report.findings.is_empty() {
        let verdict = match report.code() {
            2 => "Nothing could be checked: see below.",
            _ => "Nothing is wrong, as far as can be seen.",
        };
        writeln!(out, "{}\n", colours.bold(verdict))?;
    }
    Ok(())
}

fn write_finding(out: &mut impl Write, number: usize, finding: &Finding, colours: Colours) -> io::Result<()> {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let title = printable(&finding.title);
    writeln!(
        out,
        "{number}. {} {} {}",
        colours.of(finding.severity, severity),
        colours.bold(&title),
        colours.faint(&format!("[{}]", finding.id))
    )?;
    for evidence in &finding.evidence {
        writeln!(out, "   seen: {}", printable(evidence))?;
    }
    writeln!(out, "   why:  {}", printable(&finding.cause))?;
    writeln!(out, "   next: {}\n", printable(&finding.next))
}

fn write_observations(out: &mut impl Write, report: &Report, colours: Colours) -> io::Result<()> {
    for Observation { subject, outcome, detail } in &report.observations {
        writeln!(out, "{:<8} {:<9} {}", printable(subject), colours.bold(outcome), printable(detail))?;
    }
    // What follows when no settings do begins with a blank line of its own.
    if !report.observations.is_empty() && !report.sdk.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

fn write_settings(out: &mut impl Write, report: &Report, colours: Colours) -> io::Result<()> {
    if !report.sdk.is_empty() {
        writeln!(out, "{} {}", colours.bold("SDK:"), printable(&report.sdk))?;
    }
    for signal in &report.signals {
        writeln!(out, "{}", colours.bold(&signal.signal))?;
        for line in &signal.settings {
            let from = colours.faint(&format!("({})", printable(&line.from)));
            writeln!(out, "  {:<12} {} {from}", line.name, printable(&line.value))?;
        }
    }
    for address in &report.addresses {
        writeln!(out, "{} {}", colours.bold("at"), printable(address))?;
    }
    Ok(())
}

fn write_checks(out: &mut impl Write, report: &Report, colours: Colours) -> io::Result<()> {
    let outcome = &report.outcome;
    let summary = format!(
        "{} checks passed, {} warned, {} failed, {} skipped",
        outcome.pass, outcome.warn, outcome.fail, outcome.skip
    );
    writeln!(out, "\n{}; checked from {}.", colours.bold(&summary), report.checked_from)?;
    for Check { question, why, .. } in report.checks.iter().filter(|check| check.status == Status::Skip) {
        let why = printable(why.as_deref().unwrap_or("no reason given"));
        writeln!(out, "  skipped: {} ({why})", printable(question))?;
    }
    Ok(())
}

/// Text of others, which may hold anything, on one line and without control characters.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
