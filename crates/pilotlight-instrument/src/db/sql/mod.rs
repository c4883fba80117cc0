//! What a SQL statement does, and its text without literals.
//!
//! ```text
//!  text ──lexer──▶ tokens, as far as it is certain what they are ──summary──▶ SELECT users orders
//!           ▲                              └─────────────────────────text─────▶ SELECT * FROM users JOIN … WHERE id = ?
//!         doubt
//! ```
//!
//! On the caller's thread; [`crate::db`] does it once for each statement that it remembers.

mod conceal;
#[cfg(feature = "sqlx")]
mod count;
mod dialect;
mod doubt;
mod head;
mod lexer;
mod rules;
mod summary;
mod text;
mod token;

pub use dialect::Dialect;

use lexer::Ending;

/// How long a sanitised text is at most, in bytes, if nothing else is asked for.
pub(crate) const TEXT_BYTES_MAX: usize = 4096;

/// What a statement is, in attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Description {
    /// `db.query.summary`; empty if nothing is known.
    pub summary: String,
    /// `db.operation.name`, if there is but one.
    pub operation: Option<String>,
    /// `db.collection.name`, if there is but one.
    pub collection: Option<String>,
    /// `db.stored_procedure.name`, if that is all that is called.
    pub stored_procedure: Option<String>,
    /// `db.query.text`, without literals.
    pub text: Option<String>,
    /// How many statements it is, if that is certain.
    #[cfg(feature = "sqlx")]
    pub statements: Option<u64>,
}

/// Describes a statement. Its text has `text_bytes_max` bytes at most, and none is made for 0.
pub(crate) fn describe(dialect: Dialect, text: &str, text_bytes_max: usize) -> Description {
    let (tokens, ending) = lexer::lex(dialect, text);
    let text = match ending {
        Ending::Doubt => None,
        ending => text::text(&tokens, ending == Ending::Cut, text_bytes_max),
    };
    let summary = summary::summarize(dialect, &tokens);
    // What is not read may name more.
    let whole = ending == Ending::Whole;
    Description {
        #[cfg(feature = "sqlx")]
        statements: count::count(&tokens).filter(|_| whole),
        summary: summary.text,
        operation: summary.operation.filter(|_| whole),
        collection: summary.collection.filter(|_| whole),
        stored_procedure: summary.stored_procedure.filter(|_| whole),
        text,
    }
}

/// What a statement does, as `db.query.summary` has it: operations and what they are done to, in their order, in 255
/// characters at most. Empty for what is no SQL.
///
/// Operations are in capitals, so that there is one summary for `select` and `SELECT` (the conventions keep them as
/// written); names are as written, with their quotes. Common table expressions, functions and strings are no names; nor are
/// users and savepoints, of which there may be many. Statements are separated by `; `.
///
/// ```
/// use pilotlight_instrument::db::sql::{Dialect, summary};
///
/// let text = "select * from users u join orders o on o.user_id = u.id where u.email = 'a@b.example'";
/// assert_eq!(summary(Dialect::PostgreSql, text), "SELECT users orders");
/// let text = "WITH late AS (SELECT * FROM orders WHERE due < now()) INSERT INTO reminders SELECT id FROM late";
/// assert_eq!(summary(Dialect::PostgreSql, text), "SELECT orders INSERT reminders SELECT");
/// ```
///
/// Costs what it takes to read the first 8 KiB of the text at most. Follows [Generating a summary of the query] of the semantic
/// conventions.
///
/// [Generating a summary of the query]:
///     https://opentelemetry.io/docs/specs/semconv/db/database-spans/#generating-a-summary-of-the-query
pub fn summary(dialect: Dialect, text: &str) -> String {
    describe(dialect, text, 0).summary
}

/// The text of a statement without what is secret in it, as `db.query.text` has it.
///
/// - `?` stands for each literal: strings of all kinds, numbers with their sign, `TRUE` and `FALSE`. Placeholders stay.
/// - Names stay, with their quotes, except those that may be secrets: values of `SET` and `PRAGMA`, passwords without
///   quotes. Where `"…"` is a name in one database and a literal in another, see [`Dialect`].
/// - Comments go; blanks and line ends become one blank.
/// - So that there are not too many texts, `IN (?)` stands for any list of values, and the first row of `VALUES` for all.
/// - It has 4 KiB at most; one that is cut ends with `…`. Of the statement the first 8 KiB are looked at.
///
/// `None` if it is not certain what is a literal: quotes that are not closed; a backslash before a quote, which escapes it
/// or not by the settings of the server; code in comments; bytes that no SQL has. Also if there is nothing but comments.
///
/// ```
/// use pilotlight_instrument::db::sql::{Dialect, sanitize};
///
/// let text = "SELECT * FROM users WHERE email = 'a@b.example' AND id IN (1, 2, 3) -- by mail";
/// let sanitized = sanitize(Dialect::PostgreSql, text);
/// assert_eq!(sanitized.as_deref(), Some("SELECT * FROM users WHERE email = ? AND id IN (?)"));
/// assert_eq!(sanitize(Dialect::MySql, "SELECT 'it\\'s a secret'"), None);
/// ```
///
/// Follows [Sanitization of `db.query.text`] of the semantic conventions.
///
/// [Sanitization of `db.query.text`]:
///     https://opentelemetry.io/docs/specs/semconv/db/database-spans/#sanitization-of-dbquerytext
pub fn sanitize(dialect: Dialect, text: &str) -> Option<String> {
    describe(dialect, text, TEXT_BYTES_MAX).text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(dialect: Dialect, text: &str) -> [Option<String>; 3] {
        let found = describe(dialect, text, TEXT_BYTES_MAX);
        [found.operation, found.collection, found.stored_procedure]
    }

    fn some(names: [&str; 3]) -> [Option<String>; 3] {
        names.map(|name| Some(name.to_owned()).filter(|name| !name.is_empty()))
    }

    #[test]
    fn an_operation_and_a_collection_are_told_if_there_is_but_one() {
        let of = |text| attributes(Dialect::PostgreSql, text);
        assert_eq!(of("select * from Users"), some(["SELECT", "Users", ""]));
        assert_eq!(of("SELECT * FROM a JOIN b ON a.id = b.id"), some(["SELECT", "", ""]));
        assert_eq!(of("SELECT * FROM a JOIN a AS b ON a.id = b.up"), some(["SELECT", "a", ""]));
        assert_eq!(of("INSERT INTO a SELECT * FROM a"), some(["", "a", ""]));
        assert_eq!(of("CREATE INDEX a ON b (c)"), some(["CREATE INDEX", "", ""]));
        assert_eq!(of("CALL transfer(1)"), some(["CALL", "", "transfer"]));
        assert_eq!(of("EXECUTE prepared(1)"), some(["EXECUTE", "", ""]));
        assert_eq!(attributes(Dialect::MsSql, "EXECUTE transfer 1"), some(["EXECUTE", "", "transfer"]));
    }

    #[test]
    fn of_a_text_in_doubt_the_beginning_has_a_summary_and_nothing_is_told_to_be_the_only_one() {
        let found =
            describe(Dialect::PostgreSql, "SELECT * FROM users WHERE a = 'it\\'s' OR b = '", TEXT_BYTES_MAX);
        assert_eq!(found, Description { summary: "SELECT users".to_owned(), ..Description::default() });
    }

    #[test]
    fn a_text_that_is_too_long_is_cut_between_its_parts_and_says_so() {
        let text = |bytes_max| describe(Dialect::Generic, "SELECT name FROM users", bytes_max).text;
        assert_eq!(text(22).as_deref(), Some("SELECT name FROM users"));
        assert_eq!(text(21).as_deref(), Some("SELECT name FROM …"));
        assert_eq!(text(16).as_deref(), Some("SELECT name …"));
        assert_eq!(text(3).as_deref(), Some("…"));
        assert_eq!(text(2), None);
    }
}
