//! A finding in the making: what is wrong, what was seen, why, what next.

use crate::finding::{Finding, Severity};

/// What is known so far.
#[derive(Debug, Clone)]
#[must_use]
pub struct Draft(Finding);

impl Draft {
    /// Nothing arrives, or what arrives cannot be used.
    pub fn error(id: &str, title: impl Into<String>) -> Self {
        Self::new(Severity::Error, id, title.into())
    }

    /// Something is lost, wrong or about to be.
    pub fn warning(id: &str, title: impl Into<String>) -> Self {
        Self::new(Severity::Warning, id, title.into())
    }

    /// Good to know.
    pub fn note(id: &str, title: impl Into<String>) -> Self {
        Self::new(Severity::Note, id, title.into())
    }

    fn new(severity: Severity, id: &str, title: String) -> Self {
        Self(Finding {
            id: id.to_owned(),
            severity,
            title,
            evidence: Vec::new(),
            cause: String::new(),
            next: String::new(),
            link: None,
        })
    }

    /// Adds a piece of evidence.
    pub fn seen(mut self, evidence: impl Into<String>) -> Self {
        self.0.evidence.push(evidence.into());
        self
    }

    /// Adds several.
    pub fn seen_all(mut self, evidence: impl IntoIterator<Item = String>) -> Self {
        self.0.evidence.extend(evidence);
        self
    }

    /// Why it is so, in one sentence.
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.0.cause = cause.into();
        self
    }

    /// The one thing to do next.
    pub fn next(mut self, action: impl Into<String>) -> Finding {
        self.0.next = action.into();
        self.0
    }
}
