//! Functions and their bodies.

use std::ops::Range;

use super::tokens::{BRACKETS, Token, Tokens};

/// What a signature ends with: its body, or whatever follows a trait's function without one, or a type such as `fn()`.
const SIGNATURE_ENDS: [&str; 8] = ["{", "}", ")", "]", ";", "=", ",", "fn"];

/// One function with a body.
#[derive(Debug, Clone)]
pub(super) struct Function {
    pub(super) is_async: bool,
    /// The tokens between its braces.
    pub(super) body: Range<usize>,
}

/// Every function but those within others.
pub(super) fn all(tokens: &Tokens<'_>) -> Vec<Function> {
    let starts = tokens.iter().enumerate().filter(|(_, token)| token.is("fn"));
    outermost(starts.filter_map(|(at, _)| function(tokens, at)), |function| &function.body)
}

fn function(tokens: &Tokens<'_>, at: usize) -> Option<Function> {
    let is_async =
        tokens[..at].iter().rev().take_while(|token| is_qualifier(token)).any(|token| token.is("async"));
    let ends = |at: &usize| SIGNATURE_ENDS.iter().any(|end| tokens[*at].is(end));
    let open = tokens.outside(BRACKETS, at + 1).find(ends).filter(|at| tokens[*at].is("{"))?;
    Some(Function { is_async, body: open + 1..tokens.closing(open) })
}

fn is_qualifier(token: &Token<'_>) -> bool {
    ["async", "unsafe", "const", "extern"].iter().any(|word| token.is(word))
}

/// The bodies of async functions and async blocks, but those within others.
pub(super) fn async_bodies(tokens: &Tokens<'_>) -> Vec<Range<usize>> {
    let words = tokens.iter().enumerate().filter(|(_, token)| token.is("async") || token.is("fn"));
    let bodies = words.filter_map(|(at, token)| match token.is("fn") {
        true => function(tokens, at).filter(|function| function.is_async).map(|function| function.body),
        false => async_block(tokens, at),
    });
    outermost(bodies, |body| body)
}

fn async_block(tokens: &Tokens<'_>, at: usize) -> Option<Range<usize>> {
    let open = if tokens.get(at + 1)?.is("move") { at + 2 } else { at + 1 };
    tokens.get(open)?.is("{").then(|| open + 1..tokens.closing(open))
}

/// Leaves out what lies within one before it, so that nothing is gone through twice.
fn outermost<T>(found: impl Iterator<Item = T>, body: impl Fn(&T) -> &Range<usize>) -> Vec<T> {
    let mut kept: Vec<T> = Vec::new();
    for next in found {
        if kept.last().is_none_or(|last| body(&next).start >= body(last).end) {
            kept.push(next);
        }
    }
    kept
}
