//! Log records, each knowing all that a test asks about.

use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::resource::v1::Resource;

use crate::tree::{hex, show};

/// A log record that was taken, with who recorded it.
#[derive(Clone, Debug)]
pub struct ReceivedLog {
    /// The service.
    pub resource: Resource,
    /// The library, or the target of the event.
    pub scope: InstrumentationScope,
    /// The log record.
    pub record: LogRecord,
}

impl ReceivedLog {
    /// What it says, as text; `None` when it has no body.
    pub fn body(&self) -> Option<String> {
        self.record.body.as_ref()?.value.as_ref().map(show)
    }

    /// The value of one of its attributes, as text.
    pub fn attribute(&self, key: &str) -> Option<String> {
        let attribute = self.record.attributes.iter().find(|attribute| attribute.key == key)?;
        attribute.value.as_ref()?.value.as_ref().map(show)
    }

    /// The trace it was recorded in, in hexadecimal; empty outside of one.
    pub fn trace_id(&self) -> String {
        hex(&self.record.trace_id)
    }

    /// The span it was recorded in, in hexadecimal; empty outside of one.
    pub fn span_id(&self) -> String {
        hex(&self.record.span_id)
    }
}
