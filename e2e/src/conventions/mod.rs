//! The semantic conventions as data, and whether what was received keeps to them.
//!
//! ```text
//!  spec/conventions/*.csv ──▶ facts ──┐
//!                                     ├──▶ spans, points, records: what is unknown, deprecated or missing
//!  what the receiver took ────────────┘
//! ```
//!
//! The facts are those of schema 1.45.0; the tables hold names, and how much each is asked for.

mod facts;
mod points;
mod records;
mod spans;

use std::collections::BTreeSet;

use opentelemetry_proto::tonic::common::v1::KeyValue;

use crate::Receiver;
use facts::Facts;

/// Everything that a receiver took and that the conventions do not know, no longer want, or miss: one sentence each, none twice.
///
/// `own` are the names that the service under test made up for itself: a name that ends in a dot or an underscore stands for all
/// that begin with it.
pub fn violations(receiver: &Receiver, own: &[&str]) -> BTreeSet<String> {
    let check = Check { facts: &Facts::read(), own, found: BTreeSet::new() };
    check.spans(&receiver.spans()).points(&receiver.points()).records(&receiver.logs()).found
}

/// What was found so far.
struct Check<'a> {
    facts: &'a Facts,
    own: &'a [&'a str],
    found: BTreeSet<String>,
}

impl Check<'_> {
    /// Attributes of `what`: each known to one of the groups, and everything there that the groups require.
    fn attributes(&mut self, what: &str, groups: &[&str], attributes: &[KeyValue]) {
        for key in attributes.iter().map(|attribute| &*attribute.key) {
            if !self.is_own(key) && !groups.iter().any(|group| self.facts.knows(group, key)) {
                self.found.insert(format!("{what} has {key}, {}", self.facts.verdict(key)));
            }
        }
        for required in groups.iter().flat_map(|group| self.facts.required(group)) {
            if !attributes.iter().any(|attribute| attribute.key == required) {
                self.found.insert(format!("{what} lacks {required}, which is required"));
            }
        }
    }

    /// Who recorded it.
    fn resource(&mut self, attributes: &[KeyValue]) {
        self.attributes("the resource", &["resource"], attributes);
    }

    fn is_own(&self, name: &str) -> bool {
        self.own.iter().any(|own| match own.ends_with(['.', '_']) {
            true => name.starts_with(own),
            false => name == *own,
        })
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::common::v1::AnyValue;
    use opentelemetry_proto::tonic::common::v1::any_value::Value;
    use opentelemetry_proto::tonic::metrics::v1::NumberDataPoint;
    use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
    use opentelemetry_proto::tonic::trace::v1::{Span, Status, status::StatusCode};

    use super::*;
    use crate::receiver::{Point, ReceivedPoint, ReceivedSpan};

    fn attribute(key: &str) -> KeyValue {
        let value = Some(AnyValue { value: Some(Value::StringValue("value".into())) });
        KeyValue { key: key.into(), value, ..KeyValue::default() }
    }

    fn received(kind: SpanKind, keys: &[&str]) -> ReceivedSpan {
        let attributes = keys.iter().copied().map(attribute).collect();
        let span = Span { name: "span".into(), kind: kind.into(), attributes, ..Span::default() };
        let mut received = ReceivedSpan { resource: Default::default(), scope: Default::default(), span };
        let required =
            ["service.name", "telemetry.sdk.name", "telemetry.sdk.language", "telemetry.sdk.version"];
        received.resource.attributes = required.map(attribute).to_vec();
        received
    }

    fn of_spans(spans: &[ReceivedSpan]) -> Vec<String> {
        let check = Check { facts: &Facts::read(), own: &["shop.", "action"], found: BTreeSet::new() };
        check.spans(spans).found.into_iter().collect()
    }

    #[test]
    fn a_name_that_is_old_unknown_or_missing_is_told() {
        let spans = [
            received(SpanKind::Internal, &["shop.anything", "action", "actions", "code.function.name"]),
            received(SpanKind::Client, &["db.system.name", "db.sql.table"]),
            received(SpanKind::Server, &["rpc.system.name", "rpc.method"]),
        ];
        let expected = [
            r#"the span "span" (Client) has db.sql.table, which is deprecated for db.collection.name"#,
            r#"the span "span" (Internal) has actions, which the conventions do not know there"#,
            r#"the span "span" (Server) lacks rpc.status_code, which is required"#,
        ];
        assert_eq!(of_spans(&spans), expected);
    }

    #[test]
    fn a_failure_without_its_type_and_a_span_of_no_convention_are_told() {
        let mut failed = received(SpanKind::Internal, &[]);
        failed.span.status = Some(Status { code: StatusCode::Error.into(), message: String::new() });
        let expected = [
            r#"the span "span" (Client) is under no convention"#,
            r#"the span "span" (Internal) has failed, and lacks error.type"#,
        ];
        assert_eq!(of_spans(&[failed, received(SpanKind::Client, &[])]), expected);
    }

    #[test]
    fn a_metric_of_another_unit_and_one_that_nobody_knows_are_told() {
        let point = |name: &str, unit: &str| ReceivedPoint {
            resource: received(SpanKind::Internal, &[]).resource,
            scope: Default::default(),
            name: name.into(),
            description: String::new(),
            unit: unit.into(),
            point: Point::Gauge(NumberDataPoint::default()),
        };
        let check = Check { facts: &Facts::read(), own: &[], found: BTreeSet::new() };
        let found = check.points(&[point("process.uptime", "ms"), point("http.errors", "1")]).found;
        let expected = [
            "the metric http.errors is one which the conventions do not know there",
            r#"the metric process.uptime is ("gauge", "ms"), not ("gauge", "s")"#,
        ];
        assert_eq!(found.into_iter().collect::<Vec<_>>(), expected);
    }
}
