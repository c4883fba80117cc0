//! Rust, as far as words, texts and brackets go.

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    /// The word, the mark, or what is between the quotes.
    pub(super) text: &'t str,
    /// From 1 on.
    pub(super) line: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, a keyword or a number.
    Word,
    /// One character that is none of the others.
    Mark,
    /// A string literal of any kind.
    Text,
    /// A character, or a lifetime.
    Quote,
}

impl Token<'_> {
    pub(super) fn is(&self, text: &str) -> bool {
        self.kind != Kind::Text && self.text == text
    }
}

/// Splits `text` into tokens; comments are left out. Takes anything: what is no Rust gives tokens that mean nothing.
fn read(text: &str) -> Vec<Token<'_>> {
    let mut lexer = Lexer { text, at: 0, line: 1 };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.next_token() {
        tokens.push(token);
    }
    tokens
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    line: usize,
}

impl<'t> Lexer<'t> {
    fn next_token(&mut self) -> Option<Token<'t>> {
        self.skip_blanks_and_comments();
        let (from, line) = (self.at, self.line);
        let token = |kind, text| Some(Token { kind, text, line });
        let rest = self.rest();
        let first = rest.chars().next()?;
        if let Some((open, close)) = text_literal(rest) {
            self.advance(open);
            let length = close.length(self.rest());
            let inner = &self.rest()[..length];
            self.advance(length);
            self.advance(close.text.len().min(self.rest().len()));
            return token(Kind::Text, inner);
        }
        if is_word(first) {
            self.advance(rest.find(|c| !is_word(c)).unwrap_or(rest.len()));
            return token(Kind::Word, &self.text[from..self.at]);
        }
        if first == '\'' {
            self.advance(quote_length(rest));
            return token(Kind::Quote, &self.text[from..self.at]);
        }
        self.advance(first.len_utf8());
        token(Kind::Mark, &self.text[from..self.at])
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn advance(&mut self, length: usize) {
        let passed = &self.text[self.at..self.at + length];
        self.line += passed.bytes().filter(|byte| *byte == b'\n').count();
        self.at += length;
    }

    fn skip_blanks_and_comments(&mut self) {
        loop {
            let rest = self.rest();
            let blanks = rest.len() - rest.trim_start().len();
            if blanks > 0 {
                self.advance(blanks);
            } else if rest.starts_with("//") {
                self.advance(rest.find('\n').unwrap_or(rest.len()));
            } else if rest.starts_with("/*") {
                self.advance(block_comment_length(rest));
            } else {
                return;
            }
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// How a string literal ends.
struct Close {
    text: String,
    has_escapes: bool,
}

impl Close {
    /// How long the content is in what follows the opening quote.
    fn length(&self, rest: &str) -> usize {
        if !self.has_escapes {
            return rest.find(&self.text).unwrap_or(rest.len());
        }
        let mut bytes = rest.bytes().enumerate();
        while let Some((at, byte)) = bytes.next() {
            match byte {
                b'\\' => drop(bytes.next()),
                b'"' => return at,
                _ => {}
            }
        }
        rest.len()
    }
}

/// How long the opening of a string literal is, when one begins here.
fn text_literal(rest: &str) -> Option<(usize, Close)> {
    let prefix = ["br", "cr", "r", "b", "c", ""].into_iter().find(|prefix| {
        let after = rest.strip_prefix(prefix).unwrap_or_default();
        after.starts_with('"') || (prefix.ends_with('r') && after.starts_with('#'))
    })?;
    let after = &rest[prefix.len()..];
    let hashes = after.len() - after.trim_start_matches('#').len();
    // `r#name` is a name.
    if !after[hashes..].starts_with('"') || (hashes > 0 && !prefix.ends_with('r')) {
        return None;
    }
    let close = Close { text: format!("\"{}", "#".repeat(hashes)), has_escapes: !prefix.ends_with('r') };
    Some((prefix.len() + hashes + 1, close))
}

/// A character literal up to its quote; otherwise a lifetime.
fn quote_length(rest: &str) -> usize {
    let mut characters = rest.char_indices().skip(1);
    match characters.next() {
        Some((_, '\\')) => {
            // What is escaped may be a quote.
            let Some((at, escaped)) = characters.next() else { return rest.len() };
            let from = at + escaped.len_utf8();
            rest[from..].find('\'').map_or(rest.len(), |end| from + end + 1)
        }
        Some((at, c)) if rest[at + c.len_utf8()..].starts_with('\'') => at + c.len_utf8() + 1,
        Some(_) => 1 + rest[1..].find(|c| !is_word(c)).unwrap_or(rest.len() - 1),
        None => rest.len(),
    }
}

/// Comments may be nested. Each pair of bytes is looked at once.
fn block_comment_length(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(pair) = rest.as_bytes().get(at..at + 2) {
        match pair {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" => (depth, at) = (depth.saturating_sub(1), at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn is_test_attribute(tokens: &[Token<'_>]) -> bool {
    ["#", "[", "cfg", "(", "test", ")", "]"]
        .iter()
        .enumerate()
        .all(|(at, text)| tokens.get(at).is_some_and(|token| token.is(text)))
}

/// Every bracket that opens.
pub(super) const BRACKETS: &[&str] = &["(", "[", "{"];

/// How long a statement may be outside of its brackets: of a longer one the end is not looked for.
const STATEMENT_TOKENS_MAX: usize = 200;

/// Tokens with their brackets matched, once for all questions.
pub(super) struct Tokens<'t> {
    list: Vec<Token<'t>>,
    closes: Vec<usize>,
}

impl<'t> Tokens<'t> {
    /// The tokens of production code in `text`.
    pub(super) fn of(text: &'t str) -> Self {
        Self::new(Self::new(read(text)).without_tests())
    }

    fn new(list: Vec<Token<'t>>) -> Self {
        let mut closes: Vec<usize> = (0..list.len()).collect();
        let mut open = Vec::new();
        for (at, token) in list.iter().enumerate().filter(|(_, token)| token.kind == Kind::Mark) {
            match token.text {
                "(" | "[" | "{" => open.push(at),
                ")" | "]" | "}" => closes[open.pop().unwrap_or(at)] = at,
                _ => {}
            }
        }
        for at in open {
            closes[at] = list.len() - 1;
        }
        Self { list, closes }
    }

    /// Where the bracket that opens at `at` closes: the last token when it never does, `at` when there is no bracket.
    pub(super) fn closing(&self, at: usize) -> usize {
        self.closes.get(at).copied().unwrap_or(at)
    }

    /// The tokens from `from` on, without what is within those of `brackets` that open on the way.
    pub(super) fn outside(&self, brackets: &'static [&str], from: usize) -> impl Iterator<Item = usize> {
        let next = |at: usize| match brackets.iter().any(|bracket| self.list[at].is(bracket)) {
            true => self.closing(at) + 1,
            false => at + 1,
        };
        let in_list = |at: usize| (at < self.list.len()).then_some(at);
        std::iter::successors(in_list(from), move |at| in_list(next(*at)))
    }

    /// The semicolon that ends the statement of which the token at `from` is a part.
    pub(super) fn statement_end(&self, from: usize) -> Option<usize> {
        self.outside(BRACKETS, from).take(STATEMENT_TOKENS_MAX).find(|at| self.list[*at].is(";"))
    }

    /// Leaves out what `#[cfg(test)]` is written on.
    fn without_tests(self) -> Vec<Token<'t>> {
        let mut kept = Vec::with_capacity(self.list.len());
        let mut at = 0;
        while at < self.list.len() {
            match is_test_attribute(&self.list[at..]) {
                true => at = self.item_end(at),
                false => {
                    kept.push(self.list[at]);
                    at += 1;
                }
            }
        }
        kept
    }

    /// Where the item that begins with attributes at `from` ends.
    fn item_end(&self, from: usize) -> usize {
        let mut at = from;
        while self.list.get(at).is_some_and(|token| token.is("#")) {
            at = self.closing(at + 1) + 1;
        }
        while let Some(token) = self.list.get(at) {
            match token.text {
                ";" if token.kind == Kind::Mark => return at + 1,
                "{" if token.kind == Kind::Mark => return self.closing(at) + 1,
                _ => at = self.closing(at) + 1,
            }
        }
        at
    }
}

impl<'t> std::ops::Deref for Tokens<'t> {
    type Target = [Token<'t>];

    fn deref(&self) -> &[Token<'t>] {
        &self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        read(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn comments_vanish_and_texts_stay_whole() {
        let text = "a /* x /* y */ z */ // w\n b(\"q\\\"uo//te\", r#\"ra\"w\"#, 'c', '\\'', 'life) /* open";
        assert_eq!(
            texts(text),
            ["a", "b", "(", "q\\\"uo//te", ",", "ra\"w", ",", "'c'", ",", "'\\''", ",", "'life", ")"]
        );
    }

    #[test]
    fn lines_are_counted_through_everything() {
        let tokens = read("a\n/*\n\n*/ \"x\ny\" b");
        assert_eq!(tokens.iter().map(|token| token.line).collect::<Vec<_>>(), [1, 4, 5]);
    }

    #[test]
    fn raw_names_and_unfinished_texts_are_survived() {
        assert_eq!(texts("r#type"), ["r", "#", "type"]);
        for text in
            ["\"", "r#\"", "'", "'\\", "b'", "/*", "'é", "\"\\", "br##\"x\"#", "r###", "'\\'é", "'\\é"]
        {
            let _ = texts(text);
        }
    }

    #[test]
    fn a_character_ends_at_its_own_quote() {
        let text = r"'\'' '\\' '\u{e9}' 'é' b'\n' x";
        assert_eq!(texts(text), [r"'\''", r"'\\'", r"'\u{e9}'", "'é'", "b", r"'\n'", "x"]);
    }

    #[test]
    fn tests_are_left_out_with_their_attributes() {
        let text =
            "fn a() {} #[cfg(test)] #[allow(x)] mod tests { fn b() { { } } } fn c() {} #[cfg(test)] use x;";
        let tokens = Tokens::of(text);
        let kept: Vec<_> = tokens.iter().map(|token| token.text).collect();
        assert_eq!(kept, ["fn", "a", "(", ")", "{", "}", "fn", "c", "(", ")", "{", "}"]);
    }
}
