//! What a line shows of a log record.

use crate::encode::field::log_record;
use crate::encode::reader::Fields;
use crate::record::{LogView, LogsView, ValueView, entry};

use super::level;

/// A log record, its fields read in one pass: [`LogView`] walks the bytes for every question, which took as long as
/// writing the line.
#[derive(Default)]
pub(super) struct Record<'a> {
    /// When it happened, or else when it was recorded; 0 when neither is known.
    pub(super) unix_nanos: u64,
    pub(super) severity_number: u8,
    severity_text: &'a str,
    pub(super) event_name: &'a str,
    pub(super) body: Option<ValueView<'a>>,
    trace_id: &'a [u8],
    span_id: &'a [u8],
    pub(super) trace_flags: u8,
    pub(super) dropped_attributes: u64,
    /// As they came: a key may stand there twice.
    pub(super) attributes: Vec<(&'a str, ValueView<'a>)>,
}

impl<'a> Record<'a> {
    /// Becomes the record that is `placed`.
    pub(super) fn read(&mut self, placed: &Placed<'a>) {
        let mut attributes = std::mem::take(&mut self.attributes);
        attributes.clear();
        *self = Self { attributes, unix_nanos: placed.unix_nanos, ..Self::default() };
        for field in Fields::new(placed.log.as_bytes()) {
            match field.key {
                log_record::ATTRIBUTES => self.attributes.push(entry(field.bytes())),
                log_record::SEVERITY_NUMBER => {
                    self.severity_number = u8::try_from(field.number()).unwrap_or(0);
                }
                log_record::SEVERITY_TEXT => self.severity_text = field.text(),
                log_record::BODY => self.body = Some(ValueView::new(field.bytes())),
                log_record::EVENT_NAME => self.event_name = field.text(),
                log_record::TRACE_ID => self.trace_id = field.bytes(),
                log_record::SPAN_ID => self.span_id = field.bytes(),
                log_record::FLAGS => self.trace_flags = field.number() as u8,
                log_record::DROPPED_ATTRIBUTES => self.dropped_attributes = field.number(),
                _ => {}
            }
        }
    }

    /// The severity in words; empty when nobody said.
    pub(super) fn level(&self) -> &'a str {
        if self.severity_text.is_empty() { level::name(self.severity_number) } else { self.severity_text }
    }

    pub(super) fn trace_id(&self) -> Option<&'a [u8; 16]> {
        self.trace_id.try_into().ok().filter(|id| *id != &[0; 16])
    }

    pub(super) fn span_id(&self) -> Option<&'a [u8; 8]> {
        self.span_id.try_into().ok().filter(|id| *id != &[0; 8])
    }
}

/// A log record's place in its batch.
#[derive(Clone, Copy)]
pub(super) struct Placed<'a> {
    unix_nanos: u64,
    /// The name of its scope.
    pub(super) target: &'a str,
    pub(super) service_name: Option<ValueView<'a>>,
    log: LogView<'a>,
}

/// The records of `request` in the order of their times. Threads hand theirs over one thread after the other; those of the same
/// time stay as they came.
pub(super) fn in_order(request: &[u8]) -> Vec<Placed<'_>> {
    let mut records: Vec<Placed<'_>> = Vec::new();
    // Asking the scope and the resource for each record would take longer than the rest, and few batches have many.
    let mut known = None;
    for (resource, scope, log) in LogsView::new(request).records() {
        let place = (resource.as_bytes().as_ptr(), scope.as_bytes().as_ptr());
        let (target, service_name) = match known {
            Some((same, source)) if same == place => source,
            _ => (scope.name(), resource.attribute("service.name")),
        };
        known = Some((place, (target, service_name)));
        records.push(Placed { unix_nanos: unix_nanos(log), target, service_name, log });
    }
    records.sort_by_key(|placed| placed.unix_nanos);
    records
}

/// The time of the event, or else of its observation. The former stands at the front of what we write.
fn unix_nanos(log: LogView<'_>) -> u64 {
    let mut observed = 0;
    for field in Fields::new(log.as_bytes()) {
        match (field.key, field.number()) {
            (log_record::TIME, nanos) if nanos != 0 => return nanos,
            (log_record::OBSERVED_TIME, nanos) => observed = nanos,
            _ => {}
        }
    }
    observed
}

/// Attributes that say where a record was made: shown when asked for.
pub(super) fn is_source_location(key: &str) -> bool {
    const KEYS: [&str; 6] = [
        "code.file.path",
        "code.line.number",
        "code.column.number",
        "code.function.name",
        "thread.id",
        "thread.name",
    ];
    // Most keys are told apart by their first letter.
    matches!(key.as_bytes().first(), Some(b'c' | b't')) && KEYS.contains(&key)
}
