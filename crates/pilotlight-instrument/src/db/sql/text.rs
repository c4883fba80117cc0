//! A statement without its literals.

use super::conceal::conceal;
use super::token::{Kind, Token};

const CUT: &str = "…";

/// The text of a statement, in at most `bytes_max` bytes; `cut` if there is more of the statement than its `tokens`.
/// Nothing if not even the mark of a cut fits.
pub(super) fn text(tokens: &[Token<'_>], cut: bool, bytes_max: usize) -> Option<String> {
    if tokens.is_empty() || bytes_max < CUT.len() {
        return None;
    }
    let hidden = conceal(tokens);
    let closes = closes(tokens);
    let mut writer = Writer::new(bytes_max);
    let mut next = 0;
    // Where the first row of `VALUES` ends, and the last.
    let mut rows = Vec::new();
    while let Some(token) = tokens.get(next).filter(|_| writer.fits) {
        if rows.last().is_some_and(|(first_end, _)| next == *first_end) {
            writer.push(token, hidden[next]);
            next = rows.pop().map_or(tokens.len(), |(_, end)| end);
            continue;
        }
        let opens = tokens.get(next + 1).is_some_and(|next| next.kind == Kind::Open);
        if opens && token.is("VALUES") {
            rows.push((closes[next + 1], rows_end(tokens, &closes, next + 1)));
        }
        writer.push(token, hidden[next]);
        next += 1;
        if opens && token.is("IN") && is_list_of_values(tokens, &hidden, next, closes[next]) {
            writer.push_list(&tokens[next]);
            next = closes[next].saturating_add(1);
        }
    }
    Some(writer.finish(cut))
}

/// For each bracket, where it is closed; far away if it is not.
fn closes(tokens: &[Token<'_>]) -> Vec<usize> {
    let mut closes = vec![usize::MAX; tokens.len()];
    let mut open = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Open => open.push(index),
            Kind::Close => {
                if let Some(start) = open.pop() {
                    closes[start] = index;
                }
            }
            _ => {}
        }
    }
    closes
}

/// What follows the last of the rows, of which the first opens at `first`.
fn rows_end(tokens: &[Token<'_>], closes: &[usize], first: usize) -> usize {
    let mut end = closes[first].saturating_add(1);
    while end.checked_add(1).is_some_and(|row| {
        let kinds = tokens.get(end..=row).unwrap_or_default();
        kinds.iter().map(|token| token.kind).eq([Kind::Comma, Kind::Open])
    }) {
        end = closes[end + 1].saturating_add(1);
    }
    end
}

/// Whether nothing but values, or rows of them, stand between the brackets `open` and `close`.
fn is_list_of_values(tokens: &[Token<'_>], hidden: &[Hidden], open: usize, close: usize) -> bool {
    let end = close.min(tokens.len());
    let mut values = 0;
    for (token, hidden) in tokens[open..end].iter().zip(&hidden[open..end]) {
        match token.kind {
            Kind::Open | Kind::Close | Kind::Comma => {}
            _ if token.is_value() || *hidden != Hidden::No => values += 1,
            _ => return false,
        }
    }
    values > 0
}

/// Whether a part of a statement is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hidden {
    No,
    /// `?` stands for it.
    Value,
    /// It belongs to the value after it.
    WithNext,
}

struct Writer {
    text: String,
    bytes_max: usize,
    /// How long the text is that leaves room for the mark of a cut.
    cut_at: usize,
    fits: bool,
    /// A blank that a hidden sign had before it.
    spaced: bool,
}

impl Writer {
    fn new(bytes_max: usize) -> Self {
        Self { text: String::new(), bytes_max, cut_at: 0, fits: true, spaced: false }
    }

    fn push(&mut self, token: &Token<'_>, hidden: Hidden) {
        match hidden {
            Hidden::No => self.write(token.spaced, token.text),
            Hidden::Value => self.write(token.spaced || self.spaced, "?"),
            Hidden::WithNext => {
                self.spaced |= token.spaced;
                return;
            }
        }
        self.spaced = false;
    }

    fn push_list(&mut self, open: &Token<'_>) {
        self.write(open.spaced, "(?)");
    }

    fn write(&mut self, spaced: bool, part: &str) {
        let blank = if spaced && !self.text.is_empty() { " " } else { "" };
        if self.text.len() + blank.len() + part.len() > self.bytes_max {
            self.fits = false;
            return;
        }
        self.text.push_str(blank);
        self.text.push_str(part);
        if self.text.len() + " ".len() + CUT.len() <= self.bytes_max {
            self.cut_at = self.text.len();
        }
    }

    fn finish(mut self, cut: bool) -> String {
        if cut || !self.fits {
            self.text.truncate(self.cut_at);
            if !self.text.is_empty() {
                self.text.push(' ');
            }
            self.text.push_str(CUT);
        }
        self.text
    }
}
