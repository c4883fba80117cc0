//! Who is telling: the resource that every batch of telemetry carries.

mod detector;
mod environment;
mod file;
mod host;
mod merge;
mod os;
mod process;
mod service;
mod set;
mod telemetry;

pub use detector::{BuiltIn, Detector};
pub use host::HostDetector;
pub use merge::SchemaConflict;
pub use os::OsDetector;
pub use process::ProcessDetector;
pub use service::InstanceDetector;
pub use set::{Resource, ResourceBuilder, SCHEMA_URL};
