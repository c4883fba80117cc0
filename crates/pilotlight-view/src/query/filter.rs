//! The filter of a question, read and applied. Its language is described in [`question`](super::question).
//!
//! ```text
//!  text ── parse ──> words ── mean ──> tests ── rows ──> the rows of a segment for which all hold
//! ```

mod answers;
mod fields;
mod meaning;
mod parse;
mod rows;
mod table;
mod trial;
mod words;

pub(crate) use fields::Fields;
use meaning::Test;
pub(crate) use rows::Rows;
use words::Word;

use super::QuestionError;

/// What must hold of a span, a record or a series: all of its words.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Filter {
    words: Vec<Word>,
    tests: Vec<Test>,
}

/// How long a filter may be, in bytes. An address bar holds less.
const FILTER_BYTES_MAX: usize = 16 << 10;

impl Filter {
    /// Reads one.
    ///
    /// # Errors
    /// With the position of the word that cannot be read, and what to write instead.
    pub(crate) fn parse(text: &str) -> Result<Self, QuestionError> {
        if text.len() > FILTER_BYTES_MAX {
            let message =
                format!("The filter is longer than {FILTER_BYTES_MAX} bytes: leave some of it out.");
            return Err(QuestionError { message, position: Some(FILTER_BYTES_MAX) });
        }
        let placed = parse::parse(text)?;
        let tests = placed.iter().map(|(word, at)| Test::of(word, *at)).collect::<Result<_, _>>()?;
        Ok(Self { words: placed.into_iter().map(|(word, _)| word).collect(), tests })
    }

    /// Whether everything is meant.
    pub(crate) fn is_empty(&self) -> bool {
        self.tests.is_empty()
    }
}

/// As it is typed, in its shortest form: reading it again gives the same filter.
impl std::fmt::Display for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (position, word) in self.words.iter().enumerate() {
            if position > 0 {
                f.write_str(" ")?;
            }
            word.fmt(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_what_is_read_prints_as_what_it_means(text in "\\PC{0,60}") {
            if let Ok(filter) = Filter::parse(&text) {
                prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
            }
        }

        #[test]
        fn words_of_the_language_in_any_order_do_not_make_it_panic(
            parts in proptest::collection::vec(
                prop_oneof![
                    Just("span.kind"), Just("span.duration"), Just("log.severity"), Just("resource.a"), Just("key"), Just("="),
                    Just("!="), Just("~"), Just("!~"), Just(">="), Just("<"), Just("?"), Just("!"), Just("\""), Just("\\"), Just(" "),
                    Just("server"), Just("1.5s"), Just("warn"), Just("ä"), Just("5"), Just("NaN"),
                ], 0..12)
        ) {
            let text = parts.concat();
            match Filter::parse(&text) {
                Ok(filter) => prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter)),
                Err(error) => prop_assert!(error.position.is_some_and(|at| text.is_char_boundary(at))),
            }
        }
    }

    #[test]
    fn a_filter_that_cannot_be_read_says_where_and_what_to_write() {
        let wrong = |text: &str| Filter::parse(text).unwrap_err();
        assert_eq!(wrong("ok =x").position, Some(3));
        assert_eq!(wrong("a=1 b=\"x").position, Some(6));
        assert_eq!(wrong("span.kind=servr").position, Some(0));
        assert!(wrong("span.kind=servr").message.contains("server"));
        assert_eq!(wrong("x status>=ok").position, Some(2));
        assert!(wrong("span.duration>5").message.contains("250ms"));
        assert!(wrong("log.severity>loud").message.contains("warn"));
        assert!(wrong("key=").message.contains("\"\""));
    }
}
