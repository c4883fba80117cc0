//! Log records as others would send them.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use pilotlight_sdk::transport::{Batch, Signal};
use prost::Message;

pub fn any(value: Value) -> AnyValue {
    AnyValue { value: Some(value) }
}

pub fn text(text: &str) -> Value {
    Value::StringValue(text.to_owned())
}

pub fn array(values: Vec<AnyValue>) -> Value {
    Value::ArrayValue(ArrayValue { values })
}

pub fn map(entries: Vec<KeyValue>) -> Value {
    Value::KvlistValue(KeyValueList { values: entries })
}

pub fn entry(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(any(value)), ..Default::default() }
}

/// A record that says `message`.
pub fn message(message: &str) -> LogRecord {
    LogRecord { body: Some(any(text(message))), ..Default::default() }
}

/// The records of these scopes, in this order, of the service `shop`.
pub fn batch_of(scopes: Vec<(&str, Vec<LogRecord>)>) -> Batch {
    let items = scopes.iter().map(|(_, records)| records.len()).sum();
    let scope_logs = scopes.into_iter().map(|(name, log_records)| ScopeLogs {
        scope: Some(InstrumentationScope { name: name.to_owned(), ..Default::default() }),
        log_records,
        ..Default::default()
    });
    let resource = Resource { attributes: vec![entry("service.name", text("shop"))], ..Default::default() };
    let logs =
        ResourceLogs { resource: Some(resource), scope_logs: scope_logs.collect(), ..Default::default() };
    let request = ExportLogsServiceRequest { resource_logs: vec![logs] };
    Batch { signal: Signal::Logs, items, request: request.encode_to_vec().into() }
}

/// One record of the scope `shop::orders`.
pub fn batch(record: LogRecord) -> Batch {
    batch_of(vec![("shop::orders", vec![record])])
}
