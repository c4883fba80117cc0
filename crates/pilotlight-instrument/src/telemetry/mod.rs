//! Where what an integration records goes to: the parts that all of them share.
// Each kind of instrumentation needs most of it, and which parts a build leaves unused depends on its features.
#![cfg_attr(not(all(feature = "http", feature = "messaging")), allow(dead_code, unused_imports))]

mod attributes;
mod meter;
pub(crate) mod names;
pub(crate) mod outcome;
#[cfg(any(feature = "http", feature = "messaging"))]
mod propagator;
pub(crate) mod recorded;
mod scope;
pub(crate) mod text;
mod tracer;

pub(crate) use attributes::Attributes;
pub(crate) use meter::{Instruments, MeterSource, SECONDS};
#[cfg(any(feature = "http", feature = "messaging"))]
pub(crate) use propagator::Propagator;
pub use scope::SCHEMA_URL;
pub(crate) use tracer::TracerSource;
