//! Where what an integration records goes to: the parts that all of them share.

mod attributes;
mod meter;
pub(crate) mod names;
pub(crate) mod outcome;
#[cfg(feature = "http")]
mod propagator;
pub(crate) mod recorded;
mod scope;
pub(crate) mod text;
mod tracer;

pub(crate) use attributes::Attributes;
pub(crate) use meter::{Instruments, MeterSource, SECONDS};
#[cfg(feature = "http")]
pub(crate) use propagator::Propagator;
pub use scope::SCHEMA_URL;
pub(crate) use tracer::TracerSource;
