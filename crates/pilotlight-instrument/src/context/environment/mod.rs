//! The context in a process's environment, by the specification's "Environment Variables as Context Propagation Carriers".

mod extractor;
mod injector;
mod name;

pub use extractor::{EnvExtractor, from_env};
pub use injector::{EnvInjector, inject_into};
