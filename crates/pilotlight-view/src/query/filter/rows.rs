//! The filter applied to the rows of a segment, a test at a time.
//!
//! A test is first asked of the distinct strings, resources and scopes, and then of rows, which hold their numbers: a million rows are a
//! million comparisons of numbers.

use super::Filter;
use super::meaning::{Needle, Subject, Test, ValueTest};
use crate::store::window::TimeRange;
use crate::store::window::attributes::Attributes;
use crate::store::window::entities::{Entities, Entity};
use crate::store::window::logs::Logs;
use crate::store::window::segment::Segment;
use crate::store::window::spans::Spans;
use crate::store::window::symbols::{Symbol, Symbols};

/// A set of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rows {
    bits: Vec<u64>,
}

impl Rows {
    fn of(len: usize, mut is: impl FnMut(usize) -> bool) -> Self {
        let mut bits = vec![0_u64; len.div_ceil(64)];
        for (position, word) in bits.iter_mut().enumerate() {
            let first = position * 64;
            for row in first..len.min(first + 64) {
                *word |= u64::from(is(row)) << (row - first);
            }
        }
        Self { bits }
    }

    fn only(some: &std::ops::Range<u32>) -> Self {
        let mut bits = vec![0_u64; (some.end as usize).div_ceil(64)];
        for row in some.clone() {
            if let Some(word) = bits.get_mut(row as usize / 64) {
                *word |= 1 << (row % 64);
            }
        }
        Self { bits }
    }

    /// The rows, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.bits.iter().enumerate().flat_map(|(position, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros())?;
                left &= left - 1;
                u32::try_from(position * 64).ok().map(|first| first + bit)
            })
        })
    }

    /// Whether a row is one of them.
    pub(crate) fn has(&self, row: u32) -> bool {
        self.bits.get(row as usize / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u64 {
        self.bits.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// Keeps those for which it is so.
    pub(crate) fn keep(&mut self, mut is: impl FnMut(u32) -> bool) {
        for (position, word) in self.bits.iter_mut().enumerate() {
            let mut left = *word;
            while left != 0 {
                let bit = left.trailing_zeros();
                left &= left - 1;
                let row = u32::try_from(position * 64).unwrap_or(u32::MAX).saturating_add(bit);
                if !is(row) {
                    *word &= !(1 << bit);
                }
            }
        }
    }
}

impl Filter {
    /// The spans of a segment that begin in the range and for which all of it holds.
    pub(crate) fn spans(&self, segment: &Segment, range: TimeRange) -> Rows {
        let rows = in_range(&segment.spans.start, segment, range);
        self.apply(rows, &Table::Spans(&segment.spans), segment)
    }

    /// The log records of a segment that are in the range and for which all of it holds.
    pub(crate) fn logs(&self, segment: &Segment, range: TimeRange) -> Rows {
        let rows = in_range(&segment.logs.time, segment, range);
        self.apply(rows, &Table::Logs(&segment.logs), segment)
    }

    /// Those of these log records for which all of it holds.
    pub(crate) fn some_logs(&self, segment: &Segment, some: &std::ops::Range<u32>) -> Rows {
        let rows = Rows::only(some);
        self.apply(rows, &Table::Logs(&segment.logs), segment)
    }

    fn apply(&self, mut rows: Rows, table: &Table<'_>, segment: &Segment) -> Rows {
        for test in &self.tests {
            Trial { test, table, segment }.keep(&mut rows);
        }
        rows
    }
}

fn in_range(times: &[u64], segment: &Segment, range: TimeRange) -> Rows {
    if range.from <= segment.from && segment.last <= range.last {
        return Rows::of(times.len(), |_| true);
    }
    Rows::of(times.len(), |row| times.get(row).is_some_and(|time| range.holds(*time)))
}

/// Rows of either kind, with what they have in common.
enum Table<'a> {
    Spans(&'a Spans),
    Logs(&'a Logs),
}

impl Table<'_> {
    fn resource(&self, row: u32) -> usize {
        let column = match self {
            Self::Spans(spans) => &spans.resource,
            Self::Logs(logs) => &logs.resource,
        };
        column.get(row as usize).map_or(usize::MAX, |number| *number as usize)
    }

    fn scope(&self, row: u32) -> usize {
        let column = match self {
            Self::Spans(spans) => &spans.scope,
            Self::Logs(logs) => &logs.scope,
        };
        column.get(row as usize).map_or(usize::MAX, |number| *number as usize)
    }

    fn attributes(&self) -> &Attributes {
        match self {
            Self::Spans(spans) => &spans.attributes,
            Self::Logs(logs) => &logs.attributes,
        }
    }

    /// The row's own texts: a span's name, a record's body and event name.
    fn texts(&self, row: u32) -> [Option<Symbol>; 2] {
        let row = row as usize;
        match self {
            Self::Spans(spans) => [spans.name.get(row).copied(), None],
            Self::Logs(logs) => [logs.body.get(row).copied(), logs.event_name.get(row).copied()],
        }
    }

    fn span_id(&self, row: u32) -> u64 {
        let column = match self {
            Self::Spans(spans) => &spans.id,
            Self::Logs(logs) => &logs.span,
        };
        column.get(row as usize).copied().unwrap_or(0)
    }

    fn trace(&self, row: u32) -> u32 {
        let column = match self {
            Self::Spans(spans) => &spans.trace,
            Self::Logs(logs) => &logs.trace,
        };
        column.get(row as usize).copied().unwrap_or(u32::MAX)
    }
}

/// One test on the rows of one segment.
struct Trial<'a> {
    test: &'a Test,
    table: &'a Table<'a>,
    segment: &'a Segment,
}

impl Trial<'_> {
    fn keep(&self, rows: &mut Rows) {
        match &self.test.subject {
            Subject::Anything(needle) => self.anything(rows, needle),
            Subject::Attribute(key, value) => self.attribute(rows, key, value),
            Subject::Resource(key, value) => {
                let resources = self.entities(&self.segment.resources, |entity| self.has(entity, key, value));
                self.filter(rows, |row| is(&resources, self.table.resource(row)));
            }
            Subject::Service(value) => {
                let resources = self
                    .entities(&self.segment.resources, |entity| value.holds(self.segment.text(entity.name)));
                self.filter(rows, |row| is(&resources, self.table.resource(row)));
            }
            Subject::ScopeName(value) => {
                let scopes =
                    self.entities(&self.segment.scopes, |entity| value.holds(self.segment.text(entity.name)));
                self.filter(rows, |row| is(&scopes, self.table.scope(row)));
            }
            Subject::SpanId(value) => self.filter(rows, |row| {
                let id = self.table.span_id(row);
                id != 0 && (matches!(value, ValueTest::Any) || value.holds(&format!("{id:016x}")))
            }),
            Subject::TraceId(value) => self.trace_id(rows, value),
            Subject::Never => self.filter(rows, |_| false),
            of_one_table => self.of_one_table(rows, of_one_table),
        }
    }

    /// What only spans have, or only log records; of the other ones it does not hold.
    fn of_one_table(&self, rows: &mut Rows, subject: &Subject) {
        match (subject, self.table) {
            (Subject::SpanName(value), Table::Spans(spans)) => self.symbols(rows, value, &spans.name),
            (Subject::LogBody(value), Table::Logs(logs)) => self.symbols(rows, value, &logs.body),
            (Subject::Kind(kind), Table::Spans(spans)) => {
                self.filter(rows, |row| spans.kind.get(row as usize) == Some(kind));
            }
            (Subject::Status(status), Table::Spans(spans)) => {
                self.filter(rows, |row| spans.status.get(row as usize) == Some(status));
            }
            (Subject::Duration(range), Table::Spans(spans)) => {
                self.filter(rows, |row| range.contains(&spans.duration(row)));
            }
            (Subject::Severity(range), Table::Logs(logs)) => self.filter(rows, |row| {
                logs.severity.get(row as usize).is_some_and(|severity| range.contains(severity))
            }),
            _ => self.filter(rows, |_| false),
        }
    }

    fn filter(&self, rows: &mut Rows, mut holds: impl FnMut(u32) -> bool) {
        let negated = self.test.negated;
        rows.keep(|row| holds(row) != negated);
    }

    fn symbols(&self, rows: &mut Rows, value: &ValueTest, column: &[Symbol]) {
        let mut answers = Answers::new(value, &self.segment.symbols);
        self.filter(rows, |row| column.get(row as usize).is_some_and(|symbol| answers.holds(*symbol)));
    }

    fn attribute(&self, rows: &mut Rows, key: &str, value: &ValueTest) {
        let Some(key_symbol) = self.segment.symbols.find(key) else { return self.filter(rows, |_| false) };
        let resources = self.entities(&self.segment.resources, |entity| self.has(entity, key, value));
        let scopes = self.entities(&self.segment.scopes, |entity| self.has(entity, key, value));
        let mut answers = Answers::new(value, &self.segment.symbols);
        let attributes = self.table.attributes();
        self.filter(rows, |row| {
            attributes.of(row).iter().any(|(key, value)| *key == key_symbol && answers.holds(*value))
                || is(&resources, self.table.resource(row))
                || is(&scopes, self.table.scope(row))
        });
    }

    fn anything(&self, rows: &mut Rows, needle: &Needle) {
        let found = Found::new(needle, &self.segment.symbols);
        if found.is_empty() {
            return self.filter(rows, |_| false);
        }
        let in_entity = |entity: &Entity| {
            found.has(entity.name) || entity.attributes.iter().any(|(_, value)| found.has(*value))
        };
        let resources = self.entities(&self.segment.resources, in_entity);
        let scopes = self.entities(&self.segment.scopes, in_entity);
        let by_status = self.statuses(&found);
        let attributes = self.table.attributes();
        self.filter(rows, |row| {
            self.table.texts(row).into_iter().flatten().any(|text| found.has(text))
                || attributes.of(row).iter().any(|(_, value)| found.has(*value))
                || is(&resources, self.table.resource(row))
                || is(&scopes, self.table.scope(row))
                || by_status.binary_search(&row).is_ok()
        });
    }

    /// The spans whose status says it; few spans' statuses say anything.
    fn statuses(&self, found: &Found) -> Vec<u32> {
        match self.table {
            Table::Spans(spans) => {
                let says = spans.status_messages.iter().filter(|(_, message)| found.has(*message));
                says.map(|(row, _)| *row).collect()
            }
            Table::Logs(_) => Vec::new(),
        }
    }

    fn trace_id(&self, rows: &mut Rows, value: &ValueTest) {
        // By trace, and not by row: an id's text is made once.
        let traces: Vec<bool> = match value {
            ValueTest::Any => vec![true; self.segment.traces.all().len()],
            value => self
                .segment
                .traces
                .all()
                .iter()
                .map(|part| value.holds(&format!("{:032x}", part.id)))
                .collect(),
        };
        self.filter(rows, |row| is(&traces, self.table.trace(row) as usize));
    }

    fn entities(&self, entities: &Entities, holds: impl Fn(&Entity) -> bool) -> Vec<bool> {
        entities.all().iter().map(holds).collect()
    }

    fn has(&self, entity: &Entity, key: &str, value: &ValueTest) -> bool {
        let Some(key) = self.segment.symbols.find(key) else { return false };
        entity.attributes.iter().any(|(known, text)| *known == key && value.holds(self.segment.text(*text)))
    }
}

fn is(list: &[bool], position: usize) -> bool {
    list.get(position).copied().unwrap_or(false)
}

/// A test's answers about strings, each asked at most once.
enum Answers<'a> {
    All,
    Only(Option<Symbol>),
    Asked { test: &'a ValueTest, symbols: &'a Symbols, known: Vec<Option<bool>> },
}

impl<'a> Answers<'a> {
    fn new(test: &'a ValueTest, symbols: &'a Symbols) -> Self {
        match test {
            ValueTest::Any => Self::All,
            ValueTest::Is(text) => Self::Only(symbols.find(text)),
            test => Self::Asked { test, symbols, known: vec![None; symbols.len()] },
        }
    }

    fn holds(&mut self, symbol: Symbol) -> bool {
        match self {
            Self::All => true,
            Self::Only(one) => *one == Some(symbol),
            Self::Asked { test, symbols, known } => match known.get_mut(symbol.index()) {
                Some(answer) => *answer.get_or_insert_with(|| test.holds(symbols.text(symbol))),
                None => false,
            },
        }
    }
}

/// The strings that contain a text.
struct Found {
    bits: Vec<u64>,
}

impl Found {
    fn new(needle: &Needle, symbols: &Symbols) -> Self {
        let mut found = Self { bits: Vec::new() };
        if needle.is_ascii() {
            found.walk(needle, symbols);
        } else {
            let all = (0..u32::try_from(symbols.len()).unwrap_or(u32::MAX)).map(Symbol);
            all.filter(|symbol| needle.is_in(symbols.text(*symbol))).for_each(|symbol| found.add(symbol));
        }
        found
    }

    /// One walk through all strings, which lie one behind the other; what is found across two of them is not found.
    fn walk(&mut self, needle: &Needle, symbols: &Symbols) {
        let mut passed = 0;
        for place in needle.places(symbols.all()) {
            if place < passed {
                continue;
            }
            let (symbol, range) = symbols.at(place);
            if place + needle.text.len() <= range.end {
                self.add(symbol);
                passed = range.end;
            }
        }
    }

    fn add(&mut self, symbol: Symbol) {
        let word = symbol.index() / 64;
        if self.bits.len() <= word {
            self.bits.resize(word + 1, 0);
        }
        if let Some(bits) = self.bits.get_mut(word) {
            *bits |= 1 << (symbol.index() % 64);
        }
    }

    fn has(&self, symbol: Symbol) -> bool {
        self.bits.get(symbol.index() / 64).is_some_and(|bits| bits & (1 << (symbol.index() % 64)) != 0)
    }

    fn is_empty(&self) -> bool {
        self.bits.is_empty()
    }
}
