//! Settings: one chain for every value (code, then the signal's variable, then the generic one, then the default).

pub(crate) mod chain;
mod choice;
mod endpoint;
mod env;
mod headers;
mod otlp;
pub(crate) mod parse;
pub(crate) mod percent;
pub(crate) mod show;
mod url;
pub(crate) mod warning;

pub use env::{ProcessEnvironment, Source, Variables};
pub use otlp::{Compression, OtlpConfig, Protocol, TlsConfig};
pub use warning::Warning;
