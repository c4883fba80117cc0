//! Guards of spans that are held while the task waits: other tasks then run inside of the span.

use std::ops::Range;

use super::functions;
use super::sightings::{Sightings, What};
use super::tokens::{BRACKETS, Kind, Token, Tokens};

/// Methods that put a span into force on the thread until their guard is dropped.
const ENTERING: [&str; 3] = ["enter", "entered", "attach"];

/// Last words in the names of runtimes, whose `enter` is not about a span.
const RUNTIMES: [&str; 3] = ["rt", "runtime", "handle"];

/// How far a guard is followed: nobody reads further either.
const GUARD_TOKENS_MAX: usize = 2_000;

/// How long a function's signature may be.
const SIGNATURE_TOKENS_MAX: usize = 200;

/// Finds `let guard = span.enter();` with an `.await` before the guard goes.
pub(super) fn find(file: &str, tokens: &Tokens<'_>, sightings: &mut Sightings) {
    for body in functions::async_bodies(tokens) {
        let lets = body.clone().filter(|at| tokens[*at].is("let"));
        for at in lets.filter(|at| is_held_across_await(tokens, *at, body.end)) {
            sightings.see(What::GuardAcrossAwait, || format!("{file}:{}", tokens[at].line));
        }
    }
}

fn is_held_across_await(tokens: &Tokens<'_>, at: usize, end: usize) -> bool {
    let Some([_, name, equals]) = tokens.get(at..at + 3) else { return false };
    if name.kind != Kind::Word || name.text == "_" || !equals.is("=") {
        return false;
    }
    let Some(statement_end) = tokens.statement_end(at).filter(|at| *at < end) else { return false };
    is_entering(tokens, at + 3..statement_end) && awaits_before_drop(tokens, statement_end, end, name.text)
}

/// Whether `value` ends in `.enter()`, and is about a span.
fn is_entering(tokens: &Tokens<'_>, value: Range<usize>) -> bool {
    let own: Vec<usize> = tokens.outside(BRACKETS, value.start).take_while(|at| value.contains(at)).collect();
    let [receiver @ .., dot, name, open] = own.as_slice() else { return false };
    tokens[*dot].is(".")
        && ENTERING.iter().any(|entering| tokens[*name].is(entering))
        && tokens[*open].is("(")
        && tokens.closing(*open) == open + 1
        && !receiver.iter().any(|at| is_of_runtime(&tokens[*at]))
}

/// `handle`, `Handle`, `tokio_rt`.
fn is_of_runtime(token: &Token<'_>) -> bool {
    let last = token.text.rsplit('_').next().unwrap_or_default();
    RUNTIMES.iter().any(|runtime| runtime.eq_ignore_ascii_case(last))
}

/// Whether the block that goes on at `from` waits while `guard` is alive; what runs elsewhere (other functions, blocks and closures
/// of their own) does not count.
fn awaits_before_drop(tokens: &Tokens<'_>, from: usize, end: usize, guard: &str) -> bool {
    let mut at = from;
    let mut depth = 0_usize;
    while at < end.min(from + GUARD_TOKENS_MAX) {
        let token = &tokens[at];
        match token.text {
            _ if token.kind == Kind::Text => {}
            "{" => depth += 1,
            "}" if depth == 0 => return false,
            "}" => depth -= 1,
            "async" | "fn" => at = body_end(tokens, at),
            "drop" if tokens.get(at + 2).is_some_and(|argument| argument.is(guard)) => return false,
            "await" if tokens[at - 1].is(".") => return true,
            _ => {}
        }
        at += 1;
    }
    false
}

/// Where the braces that follow `at` close, when a function or a block begins there.
fn body_end(tokens: &Tokens<'_>, at: usize) -> usize {
    let ends = |at: &usize| ["{", "}", ";", "async", "fn"].iter().any(|end| tokens[*at].is(end));
    let mut near = at + 1..tokens.len().min(at + SIGNATURE_TOKENS_MAX);
    near.find(ends).filter(|at| tokens[*at].is("{")).map_or(at, |open| tokens.closing(open))
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
        assert_eq!(lines("async fn a() { let g = Span::current().enter(); b().await; }"), ["a.rs:1"]);
        assert_eq!(lines("async fn a() { let g = handle_span.enter(); b().await; }"), ["a.rs:1"]);
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
            "async fn a() { { let g = span.enter(); b(\"{\"); } c().await; }",
            "async fn a() { let _ = span.enter(); c().await; }",
            "async fn a() { c().await; let g = span.enter(); }",
            "async fn a() { let g = span.enter(); spawn(async { c().await }); }",
            "async fn a() { let g = rt.enter(); c().await; }",
            "async fn a() { let g = Handle::current().enter(); c().await; }",
            "async fn a() { let g = self.pool.handle().enter(); c().await; }",
            "async fn a() { let g = self.tokio_rt.enter(); c().await; }",
            "fn a() { let g = span.enter(); block_on(async { c().await }); }",
        ] {
            assert_eq!(lines(text), [] as [&str; 0], "{text}");
        }
    }
}
