//! Log records: written once, as OTLP bytes, on the thread that emits them.

mod limits;
mod view;

pub use limits::LogLimits;
pub use view::{LogView, LogsView};
