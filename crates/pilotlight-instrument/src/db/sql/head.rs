//! The words that statements begin with.

use super::dialect::Dialect;
use super::summary::Walk;
use super::token::{Kind, Token};

/// What follows the word that a statement begins with.
#[derive(Clone, Copy)]
pub(super) enum Head {
    /// After these words, the table whose rows it makes, and perhaps its columns.
    Change(&'static [&'static str]),
    /// After these words, the tables whose rows it changes.
    Update(&'static [&'static str]),
    /// `FROM`, at some distance.
    Delete,
    /// After these words, another statement.
    Again(&'static [&'static str]),
    /// What this function reads.
    Other(fn(&mut Walk<'_>, &Token<'_>)),
}

/// Words that may be followed by a bracket and begin a statement nevertheless: they are no functions.
pub(super) const BEFORE_BRACKETS: &[&str] =
    &["EXPLAIN", "VALUES", "COPY", "VACUUM", "ANALYZE", "REINDEX", "WITH"];

/// What may follow common table expressions.
pub(super) const AFTER_WITH: &[&str] = &["INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "VALUES", "TABLE"];

/// Words between `FROM` and a table.
pub(super) const BEFORE_TABLES: &[&str] = &[
    "ONLY", "LATERAL", "OUTER", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", "TABLE", "AS", "ROWS",
    "IF", "EXISTS",
];

/// Words after which no table is named until the next `FROM`.
pub(super) const ENDS_TABLES: &[&str] = &[
    "WHERE",
    "GROUP",
    "ORDER",
    "HAVING",
    "LIMIT",
    "SET",
    "WINDOW",
    "RETURNING",
    "UNION",
    "EXCEPT",
    "INTERSECT",
    "VALUES",
    "FOR",
    "OFFSET",
    "FETCH",
    "QUALIFY",
    "WHEN",
    "OUTPUT",
    "DEFAULT",
    "ON",
    "PARTITION",
];

/// Nothing for a word that no statement begins with: what may be anything must name no span.
pub(super) fn of(word: &str) -> Option<Head> {
    const NAMES_MAX: usize = 16;
    let mut upper = [0; NAMES_MAX];
    let upper = upper.get_mut(..word.len())?;
    upper.copy_from_slice(word.as_bytes());
    upper.make_ascii_uppercase();
    Some(match &*upper {
        b"INSERT" => Head::Change(&[
            "OR",
            "ABORT",
            "FAIL",
            "IGNORE",
            "REPLACE",
            "ROLLBACK",
            "LOW_PRIORITY",
            "DELAYED",
            "HIGH_PRIORITY",
            "OVERWRITE",
            "INTO",
            "TABLE",
        ]),
        b"REPLACE" => Head::Change(&["LOW_PRIORITY", "DELAYED", "INTO"]),
        b"MERGE" => Head::Change(&["INTO"]),
        b"UPDATE" => {
            Head::Update(&["OR", "ABORT", "FAIL", "IGNORE", "REPLACE", "ROLLBACK", "LOW_PRIORITY", "ONLY"])
        }
        b"DELETE" => Head::Delete,
        b"EXPLAIN" => Head::Again(&["ANALYZE", "ANALYSE", "VERBOSE", "QUERY", "PLAN", "EXTENDED", "FOR"]),
        b"CREATE" | b"DROP" | b"ALTER" => Head::Other(define),
        b"CALL" | b"EXEC" => Head::Other(call),
        b"EXECUTE" => Head::Other(execute),
        b"COPY" => Head::Other(copy),
        b"PRAGMA" | b"USE" => Head::Other(name),
        b"TRUNCATE" => Head::Other(truncate),
        b"ROLLBACK" | b"RELEASE" | b"START" | b"SAVEPOINT" | b"BEGIN" | b"COMMIT" | b"END" | b"ABORT" => {
            Head::Other(transaction)
        }
        b"VACUUM" | b"ANALYZE" | b"ANALYSE" | b"REINDEX" | b"CLUSTER" | b"OPTIMIZE" | b"REPAIR"
        | b"CHECK" | b"LOCK" | b"DESCRIBE" | b"DESC" | b"TABLE" => Head::Other(maintain),
        b"REFRESH" => Head::Other(refresh),
        b"LOAD" => Head::Other(load),
        b"DECLARE" | b"PREPARE" => Head::Other(prepare),
        b"VALUES" => Head::Other(values),
        b"SET" | b"SHOW" | b"RESET" | b"LISTEN" | b"UNLISTEN" | b"NOTIFY" | b"GRANT" | b"REVOKE"
        | b"DENY" | b"ATTACH" | b"DETACH" | b"FETCH" | b"MOVE" | b"CLOSE" | b"OPEN" | b"DEALLOCATE"
        | b"DISCARD" | b"CHECKPOINT" | b"DO" | b"COMMENT" | b"KILL" | b"FLUSH" | b"UNLOCK" | b"RENAME"
        | b"REASSIGN" | b"SECURITY" | b"IMPORT" | b"HANDLER" | b"XA" | b"BACKUP" | b"RESTORE" | b"PRINT"
        | b"WAITFOR" | b"IF" | b"HELP" | b"INSTALL" | b"PURGE" | b"SIGNAL" => Head::Other(alone),
        _ => return None,
    })
}

fn alone(walk: &mut Walk<'_>, token: &Token<'_>) {
    walk.operation(&token.text.to_ascii_uppercase());
    walk.skip_statement();
}

fn name(walk: &mut Walk<'_>, token: &Token<'_>) {
    walk.operation(&token.text.to_ascii_uppercase());
    walk.target();
    walk.skip_statement();
}

fn values(walk: &mut Walk<'_>, _token: &Token<'_>) {
    // In brackets they are a table of which nothing is to be told.
    if !walk.is_in_brackets() {
        walk.operation("VALUES");
    }
    walk.expect_nothing();
}

fn call(walk: &mut Walk<'_>, token: &Token<'_>) {
    walk.operation(&token.text.to_ascii_uppercase());
    // `EXEC @result = procedure`
    if walk.peek(0).is_some_and(|token| token.kind == Kind::Placeholder)
        && walk.peek(1).is_some_and(|token| token.kind == Kind::Equals)
    {
        walk.take();
        walk.take();
    }
    walk.target_procedure();
    walk.skip_statement();
}

/// A procedure, or a prepared statement, whose name may be a new one each time.
fn execute(walk: &mut Walk<'_>, token: &Token<'_>) {
    if walk.dialect() == Dialect::MsSql {
        return call(walk, token);
    }
    alone(walk, token);
}

fn copy(walk: &mut Walk<'_>, _token: &Token<'_>) {
    walk.operation("COPY");
    if walk.peek(0).is_some_and(|token| token.kind == Kind::Open) {
        return walk.begin_again();
    }
    walk.target_table();
    walk.skip_statement();
}

fn truncate(walk: &mut Walk<'_>, _token: &Token<'_>) {
    walk.operation("TRUNCATE");
    walk.skip(&["TABLE", "ONLY"]);
    walk.expect_tables();
}

/// The names of savepoints are left out, for programs make them.
fn transaction(walk: &mut Walk<'_>, token: &Token<'_>) {
    let word = token.text.to_ascii_uppercase();
    let to = walk.peek(0).is_some_and(|token| token.is("TO"))
        || walk.next_is_any(&["WORK", "TRANSACTION"]) && walk.peek(1).is_some_and(|token| token.is("TO"));
    match &*word {
        "ROLLBACK" if to => walk.operation("ROLLBACK TO SAVEPOINT"),
        "ROLLBACK" if walk.next_is_any(&["PREPARED"]) => walk.operation("ROLLBACK PREPARED"),
        "COMMIT" if walk.next_is_any(&["PREPARED"]) => walk.operation("COMMIT PREPARED"),
        "RELEASE" => walk.operation("RELEASE SAVEPOINT"),
        "START" if walk.next_is_any(&["TRANSACTION"]) => walk.operation("START TRANSACTION"),
        word => walk.operation(word),
    }
    // A block, with statements of its own.
    if walk.dialect() == Dialect::Oracle && word == "BEGIN" {
        walk.skip_all();
    }
    walk.skip_statement();
}

fn maintain(walk: &mut Walk<'_>, token: &Token<'_>) {
    walk.operation(&token.text.to_ascii_uppercase());
    walk.skip_brackets();
    walk.skip(&[
        "FULL",
        "FREEZE",
        "VERBOSE",
        "ANALYZE",
        "TABLE",
        "TABLES",
        "INDEX",
        "SCHEMA",
        "DATABASE",
        "SYSTEM",
        "CONCURRENTLY",
        "ONLY",
        "LOCAL",
        "NO_WRITE_TO_BINLOG",
        "EXTENDED",
    ]);
    if !walk.next_is_any(&["INTO"]) {
        walk.target_table();
    }
    walk.skip_statement();
}

fn refresh(walk: &mut Walk<'_>, _token: &Token<'_>) {
    walk.operation("REFRESH MATERIALIZED VIEW");
    walk.skip(&["MATERIALIZED", "VIEW", "CONCURRENTLY"]);
    walk.target_table();
    walk.skip_statement();
}

/// `LOAD DATA … INTO TABLE …`
fn load(walk: &mut Walk<'_>, token: &Token<'_>) {
    if !walk.next_is_any(&["DATA", "XML"]) {
        return alone(walk, token);
    }
    walk.operation("LOAD DATA");
    while walk.peek(0).is_some_and(|token| token.kind != Kind::Semicolon && !token.is("TABLE")) {
        walk.take();
    }
    walk.skip(&["TABLE"]);
    walk.target_table();
    walk.skip_statement();
}

/// A statement follows after `AS` or `FOR`.
fn prepare(walk: &mut Walk<'_>, token: &Token<'_>) {
    if walk.next_is_any(&["TRANSACTION"]) {
        walk.operation("PREPARE TRANSACTION");
        return walk.skip_statement();
    }
    walk.operation(&token.text.to_ascii_uppercase());
    while walk.peek(0).is_some_and(|token| token.kind != Kind::Semicolon) {
        if walk.take().is_some_and(|token| token.is_any(&["AS", "FOR"])) {
            return walk.begin_again();
        }
    }
}

/// What can be created, altered and dropped by a name that is worth telling.
const THINGS: &[&str] = &[
    "TABLE",
    "INDEX",
    "VIEW",
    "SEQUENCE",
    "SCHEMA",
    "DATABASE",
    "TYPE",
    "DOMAIN",
    "EXTENSION",
    "FUNCTION",
    "PROCEDURE",
    "TRIGGER",
    "POLICY",
    "RULE",
    "AGGREGATE",
    "COLLATION",
    "EVENT",
    "SYNONYM",
    "PACKAGE",
    "STATISTICS",
    "PUBLICATION",
];

/// The same by names that are people's or programs', or that hold what is no name.
const NAMELESS: &[&str] =
    &["USER", "ROLE", "GROUP", "LOGIN", "SERVER", "SUBSCRIPTION", "SYSTEM", "SESSION", "OPERATOR", "CAST"];

/// `CREATE`, `ALTER`, `DROP`.
fn define(walk: &mut Walk<'_>, token: &Token<'_>) {
    // `OR REPLACE`, `DEFINER = …`, `UNIQUE`: no more stands before the thing.
    const MODIFIERS_MAX: usize = 12;
    let verb = token.text.to_ascii_uppercase();
    let found = (0..MODIFIERS_MAX)
        .find(|steps| walk.peek(*steps).is_none_or(|word| word.is_any(THINGS) || word.is_any(NAMELESS)));
    let thing = found.and_then(|steps| walk.peek(steps)).map(|thing| thing.text.to_ascii_uppercase());
    let Some((steps, thing)) = found.zip(thing) else { return alone(walk, token) };
    let materialized =
        steps.checked_sub(1).and_then(|steps| walk.peek(steps)).is_some_and(|word| word.is("MATERIALIZED"));
    (0..=steps).for_each(|_| {
        walk.take();
    });
    walk.operation(&if materialized {
        format!("{verb} MATERIALIZED {thing}")
    } else {
        format!("{verb} {thing}")
    });
    if NAMELESS.contains(&&*thing) {
        return walk.skip_statement();
    }
    walk.skip(&["CONCURRENTLY", "IF", "NOT", "EXISTS", "ONLY"]);
    match &*thing {
        "TABLE" | "VIEW" if verb == "DROP" => walk.expect_tables(),
        "TABLE" | "VIEW" => {
            walk.target_table();
            walk.expect_nothing();
            if verb == "ALTER" {
                walk.skip_statement();
            }
        }
        // `CREATE INDEX ON users (email)`
        _ if walk.next_is_any(&["ON"]) => walk.skip_statement(),
        // What is made of statements goes on behind their semicolons.
        "FUNCTION" | "PROCEDURE" | "TRIGGER" | "EVENT" | "PACKAGE" if verb == "CREATE" => {
            walk.target();
            walk.skip_all();
        }
        _ => {
            walk.target();
            walk.skip_statement();
        }
    }
}
