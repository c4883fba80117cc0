//! `pilotlight doctor explain < log`: decodes error lines of any program.
//!
//! ```text
//!  lines      one at a time, cut at a length that no message needs: memory does not grow with the log
//!  messages   phrases that are known, in lower case, with what they mean
//!  numbers    sizes and lengths that are text read as a number: 4740180 is "HTT"
//!  tally      what was found, how often, on which lines; never the lines themselves, which may hold secrets
//! ```

mod lines;
mod messages;
mod numbers;
mod tally;

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::process::ExitCode;

use super::arguments::{Arguments, ExplainArguments};
use super::report::{self, Check, Report, Status};
use lines::Lines;
use tally::Tally;

/// Explains what the command line names, or standard input.
pub fn main(explain: &ExplainArguments, arguments: &Arguments) -> ExitCode {
    match read(explain) {
        Ok(report) => report::print(&report, arguments.json),
        Err(error) => report::could_not_check(&error),
    }
}

fn read(explain: &ExplainArguments) -> Result<Report, String> {
    if explain.files.is_empty() {
        return lines_of(io::stdin().lock())
            .map_err(|error| format!("standard input cannot be read: {error}"));
    }
    let mut tally = Tally::default();
    for path in &explain.files {
        let unreadable = |error: io::Error| format!("{} cannot be read: {error}", path.display());
        let file = File::open(path).map_err(unreadable)?;
        read_into(&mut tally, BufReader::new(file)).map_err(unreadable)?;
    }
    Ok(conclude(tally))
}

/// Explains the lines of `input`, in constant memory.
///
/// # Errors
///
/// Those of `input`.
pub fn lines_of(input: impl BufRead) -> io::Result<Report> {
    let mut tally = Tally::default();
    read_into(&mut tally, input)?;
    Ok(conclude(tally))
}

fn read_into(tally: &mut Tally, input: impl BufRead) -> io::Result<()> {
    let mut lines = Lines::new(input);
    while let Some(line) = lines.next_line()? {
        tally.read(line);
    }
    Ok(())
}

fn conclude(tally: Tally) -> Report {
    let count = tally.lines();
    let findings = tally.into_findings();
    let (status, why) = match count {
        0 => (Status::Skip, Some("there was nothing to read: pipe a log into it".to_owned())),
        _ => (Status::of(&findings), None),
    };
    let question = format!("is anything known among {count} lines?");
    let mut report = Report::new(findings, vec![Check { id: "explain".to_owned(), question, status, why }]);
    report.checked_from = "the log alone".to_owned();
    report
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn ids(log: &str) -> Vec<String> {
        lines_of(log.as_bytes()).unwrap().findings.into_iter().map(|finding| finding.id).collect()
    }

    #[test]
    fn lines_are_counted_and_grouped_and_never_repeated() {
        let log = "fine\nthere is no reactor running, token=s3cret\nfine\nthere is no reactor running\n";
        let report = lines_of(log.as_bytes()).unwrap();
        assert_eq!(report.findings.len(), 1);
        assert_eq!(report.findings[0].evidence, ["\"there is no reactor running\" on lines 2, 4"]);
        assert_eq!(report.code(), 1);
    }

    #[test]
    fn a_log_without_anything_known_is_fine_and_an_empty_one_was_not_checked() {
        assert_eq!(lines_of("all is well\n".as_bytes()).unwrap().code(), 0);
        assert_eq!(lines_of("".as_bytes()).unwrap().code(), 2);
    }

    #[test]
    fn hostile_logs_are_survived() {
        let long = vec![b'4'; 3_000_000];
        assert_eq!(lines_of(&long[..]).unwrap().findings, []);
        let binary: Vec<u8> = (0..=255).cycle().take(100_000).collect();
        lines_of(&binary[..]).unwrap();
    }

    #[test]
    fn findings_come_in_order_of_how_often_they_were_seen() {
        assert_eq!(
            ids("export: 401 Unauthorized\nexport: connection refused\nConnection refused (os error 111)\n"),
            ["nothing-listens", "unauthenticated"]
        );
    }
}
