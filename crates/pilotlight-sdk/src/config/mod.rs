//! Settings: one chain for every value (code, then the signal's variable, then the generic one, then the default).

mod otlp;

pub use otlp::{Compression, OtlpConfig, Protocol, TlsConfig};
