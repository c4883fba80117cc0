//! Where what an integration records goes to: the parts that all of them share.

mod attributes;
mod meter;
mod propagator;
mod scope;
mod tracer;

pub(crate) use attributes::Attributes;
pub(crate) use meter::{Instruments, MeterSource, SECONDS};
pub(crate) use propagator::Propagator;
pub use scope::SCHEMA_URL;
pub(crate) use tracer::TracerSource;
