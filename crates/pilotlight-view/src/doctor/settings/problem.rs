//! What could not be used as it was given.

/// A value that cannot be used, or not as it was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind of trouble this is: the finding's id.
    pub id: &'static str,
    /// Whether nothing arrives because of it.
    pub is_fatal: bool,
    /// The variable, or `file:line` in the sources.
    pub setting: String,
    /// The value, when it is no secret; URLs without theirs.
    pub value: Option<String>,
    /// What is wrong with it, to follow the setting's name: `is no number`.
    pub what: String,
    /// What happens instead.
    pub instead: String,
    /// What to do.
    pub next: String,
}
