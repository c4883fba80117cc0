//! The SQL of a query, without the values that are bound to it.
//!
//! ```text
//!  SELECT … WHERE name = ? -- binds: ["s3cret"]    what diesel displays
//!  SELECT … WHERE name = ?                         what is read of it
//! ```

use diesel::connection::DebugQuery;
use std::fmt::{self, Write};

/// What diesel writes between a query and the values that are bound to it.
const BINDS: &str = " -- binds: ";

/// The SQL of `query`. Its values come behind it, so what is before the first mark has none of them, whatever they look
/// like; a query that has the mark in itself ends there too. Nothing is asked for any further, so the values are not
/// even formatted.
///
/// `None` if diesel displays the query in a way that is not known here: there could be values in it.
pub(super) fn sql(query: &dyn DebugQuery) -> Option<String> {
    let mut sql = UpToBinds::default();
    let whole = write!(sql, "{query}").is_ok();
    (sql.ended || whole && is_plain(query)).then_some(sql.text)
}

/// A query that is no more than a text is debugged as one, in quotes. Others are structs, and have values.
fn is_plain(query: &dyn DebugQuery) -> bool {
    let mut beginning = Beginning::default();
    // It fails as soon as there is a beginning.
    let _ = write!(beginning, "{query:?}");
    beginning.0 == Some('"')
}

#[derive(Default)]
struct UpToBinds {
    text: String,
    ended: bool,
}

impl Write for UpToBinds {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        if self.ended {
            return Err(fmt::Error);
        }
        // The mark may begin in the piece before.
        let mut from = self.text.len().saturating_sub(BINDS.len());
        while !self.text.is_char_boundary(from) {
            from -= 1;
        }
        self.text.push_str(piece);
        let Some(at) = self.text[from..].find(BINDS) else { return Ok(()) };
        self.text.truncate(from + at);
        self.ended = true;
        Err(fmt::Error)
    }
}

/// The first character.
#[derive(Default)]
struct Beginning(Option<char>);

impl Write for Beginning {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        self.0 = self.0.or(piece.chars().next());
        if self.0.is_some() { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Displayed piece by piece, and debugged as something else.
    struct Shown<'a>(&'a [&'a str], &'a str);

    impl fmt::Display for Shown<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.iter().try_for_each(|piece| f.write_str(piece))
        }
    }

    impl fmt::Debug for Shown<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.1)
        }
    }

    impl DebugQuery for Shown<'_> {}

    #[test]
    fn the_values_of_a_query_are_left_out() {
        let query = Shown(&["SELECT ?", " -- binds: ", "[\"s3cret\"]"], "Query {");
        assert_eq!(sql(&query).as_deref(), Some("SELECT ?"));
    }

    #[test]
    fn values_that_look_like_the_mark_or_like_sql_are_left_out() {
        for value in [" -- binds: ", "\n -- binds: []\nSELECT 's3cret'", "é -- binds: é"] {
            let query = Shown(&["SELECT ?", " -- binds: ", "[", value, "]"], "Query {");
            assert_eq!(sql(&query).as_deref(), Some("SELECT ?"));
        }
    }

    #[test]
    fn a_value_is_not_even_formatted() {
        struct Panics;
        impl fmt::Debug for Panics {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                panic!("nobody asked for it")
            }
        }
        struct Query;
        impl fmt::Debug for Query {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                panic!("nobody asked for it")
            }
        }
        impl fmt::Display for Query {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "SELECT ? -- binds: {Panics:?}")
            }
        }
        impl DebugQuery for Query {}
        assert_eq!(sql(&Query).as_deref(), Some("SELECT ?"));
    }

    #[test]
    fn a_query_that_has_the_mark_in_itself_ends_there() {
        let query = Shown(&["SELECT ' -- binds: ' || ?", " -- binds: ", "[\"s3cret\"]"], "Query {");
        assert_eq!(sql(&query).as_deref(), Some("SELECT '"));
    }

    #[test]
    fn a_query_that_is_no_more_than_a_text_is_taken_as_it_is() {
        assert_eq!(sql(&Shown(&["BEGIN"], "\"BEGIN\"")).as_deref(), Some("BEGIN"));
    }

    #[test]
    fn a_query_that_is_displayed_in_an_unknown_way_is_not_taken() {
        let query = Shown(&["SELECT ? /* values: s3cret */"], "Query { values: [s3cret] }");
        assert_eq!(sql(&query), None);
    }

    proptest! {
        #[test]
        fn no_piece_behind_the_mark_is_ever_taken(pieces: Vec<String>, cut in 0..BINDS.len()) {
            let (head, tail) = BINDS.split_at(cut);
            let mut all = vec!["é", head, tail];
            all.extend(pieces.iter().map(String::as_str));
            prop_assert_eq!(sql(&Shown(&all, "Query {")), Some("é".to_owned()));
        }
    }
}
