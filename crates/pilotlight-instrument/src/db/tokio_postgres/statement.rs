//! Statements that know their text, which tokio-postgres's own do not keep.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A prepared statement, with its text. Otherwise [as it is](tokio_postgres::Statement).
#[derive(Clone)]
pub struct Statement {
    inner: tokio_postgres::Statement,
    text: Arc<str>,
}

impl Statement {
    pub(super) fn new(inner: tokio_postgres::Statement, text: &str) -> Self {
        Self { inner, text: text.into() }
    }
}

impl Deref for Statement {
    type Target = tokio_postgres::Statement;

    fn deref(&self) -> &tokio_postgres::Statement {
        &self.inner
    }
}

impl fmt::Debug for Statement {
    /// Without its text, which may have values in it.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(out)
    }
}

/// What can be run: a text, or a [`Statement`]. Nobody else can implement it.
///
/// A statement that was prepared elsewhere has no text here: prepare it with the same [`Client`](super::Client).
pub trait ToStatement: sealed::Sealed {
    /// As tokio-postgres takes it.
    #[doc(hidden)]
    type Inner: tokio_postgres::ToStatement + ?Sized;

    #[doc(hidden)]
    fn inner(&self) -> &Self::Inner;

    #[doc(hidden)]
    fn text(&self) -> &str;
}

mod sealed {
    pub trait Sealed {}

    impl Sealed for str {}
    impl Sealed for String {}
    impl Sealed for super::Statement {}
}

impl ToStatement for str {
    type Inner = str;

    fn inner(&self) -> &str {
        self
    }

    fn text(&self) -> &str {
        self
    }
}

impl ToStatement for String {
    type Inner = str;

    fn inner(&self) -> &str {
        self
    }

    fn text(&self) -> &str {
        self
    }
}

impl ToStatement for Statement {
    type Inner = tokio_postgres::Statement;

    fn inner(&self) -> &tokio_postgres::Statement {
        &self.inner
    }

    fn text(&self) -> &str {
        &self.text
    }
}
