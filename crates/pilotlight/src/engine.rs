//! What runs while a guard is held.

use std::time::Duration;

use pilotlight_sdk::Error;
use pilotlight_sdk::batch::Report;
use pilotlight_sdk::config::Settings;
use pilotlight_sdk::pipeline::{self, Parts, Providers};
use pilotlight_sdk::record::{LoggerProvider, LoggerProviderBuilder};

use crate::InitError;
#[cfg(feature = "tracing")]
use crate::standard_error::StandardError;

/// The engine, or what is left of it where telemetry is disabled. Clones are one engine.
#[derive(Clone, Debug)]
pub(crate) enum Engine {
    On(Providers),
    /// Telemetry is disabled, and the log goes on.
    LinesAlone(LoggerProvider),
}

impl Engine {
    pub(crate) fn start(settings: &Settings, parts: Parts) -> Result<Self, InitError> {
        let started = match settings.disabled {
            false => pipeline::start(settings, with_own_messages(settings, parts)).map(Self::On),
            true => lines_alone(settings, parts).map(Self::LinesAlone),
        };
        started.map_err(InitError::engine)
    }

    /// `None` where telemetry is disabled.
    pub(crate) fn providers(&self) -> Option<&Providers> {
        match self {
            Self::On(providers) => Some(providers),
            Self::LinesAlone(_) => None,
        }
    }

    pub(crate) fn logger_provider(&self) -> &LoggerProvider {
        match self {
            Self::On(providers) => &providers.logger_provider,
            Self::LinesAlone(logger_provider) => logger_provider,
        }
    }

    pub(crate) fn force_flush(&self, timeout: Duration) -> Result<(), Error> {
        match self {
            Self::On(providers) => providers.force_flush(timeout),
            Self::LinesAlone(logger_provider) => logger_provider.force_flush(timeout),
        }
    }

    pub(crate) fn shutdown(&self, timeout: Duration) -> Report {
        match self {
            Self::On(providers) => providers.shutdown(timeout),
            Self::LinesAlone(logger_provider) => logger_provider.shutdown(timeout),
        }
    }

    pub(crate) async fn shutdown_async(&self, timeout: Duration) -> Report {
        match self {
            Self::On(providers) => providers.shutdown_async(timeout).await,
            Self::LinesAlone(logger_provider) => logger_provider.shutdown_async(timeout).await,
        }
    }
}

/// What remains where telemetry is disabled.
fn lines_alone(settings: &Settings, parts: Parts) -> Result<LoggerProvider, Error> {
    let lines = pipeline::start_lines(settings, parts.log_record_processors)?;
    let nothing_but_own = || {
        let Parts { log_record_processors, .. } = with_own_messages(settings, Parts::default());
        let builder = LoggerProvider::builder();
        log_record_processors.into_iter().fold(builder, LoggerProviderBuilder::with_processor).build()
    };
    lines.map_or_else(nothing_but_own, Ok)
}

/// Where there are no lines, nobody would see Pilotlight's own messages, which stay on this machine: not even what is wrong
/// with the export.
#[cfg(feature = "tracing")]
fn with_own_messages(settings: &Settings, mut parts: Parts) -> Parts {
    if settings.logs.lines.format.is_none() {
        parts.log_record_processors.push(Box::new(StandardError::own_messages()));
    }
    parts
}

/// They go to standard error, or to a subscriber that is none of ours.
#[cfg(not(feature = "tracing"))]
fn with_own_messages(_: &Settings, parts: Parts) -> Parts {
    parts
}
