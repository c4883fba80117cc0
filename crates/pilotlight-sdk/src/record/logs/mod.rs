//! Log records: written once, as OTLP bytes, on the thread that emits them.
//!
//! ```text
//!  logger_provider.rs     owns all of it ── logger_config.rs says which records are wanted
//!  logger.rs              wanted? which span? ── log_record.rs, the API's handle on a record
//!  draft.rs               the OTLP bytes in the making
//!  logger_core.rs         processors, then the bytes go to batch/ ── processor.rs, users' code
//!   └ log_counts.rs       how many there are, for the metrics about Pilotlight itself
//!  view.rs                reads the bytes
//! ```

mod draft;
mod limits;
mod log_counts;
mod log_record;
mod logger;
mod logger_config;
mod logger_core;
mod logger_provider;
mod logger_provider_builder;
mod processor;
mod view;

pub use limits::LogLimits;
pub use log_record::LogRecord;
pub use logger::Logger;
pub use logger_config::LoggerConfig;
pub use logger_provider::LoggerProvider;
pub use logger_provider_builder::LoggerProviderBuilder;
pub use processor::{LogMut, LogRecordProcessor};
pub use view::{LogView, LogsView};

pub(crate) use draft::{LogDraft, SpanReference};
pub(crate) use log_counts::LogCounts;
pub(crate) use logger::LoggerInner;
pub(crate) use logger_core::current_span;
