//! The resource as code and environment describe it together.

use std::fmt;
use std::sync::Arc;

use opentelemetry::KeyValue;

use super::detector::{self, BuiltIn, Detector};
use super::set::Resource;
use super::{HostDetector, InstanceDetector, OsDetector, ProcessDetector};
use super::{environment, provided};
use crate::config::SettingsBuilder;
use crate::config::Warning;
use crate::config::chain::Chain;

const SERVICE_NAME: &str = "service.name";
const SERVICE_VERSION: &str = "service.version";
const SERVICE_NAMESPACE: &str = "service.namespace";
const ENVIRONMENT: &str = "deployment.environment.name";

/// What code says about the resource.
#[derive(Clone)]
pub(crate) struct ResourceOptions {
    /// Stronger than everything.
    named: Resource,
    /// Weaker than the environment, stronger than detectors.
    defaults: Resource,
    /// Given as resources, in the order they came.
    given: Vec<Resource>,
    built_in: Vec<BuiltIn>,
    detectors: Vec<Arc<dyn Detector>>,
    command_args: bool,
}

impl Default for ResourceOptions {
    fn default() -> Self {
        Self {
            named: Resource::empty(),
            defaults: Resource::empty(),
            given: Vec::new(),
            built_in: BuiltIn::ALL.to_vec(),
            detectors: Vec::new(),
            command_args: false,
        }
    }
}

/// The resource. An empty value counts as unset. See [`crate::resource`] for what is stronger than what.
impl SettingsBuilder {
    /// `service.name`, over whatever the environment says. `OTEL_SERVICE_NAME`. When nobody names the service it is
    /// called `unknown_service:` and its executable.
    pub fn service_name(self, name: impl Into<String>) -> Self {
        self.named(SERVICE_NAME, name.into())
    }

    /// `service.name` when the environment gives none.
    pub fn default_service_name(self, name: impl Into<String>) -> Self {
        self.defaulted(SERVICE_NAME, name.into())
    }

    /// `service.version`, over whatever the environment says. `OTEL_SERVICE_VERSION`. No default.
    pub fn service_version(self, version: impl Into<String>) -> Self {
        self.named(SERVICE_VERSION, version.into())
    }

    /// `service.version` when the environment gives none: often `env!("CARGO_PKG_VERSION")`.
    pub fn default_service_version(self, version: impl Into<String>) -> Self {
        self.defaulted(SERVICE_VERSION, version.into())
    }

    /// `service.namespace`: the group that the service belongs to, over whatever the environment says. No variable
    /// but `OTEL_RESOURCE_ATTRIBUTES`. No default.
    pub fn service_namespace(self, namespace: impl Into<String>) -> Self {
        self.named(SERVICE_NAMESPACE, namespace.into())
    }

    /// `deployment.environment.name`, over whatever the environment says: `production`, `staging`, `test`,
    /// `development` or a name of your own. `OTEL_ENVIRONMENT`. No default.
    pub fn environment(self, name: impl Into<String>) -> Self {
        self.named(ENVIRONMENT, name.into())
    }

    /// `deployment.environment.name` when the environment variables give none.
    pub fn default_environment(self, name: impl Into<String>) -> Self {
        self.defaulted(ENVIRONMENT, name.into())
    }

    /// Adds attributes, over whatever the environment says; later calls win over earlier ones.
    /// `OTEL_RESOURCE_ATTRIBUTES`: `key=value,key2=value2`, keys and values percent-encoded; one error in it discards
    /// the whole variable with a warning. Following another schema than ours (1.45.0) is warned about and costs the
    /// schema URL, no attributes.
    pub fn resource(mut self, resource: Resource) -> Self {
        self.resource.given.push(resource);
        self
    }

    /// Adds one attribute, like [`resource`](Self::resource).
    pub fn resource_attribute(self, attribute: KeyValue) -> Self {
        self.resource(Resource::builder().attribute(attribute).build())
    }

    /// Adds a detector, which wins over earlier and built-in ones.
    pub fn detector(mut self, detector: impl Detector + 'static) -> Self {
        self.resource.detectors.push(Arc::new(detector));
        self
    }

    /// Switches one built-in detector off. All are on by default. No variable.
    pub fn without_detector(mut self, detector: BuiltIn) -> Self {
        self.resource.built_in.retain(|known| *known != detector);
        self
    }

    /// Switches all detectors off, those added before too. `telemetry.*` and a `service.name` remain: the
    /// specification demands them of every SDK.
    pub fn without_detectors(mut self) -> Self {
        self.resource.built_in.clear();
        self.resource.detectors.clear();
        self
    }

    /// Whether `process.command_args` is told. Off by default, since passwords and tokens are often passed as
    /// arguments. No variable.
    pub fn process_command_args(mut self, told: bool) -> Self {
        self.resource.command_args = told;
        self
    }

    fn named(mut self, key: &'static str, value: String) -> Self {
        insert_filled(&mut self.resource.named, key, value);
        self
    }

    fn defaulted(mut self, key: &'static str, value: String) -> Self {
        insert_filled(&mut self.resource.defaults, key, value);
        self
    }
}

fn insert_filled(resource: &mut Resource, key: &'static str, value: String) {
    if !value.trim().is_empty() {
        resource.insert(KeyValue::new(key, value));
    }
}

impl ResourceOptions {
    /// Lays everything over each other, weakest first.
    pub(crate) fn resolve(self, chain: &mut Chain<'_>) -> Resource {
        let mut layers = Layers { chain, resource: provided(), conflicting: false };
        for detector in self.built_in.iter().map(|kind| self.built_in(*kind)).chain(self.detectors.clone()) {
            layers.detect(&*detector);
        }
        layers.add("defaults", self.defaults);
        let environment = environment::detect(layers.chain);
        layers.add("environment", environment);
        for resource in self.given {
            layers.add("resource", resource);
        }
        layers.add("service", self.named);
        layers.resource
    }

    fn built_in(&self, kind: BuiltIn) -> Arc<dyn Detector> {
        match kind {
            BuiltIn::Instance => Arc::new(InstanceDetector),
            BuiltIn::Host => Arc::new(HostDetector),
            BuiltIn::Os => Arc::new(OsDetector),
            BuiltIn::Process => Arc::new(ProcessDetector::new().command_args(self.command_args)),
        }
    }
}

/// The conventions read an empty `service.namespace` as unset and demand a `service.name`, so empty ones replace
/// nothing.
fn without_empty_service(mut resource: Resource) -> Resource {
    resource.attributes.retain(|attribute| {
        !([SERVICE_NAME, SERVICE_NAMESPACE].contains(&attribute.key.as_str())
            && attribute.value.as_str().is_empty())
    });
    resource
}

/// The resource so far.
struct Layers<'c, 's> {
    chain: &'c mut Chain<'s>,
    resource: Resource,
    /// Once schemas have conflicted the whole follows none, whatever a later layer names.
    conflicting: bool,
}

impl Layers<'_, '_> {
    fn detect(&mut self, detector: &dyn Detector) {
        match detector::detect(detector) {
            Some(found) => self.add(detector.name(), found),
            None => self.warn(detector.name(), "panicked", "going without what it would have found"),
        }
    }

    fn add(&mut self, name: &str, layer: Resource) {
        let (merged, conflict) = std::mem::take(&mut self.resource).merge(without_empty_service(layer));
        self.resource = merged;
        if let Some(conflict) = &conflict {
            self.warn(name, &conflict.to_string(), "keeping all attributes and naming no schema");
        }
        self.conflicting |= conflict.is_some();
        if self.conflicting {
            self.resource.schema_url = None;
        }
    }

    fn warn(&mut self, name: &str, problem: &str, instead: &str) {
        self.chain.warn(Warning::new(format!("resource ({name})"), None, problem, instead));
    }
}

/// Detectors are shown by name.
impl fmt::Debug for ResourceOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let detectors = self.detectors.iter().map(|detector| detector.name()).collect::<Vec<_>>();
        f.debug_struct("ResourceOptions")
            .field("named", &self.named)
            .field("defaults", &self.defaults)
            .field("given", &self.given)
            .field("built_in", &self.built_in)
            .field("detectors", &detectors)
            .field("command_args", &self.command_args)
            .finish()
    }
}
