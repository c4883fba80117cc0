//! How many statements a text is.

use super::token::{Kind, Token};

/// `None` for a text that declares what has statements of its own, between a `BEGIN` and an `END`.
pub(super) fn count(tokens: &[Token<'_>]) -> Option<u64> {
    let declares = |token: &Token<'_>| token.is_any(&["TRIGGER", "PROCEDURE", "FUNCTION", "EVENT"]);
    if tokens.iter().any(declares) {
        return None;
    }
    let statements = tokens.split(|token| token.kind == Kind::Semicolon);
    Some(statements.filter(|statement| !statement.is_empty()).count() as u64)
}

#[cfg(test)]
mod tests {
    use crate::db::sql::{Dialect, describe};

    fn count(dialect: Dialect, text: &str) -> Option<u64> {
        describe(dialect, text, 0).statements
    }

    #[test]
    fn statements_are_counted_where_they_end_and_not_in_texts() {
        let count = |text| count(Dialect::PostgreSql, text);
        assert_eq!(count(""), Some(0));
        assert_eq!(count("SELECT 1"), Some(1));
        assert_eq!(count("SELECT 1;\n"), Some(1));
        assert_eq!(count("SELECT ';'"), Some(1));
        assert_eq!(count("SELECT 1; SELECT 2"), Some(2));
        assert_eq!(count("SELECT 1;; -- none\n; SELECT $$;$$;"), Some(2));
    }

    #[test]
    fn what_declares_statements_is_not_counted() {
        let trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; DELETE FROM c; END;";
        assert_eq!(count(Dialect::Sqlite, trigger), None);
    }

    #[test]
    fn what_is_not_read_to_its_end_is_not_counted() {
        assert_eq!(count(Dialect::Generic, "SELECT 'never ends; SELECT 1"), None);
        assert_eq!(count(Dialect::Sqlite, &"SELECT 1;".repeat(100_000)), None);
    }
}
