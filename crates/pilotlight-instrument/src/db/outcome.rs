//! How an operation ended, as told by whoever knows the driver.

use super::error::Failure;

/// What came of an operation.
///
/// ```
/// use pilotlight_instrument::db::{Failure, Outcome};
///
/// let found: Result<Vec<&str>, u16> = Ok(vec!["a", "b"]);
/// let outcome = match found {
///     Ok(rows) => Outcome::rows(rows.len() as u64),
///     Err(number) => Outcome::failed(Failure::status_code(number.to_string())),
/// };
/// # assert_eq!(outcome, Outcome::rows(2));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub(super) rows: Option<u64>,
    pub(super) failure: Option<Failure>,
}

impl Outcome {
    /// It succeeded, and returns no rows, or nobody counted them.
    pub fn done() -> Self {
        Self::default()
    }

    /// It returned so many rows.
    pub fn rows(rows: u64) -> Self {
        Self { rows: Some(rows), failure: None }
    }

    /// It failed.
    pub fn failed(failure: Failure) -> Self {
        Self { rows: None, failure: Some(failure) }
    }
}
