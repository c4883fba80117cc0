//! What servers read otherwise than the lexer does, or each in its way: there a text is not to be trusted.
//!
//! Each of these rules gives up a text that hardly any program sends. Without it a literal could be shown, by way of a
//! quote that one of both takes as the end of a string, and the other as its beginning.

use super::dialect::Dialect;
use super::token::{Kind, Token};
use sqlparser::tokenizer::{Token as Lexeme, Whitespace};

/// Whether it cannot be told what the server takes this lexeme for.
pub(super) fn about_lexeme(dialect: Dialect, lexeme: &Lexeme, text: &str) -> bool {
    match lexeme {
        // It may be part of a name in brackets.
        Lexeme::Whitespace(_) if dialect == Dialect::Generic && text.contains(']') => true,
        Lexeme::Whitespace(Whitespace::MultiLineComment(_)) => about_block(dialect, text),
        Lexeme::Whitespace(Whitespace::SingleLineComment { .. }) => about_line(dialect, text),
        // The lexer lets a backslash escape in `X'…'`, as no server does.
        Lexeme::HexStringLiteral(_)
        | Lexeme::SingleQuotedByteStringLiteral(_)
        | Lexeme::DoubleQuotedByteStringLiteral(_) => text.contains('\\'),
        // Only PostgreSQL has them.
        Lexeme::EscapedStringLiteral(_) | Lexeme::UnicodeStringLiteral(_) => {
            dialect == Dialect::Generic && text.contains('\\')
        }
        Lexeme::DollarQuotedString(string) => {
            let numbered = string.tag.as_ref().is_some_and(|tag| tag.starts_with(|ch: char| ch.is_numeric()));
            numbered || dialect == Dialect::Generic && hides(text)
        }
        Lexeme::Placeholder(_) => about_placeholder(dialect, text),
        Lexeme::Word(word) => match word.quote_style {
            Some('`') => dialect == Dialect::Generic && hides(&text[1..text.len() - 1]),
            Some('[') => dialect == Dialect::Sqlite && text.contains("]]"),
            Some(_) => dialect == Dialect::Generic && text.contains('\\'),
            None => false,
        },
        // With `ANSI_QUOTES` a name, in which a backslash escapes nothing.
        Lexeme::DoubleQuotedString(_) => text.contains('\\'),
        // A comment in MySQL.
        Lexeme::Sharp
        | Lexeme::DoubleSharp
        | Lexeme::HashArrow
        | Lexeme::HashLongArrow
        | Lexeme::HashMinus => dialect == Dialect::Generic,
        Lexeme::Backslash | Lexeme::Char(_) | Lexeme::CustomBinaryOperator(_) => true,
        _ => false,
    }
}

/// What must be remembered to doubt.
#[derive(Default)]
pub(super) struct Place {
    /// How many `[` are open.
    brackets: usize,
    /// In a `COPY` from standard input: what follows its end are rows.
    copies: bool,
    copies_rows: bool,
}

/// Whether it cannot be told what a part is, after those before it.
pub(super) fn about_place(
    dialect: Dialect,
    place: &mut Place,
    before: &[Token<'_>],
    token: &Token<'_>,
) -> bool {
    place.advance(before, token);
    let last = before.last();
    let joined = last.filter(|_| !token.spaced);
    let quoted = token.kind == Kind::Literal && token.text.starts_with(['\'', '"']);
    // The lexer does not see that a comment begins within an operator of PostgreSQL's: `||/* … */`, `#-- …`.
    let begins =
        |end: &str, rest| joined.is_some_and(|last| last.text.ends_with(end)) && token.text.starts_with(rest);
    if begins("|/", '*') || begins("#-", '-') {
        return true;
    }
    // A dollar goes on with a name, not a string: where the lexer reads `0x` and `$$…$$`, a server reads 0 and the name `x$$`.
    let goes_on =
        |last: &&Token<'_>| last.text.ends_with(|ch: char| ch.is_alphanumeric() || matches!(ch, '_' | '$'));
    if token.text.starts_with('$') && joined.filter(goes_on).is_some() {
        return true;
    }
    match dialect {
        // A name in brackets may hold a quote.
        Dialect::Generic if place.brackets > 0 && token.text.contains(']') && token.text.len() > 1 => true,
        // Oracle's `q'[…]'`.
        Dialect::Generic if quoted && joined.is_some_and(|last| last.is_any(&["q", "nq"])) => true,
        // A comment where no blank need follow.
        Dialect::Generic | Dialect::MySql
            if token.text == "-" && joined.is_some_and(|last| last.text == "-") =>
        {
            true
        }
        // Names of variables go on in brackets: `$name(…)`.
        Dialect::Sqlite if token.kind == Kind::Open => follows_variable(before, token),
        _ => place.copies_rows && token.kind != Kind::Semicolon,
    }
}

impl Place {
    fn advance(&mut self, before: &[Token<'_>], token: &Token<'_>) {
        match token.text {
            "[" => self.brackets += 1,
            "]" => self.brackets = self.brackets.saturating_sub(1),
            ";" => {
                self.copies_rows |= self.copies;
                self.copies = false;
            }
            _ if token.is("stdin") => self.copies |= before.last().is_some_and(|last| last.is("from")),
            _ => {}
        }
    }
}

fn follows_variable(before: &[Token<'_>], open: &Token<'_>) -> bool {
    let mut joined = !open.spaced;
    for token in before.iter().rev().take_while(|token| {
        let belongs = joined;
        joined = !token.spaced;
        belongs
            && (token.is_name()
                || token.kind == Kind::Placeholder
                || matches!(token.text, "::" | "#" | "@" | ":"))
    }) {
        if token.kind == Kind::Placeholder && token.text != "?" || matches!(token.text, "#" | "@" | ":") {
            return true;
        }
    }
    false
}

/// What stands in MySQL's `/*! … */` is code; and whether comments nest is for the dialect.
fn about_block(dialect: Dialect, text: &str) -> bool {
    let content = &text[2..text.len() - 2];
    // The end's own star may belong to another beginning: `/*! /*/`.
    let nests = text[2..text.len() - 1].contains("/*");
    let is_code = content.starts_with('!') || content.starts_with("M!") || content.starts_with("m!");
    dialect == Dialect::Generic && nests || is_code && (nests || hides(content))
}

/// Where a comment ends is for the dialect, if a carriage return stands alone; whether it is one, in MySQL, if no blank follows.
fn about_line(dialect: Dialect, text: &str) -> bool {
    let line = text.strip_suffix('\r').unwrap_or(text);
    let content = line.strip_prefix("--").unwrap_or(line);
    let unclear = match dialect {
        Dialect::Generic => content.starts_with(|ch: char| !ch.is_ascii_whitespace()) && hides(content),
        Dialect::MySql => line.starts_with("--") && content.starts_with(|ch: char| !ch.is_ascii()),
        _ => false,
    };
    unclear || line.contains('\r')
}

fn about_placeholder(dialect: Dialect, text: &str) -> bool {
    let Some(name) = text.strip_prefix('$') else { return false };
    match dialect {
        // Otherwise it may begin a string: a tag may have letters of which the lexer does not know.
        Dialect::Generic | Dialect::PostgreSql => {
            name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_digit())
        }
        // New versions quote with dollars.
        Dialect::MySql => name.is_empty() || name.contains('$'),
        _ => false,
    }
}

/// Whether a text holds what begins or ends a string, a name or a comment somewhere.
fn hides(text: &str) -> bool {
    let quotes = |ch| matches!(ch, '\'' | '"' | '`' | '\\' | '#' | '[' | ']');
    let text = text.strip_prefix("$$").and_then(|text| text.strip_suffix("$$")).unwrap_or(text);
    text.contains(quotes)
        || text.contains("--")
        || text.contains("/*")
        || text.contains("*/")
        || text.contains('$')
}
