//! Where what an integration records goes to: the parts that all of them share.
#![cfg_attr(not(feature = "http"), allow(dead_code, reason = "HTTP uses all of it, the others some"))]

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
