//! Which service, and which instance of it.

use std::sync::OnceLock;

use opentelemetry::KeyValue;
use uuid::Uuid;

use super::detector::Detector;
use super::process::executable_name;
use super::set::{Resource, SCHEMA_URL};

/// Finds `service.instance.id`: a random UUID, the same for as long as the process lives.
#[derive(Clone, Copy, Debug, Default)]
pub struct InstanceDetector;

impl Detector for InstanceDetector {
    fn name(&self) -> &str {
        "service instance"
    }

    fn detect(&self) -> Resource {
        static ID: OnceLock<String> = OnceLock::new();
        let id = ID.get_or_init(|| Uuid::new_v4().to_string());
        let attribute = KeyValue::new("service.instance.id", id.as_str());
        Resource::builder().attribute(attribute).schema_url(SCHEMA_URL).build()
    }
}

/// The name of a service that nobody named: the specification demands one.
pub(super) fn fallback_name() -> Resource {
    let name = match executable_name() {
        Some(executable) => format!("unknown_service:{executable}"),
        None => "unknown_service".to_owned(),
    };
    Resource::builder().attribute(KeyValue::new("service.name", name)).schema_url(SCHEMA_URL).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_instance_keeps_its_random_id() {
        let first = InstanceDetector.detect();
        let id = Uuid::parse_str(&first.get("service.instance.id").unwrap().to_string()).unwrap();
        assert_eq!(id.get_version_num(), 4);
        assert_eq!(InstanceDetector.detect(), first);
    }

    #[test]
    fn a_nameless_service_is_called_after_its_executable() {
        let name = fallback_name().get("service.name").unwrap().to_string();
        assert!(name.starts_with("unknown_service:pilotlight_sdk"), "{name}");
    }
}
