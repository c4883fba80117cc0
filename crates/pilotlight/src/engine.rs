//! What runs while a guard is held.

use std::time::Duration;

use pilotlight_sdk::Error;
use pilotlight_sdk::batch::Report;
use pilotlight_sdk::config::Settings;
use pilotlight_sdk::pipeline::{self, Parts, Providers};
use pilotlight_sdk::record::{LogRecordProcessor, LoggerProvider, LoggerProviderBuilder};

use crate::InitError;

/// What shows Pilotlight's own messages, where nothing else would.
pub(crate) type OwnMessages = Option<Box<dyn LogRecordProcessor>>;

/// The engine, or what is left of it where telemetry is disabled. Clones are one engine.
#[derive(Clone, Debug)]
pub(crate) enum Engine {
    On(Providers),
    /// Telemetry is disabled, and the log goes on.
    LinesAlone(LoggerProvider),
}

impl Engine {
    /// `own_messages` come after all processors.
    pub(crate) fn start(
        settings: &Settings,
        mut parts: Parts,
        own_messages: OwnMessages,
    ) -> Result<Self, InitError> {
        let started = match settings.disabled {
            true => lines_alone(settings, parts, own_messages).map(Self::LinesAlone),
            false => {
                parts.log_record_processors.extend(own_messages);
                pipeline::start(settings, parts).map(Self::On)
            }
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
fn lines_alone(
    settings: &Settings,
    parts: Parts,
    own_messages: OwnMessages,
) -> Result<LoggerProvider, Error> {
    let lines = pipeline::start_lines(settings, parts.log_record_processors)?;
    let without_lines = || {
        let builder = LoggerProvider::builder();
        own_messages.into_iter().fold(builder, LoggerProviderBuilder::with_processor).build()
    };
    lines.map_or_else(without_lines, Ok)
}
