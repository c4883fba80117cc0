//! A statement in parts, as far as it is certain what they are.

use super::dialect::Dialect;
use super::doubt::{self, Place};
use super::rules::Rules;
use super::token::{Kind, Token};
use sqlparser::tokenizer::{Location, Token as Lexeme, TokenWithSpan, Tokenizer, Whitespace};

/// More of a statement is never looked at: what a huge one costs is bounded by it.
const LEXED_BYTES_MAX: usize = 8 * 1024;

/// Where the parts of a statement end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// With the statement.
    Whole,
    /// Where the statement is too long.
    Cut,
    /// Where it cannot be told what is a literal.
    Doubt,
}

/// Takes `text` apart. Where settings of the server decide what is a literal, it is read in all ways, and the parts end where
/// these differ.
pub(super) fn lex(dialect: Dialect, text: &str) -> (Vec<Token<'_>>, Ending) {
    let lexed = beginning(text);
    let cut = lexed.len() < text.len();
    let escapes = dialect == Dialect::MySql;
    let (mut tokens, ending) = read(Rules { dialect, backslash_escapes: escapes }, lexed, cut);
    if dialect.backslash_depends() && lexed.contains('\\') {
        let (others, _) = read(Rules { dialect, backslash_escapes: !escapes }, lexed, cut);
        let same = tokens.iter().zip(&others).take_while(|(one, other)| one.same_as(other)).count();
        if same < tokens.len().max(others.len()) {
            tokens.truncate(same);
            return (tokens, Ending::Doubt);
        }
    }
    (tokens, ending)
}

fn beginning(text: &str) -> &str {
    let mut end = text.len().min(LEXED_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn read(rules: Rules, text: &str, cut: bool) -> (Vec<Token<'_>>, Ending) {
    let mut lexemes = Vec::with_capacity(text.len() / 4);
    // What stands before an error is in the buffer.
    let whole =
        Tokenizer::new(&rules, text).with_unescape(false).tokenize_with_location_into_buf(&mut lexemes);
    let mut reader = Reader::new(rules.dialect, text, lexemes.len());
    let certain = lexemes.iter().all(|lexeme| reader.take(lexeme));
    let ending = match (certain, cut, whole.is_ok()) {
        (true, true, _) => Ending::Cut,
        (true, false, true) => Ending::Whole,
        _ => Ending::Doubt,
    };
    if ending == Ending::Cut {
        reader.forget_half();
    }
    (reader.tokens, ending)
}

/// Makes our parts of the lexer's.
struct Reader<'a> {
    dialect: Dialect,
    text: &'a str,
    tokens: Vec<Token<'a>>,
    place: Place,
    /// How far the text is read: its byte, and the same for the lexer, which counts lines and characters.
    byte: usize,
    location: Location,
    spaced: bool,
}

impl<'a> Reader<'a> {
    fn new(dialect: Dialect, text: &'a str, lexemes: usize) -> Self {
        Self {
            dialect,
            text,
            tokens: Vec::with_capacity(lexemes),
            place: Place::default(),
            byte: 0,
            location: Location::new(1, 1),
            spaced: false,
        }
    }

    /// Takes the next lexeme; `false` if it cannot be told what it is.
    fn take(&mut self, lexeme: &TokenWithSpan) -> bool {
        let start = self.byte;
        self.advance(lexeme.span.end);
        let text = &self.text[start..self.byte];
        if doubt::about_lexeme(self.dialect, &lexeme.token, text) {
            return false;
        }
        let Some(kind) = kind(self.dialect, &lexeme.token, text) else {
            self.spaced = true;
            return true;
        };
        let token = Token { kind, text, start, spaced: std::mem::take(&mut self.spaced) };
        if doubt::about_place(self.dialect, &mut self.place, &self.tokens, &token) {
            return false;
        }
        if !self.joins(&token) {
            self.tokens.push(token);
        }
        true
    }

    fn advance(&mut self, end: Location) {
        for ch in self.text[self.byte..].chars() {
            if self.location == end {
                break;
            }
            self.byte += ch.len_utf8();
            if ch == '\n' {
                self.location = Location::new(self.location.line + 1, 1);
            } else {
                self.location.column += 1;
            }
        }
    }

    /// Adds a part to the one before it, if they are one: `0b1`, `_utf8mb4'…'`, `:name`, `@p1`.
    fn joins(&mut self, token: &Token<'_>) -> bool {
        let Some(last) = self.tokens.last_mut().filter(|_| !token.spaced) else { return false };
        let kind = match (last.kind, token.kind) {
            (Kind::Literal, Kind::Word | Kind::Literal | Kind::Placeholder)
                if is_number(last.text) && !token.text.starts_with(['\'', '"']) =>
            {
                Kind::Literal
            }
            (Kind::Placeholder, Kind::Literal) if is_number(token.text) => Kind::Literal,
            (Kind::Word, Kind::Literal) if introduces(last.text) && token.text.starts_with(['\'', '"']) => {
                Kind::Literal
            }
            (Kind::Symbol, Kind::Word) if matches!(last.text, ":" | "@") => Kind::Placeholder,
            _ => return false,
        };
        last.kind = kind;
        last.text = &self.text[last.start..token.end()];
        true
    }

    /// Drops what the cut may have halved.
    fn forget_half(&mut self) {
        if self.tokens.last().is_some_and(|last| last.end() == self.text.len()) {
            self.tokens.pop();
        }
    }
}

fn kind(dialect: Dialect, lexeme: &Lexeme, text: &str) -> Option<Kind> {
    Some(match lexeme {
        Lexeme::Whitespace(Whitespace::MultiLineComment(_) | Whitespace::SingleLineComment { .. }) => {
            return None;
        }
        Lexeme::Whitespace(_) | Lexeme::EOF => return None,
        Lexeme::Word(word) => match word.quote_style {
            None => Kind::Word,
            Some('"') if !matches!(dialect, Dialect::PostgreSql | Dialect::Oracle) => Kind::NameOrLiteral,
            Some(_) => Kind::Name,
        },
        Lexeme::Placeholder(_) if stands_for_value(dialect, text) => Kind::Placeholder,
        Lexeme::LParen => Kind::Open,
        Lexeme::RParen => Kind::Close,
        Lexeme::Comma => Kind::Comma,
        Lexeme::SemiColon => Kind::Semicolon,
        Lexeme::Period => Kind::Period,
        Lexeme::Eq | Lexeme::Assignment => Kind::Equals,
        Lexeme::Plus | Lexeme::Minus => Kind::Sign,
        lexeme if is_operator(lexeme) => Kind::Symbol,
        // Strings of all kinds and numbers, and whatever the lexer may learn to read.
        _ => Kind::Literal,
    })
}

/// An operator shows nothing but punctuation.
fn is_operator(lexeme: &Lexeme) -> bool {
    use Lexeme::*;
    matches!(
        lexeme,
        DoubleEq
            | Neq
            | Lt
            | Gt
            | LtEq
            | GtEq
            | Spaceship
            | Mul
            | Div
            | Mod
            | StringConcat
            | Colon
            | DoubleColon
    ) || matches!(
        lexeme,
        LBracket | RBracket | LBrace | RBrace | Ampersand | Pipe | Caret | RArrow | Sharp | Tilde
    ) || matches!(lexeme, TildeAsterisk | ExclamationMarkTilde | ExclamationMarkTildeAsterisk | DoubleTilde)
        || matches!(
            lexeme,
            DoubleTildeAsterisk | ExclamationMarkDoubleTilde | ExclamationMarkDoubleTildeAsterisk
        )
        || matches!(
            lexeme,
            ShiftLeft | ShiftRight | Overlap | ExclamationMark | DoubleExclamationMark | AtSign
        )
        || matches!(
            lexeme,
            CaretAt | PGSquareRoot | PGCubeRoot | Arrow | LongArrow | HashArrow | HashLongArrow
        )
        || matches!(lexeme, AtArrow | ArrowAt | HashMinus | AtQuestion | AtAt)
}

/// `$1` and `?1`, but not money, nor a number that follows an operator `?`.
fn stands_for_value(dialect: Dialect, text: &str) -> bool {
    // No database takes more parameters than a number of five digits can count.
    const DIGITS_MAX: usize = 5;
    let rest = &text[1..];
    let is_number = rest.starts_with(char::is_numeric);
    let is_money = dialect == Dialect::MsSql && text.starts_with('$') && is_number;
    !(is_money || is_number && rest.len() > DIGITS_MAX)
}

fn is_number(text: &str) -> bool {
    text.starts_with(|ch: char| ch.is_ascii_digit() || ch == '.')
}

/// Whether a word belongs to the string that follows without a blank.
fn introduces(word: &str) -> bool {
    word.starts_with('_') || ["b", "x", "n", "e"].iter().any(|prefix| word.eq_ignore_ascii_case(prefix))
}
