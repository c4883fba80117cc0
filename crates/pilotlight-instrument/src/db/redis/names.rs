//! The names of commands and scripts, which become names of spans and attributes of metrics.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::{LazyLock, PoisonError, RwLock};

/// Redis and its modules have about 500. What comes later has no name, so that a program whose commands are made by
/// strangers, as a console's are, names no more spans and series than this.
const NAMES_MAX: usize = 512;

/// Digests of scripts have 40 bytes; the longest word that Redis has, `COUNT-FAILURE-REPORTS`, has 21.
const WORD_BYTES_MAX: usize = 40;

/// What has no name, as the conventions call it elsewhere.
pub(super) const OTHER: &str = "_OTHER";

/// Commands that are nothing without their second word.
const CONTAINERS: [&str; 16] = [
    "ACL", "CLIENT", "CLUSTER", "COMMAND", "CONFIG", "DEBUG", "FUNCTION", "LATENCY", "MEMORY", "MODULE",
    "OBJECT", "PUBSUB", "SCRIPT", "SLOWLOG", "XGROUP", "XINFO",
];

/// Commands whose second word is a script's digest or a function's name.
const CALLS: [&str; 4] = ["EVALSHA", "EVALSHA_RO", "FCALL", "FCALL_RO"];

/// What the connections of the process have in common.
static NAMES: LazyLock<Names> = LazyLock::new(Names::default);

/// The first names seen, for ever: no span copies one.
#[derive(Default)]
struct Names {
    /// Written to when a name is new, and never again.
    seen: RwLock<HashSet<&'static str>>,
}

/// The name of the command with these arguments, as the program spells it: `GET`, `CONFIG GET`. Leaves the arguments
/// that are not of the name.
pub(super) fn command<'a>(arguments: &mut (impl Iterator<Item = &'a [u8]> + Clone)) -> &'static str {
    words(arguments).and_then(|name| NAMES.known(&name)).unwrap_or(OTHER)
}

/// What a command that is named so calls. Leaves the arguments behind it.
pub(super) fn called<'a>(
    name: &str,
    arguments: &mut (impl Iterator<Item = &'a [u8]> + Clone),
) -> Option<&'static str> {
    let calls = CALLS.iter().any(|call| call.eq_ignore_ascii_case(name));
    let called = NAMES.known(next_word(arguments).filter(|_| calls)?)?;
    arguments.next();
    Some(called)
}

fn words<'a>(arguments: &mut (impl Iterator<Item = &'a [u8]> + Clone)) -> Option<Cow<'a, str>> {
    let first = word(arguments.next()?)?;
    if !CONTAINERS.iter().any(|container| container.eq_ignore_ascii_case(first)) {
        return Some(Cow::Borrowed(first));
    }
    let Some(second) = next_word(arguments) else { return Some(Cow::Borrowed(first)) };
    arguments.next();
    Some(Cow::Owned(format!("{first} {second}")))
}

/// Leaves it where it is.
fn next_word<'a>(arguments: &(impl Iterator<Item = &'a [u8]> + Clone)) -> Option<&'a str> {
    arguments.clone().next().and_then(word)
}

/// Names are words, like `GET`, `FT.SEARCH` and `COUNT-FAILURE-REPORTS`; values seldom are.
fn word(bytes: &[u8]) -> Option<&str> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let fits = (1..=WORD_BYTES_MAX).contains(&bytes.len()) && bytes.iter().all(is_word);
    std::str::from_utf8(bytes).ok().filter(|_| fits)
}

impl Names {
    fn known(&self, name: &str) -> Option<&'static str> {
        if let Some(known) = self.seen.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Some(known);
        }
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = seen.get(name) {
            return Some(known);
        }
        if seen.len() >= NAMES_MAX {
            return None;
        }
        // There are so many at most, and they are wanted until the process ends.
        let name: &'static str = String::leak(name.to_owned());
        seen.insert(name);
        Some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(line: &str) -> (String, Option<&'static str>, usize) {
        let mut arguments = line.split(' ').map(str::as_bytes);
        let name = command(&mut arguments);
        let called = called(name, &mut arguments);
        (name.to_owned(), called, arguments.count())
    }

    #[test]
    fn a_command_is_named_as_the_program_spells_it() {
        assert_eq!(named("GET user:7"), ("GET".to_owned(), None, 1));
        assert_eq!(named("get user:7"), ("get".to_owned(), None, 1));
        assert_eq!(named("FT.SEARCH index text"), ("FT.SEARCH".to_owned(), None, 2));
    }

    #[test]
    fn a_container_is_named_with_its_second_word() {
        assert_eq!(named("CONFIG GET maxmemory"), ("CONFIG GET".to_owned(), None, 1));
        assert_eq!(named("ACL SETUSER alice >s3cret"), ("ACL SETUSER".to_owned(), None, 2));
        assert_eq!(named("COMMAND"), ("COMMAND".to_owned(), None, 0));
        assert_eq!(named("CLIENT not=a=word"), ("CLIENT".to_owned(), None, 1));
    }

    #[test]
    fn a_script_and_a_function_are_named_by_who_calls_them() {
        let digest = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db";
        assert_eq!(named(&format!("EVALSHA {digest} 1 key")), ("EVALSHA".to_owned(), Some(digest), 2));
        assert_eq!(named("FCALL order_totals 0"), ("FCALL".to_owned(), Some("order_totals"), 1));
        assert_eq!(named("FCALL not=a=word 0"), ("FCALL".to_owned(), None, 2));
    }

    #[test]
    fn what_is_no_word_is_no_name() {
        assert_eq!(named("user@example.com").0, "_OTHER");
        assert_eq!(named(&"A".repeat(WORD_BYTES_MAX + 1)).0, "_OTHER");
        assert_eq!(command(&mut [&b"\xff"[..]].into_iter()), "_OTHER");
        assert_eq!(command(&mut [].into_iter()), "_OTHER");
    }

    #[test]
    fn a_name_seen_again_is_the_same_string() {
        let names = Names::default();
        let (one, again) = (names.known("GET").unwrap(), names.known(&String::from("GET")).unwrap());
        assert_eq!(one.as_ptr(), again.as_ptr());
    }

    #[test]
    fn strangers_cannot_make_up_more_names_than_the_bound() {
        let names = Names::default();
        for at in 0..2 * NAMES_MAX {
            assert_eq!(names.known(&format!("X{at}")).is_some(), at < NAMES_MAX);
        }
        assert_eq!(names.known("X0"), Some("X0"));
    }
}
