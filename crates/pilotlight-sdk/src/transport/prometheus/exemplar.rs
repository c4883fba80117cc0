//! Exemplars, which OpenMetrics has and the older text format has not.
//!
//! Specification: "Exemplar Conversion",
//! <https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#exemplar-conversion>.

use std::fmt::Display;

use crate::record::ExemplarView;

use super::labels::{self, Label};
use super::number::{write_float, write_seconds};

/// The most characters that the names and values of an exemplar's labels may have together, by OpenMetrics.
const LABELS_MAX: usize = 128;

const TRACE_ID: &str = "trace_id";
const SPAN_ID: &str = "span_id";

/// The latest of `exemplars` with a value above `low` and up to `high`.
pub(super) fn latest<'a>(
    exemplars: impl Iterator<Item = ExemplarView<'a>>,
    low: f64,
    high: f64,
) -> Option<ExemplarView<'a>> {
    let within = exemplars.filter(|exemplar| {
        let value = exemplar.value().as_f64();
        // An infinitely small value belongs to the first bucket, above whose lower end it is not.
        (value > low || low == f64::NEG_INFINITY) && value <= high
    });
    within.max_by_key(|exemplar| exemplar.time_nanos())
}

/// Appends `exemplar` to a sample. Attributes that do not fit beside the ids within the limit are left out.
pub(super) fn write(out: &mut String, exemplar: ExemplarView<'_>) {
    out.push_str(" # {");
    out.push_str(&labels(exemplar));
    out.push_str("} ");
    write_float(out, exemplar.value().as_f64());
    if exemplar.time_nanos() > 0 {
        out.push(' ');
        write_seconds(out, exemplar.time_nanos());
    }
    out.push('\n');
}

fn labels(exemplar: ExemplarView<'_>) -> String {
    let mut fitting = Fitting { text: String::new(), room: LABELS_MAX };
    fitting.add_id(TRACE_ID, exemplar.trace_id());
    fitting.add_id(SPAN_ID, exemplar.span_id());
    let attributes = exemplar.attributes().map(|(key, value)| Label::new(key, value)).collect();
    labels::merge(attributes, |name, value| {
        // The ids come first, also where a name is wanted twice.
        if name != TRACE_ID && name != SPAN_ID {
            fitting.add(name, value);
        }
    });
    fitting.text
}

/// Labels as long as there is room for them.
struct Fitting {
    text: String,
    room: usize,
}

impl Fitting {
    fn add_id(&mut self, name: &str, id: Option<impl Display>) {
        if let Some(id) = id {
            self.add(name, &id.to_string());
        }
    }

    fn add(&mut self, name: &str, value: &str) {
        let characters = name.len() + value.chars().count();
        if let Some(room) = self.room.checked_sub(characters) {
            self.room = room;
            labels::write(&mut self.text, name, value);
        }
    }
}
