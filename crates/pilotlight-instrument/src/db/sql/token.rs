//! The parts of a statement that its summary and its text are made of.

/// What a part of a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword, or a name without quotes.
    Word,
    /// A name in quotes.
    Name,
    /// In double quotes, where the place must tell whether it is a name or a literal.
    NameOrLiteral,
    /// A string, or a number.
    Literal,
    /// Stands for a bound value.
    Placeholder,
    Open,
    Close,
    Comma,
    Semicolon,
    Period,
    /// `=`, and `:=`.
    Equals,
    /// `+` and `-`.
    Sign,
    /// Any other operator.
    Symbol,
}

/// A part of a statement. Blanks and comments are none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub kind: Kind,
    /// As written.
    pub text: &'a str,
    /// Where it begins, in bytes.
    pub start: usize,
    /// Whether a blank or a comment stands before it.
    pub spaced: bool,
}

impl Token<'_> {
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether it is this word, without quotes and in any case.
    pub(super) fn is(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    pub(super) fn is_any(&self, words: &[&str]) -> bool {
        self.kind == Kind::Word && words.iter().any(|word| self.text.eq_ignore_ascii_case(word))
    }

    /// Whether it can name a thing.
    pub(super) fn is_name(&self) -> bool {
        matches!(self.kind, Kind::Word | Kind::Name | Kind::NameOrLiteral)
    }

    /// Whether it stands for a value, of which the text shall not tell.
    pub(super) fn is_value(&self) -> bool {
        matches!(self.kind, Kind::Literal | Kind::Placeholder)
    }

    /// Whether both readings of a text have it.
    pub(super) fn same_as(&self, other: &Self) -> bool {
        (self.kind, self.start, self.text.len()) == (other.kind, other.start, other.text.len())
    }
}
