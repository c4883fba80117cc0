//! The `log` crate's records on their way to OTLP: through `tracing`, or directly.

use log::LevelFilter;
use opentelemetry_appender_log::OpenTelemetryLogBridge;
use tracing_log::LogTracer;

use super::rival_tracing::{LOGS_IN_SPANS, Logs, discarding_logs};
use super::{Contestant, Observed};
use crate::callsites::Call;

/// Made events of `tracing`, and those log records by its appender.
pub const THROUGH_TRACING: Contestant = Contestant {
    name: "tracing-log + appender-tracing + tracing-opentelemetry",
    takes: |call| call == Call::Record,
    set_up: |call| {
        LogTracer::init_with_filter(LevelFilter::Info)?;
        (LOGS_IN_SPANS.set_up)(call)
    },
};

/// Made log records at once: without trace ids, because nothing knows `tracing`'s spans.
pub const DIRECTLY: Contestant = Contestant {
    name: "appender-log",
    takes: |call| call == Call::Record,
    set_up: |call| {
        let (provider, logs) = discarding_logs();
        log::set_boxed_logger(Box::new(OpenTelemetryLogBridge::new(&provider)))?;
        log::set_max_level(LevelFilter::Info);
        Ok(Observed::through_tracing(call, Logs { provider, logs }))
    },
};
