//! What can be found out about where we run.

use std::panic::{self, AssertUnwindSafe};

use super::set::Resource;

/// Finds out something about where the program runs.
///
/// Called once, while settings are resolved, on the caller's thread: it should be quick and must leave out what it
/// cannot find. A panic is caught, and costs this detector's attributes alone.
///
/// ```
/// use opentelemetry::KeyValue;
/// use pilotlight_sdk::config::{SettingsBuilder, Variables};
/// use pilotlight_sdk::resource::{Detector, Resource};
///
/// struct Rack;
///
/// impl Detector for Rack {
///     fn name(&self) -> &str {
///         "rack"
///     }
///
///     fn detect(&self) -> Resource {
///         Resource::builder().attribute(KeyValue::new("app.rack", "r7")).build()
///     }
/// }
///
/// let settings = SettingsBuilder::new().detector(Rack).resolve(&Variables::new()).settings;
/// assert_eq!(settings.resource.get("app.rack"), Some(&"r7".into()));
/// ```
pub trait Detector: Send + Sync {
    /// What messages call it.
    fn name(&self) -> &str;

    /// What it finds.
    fn detect(&self) -> Resource;
}

/// The detectors that are on unless they are switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BuiltIn {
    /// `service.instance.id`: see [`InstanceDetector`](super::InstanceDetector).
    Instance,
    /// `host.*`: see [`HostDetector`](super::HostDetector).
    Host,
    /// `os.*`: see [`OsDetector`](super::OsDetector).
    Os,
    /// `process.*`: see [`ProcessDetector`](super::ProcessDetector).
    Process,
}

impl BuiltIn {
    /// All of them, in the order they run.
    pub const ALL: [Self; 4] = [Self::Instance, Self::Host, Self::Os, Self::Process];
}

/// What `detector` finds, or nothing when it panics.
pub(super) fn detect(detector: &dyn Detector) -> Option<Resource> {
    // Nothing of the detector's is looked at after a panic, so nothing half-done can be seen.
    panic::catch_unwind(AssertUnwindSafe(|| detector.detect())).ok()
}
