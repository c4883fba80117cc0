//! What is observed of log records.

use super::senders::Sender;
use crate::receive::Signal;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs};

/// Libraries that exporters are built from. What they log while they export is exported, and logged again.
const TRANSPORT: [&str; 8] =
    ["h2", "hyper", "hyper_util", "tonic", "tower", "reqwest", "rustls", "opentelemetry"];
/// Attributes in which appenders tell the module that a record is of.
const MODULE: [&str; 4] = ["log.target", "target", "log.module.path", "code.namespace"];
/// Severities below INFO: what these libraries say at each frame.
const BELOW_INFO: std::ops::Range<i32> = 1..9;

impl Sender {
    pub(super) fn note_logs(&mut self, logs: &ResourceLogs) {
        for of_scope in &logs.scope_logs {
            let scope = of_scope.scope.as_ref().map_or("", |scope| scope.name.as_str());
            for record in &of_scope.log_records {
                self.note_log(scope, record);
            }
        }
    }

    fn note_log(&mut self, scope: &str, record: &LogRecord) {
        self.logs += 1;
        if record.trace_id.iter().any(|byte| *byte != 0) {
            self.logs_in_traces.0 += 1;
            self.logs_in_traces.1 += u64::from(record.flags & 1 == 0);
        }
        for attribute in &record.attributes {
            if let Some(old) = super::spans::old_name(&attribute.key) {
                self.note_deprecated(old, Signal::Logs);
            }
        }
        if BELOW_INFO.contains(&record.severity_number)
            && let Some(module) = transport(scope, record)
        {
            self.transport_logs.note(|| module.to_owned());
        }
    }
}

/// The module of a library that sends, when the record is of one.
fn transport<'a>(scope: &'a str, record: &'a LogRecord) -> Option<&'a str> {
    let named = record.attributes.iter().filter(|attribute| MODULE.contains(&attribute.key.as_str()));
    let texts = named.filter_map(|attribute| match attribute.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.as_str()),
        _ => None,
    });
    texts.chain([scope]).find(|module| {
        let library = module.split("::").next().unwrap_or_default();
        TRANSPORT.contains(&library)
    })
}
