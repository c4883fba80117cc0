//! Which parts of a statement its text must not show.

use super::text::Hidden;
use super::token::{Kind, Token};

/// For each part, whether it is hidden.
pub(super) fn conceal(tokens: &[Token<'_>]) -> Vec<Hidden> {
    let mut scan = Scan { tokens, groups: vec![], statement: 0, sets: false, given: false };
    let mut hidden = Vec::with_capacity(tokens.len());
    for index in 0..tokens.len() {
        scan.enter(index);
        hidden.push(scan.hides(index));
        scan.leave(index);
    }
    hidden
}

/// What stands between brackets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    /// Names alone, such as the columns of an `INSERT`.
    Names,
    /// The columns of a `CREATE TABLE`.
    Columns,
    /// A statement of its own.
    Query,
    Other,
}

struct Scan<'a> {
    tokens: &'a [Token<'a>],
    groups: Vec<Group>,
    /// Where the statement begins, behind an `EXPLAIN`.
    statement: usize,
    /// Whether there was a `SET` in it.
    sets: bool,
    /// Whether the value of a setting has begun: `PRAGMA main.cache_size` has none.
    given: bool,
}

impl Scan<'_> {
    fn enter(&mut self, index: usize) {
        match self.tokens[index].kind {
            Kind::Semicolon => {
                (self.statement, self.sets, self.given) = (index + 1, false, false);
                self.groups.clear();
            }
            Kind::Word if index == self.statement && self.tokens[index].is_any(EXPLAINS) => {
                self.statement = index + 1;
            }
            Kind::Open => self.groups.push(self.group(index)),
            Kind::Close => {
                self.groups.pop();
            }
            _ => {}
        }
    }

    fn leave(&mut self, index: usize) {
        let token = &self.tokens[index];
        self.sets |= token.is("SET");
        self.given |= matches!(token.kind, Kind::Equals | Kind::Open) || token.is("TO");
    }

    fn hides(&self, index: usize) -> Hidden {
        let token = &self.tokens[index];
        let hides = match token.kind {
            Kind::Literal => true,
            Kind::Sign => return self.hides_sign(index),
            Kind::NameOrLiteral => !self.names(index),
            Kind::Word if token.is_any(&["TRUE", "FALSE"]) => !self.before(index, 1).is_any(&["IS", "NOT"]),
            Kind::Word | Kind::Name => false,
            _ => return Hidden::No,
        };
        let hides = hides || token.is_name() && self.may_be_secret(index);
        if hides { Hidden::Value } else { Hidden::No }
    }

    /// The part `steps` before, which is an empty one before the statement.
    fn before(&self, index: usize, steps: usize) -> Token<'_> {
        let at = index.checked_sub(steps).filter(|at| *at >= self.statement);
        at.map_or(Token { kind: Kind::Semicolon, text: "", start: 0, spaced: false }, |at| self.tokens[at])
    }

    /// The word `nth` of the statement.
    fn head(&self, nth: usize) -> Option<&Token<'_>> {
        self.tokens.get(self.statement + nth)
    }

    /// A sign belongs to a number if nothing stands before it that it could be added to.
    fn hides_sign(&self, index: usize) -> Hidden {
        let number = self.tokens.get(index + 1).filter(|next| {
            next.kind == Kind::Literal && next.text.starts_with(|ch: char| ch.is_ascii_digit() || ch == '.')
        });
        let last = self.before(index, 1);
        let adds = match last.kind {
            Kind::Word => !last.is_any(BEFORE_VALUES),
            Kind::Open | Kind::Comma | Kind::Equals | Kind::Sign => false,
            Kind::Symbol => matches!(last.text, "]" | "}"),
            _ => true,
        };
        if number.is_some() && !adds { Hidden::WithNext } else { Hidden::No }
    }

    /// Whether what is in double quotes is a name, for a literal cannot stand there.
    fn names(&self, index: usize) -> bool {
        let last = self.before(index, 1);
        let next = self.tokens.get(index + 1);
        let is_listed = matches!(last.kind, Kind::Open | Kind::Comma);
        // What they name is a file, or a text.
        if last.is_any(&["DATABASE", "INTO", "FROM"])
            && self.head(0).is_some_and(|head| head.is_any(&["ATTACH", "VACUUM", "PREPARE"]))
        {
            return false;
        }
        last.kind == Kind::Period
            || next.is_some_and(|next| next.kind == Kind::Period)
            || last.is_any(BEFORE_NAMES)
            || last.is_any(&["FROM", "JOIN"]) && self.is_in_query() && !self.before(index, 2).is("DISTINCT")
            || last.is("EXISTS") && (self.before(index, 2).is("IF") || self.before(index, 3).is("IF"))
            || last.is("ON") && self.creates(&["INDEX", "TRIGGER"])
            || is_listed && matches!(self.groups.last(), Some(Group::Names | Group::Columns))
            || next.is_some_and(|next| next.kind == Kind::Equals) && self.is_assigned(last)
    }

    /// Whether a name before `=` is a column of an `UPDATE`.
    fn is_assigned(&self, last: Token<'_>) -> bool {
        let updates = self.head(0).is_some_and(|head| head.is("UPDATE"));
        last.is("SET") || last.kind == Kind::Comma && self.groups.is_empty() && updates
    }

    /// Functions have a `FROM` too.
    fn is_in_query(&self) -> bool {
        matches!(self.groups.last(), None | Some(Group::Query))
    }

    fn creates(&self, things: &[&str]) -> bool {
        self.head(0).is_some_and(|head| head.is("CREATE"))
            && (1..4).filter_map(|nth| self.head(nth)).any(|word| word.is_any(things))
    }

    /// What stands in the brackets that open at `index`.
    fn group(&self, index: usize) -> Group {
        if self.tokens.get(index + 1).is_some_and(|next| next.is_any(&["SELECT", "WITH", "DELETE"])) {
            return Group::Query;
        }
        if !self.before(index, 1).is_name() {
            return Group::Other;
        }
        if self.before(index, 1).is_any(&["KEY", "UNIQUE"]) {
            return Group::Names;
        }
        let mut first = 1;
        while self.before(index, first + 1).kind == Kind::Period {
            first += 2;
        }
        let head = self.before(index, first + 1);
        match () {
            () if head.is_any(&["INTO", "REFERENCES"]) => Group::Names,
            () if head.is("TABLE") || head.is("EXISTS") && self.creates(&["TABLE"]) => Group::Columns,
            () if head.is("ON") && self.creates(&["INDEX"]) => Group::Names,
            () => Group::Other,
        }
    }

    /// Settings, passwords and arguments may be given without quotes.
    fn may_be_secret(&self, index: usize) -> bool {
        let Some(head) = self.head(0) else { return false };
        let last = self.before(index, 1);
        let of_thing = |things| self.head(1).is_some_and(|thing| thing.is_any(things));
        let alters = head.is_any(&["CREATE", "ALTER"]) && of_thing(WITH_PASSWORDS);
        if last.is("BY") && self.before(index, 2).is("IDENTIFIED") {
            return true;
        }
        if head.is_any(&["PRAGMA", "SET"]) {
            return index > self.statement + 1 && self.is_setting(index);
        }
        if alters && self.sets && self.is_setting(index) {
            return true;
        }
        if alters || head.is("ATTACH") {
            let known =
                self.tokens[index].is_any(&["VALUES", "PASSWORD", "RANDOM", "NULL", "HASHED", "REPLACE"]);
            let is_plugins = last.is("AS") && alters;
            return !known && (last.kind == Kind::Equals || last.is_any(BEFORE_SECRETS) || is_plugins);
        }
        head.is_any(&["EXEC", "EXECUTE"]) && self.is_argument(index)
    }

    /// Whether a name is a value of a setting, or a part of one.
    fn is_setting(&self, index: usize) -> bool {
        let last = self.before(index, 1);
        let assigned = self.tokens.get(index + 1).is_some_and(|next| next.kind == Kind::Equals);
        let follows =
            matches!(last.kind, Kind::Equals | Kind::Open | Kind::Comma | Kind::Sign | Kind::Period);
        self.given && !assigned && (follows || last.is("TO"))
    }

    /// Whether a name is an argument of a procedure, for which SQL Server takes it as a string.
    fn is_argument(&self, index: usize) -> bool {
        // `EXEC @result = procedure`
        let is_procedure = index <= self.statement + 3;
        match self.before(index, 1).kind {
            Kind::Comma => true,
            Kind::Equals => !is_procedure,
            _ => false,
        }
    }
}

/// What they explain is a statement as any other.
const EXPLAINS: &[&str] = &["EXPLAIN", "ANALYZE", "VERBOSE", "QUERY", "PLAN"];

/// A number after one of these has its own sign.
const BEFORE_VALUES: &[&str] = &[
    "SELECT",
    "WHERE",
    "AND",
    "OR",
    "NOT",
    "BETWEEN",
    "WHEN",
    "THEN",
    "ELSE",
    "CASE",
    "LIMIT",
    "OFFSET",
    "IN",
    "LIKE",
    "SET",
    "VALUES",
    "BY",
    "RETURN",
    "DEFAULT",
    "ON",
    "HAVING",
    "DISTINCT",
    "IS",
    "TO",
    "ALL",
    "RETURNING",
    "WITH",
];

/// What follows one of these is a name.
const BEFORE_NAMES: &[&str] = &[
    "INTO",
    "UPDATE",
    "TABLE",
    "AS",
    "VIEW",
    "INDEX",
    "TRIGGER",
    "COLUMN",
    "CONSTRAINT",
    "REFERENCES",
    "SAVEPOINT",
    "RELEASE",
    "DATABASE",
    "SCHEMA",
    "COLLATE",
    "RENAME",
    "TRUNCATE",
    "ONLY",
    "WITH",
    "RECURSIVE",
    "ADD",
];

const WITH_PASSWORDS: &[&str] =
    &["USER", "ROLE", "LOGIN", "GROUP", "SUBSCRIPTION", "SERVER", "DATABASE", "SYSTEM"];

const BEFORE_SECRETS: &[&str] = &["BY", "PASSWORD", "REPLACE", "KEY", "SECRET"];
