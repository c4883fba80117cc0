//! What a statement does, in a few words.

use super::dialect::Dialect;
use super::head::{self, Head};
use super::token::{Kind, Token};
use std::collections::HashSet;

/// Longer summaries are cut, as the conventions say.
const SUMMARY_CHARS_MAX: usize = 255;

/// What a statement does.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Summary {
    /// Operations and what they are done to, in their order.
    pub text: String,
    /// The operation, if there is but one.
    pub operation: Option<String>,
    /// The table, if there is but one.
    pub collection: Option<String>,
    /// The stored procedure that is called, if that is all.
    pub stored_procedure: Option<String>,
}

pub(super) fn summarize(dialect: Dialect, tokens: &[Token<'_>]) -> Summary {
    let mut walk =
        Walk { dialect, tokens, next: 0, frames: vec![], ctes: HashSet::new(), found: Found::default() };
    while walk.next < tokens.len() && !walk.found.full {
        walk.statement();
    }
    walk.found.finish()
}

/// What the next name at a place would be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expects {
    /// A column, a function, …
    Expression,
    /// A table.
    Table,
    /// The alias of a table, or what it is joined on; after a comma comes the next table.
    Alias,
}

/// How far the list of common table expressions is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum With<'a> {
    None,
    Name,
    Body(&'a str),
    Ended,
}

/// What stands between two brackets, or outside all.
#[derive(Clone, Copy)]
struct Frame<'a> {
    expects: Expects,
    /// Whether a `FROM` or `JOIN` names tables here. Functions have a `FROM` too.
    has_tables: bool,
    /// Whether a bracket after a table's name holds columns, not the arguments of a function.
    has_columns: bool,
    /// Whether an operation may begin here that is an expression or a name elsewhere.
    begins: bool,
    with: With<'a>,
    recursive: bool,
    /// The common table expression that this is the body of.
    defines: Option<&'a str>,
}

impl Frame<'_> {
    const fn new(begins: bool) -> Self {
        Self {
            expects: Expects::Expression,
            has_tables: false,
            has_columns: false,
            begins,
            with: With::None,
            recursive: false,
            defines: None,
        }
    }
}

/// Walks through the parts of a text. What brackets open is kept in a list, so that no text is too deep.
pub(super) struct Walk<'a> {
    dialect: Dialect,
    tokens: &'a [Token<'a>],
    next: usize,
    frames: Vec<Frame<'a>>,
    /// The names of common table expressions, which are no tables: [bare](bare).
    ctes: HashSet<String>,
    found: Found,
}

impl<'a> Walk<'a> {
    /// Walks through one statement, to the semicolon after it.
    fn statement(&mut self) {
        self.frames.clear();
        self.frames.push(Frame::new(true));
        self.ctes.clear();
        self.found.begin_statement();
        while let Some(token) = self.take() {
            match token.kind {
                Kind::Semicolon => return,
                Kind::Open => self.open(),
                Kind::Close => self.close(),
                Kind::Comma => self.comma(),
                Kind::Word => self.word(token),
                Kind::Name | Kind::NameOrLiteral => self.name(token),
                // `{call …}` and `{? = call …}` are written so for some drivers.
                Kind::Symbol | Kind::Equals | Kind::Placeholder if self.frame().begins => {}
                _ => self.pass(),
            }
        }
    }

    fn frame(&mut self) -> &mut Frame<'a> {
        if self.frames.is_empty() {
            self.frames.push(Frame::new(false));
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    pub(super) fn take(&mut self) -> Option<&'a Token<'a>> {
        let token = self.tokens.get(self.next);
        self.next += 1;
        token
    }

    pub(super) fn peek(&self, steps: usize) -> Option<&'a Token<'a>> {
        self.tokens.get(self.next + steps)
    }

    /// The part before the one that was taken last.
    fn before(&self) -> Option<&'a Token<'a>> {
        self.tokens.get(self.next.checked_sub(2)?)
    }

    pub(super) fn next_is_any(&self, words: &[&str]) -> bool {
        self.peek(0).is_some_and(|token| token.is_any(words))
    }

    fn next_is_name_but(&self, word: &str) -> bool {
        self.peek(0).is_some_and(|token| token.is_name() && !token.is(word))
    }

    /// Takes all of these words that come next.
    pub(super) fn skip(&mut self, words: &[&str]) {
        while self.next_is_any(words) {
            self.next += 1;
        }
    }

    /// Takes what is in brackets, if that comes next.
    pub(super) fn skip_brackets(&mut self) {
        let mut depth = 0_usize;
        while let Some(token) = self.peek(0) {
            match token.kind {
                Kind::Open => depth += 1,
                Kind::Close => depth = depth.saturating_sub(1),
                Kind::Semicolon => return,
                _ if depth == 0 => return,
                _ => {}
            }
            self.next += 1;
            if depth == 0 {
                return;
            }
        }
    }

    pub(super) fn skip_statement(&mut self) {
        while self.peek(0).is_some_and(|token| token.kind != Kind::Semicolon) {
            self.next += 1;
        }
    }

    pub(super) fn skip_all(&mut self) {
        self.next = self.tokens.len();
    }

    fn pass(&mut self) {
        self.frame().begins = false;
    }

    fn open(&mut self) {
        let parent = *self.frame();
        let defines = match parent.with {
            With::Body(name) if self.before().is_some_and(|last| last.is_any(&["AS", "MATERIALIZED"])) => {
                Some(name)
            }
            _ => None,
        };
        let mut frame = Frame::new(parent.begins || defines.is_some() || parent.expects == Expects::Table);
        frame.defines = defines;
        if parent.expects == Expects::Table {
            (frame.expects, frame.has_tables) = (Expects::Table, true);
            self.frame().expects = Expects::Alias;
        }
        self.frames.push(frame);
    }

    fn close(&mut self) {
        if self.frames.len() < 2 {
            return;
        }
        let closed = self.frames.pop();
        let begins = self.frame().begins;
        if let Some(name) = closed.and_then(|frame| frame.defines) {
            self.ctes.insert(bare(name));
            self.frame().with = With::Ended;
            self.frame().begins = true;
        } else if begins && self.frame().with == With::None {
            // `(SELECT …) UNION (SELECT …)`
            self.pass();
        }
    }

    fn comma(&mut self) {
        let frame = self.frame();
        match (frame.with, frame.expects) {
            (With::Ended, _) => frame.with = With::Name,
            (_, Expects::Alias) if !frame.has_columns => frame.expects = Expects::Table,
            _ => {}
        }
    }

    fn word(&mut self, token: &'a Token<'a>) {
        if self.frame().with == With::Name {
            return self.name(token);
        }
        if token.is("SELECT") {
            self.operation("SELECT");
            return self.tables_follow_from();
        }
        if token.is("WITH") && self.is_with() {
            self.frame().with = With::Name;
            self.frame().recursive = self.next_is_any(&["RECURSIVE"]);
            return self.skip(&["RECURSIVE"]);
        }
        let calls =
            self.peek(0).is_some_and(|next| next.kind == Kind::Open) && !token.is_any(head::BEFORE_BRACKETS);
        if self.frame().begins && !calls {
            return self.begin(token);
        }
        self.pass();
        self.clause(token);
    }

    /// Whether the `WITH` that was taken begins common table expressions.
    fn is_with(&mut self) -> bool {
        self.frame().begins
            || self.next_is_any(&["RECURSIVE"])
            || self.peek(0).is_some_and(Token::is_name) && self.peek(1).is_some_and(|token| token.is("AS"))
    }

    fn begin(&mut self, token: &'a Token<'a>) {
        let in_brackets = self.frames.len() > 1;
        let ended = self.frame().with == With::Ended;
        match head::of(token.text) {
            // `SEARCH` and `CYCLE` stand there, and a table in brackets.
            _ if ended && !token.is_any(head::AFTER_WITH) => {}
            None if in_brackets => {
                self.pass();
                self.clause(token);
            }
            None => self.skip_statement(),
            Some(head) => {
                self.frame().with = With::None;
                self.pass();
                self.head(head, token);
            }
        }
    }

    fn head(&mut self, head: Head, token: &'a Token<'a>) {
        match head {
            Head::Change(modifiers) => {
                self.operation(&token.text.to_ascii_uppercase());
                self.skip(modifiers);
                self.frame().has_columns = true;
                self.frame().expects = Expects::Table;
            }
            Head::Update(modifiers) => {
                self.operation("UPDATE");
                self.tables_follow_from();
                self.skip(modifiers);
                self.frame().expects = Expects::Table;
            }
            Head::Delete => {
                self.operation("DELETE");
                self.tables_follow_from();
                // Elsewhere a name there is one of those that follow `FROM`.
                if matches!(self.dialect, Dialect::MsSql | Dialect::Oracle) && self.next_is_name_but("TOP") {
                    self.frame().expects = Expects::Table;
                }
            }
            Head::Again(modifiers) => {
                self.operation(&token.text.to_ascii_uppercase());
                self.skip(modifiers);
                self.skip_brackets();
                // `FORMAT = JSON`
                while self.next_is_any(&["FORMAT"]) {
                    self.next += 3;
                }
                self.skip(modifiers);
                self.frame().begins = true;
            }
            Head::Other(read) => {
                read(self, token);
            }
        }
    }

    fn tables_follow_from(&mut self) {
        let frame = self.frame();
        (frame.begins, frame.has_tables, frame.has_columns) = (false, true, false);
        frame.expects = Expects::Expression;
        frame.with = With::None;
    }

    /// A word within a statement.
    fn clause(&mut self, token: &'a Token<'a>) {
        let has_tables = self.frame().has_tables;
        let distinct = self.before().is_some_and(|last| last.is("DISTINCT"));
        let names = token.is("FROM") && !distinct || token.is_any(&["JOIN", "STRAIGHT_JOIN", "APPLY"]);
        // `JOIN … USING (id)`
        let uses =
            token.is("USING") && (self.peek(0).is_some_and(Token::is_name) || self.frame().has_columns);
        if has_tables && names || uses {
            self.frame().expects = Expects::Table;
        } else if token.is("ON") && self.frame().expects == Expects::Alias {
            // After a condition, a comma leads to the next table.
        } else if token.is_any(head::ENDS_TABLES) {
            self.frame().expects = Expects::Expression;
        } else if !token.is_any(head::BEFORE_TABLES) {
            self.name(token);
        }
    }

    fn name(&mut self, token: &'a Token<'a>) {
        self.pass();
        if self.frame().with == With::Name {
            self.frame().with = With::Body(token.text);
            if self.frame().recursive {
                self.ctes.insert(bare(token.text));
            }
        } else if self.frame().expects == Expects::Table {
            self.table(token);
        }
    }

    fn table(&mut self, token: &'a Token<'a>) {
        let name = self.rest_of_name(token);
        let has_columns = self.frame().has_columns;
        self.frame().expects = Expects::Alias;
        let calls = self.peek(0).is_some_and(|next| next.kind == Kind::Open) && !has_columns;
        if !calls && !self.ctes.contains(&bare(&name)) {
            self.found.table(&name);
        }
    }

    /// A name as written, with all that qualifies it.
    pub(super) fn rest_of_name(&mut self, token: &'a Token<'a>) -> String {
        let mut name = token.text.to_owned();
        while let (Some(period), Some(part)) = (self.peek(0), self.peek(1))
            && period.kind == Kind::Period
            && (part.is_name() || part.kind == Kind::Period)
        {
            name.push('.');
            // SQL Server leaves out the schema: `shop..orders`.
            let is_left_out = part.kind == Kind::Period;
            name.push_str(if is_left_out { "" } else { part.text });
            self.next += if is_left_out { 1 } else { 2 };
        }
        name
    }

    pub(super) fn operation(&mut self, name: &str) {
        self.found.operation(name);
    }

    /// What an operation is done to that is no table: the name that comes next.
    pub(super) fn target(&mut self) -> Option<String> {
        let token = self.peek(0).filter(|token| token.is_name())?;
        self.next += 1;
        let name = self.rest_of_name(token);
        self.found.push(&name);
        Some(name)
    }

    /// The table that comes next.
    pub(super) fn target_table(&mut self) {
        if let Some(token) = self.peek(0).filter(|token| token.is_name()) {
            self.next += 1;
            let name = self.rest_of_name(token);
            self.found.table(&name);
        }
    }

    pub(super) fn target_procedure(&mut self) {
        let name = self.target();
        self.found.procedure = name;
    }

    /// Lets tables follow, separated by commas.
    pub(super) fn expect_tables(&mut self) {
        self.frame().expects = Expects::Table;
    }

    /// Lets no table follow before the next `FROM`.
    pub(super) fn expect_nothing(&mut self) {
        self.frame().expects = Expects::Expression;
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub(super) fn is_in_brackets(&self) -> bool {
        self.frames.len() > 1
    }

    /// Lets another operation begin.
    pub(super) fn begin_again(&mut self) {
        self.frame().begins = true;
    }
}

/// The same for two names that are the same, quoted or not.
fn bare(name: &str) -> String {
    name.trim_matches(['"', '`', '[', ']']).to_ascii_lowercase()
}

/// What was found so far.
#[derive(Default)]
struct Found {
    text: String,
    chars: usize,
    full: bool,
    separate: bool,
    operations: usize,
    operation: Option<String>,
    table: Option<String>,
    has_tables: bool,
    procedure: Option<String>,
}

impl Found {
    fn begin_statement(&mut self) {
        self.separate = true;
    }

    fn operation(&mut self, name: &str) {
        self.operations += 1;
        self.operation = (self.operations == 1).then(|| name.to_owned());
        self.push(name);
    }

    fn table(&mut self, name: &str) {
        let is_other = self.has_tables && self.table.as_deref() != Some(name);
        self.has_tables = true;
        self.table = (!is_other).then(|| name.to_owned());
        self.push(name);
    }

    fn push(&mut self, part: &str) {
        let separator = match (self.text.is_empty(), std::mem::take(&mut self.separate)) {
            (true, _) => "",
            (false, true) => "; ",
            (false, false) => " ",
        };
        // A name in quotes may hold anything; a summary has one line.
        if part.contains(char::is_control) {
            return;
        }
        let chars = self.chars + separator.len() + part.chars().count();
        if chars > SUMMARY_CHARS_MAX {
            self.full = true;
        }
        if !self.full {
            self.chars = chars;
            self.text.push_str(separator);
            self.text.push_str(part);
        }
    }

    fn finish(self) -> Summary {
        // What was not looked at may hold more.
        let known = |name: Option<String>| name.filter(|_| !self.full);
        Summary {
            operation: known(self.operation),
            collection: known(self.table),
            stored_procedure: self.procedure.filter(|_| !self.full && self.operations == 1),
            text: self.text,
        }
    }
}
