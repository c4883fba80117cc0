//! Chains of calls: `SpanExporter::builder().with_tonic().with_endpoint(url)`.

use super::tokens::{Kind, Token, Tokens};

/// Longer chains are generated, and say nothing more.
const CALLS_MAX: usize = 100;

/// Of longer arguments the rest is not looked at.
const ARGUMENT_TOKENS_MAX: usize = 500;

/// One call of a chain, with what is between its parentheses.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'s, 't> {
    pub(super) name: &'t str,
    pub(super) arguments: &'s [Token<'t>],
}

/// The calls that follow the expression whose last token is at `end`: `.name(…)`, with `?` and `.await` in between.
pub(super) fn after<'s, 't>(tokens: &'s Tokens<'t>, end: usize) -> Vec<Call<'s, 't>> {
    let (mut calls, mut at) = (Vec::new(), end + 1);
    while let Some(token) = tokens.get(at).filter(|_| calls.len() < CALLS_MAX) {
        if token.is("?") {
            at += 1;
            continue;
        }
        let Some(name) = tokens.get(at + 1).filter(|next| token.is(".") && next.kind == Kind::Word) else {
            break;
        };
        let open = skip_turbofish(tokens, at + 2);
        if !tokens.get(open).is_some_and(|token| token.is("(")) {
            at += 2;
            continue;
        }
        let close = tokens.closing(open);
        calls.push(Call {
            name: name.text,
            arguments: tokens.get(open + 1..close.min(open + ARGUMENT_TOKENS_MAX)).unwrap_or_default(),
        });
        at = close + 1;
    }
    calls
}

/// Where `::<…>` ends that may stand at `at`; `at` when there is none.
fn skip_turbofish(tokens: &[Token<'_>], at: usize) -> usize {
    if !is_path(tokens, at, &["", ""]) || !tokens.get(at + 2).is_some_and(|token| token.is("<")) {
        return at;
    }
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(at + 2).take(ARGUMENT_TOKENS_MAX) {
        match token.text {
            "<" => depth += 1,
            ">" => depth = depth.saturating_sub(1),
            "(" | ";" | "{" => return at,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    at
}

/// Whether `names` with `::` between them stand at `at`. Empty names stand for nothing: `["", ""]` is `::` alone.
pub(super) fn is_path(tokens: &[Token<'_>], at: usize, names: &[&str]) -> bool {
    path_length(tokens, at, names).is_some()
}

/// How many tokens the path is long that stands at `at`.
pub(super) fn path_length(tokens: &[Token<'_>], at: usize, names: &[&str]) -> Option<usize> {
    let mut next = at;
    for (number, name) in names.iter().enumerate() {
        if number > 0 {
            let colons = tokens.get(next..next + 2)?;
            if !colons.iter().all(|token| token.is(":")) {
                return None;
            }
            next += 2;
        }
        if !name.is_empty() {
            if !tokens.get(next)?.is(name) {
                return None;
            }
            next += 1;
        }
    }
    Some(next - at)
}
