//! What the lexer must know about a dialect.

use super::Dialect;
use sqlparser::dialect::MySqlDialect;
use std::any::TypeId;

/// How the lexer reads. sqlparser's own dialects take operators together that their servers do not (`>--` has a comment in
/// PostgreSQL), read the code in MySQL's comments, and let `#` and `@` begin names: these rules do not.
#[derive(Debug)]
pub(super) struct Rules {
    pub dialect: Dialect,
    /// Whether a backslash escapes the quote after it, where the server's settings decide.
    pub backslash_escapes: bool,
}

impl sqlparser::dialect::Dialect for Rules {
    fn dialect(&self) -> TypeId {
        // Only for those that say so does `#` begin a comment.
        if self.dialect == Dialect::MySql { TypeId::of::<MySqlDialect>() } else { TypeId::of::<Self>() }
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        match self.dialect {
            Dialect::Generic => matches!(ch, '"' | '`'),
            Dialect::PostgreSql | Dialect::Oracle => ch == '"',
            Dialect::MySql => ch == '`',
            Dialect::Sqlite => matches!(ch, '"' | '`' | '['),
            Dialect::MsSql => matches!(ch, '"' | '['),
        }
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        ch.is_ascii_alphabetic() || ch == '_' || !ch.is_ascii()
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        let of_vendor = ch == '#' && matches!(self.dialect, Dialect::MsSql | Dialect::Oracle);
        ch.is_ascii_alphanumeric() || matches!(ch, '_' | '$') || !ch.is_ascii() || of_vendor
    }

    fn supports_string_literal_backslash_escape(&self) -> bool {
        self.backslash_escapes
    }

    fn supports_string_escape_constant(&self) -> bool {
        matches!(self.dialect, Dialect::Generic | Dialect::PostgreSql)
    }

    fn supports_unicode_string_literal(&self) -> bool {
        matches!(self.dialect, Dialect::Generic | Dialect::PostgreSql)
    }

    fn supports_quote_delimited_string(&self) -> bool {
        self.dialect == Dialect::Oracle
    }

    /// What does not support it has dollar quoting.
    fn supports_dollar_placeholder(&self) -> bool {
        !matches!(self.dialect, Dialect::Generic | Dialect::PostgreSql)
    }

    fn supports_dollar_as_money_prefix(&self) -> bool {
        self.dialect == Dialect::MsSql
    }

    fn supports_nested_comments(&self) -> bool {
        matches!(self.dialect, Dialect::PostgreSql | Dialect::MsSql)
    }

    fn requires_single_line_comment_whitespace(&self) -> bool {
        self.dialect == Dialect::MySql
    }
}
