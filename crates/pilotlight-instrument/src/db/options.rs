//! Everything a client was told, shared by its clones.

use super::instruments::Instruments;
use super::sql::{self, Dialect};
use crate::telemetry::{MeterSource, TracerSource};
use opentelemetry::{KeyValue, StringValue};

pub(super) type OfText = Box<dyn Fn(&str) -> bool + Send + Sync>;

pub(super) struct Options {
    pub(super) tracer: TracerSource,
    pub(super) meter: MeterSource<Instruments>,
    pub(super) system: StringValue,
    pub(super) namespace: Option<StringValue>,
    pub(super) server_address: Option<StringValue>,
    /// Only where it is not the system's usual one.
    pub(super) server_port: Option<u16>,
    pub(super) dialect: Dialect,
    pub(super) filters: Vec<OfText>,
    pub(super) attributes: Vec<KeyValue>,
    pub(super) query_text: bool,
    pub(super) text_bytes_max: usize,
    pub(super) statements_max: usize,
    pub(super) returned_rows: bool,
    pub(super) cancellation_is_error: bool,
}

impl Options {
    pub(super) fn of(system: StringValue) -> Self {
        Self {
            tracer: TracerSource::global(),
            meter: MeterSource::global(),
            dialect: Dialect::of_system(system.as_str()),
            system,
            namespace: None,
            server_address: None,
            server_port: None,
            filters: Vec::new(),
            attributes: Vec::new(),
            query_text: true,
            text_bytes_max: sql::TEXT_BYTES_MAX,
            statements_max: STATEMENTS_MAX,
            returned_rows: false,
            cancellation_is_error: false,
        }
    }

    pub(super) fn accepts(&self, text: &str) -> bool {
        self.filters.iter().all(|filter| filter(text))
    }

    /// What all of the client's operations have in common.
    pub(super) fn common(&self, namespace: Option<StringValue>) -> Vec<KeyValue> {
        let mut common = vec![KeyValue::new("db.system.name", self.system.clone())];
        if let Some(namespace) = namespace.or_else(|| self.namespace.clone()) {
            common.push(KeyValue::new("db.namespace", namespace));
        }
        if let Some(address) = &self.server_address {
            common.push(KeyValue::new("server.address", address.clone()));
        }
        if let Some(port) = self.server_port {
            common.push(KeyValue::new("server.port", i64::from(port)));
        }
        common
    }
}

/// Programs have hundreds of statements, not thousands; texts with values in them are each seen once.
const STATEMENTS_MAX: usize = 1024;
