//! Which names and units instruments may have.
//!
//! Specification: "Instrument name syntax" and "Instrument unit",
//! <https://opentelemetry.io/docs/specs/otel/metrics/api/#instrument-name-syntax>.

/// The longest name.
const NAME_MAX: usize = 255;

/// The longest unit.
const UNIT_MAX: usize = 63;

/// What is wrong with an instrument's name, if anything is.
pub(crate) fn name_problem(name: &str) -> Option<&'static str> {
    let first_is_letter = name.chars().next().is_some_and(|first| first.is_ascii_alphabetic());
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/');
    if name.is_empty() {
        Some("is empty")
    } else if name.len() > NAME_MAX {
        Some("is longer than 255 characters")
    } else if !first_is_letter {
        Some("does not begin with a letter")
    } else if !name.chars().all(is_allowed) {
        Some("has characters other than letters, digits, '_', '.', '-' and '/'")
    } else {
        None
    }
}

/// What is wrong with an instrument's unit, if anything is.
pub(crate) fn unit_problem(unit: &str) -> Option<&'static str> {
    if unit.len() > UNIT_MAX {
        Some("is longer than 63 characters")
    } else if !unit.is_ascii() {
        Some("has characters other than ASCII")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_specified_syntax() {
        for good in ["a", "http.server.request.duration", "A-b/c_d.9", &"x".repeat(255)] {
            assert_eq!(name_problem(good), None, "{good}");
        }
        for bad in ["", "9lives", "_x", "with space", "naïve", "a\nb", &"x".repeat(256)] {
            assert!(name_problem(bad).is_some(), "{bad:?}");
        }
    }

    #[test]
    fn units_are_short_and_ascii() {
        assert_eq!(unit_problem("{request}/s"), None);
        assert_eq!(unit_problem(""), None);
        assert!(unit_problem("µs").is_some());
        assert!(unit_problem(&"x".repeat(64)).is_some());
    }
}
