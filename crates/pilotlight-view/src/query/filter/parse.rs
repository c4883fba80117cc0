//! Text to words.

use super::words::{Field, Operator, Word};
use crate::query::QuestionError;

/// The words of a filter, each with the byte that it begins at.
pub(super) fn parse(text: &str) -> Result<Vec<(Word, usize)>, QuestionError> {
    let mut reader = Reader { text, at: 0 };
    let mut words = Vec::new();
    loop {
        reader.skip_spaces();
        let at = reader.at;
        if reader.rest().is_empty() {
            return Ok(words);
        }
        words.push((reader.word()?, at));
    }
}

/// Where in the text the reading is.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_spaces(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn word(&mut self) -> Result<Word, QuestionError> {
        if self.rest().starts_with('"') {
            let at = self.at;
            let text = self.quoted()?;
            return if text.is_empty() {
                Err(error("Nothing is between the quotes: write what to look for.", at))
            } else {
                Ok(Word::Text(text))
            };
        }
        let start = self.at;
        let key = self.key();
        match Operator::at_start(self.rest()) {
            Some((operator, _)) if key.is_empty() => {
                let message = format!(
                    "`{operator}` needs a key before it, without a space: `http.route{operator}/orders`."
                );
                Err(error(message, start))
            }
            Some((operator, len)) => self.comparison(key, operator, len),
            None => Ok(existence(key)),
        }
    }

    /// What is before the operator, or a whole word without one.
    fn key(&mut self) -> &'a str {
        let rest = self.rest();
        let ends = |(at, char): (usize, char)| {
            char.is_whitespace() || Operator::at_start(rest.get(at..).unwrap_or_default()).is_some()
        };
        let len = rest.char_indices().find(|place| ends(*place)).map_or(rest.len(), |(at, _)| at);
        self.at += len;
        rest.get(..len).unwrap_or_default()
    }

    fn comparison(&mut self, key: &str, operator: Operator, len: usize) -> Result<Word, QuestionError> {
        self.at += len;
        let at = self.at;
        let value = if self.rest().starts_with('"') { self.quoted()? } else { self.bare_value().to_owned() };
        if value.is_empty() && self.at == at {
            let message = format!(
                "A value is missing: write `{key}{operator}…`, or `{key}{operator}\"\"` for the empty one."
            );
            return Err(error(message, at));
        }
        Ok(Word::Compare { field: Field::of(key), operator, value })
    }

    fn bare_value(&mut self) -> &'a str {
        let rest = self.rest();
        let len = rest.find(char::is_whitespace).unwrap_or(rest.len());
        self.at += len;
        rest.get(..len).unwrap_or_default()
    }

    /// What is between quotes; `\"` is a quote and `\\` a backslash, any other backslash is itself.
    fn quoted(&mut self) -> Result<String, QuestionError> {
        let mut text = String::new();
        let mut chars = self.rest().char_indices().skip(1).peekable();
        while let Some((at, char)) = chars.next() {
            match char {
                '"' => {
                    self.at += at + 1;
                    return Ok(text);
                }
                '\\' => {
                    let escaped = chars.next_if(|(_, next)| matches!(next, '"' | '\\'));
                    text.push(escaped.map_or('\\', |(_, char)| char));
                }
                other => text.push(other),
            }
        }
        Err(error("This quote is not closed: put a `\"` behind the value.", self.at))
    }
}

/// `key?` and `!key?`; anything else is text.
fn existence(word: &str) -> Word {
    let Some(key) = word.strip_suffix('?') else { return Word::Text(word.to_owned()) };
    let (key, negated) = key.strip_prefix('!').map_or((key, false), |key| (key, true));
    // A key with more signs in it could not be printed again; nobody's attribute is called that.
    if key.is_empty() || key.contains(['?', '!', '"', '\\']) {
        return Word::Text(word.to_owned());
    }
    Word::Exists { field: Field::of(key), negated }
}

pub(super) fn error(message: impl Into<String>, at: usize) -> QuestionError {
    QuestionError { message: message.into(), position: Some(at) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Word> {
        parse(text).unwrap().into_iter().map(|(word, _)| word).collect()
    }

    #[test]
    fn each_form_of_the_table_is_read() {
        let compare = |key: &str, operator, value: &str| Word::Compare {
            field: Field::of(key),
            operator,
            value: value.to_owned(),
        };
        assert_eq!(words(" http.route=/a=b "), [compare("http.route", Operator::Is, "/a=b")]);
        assert_eq!(
            words("a!=1 b!~x"),
            [compare("a", Operator::IsNot, "1"), compare("b", Operator::ContainsNot, "x")]
        );
        assert_eq!(words("c>=500"), [compare("c", Operator::AtLeast, "500")]);
        assert_eq!(
            words(r#"q~"select \"a\" \\ b""#),
            [compare("q", Operator::Contains, r#"select "a" \ b"#)]
        );
        let exists = |key: &str, negated| Word::Exists { field: Field::of(key), negated };
        assert_eq!(words("user.id? !user.id?"), [exists("user.id", false), exists("user.id", true)]);
        let text = |text: &str| Word::Text(text.to_owned());
        assert_eq!(words("payment \"card expired\""), [text("payment"), text("card expired")]);
        assert_eq!(words("resource.host.name=a"), [compare("resource.host.name", Operator::Is, "a")]);
    }
}
