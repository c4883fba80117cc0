//! What metrics about a part of the pipeline are told apart by.

use std::collections::BTreeMap;

use opentelemetry::KeyValue;

use crate::transport::Exporter;

/// A part of the pipeline: an exporter, a processor, a reader.
#[derive(Debug)]
pub(crate) struct Component {
    /// `otel.component.type`.
    pub(crate) component_type: &'static str,
    /// `otel.component.name`.
    name: String,
    /// Where an exporter sends to: `server.address` and `server.port`.
    server: Option<(String, u16)>,
}

impl Component {
    pub(crate) fn new(component_type: &'static str) -> Self {
        let name = format!("{component_type}/{}", next_number(component_type));
        Self { component_type, name, server: None }
    }

    pub(crate) fn exporter(exporter: &dyn Exporter) -> Self {
        Self { server: exporter.server(), ..Self::new(exporter.component_type()) }
    }

    pub(crate) fn attributes(&self) -> Vec<KeyValue> {
        let mut attributes = vec![
            KeyValue::new("otel.component.name", self.name.clone()),
            KeyValue::new("otel.component.type", self.component_type),
        ];
        if let Some((address, port)) = &self.server {
            attributes.push(KeyValue::new("server.address", address.clone()));
            attributes.push(KeyValue::new("server.port", i64::from(*port)));
        }
        attributes
    }
}

/// Components of one type are numbered from 0, for the life of the process.
fn next_number(component_type: &'static str) -> u64 {
    static NUMBERS: std::sync::Mutex<BTreeMap<&'static str, u64>> = std::sync::Mutex::new(BTreeMap::new());
    let mut numbers = NUMBERS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let next = numbers.entry(component_type).or_default();
    *next += 1;
    *next - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_of_a_type_are_numbered_from_zero() {
        let names = ["flint", "steel", "flint"].map(|component_type| Component::new(component_type).name);
        assert_eq!(names, ["flint/0", "steel/0", "flint/1"]);
    }
}
