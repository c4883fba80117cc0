//! Functions and their bodies.

use std::ops::Range;

use super::tokens::{BRACKETS, Kind, Token, Tokens};

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
    let open = opening(tokens, at)?;
    Some(Function { is_async, body: open + 1..tokens.closing(open) })
}

/// Where the body opens; none for a trait's function without one, and for a type such as `fn()`, which ends with what it is part of.
/// Goes no further than the next `fn`, so that nothing is gone through twice.
fn opening(tokens: &Tokens<'_>, at: usize) -> Option<usize> {
    let (mut depth, mut has_where) = (0_usize, false);
    for next in tokens.outside(BRACKETS, at + 1) {
        match tokens[next].text {
            _ if tokens[next].kind == Kind::Text => {}
            "<" => depth += 1,
            // That of `->`.
            ">" if tokens[next - 1].is("-") => {}
            ">" => depth = depth.checked_sub(1)?,
            ";" | "}" | ")" | "]" | "fn" => return None,
            _ if depth > 0 => {}
            "{" => return Some(next),
            "where" => has_where = true,
            "," if has_where => {}
            "," | "=" => return None,
            _ => {}
        }
    }
    None
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether each function is async, and what its body begins with.
    fn found(text: &str) -> Vec<(bool, String)> {
        let tokens = Tokens::of(text);
        let first = |function: Function| (function.is_async, tokens[function.body.start].text.to_owned());
        all(&tokens).into_iter().map(first).collect()
    }

    #[test]
    fn a_function_is_seen_whatever_commas_its_signature_has() {
        for signature in [
            "fn a() -> Result<A, B>",
            "fn a<T, U>() where T: X, U: Y,",
            "fn a<T, U>(t: T, u: [U; 2]) -> (T, U)",
            "fn a<F: Fn(A) -> B, const N: usize>(f: F) -> Result<Vec<Option<A>>, B>",
            "fn a() -> impl Iterator<Item = T>",
            "fn a() -> Array<{ N + 1 }, B>",
            "fn a() -> A where F: Fn() -> Result<A, B>, A: X<Item = B>",
        ] {
            let text = |before: &str| format!("{before}{signature} {{ body; }}");
            assert_eq!(found(&text("")), [(false, "body".to_owned())], "{signature}");
            assert_eq!(found(&text("pub async ")), [(true, "body".to_owned())], "{signature}");
        }
    }

    #[test]
    fn what_has_no_body_is_no_function() {
        for text in [
            "struct S { f: fn() -> u8, g: U } impl S { }",
            "struct S(Option<fn() -> Result<A, B>>, U); impl S { }",
            "trait T { fn a() -> Result<A, B> where Self: Sized; } impl S { }",
            "type F = fn() -> u8; impl S { }",
            "const F: fn() -> Result<A, B> = { f };",
            "match (f as fn() -> A, g) { _ => { } }",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
