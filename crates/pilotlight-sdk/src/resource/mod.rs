//! Who is telling: the resource that every batch of telemetry carries.
//!
//! ```text
//!  weakest   telemetry · service        what the specification demands: telemetry.sdk.*, a service.name
//!            instance · host · os · process, then the user's own detectors
//!            default_service_name and its like
//!            OTEL_RESOURCE_ATTRIBUTES
//!            OTEL_SERVICE_NAME · OTEL_SERVICE_VERSION · OTEL_ENVIRONMENT
//!            resource(…) in code
//!  strongest service_name(…) and its like in code
//! ```
//!
//! All of it is found out once, when settings are resolved, from memory and a few small files: nothing waits for a
//! network.

mod detector;
mod environment;
mod file;
mod host;
mod merge;
mod options;
mod os;
mod process;
mod provided;
mod service;
mod set;
mod telemetry;

#[cfg(test)]
mod precedence_tests;

pub use detector::{BuiltIn, Detector};
pub use host::HostDetector;
pub use merge::SchemaConflict;
pub(crate) use options::ResourceOptions;
pub use os::OsDetector;
pub use process::ProcessDetector;
pub(crate) use provided::provided;
pub use service::InstanceDetector;
pub use set::{Resource, ResourceBuilder, SCHEMA_URL};
