//! The `tracestate` header: what each tracing system on the way wants to tell itself later.
//!
//! ```text
//!  rojo=00f067aa0ba902b7,tenant@congo=t61rcWkgMzE
//!  ▲ newest first; at most 32 members, keys and values of at most 256 characters
//! ```
//!
//! Grammar: <https://www.w3.org/TR/trace-context-2/#tracestate-header-field-values>. The API's own parser
//! (`TraceState::from_str`) is not used: it cuts a list at 32 members where the standard discards it, keeps duplicates, and
//! lets any character into a value.

use super::ows;
use opentelemetry::trace::TraceState;

/// More make the whole list invalid: <https://www.w3.org/TR/trace-context-2/#tracestate-header-field-values>.
const MEMBERS_MAX: usize = 32;
/// Characters in a key: <https://www.w3.org/TR/trace-context-2/#key>.
const KEY_MAX: usize = 256;
/// Characters in a value: <https://www.w3.org/TR/trace-context-2/#value>.
const VALUE_MAX: usize = 256;

/// A list that breaks the grammar, repeats a key, or is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Invalid;

/// Reads the header lines, in order, as the one list they are.
///
/// Empty members and empty lines are allowed and skipped. One bad member, a key that appears twice, or a 33rd member
/// discard the list as a whole: half of it could tell a tracing system something else than what was sent.
///
/// The API's `TraceState` is stricter than Level 2 about keys: it applies Level 1's `tenant@system` form, so it refuses a
/// second `@`, a system that begins with none of `a`–`z` and `0`–`9`, and a system longer than 13 characters (Level 1
/// allows 14). Such a member is valid here but nothing can hold it; it alone is left out, which the standard permits
/// ("any key/value pair MAY be deleted"), and the others are kept.
pub(super) fn parse<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<TraceState, Invalid> {
    let mut slots = [("", ""); MEMBERS_MAX];
    let mut count = 0;
    for member in lines.into_iter().flat_map(|line| line.split(',')).map(ows::trim) {
        if member.is_empty() {
            continue;
        }
        let (key, value) = parse_member(member).ok_or(Invalid)?;
        if slots[..count].iter().any(|(earlier, _)| *earlier == key) {
            return Err(Invalid);
        }
        *slots.get_mut(count).ok_or(Invalid)? = (key, value);
        count += 1;
    }
    Ok(hold(&slots[..count]))
}

/// Writes the header, or `None` when there is nothing to write.
///
/// The API lets a program store values that would break the header or smuggle in another one (line feeds, say), an empty
/// key, and a key twice: only what a receiver must accept is written, and of two members the newer.
pub(super) fn format(state: &TraceState) -> Option<String> {
    let length: usize = state.into_iter().map(|(key, value)| key.len() + value.len() + 2).sum();
    if length == 0 {
        return None;
    }
    let mut header = String::with_capacity(length);
    for (index, (key, value)) in state.into_iter().enumerate() {
        let repeated = || state.into_iter().take(index).any(|(earlier, _)| earlier == key);
        if !is_key(key) || !is_value(value) || repeated() {
            continue;
        }
        if !header.is_empty() {
            header.push(',');
        }
        header.push_str(key);
        header.push('=');
        header.push_str(value);
    }
    (!header.is_empty()).then_some(header)
}

/// `member` has no white space around it, so its value cannot end with a space. White space in front of the value is part
/// of the value, and there is none behind a key.
fn parse_member(member: &str) -> Option<(&str, &str)> {
    let (key, value) = member.split_once('=')?;
    (is_key(key) && is_value(value)).then_some((key, value))
}

fn is_key(key: &str) -> bool {
    let [first, rest @ ..] = key.as_bytes() else { return false };
    let starts = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    key.len() <= KEY_MAX
        && starts(first)
        && rest.iter().all(|byte| starts(byte) || matches!(byte, b'_' | b'-' | b'*' | b'/' | b'@'))
}

fn is_value(value: &str) -> bool {
    let [.., last] = value.as_bytes() else { return false };
    value.len() <= VALUE_MAX
        && *last != b' '
        && value.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b',' | b'='))
}

/// Only when the API refuses the list is each member asked about alone; no rule of the API's is repeated here, so a later
/// version that holds more is believed at once.
fn hold(members: &[(&str, &str)]) -> TraceState {
    let holds = |&&member: &&(&str, &str)| TraceState::from_key_value([member]).is_ok();
    TraceState::from_key_value(members.iter().copied())
        .or_else(|_| TraceState::from_key_value(members.iter().filter(holds).copied()))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(line: &str) -> Result<String, Invalid> {
        parse([line]).map(|state| state.header())
    }

    fn numbered(count: usize) -> String {
        (0..count).map(|n| format!("k{n}={n}")).collect::<Vec<_>>().join(",")
    }

    #[test]
    fn valid_lists_are_kept_in_order() {
        let long_key = "z".repeat(256);
        let tenant = format!("{}@{}", "t".repeat(241), "v".repeat(13));
        let printable: String = (' '..='~').filter(|c| !matches!(c, ',' | '=')).collect();
        let cases = [
            ("one member", "rojo=00f067aa0ba902b7".into(), "rojo=00f067aa0ba902b7".into()),
            ("two members", "rojo=1,congo=2".into(), "rojo=1,congo=2".into()),
            ("white space around members", "\t rojo=1 \t,\t congo=2 \t".into(), "rojo=1,congo=2".into()),
            ("empty members", ",rojo=1,, \t,congo=2,".into(), "rojo=1,congo=2".into()),
            ("an empty header", String::new(), String::new()),
            ("a header of white space", " \t".into(), String::new()),
            ("a header of commas", ",,,".into(), String::new()),
            ("a key of one letter", "a=1".into(), "a=1".into()),
            ("a key that begins with a digit", "0a=1".into(), "0a=1".into()),
            ("every character of a key", "a0_-*/=1".into(), "a0_-*/=1".into()),
            ("a key of 256 characters", format!("{long_key}=1"), format!("{long_key}=1")),
            ("a tenant", "tenant@system=1".into(), "tenant@system=1".into()),
            ("a tenant that begins with a digit", "0tenant@system=1".into(), "0tenant@system=1".into()),
            ("the longest tenant that the API holds", format!("{tenant}=1"), format!("{tenant}=1")),
            ("an at sign at the end", "foo@=1,bar=2".into(), "foo@=1,bar=2".into()),
            ("white space in front of a value", "rojo= 1".into(), "rojo= 1".into()),
            ("every character of a value", format!("rojo={printable}"), format!("rojo={printable}")),
            ("a value of 256 characters", format!("r={long_key}"), format!("r={long_key}")),
            ("32 members", numbered(32), numbered(32)),
            ("32 members among empty ones", format!(",,{},,", numbered(32)), numbered(32)),
        ];
        for (case, line, expected) in cases {
            assert_eq!(header(&line), Ok(expected), "{case}: {line}");
        }
    }

    #[test]
    fn invalid_lists_are_discarded_as_a_whole() {
        let long = "z".repeat(257);
        let cases = [
            ("33 members", numbered(33)),
            ("a repeated key", "rojo=1,congo=2,rojo=3".into()),
            ("a repeated member", "rojo=1,rojo=1".into()),
            ("no equals sign", "rojo".into()),
            ("no key", "=1,rojo=2".into()),
            ("no value", "rojo=,congo=2".into()),
            ("a value of spaces", "rojo=  ,congo=2".into()),
            ("an equals sign in a value", "rojo=1=2".into()),
            ("a capital in a key", "Rojo=1".into()),
            ("a dot in a key", "ro.jo=1".into()),
            ("a space behind a key", "rojo =1".into()),
            ("a key that begins with an underscore", "_rojo=1".into()),
            ("a key that begins with an at sign", "@rojo=1,congo=2".into()),
            ("a key of 257 characters", format!("congo=1,{long}=1")),
            ("a value of 257 characters", format!("congo=1,rojo={long}")),
            ("a tab in a value", "rojo=a\tb".into()),
            ("a line feed in a value", "rojo=a\nb".into()),
            ("a delete character in a value", "rojo=a\u{7f}".into()),
            ("a value beyond ASCII", "rojo=é".into()),
            ("a key beyond ASCII", "é=1".into()),
            ("a good member before a bad one", "rojo=1,congo".into()),
        ];
        for (case, line) in cases {
            assert_eq!(header(&line), Err(Invalid), "{case}: {line}");
        }
    }

    #[test]
    fn several_lines_are_one_list() {
        let lines = ["rojo=1,congo=2", "", "baz=3"];
        assert_eq!(parse(lines).unwrap().header(), "rojo=1,congo=2,baz=3");
        assert_eq!(parse(["rojo=1", "rojo=2"]), Err(Invalid));
        assert_eq!(parse([numbered(32).as_str(), "one=more"]), Err(Invalid));
    }

    #[test]
    fn a_member_that_only_the_api_refuses_is_left_out_alone() {
        let system_of_14 = format!("{}@{}=1,bar=2", "t".repeat(241), "v".repeat(14));
        for line in [&system_of_14, "foo@@bar=1,bar=2", "foo@bar@baz=1,bar=2", "foo@_bar=1,bar=2"] {
            assert_eq!(header(line), Ok("bar=2".into()), "{line}");
        }
        assert_eq!(header("foo@@bar=1"), Ok(String::new()));
    }

    #[test]
    fn only_members_that_receivers_accept_are_written() {
        let written =
            |members: &[(&str, &str)]| format(&TraceState::from_key_value(members.iter().copied()).unwrap());
        assert_eq!(written(&[]), None);
        assert_eq!(written(&[("a", "1"), ("b", " 2")]), Some("a=1,b= 2".into()));
        assert_eq!(written(&[("a", "1"), ("b", "x\r\nset-cookie: y"), ("c", "3")]), Some("a=1,c=3".into()));
        assert_eq!(written(&[("a", "1"), ("b", "ends with a space "), ("c", "é")]), Some("a=1".into()));
        assert_eq!(written(&[("a", "newer"), ("a", "older")]), Some("a=newer".into()));
        assert_eq!(written(&[("", "1"), ("a", "")]), None);
    }
}
