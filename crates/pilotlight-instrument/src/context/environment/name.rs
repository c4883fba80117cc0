//! What a propagator's key is called in the environment.
//!
//! [Key name normalization](https://opentelemetry.io/docs/specs/otel/context/env-carriers/): upper case, digits and underscores,
//! and no digit in front.

/// The variable for a propagator's key: `traceparent` is `TRACEPARENT`, `x-b3-traceid` is `X_B3_TRACEID`.
pub(super) fn variable(key: &str) -> String {
    let guard = if starts_badly(key) { "_" } else { "" };
    guard.chars().chain(key.chars().map(normalized)).collect()
}

/// Whether a variable is called as this module would call it.
pub(super) fn is_variable(name: &str) -> bool {
    !starts_badly(name) && name.chars().all(|letter| normalized(letter) == letter)
}

fn starts_badly(name: &str) -> bool {
    name.chars().next().is_none_or(|first| first.is_ascii_digit())
}

fn normalized(letter: char) -> char {
    if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_upper_case_words_with_underscores() {
        let names = [
            ("traceparent", "TRACEPARENT"),
            ("TraceState", "TRACESTATE"),
            ("x-b3-traceid", "X_B3_TRACEID"),
            ("a.b=c\0d", "A_B_C_D"),
            ("größe", "GR__E"),
            ("3d", "_3D"),
            ("", "_"),
        ];
        for (key, name) in names {
            assert_eq!(variable(key), name, "{key:?}");
        }
    }

    #[test]
    fn what_was_normalized_is_known_again_and_nothing_else() {
        for key in ["traceparent", "x-b3-traceid", "3d", ""] {
            assert!(is_variable(&variable(key)), "{key:?}");
        }
        for name in ["traceparent", "TRACE-PARENT", "3D", ""] {
            assert!(!is_variable(name), "{name:?}");
        }
    }
}
