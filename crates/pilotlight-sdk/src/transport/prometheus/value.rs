//! The value of an attribute as a label's.
//!
//! Specification: "AnyValue representation for non-OTLP protocols",
//! <https://opentelemetry.io/docs/specs/otel/common/#anyvalue-representation-for-non-otlp-protocols>.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::record::ValueView;
use crate::transport::json;

/// Appends `value` as text: strings bare, arrays and maps as JSON, bytes as base64, nothing for no value.
pub(super) fn write_value(out: &mut String, value: ValueView<'_>) {
    match value {
        ValueView::Empty => {}
        ValueView::Str(text) => out.push_str(text),
        ValueView::Bytes(bytes) => STANDARD.encode_string(bytes, out),
        ValueView::F64(number) if !number.is_finite() => out.push_str(special(number)),
        value => json::write_value(out, value),
    }
}

fn special(number: f64) -> &'static str {
    match number {
        f64::INFINITY => "Infinity",
        f64::NEG_INFINITY => "-Infinity",
        _ => "NaN",
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::common::v1::any_value::Value;
    use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList};

    use super::*;
    use crate::record::MetricsView;
    use crate::transport::prometheus::tests::metrics;

    fn label(value: Option<Value>) -> String {
        let point = metrics::int_with(vec![metrics::attribute("k", value)], 1);
        let request = metrics::request(vec![metrics::gauge("g", "", vec![point])]);
        let (_, _, metric) = MetricsView::new(&request).metrics().next().unwrap();
        let crate::record::MetricData::Gauge { mut points } = metric.data() else { panic!("a gauge") };
        let mut out = String::new();
        write_value(&mut out, points.next().unwrap().attribute("k").unwrap());
        out
    }

    #[test]
    fn plain_values_are_bare() {
        assert_eq!(label(Some(Value::StringValue("a \"b\"".into()))), "a \"b\"");
        assert_eq!(label(Some(Value::BoolValue(true))), "true");
        assert_eq!(label(Some(Value::IntValue(-3))), "-3");
        assert_eq!(label(Some(Value::DoubleValue(0.5))), "0.5");
        assert_eq!(label(Some(Value::DoubleValue(f64::NEG_INFINITY))), "-Infinity");
        assert_eq!(label(Some(Value::BytesValue(b"hello world".to_vec()))), "aGVsbG8gd29ybGQ=");
        assert_eq!(label(None), "");
    }

    #[test]
    fn nested_values_are_json() {
        let any = |value| AnyValue { value };
        let nested = KeyValue {
            key: "n\"".into(),
            value: Some(any(Some(Value::BytesValue(b"hi".to_vec())))),
            ..Default::default()
        };
        let values = vec![
            any(Some(Value::IntValue(1))),
            any(Some(Value::DoubleValue(f64::NAN))),
            any(Some(Value::StringValue("a\n\u{1}".into()))),
            any(None),
            any(Some(Value::KvlistValue(KeyValueList { values: vec![nested] }))),
        ];
        let text = label(Some(Value::ArrayValue(ArrayValue { values })));
        assert_eq!(text, r#"[1,"NaN","a\n\u0001",null,{"n\"":"aGk="}]"#);
    }
}
