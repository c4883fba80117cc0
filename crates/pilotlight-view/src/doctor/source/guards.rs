//! Guards of spans that are held while the task waits: other tasks then run inside of the span.

use super::functions;
use super::sightings::{Sighting, What};
use super::tokens::{Kind, Token, Tokens};

/// Methods that put a span into force on the thread until their guard is dropped.
const ENTERING: [&str; 3] = ["enter", "entered", "attach"];

/// Whose `enter` is about a runtime, not about a span.
const RUNTIMES: [&str; 5] = ["rt", "runtime", "handle", "Handle", "current"];

/// How far a guard is followed: nobody reads further either.
const GUARD_TOKENS_MAX: usize = 2_000;

/// How long a function's signature may be.
const SIGNATURE_TOKENS_MAX: usize = 200;

/// Finds `let guard = span.enter();` with an `.await` before the guard goes.
pub(super) fn find(file: &str, tokens: &Tokens<'_>, sightings: &mut Vec<Sighting>) {
    for body in functions::async_bodies(tokens) {
        let lets = body.clone().filter(|at| tokens[*at].is("let"));
        for at in lets.filter(|at| is_held_across_await(tokens, *at, body.end)) {
            let place = format!("{file}:{}", tokens[at].line);
            sightings.push(Sighting { what: What::GuardAcrossAwait, place });
        }
    }
}

fn is_held_across_await(tokens: &Tokens<'_>, at: usize, end: usize) -> bool {
    let Some(name) = tokens.get(at + 1).filter(|token| token.kind == Kind::Word && token.text != "_") else {
        return false;
    };
    let Some(statement_end) = statement_end(tokens, at, end) else { return false };
    let binds = tokens.get(at + 2).is_some_and(|token| token.is("="));
    binds
        && is_entering(&tokens[at..statement_end])
        && awaits_before_drop(tokens, statement_end, end, name.text)
}

fn statement_end(tokens: &Tokens<'_>, from: usize, end: usize) -> Option<usize> {
    let mut at = from;
    while at < end {
        match tokens[at].text {
            ";" => return Some(at),
            _ => at = tokens.closing(at) + 1,
        }
    }
    None
}

/// Whether the statement ends in `.enter()`.
fn is_entering(statement: &[Token<'_>]) -> bool {
    let [.., receiver, dot, name, open, close] = statement else { return false };
    dot.is(".")
        && open.is("(")
        && close.is(")")
        && ENTERING.iter().any(|entering| name.is(entering))
        && !RUNTIMES.iter().any(|runtime| receiver.is(runtime))
        && !statement.iter().any(|token| token.is("Handle") || token.is("runtime"))
}

/// Whether the block that goes on at `from` waits while `guard` is alive; what runs elsewhere (other functions, blocks and closures
/// of their own) does not count.
fn awaits_before_drop(tokens: &Tokens<'_>, from: usize, end: usize, guard: &str) -> bool {
    let mut at = from;
    let mut depth = 0_usize;
    while at < end.min(from + GUARD_TOKENS_MAX) {
        let token = &tokens[at];
        match token.text {
            "{" => depth += 1,
            "}" if depth == 0 => return false,
            "}" => depth -= 1,
            "async" | "fn" => at = body_end(tokens, at),
            "drop" if tokens.get(at + 2).is_some_and(|argument| argument.is(guard)) => return false,
            "await" if token.kind == Kind::Word && tokens[at - 1].is(".") => return true,
            _ => {}
        }
        at += 1;
    }
    false
}

/// Where the braces that follow `at` close.
fn body_end(tokens: &Tokens<'_>, at: usize) -> usize {
    let mut near = at..tokens.len().min(at + SIGNATURE_TOKENS_MAX);
    near.find(|at| tokens[*at].is("{")).map_or(at, |open| tokens.closing(open))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::source::Sources;

    fn lines(text: &str) -> Vec<String> {
        let mut sources = Sources::default();
        sources.add("a.rs", text);
        sources.places(What::GuardAcrossAwait).map(str::to_owned).collect()
    }

    #[test]
    fn a_guard_held_while_waiting_is_found() {
        assert_eq!(lines("async fn a() {\n let g = span.enter();\n b().await;\n}"), ["a.rs:2"]);
        assert_eq!(
            lines("fn a() { spawn(async move { let _g = info_span!(\"x\").entered(); b().await }) }"),
            ["a.rs:1"]
        );
    }

    #[test]
    fn guards_that_go_before_are_left_alone() {
        for text in [
            "async fn a() { { let g = span.enter(); b(); } c().await; }",
            "async fn a() { let g = span.enter(); drop(g); c().await; }",
            "async fn a() { let _ = span.enter(); c().await; }",
            "async fn a() { c().await; let g = span.enter(); }",
            "async fn a() { let g = span.enter(); spawn(async { c().await }); }",
            "async fn a() { let g = rt.enter(); c().await; }",
            "async fn a() { let g = Handle::current().enter(); c().await; }",
            "fn a() { let g = span.enter(); block_on(async { c().await }); }",
        ] {
            assert_eq!(lines(text), [] as [&str; 0], "{text}");
        }
    }
}
