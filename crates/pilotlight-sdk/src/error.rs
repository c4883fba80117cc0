//! The crate's one error type.

use std::fmt;

/// Why the engine could not do what it was asked.
///
/// The message says what failed, on what, and what to try. Its wording may change; ask the predicates instead.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Timeout,
    ShutDown,
    Failed,
}

impl Error {
    #[cold]
    pub(crate) fn timeout(message: impl Into<String>) -> Self {
        Self { kind: Kind::Timeout, message: message.into(), source: None }
    }

    #[cold]
    pub(crate) fn shut_down(message: impl Into<String>) -> Self {
        Self { kind: Kind::ShutDown, message: message.into(), source: None }
    }

    /// Something else failed; for processors and exporters of users' own.
    #[cold]
    pub fn failed(message: impl Into<String>) -> Self {
        Self { kind: Kind::Failed, message: message.into(), source: None }
    }

    /// Adds the cause.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Whether it was not done in the time it was given.
    pub fn is_timeout(&self) -> bool {
        self.kind == Kind::Timeout
    }

    /// Whether it cannot be done because of an earlier shutdown.
    pub fn is_shut_down(&self) -> bool {
        self.kind == Kind::ShutDown
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn std::error::Error + 'static))
    }
}
