//! One test on the rows of one segment.
//!
//! It is first asked of the distinct strings, resources and scopes, and then of rows, which hold their numbers: a million rows are a
//! million comparisons of numbers.

use super::answers::{Answers, Found};
use super::meaning::{Needle, Subject, Test, ValueTest};
use super::rows::Rows;
use super::table::Table;
use crate::store::window::entities::{Entities, Entity};
use crate::store::window::segment::Segment;
use crate::store::window::symbols::Symbol;

/// One test on the rows of one segment.
pub(super) struct Trial<'a> {
    pub(super) test: &'a Test,
    pub(super) table: &'a Table<'a>,
    pub(super) segment: &'a Segment,
}

impl Trial<'_> {
    /// Keeps the rows for which it holds.
    pub(super) fn keep(&self, rows: &mut Rows) {
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
