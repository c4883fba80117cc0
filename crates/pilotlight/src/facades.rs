//! Everything that leads to the engine from outside of the API: the subscriber, the logger, the panic hook.

use std::time::Duration;

use opentelemetry::logs::Severity;
use pilotlight_sdk::bridge::PanicHookGuard;
use pilotlight_sdk::bridge::tracing::{Problem, Texts};
use pilotlight_sdk::config::{Settings, TracingSettings};
use pilotlight_sdk::diagnostics;
use pilotlight_sdk::record::{LoggerConfig, LoggerProvider};

use crate::engine::Engine;
use crate::standard_error::StandardError;
use crate::subscriber::{self, BRIDGE, FILTERS, Found};
use crate::{InitError, panics};

/// What code says about them.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) without_subscriber: bool,
    pub(crate) without_panic_hook: bool,
    pub(crate) panic_flush_timeout: Option<Duration>,
}

impl Wanted {
    /// Whether they can be installed, before anything is started.
    pub(crate) fn check(&self) -> Result<(), InitError> {
        match subscriber::find() {
            Found::Foreign if !self.without_subscriber => Err(InitError::subscriber_installed()),
            _ => Ok(()),
        }
    }

    /// Leads them to `engine`. Answers with what the filters could not use of their settings, too.
    pub(crate) fn install(
        self,
        engine: &Engine,
        settings: &Settings,
        has_processors: bool,
    ) -> Result<(Facades, Vec<Problem>), InitError> {
        let tracer_provider = engine.providers().map(|providers| &providers.tracer_provider);
        let found = subscriber::find();
        BRIDGE.connect(tracer_provider, Some(engine.logger_provider()), &settings.tracing);
        let texts = Texts { spans: &settings.tracing.span_filter, logs: &settings.tracing.log_filter };
        let problems = FILTERS.reset(texts);
        if found == Found::Nothing && !self.without_subscriber {
            subscriber::install().inspect_err(|_| BRIDGE.disconnect())?;
        }
        self.install_logger(found);
        let panic_hook = match self.without_panic_hook {
            true => None,
            false => panics::install(engine, self.panic_flush_timeout),
        };
        let shows_the_rest = subscriber::find() == Found::Ours && !has_processors;
        let rest = shows_the_rest.then(|| Rest::of(settings));
        Ok((Facades { panic_hook, rest, is_connected: true }, problems))
    }

    /// Whoever puts a registry of their own together has its logger installed with it, as `tracing-subscriber` does, or installs ours.
    fn install_logger(&self, found: Found) {
        if self.without_subscriber {
            return;
        }
        match subscriber::install_logger() {
            Ok(()) => {}
            // It most likely leads to `tracing`, and so here.
            Err(error) if found == Found::Shared => diagnostics::debug(error),
            Err(error) => diagnostics::warn(error),
        }
    }
}

/// What was installed, as far as it ends with the guard.
#[derive(Debug)]
pub(crate) struct Facades {
    panic_hook: Option<PanicHookGuard>,
    /// `None` where somebody else shows what is logged afterwards, or must not.
    rest: Option<Rest>,
    is_connected: bool,
}

/// How to show what is logged after the end.
#[derive(Debug)]
struct Rest {
    tracing: TracingSettings,
    minimum_severity: Option<Severity>,
}

impl Facades {
    /// To be called before the providers are shut down: the hook emits through them.
    pub(crate) fn end_panic_hook(&mut self) {
        self.panic_hook = None;
    }

    /// To be called when they are. Does nothing the second time.
    pub(crate) fn disconnect(&mut self) {
        if !std::mem::replace(&mut self.is_connected, false) {
            return;
        }
        match self.rest.take().and_then(Rest::start) {
            Some((logger_provider, tracing)) => BRIDGE.connect(None, Some(&logger_provider), &tracing),
            None => BRIDGE.disconnect(),
        }
    }
}

impl Rest {
    fn of(settings: &Settings) -> Self {
        Self { tracing: settings.tracing.clone(), minimum_severity: settings.logs.minimum_severity }
    }

    fn start(self) -> Option<(LoggerProvider, TracingSettings)> {
        let Self { tracing, minimum_severity } = self;
        let config = move |_: &_| {
            let mut config = LoggerConfig::default();
            config.minimum_severity = minimum_severity;
            config
        };
        let builder = LoggerProvider::builder().with_logger_config(config);
        // It needs no thread, and nothing else can fail.
        let logger_provider = builder.with_processor(StandardError::everything()).build().ok()?;
        Some((logger_provider, tracing))
    }
}

/// Spans of `tracing` that have not ended.
pub(crate) fn open_spans() -> u64 {
    BRIDGE.open_spans() as u64
}
