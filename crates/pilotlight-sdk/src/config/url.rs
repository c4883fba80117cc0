//! URLs as they may be shown.

/// `text` without a user name, password or query: those may hold credentials.
///
/// Works on any text, since what has to be shown is often what could not be parsed; in doubt more is hidden.
pub(crate) fn without_secrets(text: &str) -> String {
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), text),
    };
    let (address, tail) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
    if tail.contains('@') {
        // Part of a query, or of a password that was not escaped: nobody can tell.
        return format!("{scheme}REDACTED");
    }
    let query = if tail.is_empty() { "" } else { "?REDACTED" };
    match address.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}REDACTED@{host}{query}"),
        None => format!("{scheme}{address}{query}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_and_queries_are_hidden() {
        for (text, shown) in [
            ("https://collector:4318/x", "https://collector:4318/x"),
            ("collector:4317", "collector:4317"),
            ("https://me:pa@ss@collector/x?key=1", "https://REDACTED@collector/x?REDACTED"),
            ("me:secret@collector", "REDACTED@collector"),
            ("http://me:sec/ret@collector", "http://REDACTED@collector"),
            ("http://collector?token=a@b", "http://REDACTED"),
            ("http://me:se#cret@collector", "http://REDACTED"),
            ("", ""),
        ] {
            assert_eq!(without_secrets(text), shown, "{text:?}");
        }
    }
}
