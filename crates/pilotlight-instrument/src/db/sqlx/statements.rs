//! How many statements a text is, when it goes to the database as one.

use crate::db::sql::Dialect;
use sqlparser::dialect::{self, GenericDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::tokenizer::{Token, Tokenizer};

/// What cannot be told is one: a text that no lexer understands, and one that declares what has statements in it.
pub(super) fn count(dialect: Dialect, text: &str) -> u64 {
    let one = text.trim_end_matches(|end: char| end == ';' || end.is_whitespace());
    // Most are one, and this sees it at a glance.
    if !one.contains(';') {
        return 1;
    }
    let Ok(tokens) = Tokenizer::new(&*lexer(dialect), one).tokenize() else { return 1 };
    if tokens.iter().any(has_body) {
        return 1;
    }
    tokens.split(|token| *token == Token::SemiColon).filter(|tokens| !tokens.iter().all(is_space)).count()
        as u64
}

fn lexer(dialect: Dialect) -> Box<dyn dialect::Dialect> {
    match dialect {
        Dialect::PostgreSql => Box::new(PostgreSqlDialect {}),
        Dialect::MySql => Box::new(MySqlDialect {}),
        Dialect::Sqlite => Box::new(SQLiteDialect {}),
        _ => Box::new(GenericDialect {}),
    }
}

/// Triggers and procedures have statements of their own, between a `BEGIN` and an `END`.
fn has_body(token: &Token) -> bool {
    let Token::Word(word) = token else { return false };
    let words = ["TRIGGER", "PROCEDURE", "FUNCTION", "EVENT"];
    word.quote_style.is_none() && words.iter().any(|declared| word.value.eq_ignore_ascii_case(declared))
}

fn is_space(token: &Token) -> bool {
    matches!(token, Token::Whitespace(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_counted_where_they_end_and_not_in_texts() {
        let count = |text| count(Dialect::PostgreSql, text);
        assert_eq!(count(""), 1);
        assert_eq!(count("SELECT 1"), 1);
        assert_eq!(count("SELECT 1;\n"), 1);
        assert_eq!(count("SELECT ';'"), 1);
        assert_eq!(count("SELECT 1; SELECT 2"), 2);
        assert_eq!(count("SELECT 1;; -- none\n; SELECT $$;$$;"), 2);
    }

    #[test]
    fn what_declares_statements_is_one() {
        let trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; DELETE FROM c; END;";
        assert_eq!(count(Dialect::Sqlite, trigger), 1);
    }

    #[test]
    fn what_is_no_sql_is_one() {
        assert_eq!(count(Dialect::Generic, "SELECT 'never ends; SELECT 1"), 1);
    }
}
