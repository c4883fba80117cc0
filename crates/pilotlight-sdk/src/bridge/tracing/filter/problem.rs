//! What was wrong with the text of a filter, told to whoever wrote it.

use std::fmt;

use crate::config::warning::quoted;

/// One of the two filters that [`Filters`](super::Filters) holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Filter {
    /// Which spans are recorded.
    Spans,
    /// Which events become log records.
    Logs,
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Spans => "span filter",
            Self::Logs => "log filter",
        })
    }
}

/// A part of a filter's text that cannot be used, why, and what to write instead.
///
/// ```
/// use pilotlight_sdk::bridge::tracing::Filters;
///
/// let (_, problems) = Filters::new("info", "warn,h2=loud");
/// assert_eq!(problems.len(), 1);
/// assert_eq!(problems[0].part(), "h2=loud");
/// assert!(problems[0].to_string().starts_with(r#"log filter: "h2=loud" "#));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Problem {
    filter: Filter,
    part: String,
    reason: String,
}

impl Problem {
    pub(super) fn new(filter: Filter, part: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { filter, part: part.into(), reason: reason.into() }
    }

    /// The filter whose text it is.
    pub fn filter(&self) -> Filter {
        self.filter
    }

    /// The directive in question, as it was written; the whole text where no single directive is to blame.
    pub fn part(&self) -> &str {
        &self.part
    }

    /// What is wrong with it, and what to write instead.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.filter, quoted(&self.part), self.reason)
    }
}

/// Why a filter was not exchanged. The one in force stays in force, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    problems: Vec<Problem>,
}

impl FilterError {
    pub(super) fn new(problems: Vec<Problem>) -> Self {
        Self { problems }
    }

    /// Everything that was wrong with the new text; at least one.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the filter stays as it was")?;
        for problem in &self.problems {
            write!(f, "; {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for FilterError {}
