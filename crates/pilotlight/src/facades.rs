//! Everything that leads to the engine from outside of the API: the subscriber, the logger, the panic hook.

use std::time::Duration;

use opentelemetry::logs::Severity;
use pilotlight_sdk::bridge::PanicHookGuard;
use pilotlight_sdk::bridge::tracing::{Problem, Texts};
use pilotlight_sdk::config::{Settings, TracingSettings};
use pilotlight_sdk::diagnostics;
use pilotlight_sdk::record::{LoggerConfig, LoggerProvider, TracerProvider};

use crate::engine::{Engine, OwnMessages};
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

    /// Where there are no lines, nobody would see Pilotlight's own messages, which stay on this machine: not even what is wrong with the
    /// export. A subscriber of the application's own shows them.
    pub(crate) fn own_messages(&self, settings: &Settings) -> OwnMessages {
        let is_shown = settings.logs.lines.format.is_some()
            || self.without_subscriber
            || subscriber::find() == Found::Shared;
        (!is_shown).then(|| Box::new(StandardError::own_messages()) as _)
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
        // Who has lines of Pilotlight's has no others, or has everything twice.
        let has_lines = settings.logs.lines.format.is_some();
        let rest =
            (has_lines || subscriber::find() == Found::Ours).then(|| Rest::of(settings, has_processors));
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
    /// What is logged after the end. `None` where the application's own subscriber shows it.
    rest: Option<Rest>,
    is_connected: bool,
}

impl Facades {
    /// To be called before `engine` is shut down: the hook emits through it, and what is logged from now on, such as what its last
    /// exports have to say, it would no longer take.
    pub(crate) fn begin_end(&mut self, engine: &Engine) {
        self.panic_hook = None;
        let tracer_provider = engine.providers().map(|providers| &providers.tracer_provider);
        if let Some(rest) = &self.rest {
            rest.connect(tracer_provider);
        }
    }

    /// To be called when it is. Does nothing the second time.
    pub(crate) fn finish_end(&mut self) {
        if !std::mem::replace(&mut self.is_connected, false) {
            return;
        }
        match &self.rest {
            Some(rest) => rest.connect(None),
            None => BRIDGE.disconnect(),
        }
    }
}

/// How what is logged after the end is shown.
#[derive(Debug)]
struct Rest {
    tracing: TracingSettings,
    minimum_severity: Option<Severity>,
    /// What processors hid must stay hidden when they are gone.
    own_messages_alone: bool,
}

impl Rest {
    fn of(settings: &Settings, own_messages_alone: bool) -> Self {
        let minimum_severity = settings.logs.minimum_severity;
        Self { tracing: settings.tracing.clone(), minimum_severity, own_messages_alone }
    }

    fn connect(&self, tracer_provider: Option<&TracerProvider>) {
        let minimum_severity = self.minimum_severity;
        let builder = LoggerProvider::builder().with_logger_config(move |_| {
            let mut config = LoggerConfig::default();
            config.minimum_severity = minimum_severity;
            config
        });
        let processor = match self.own_messages_alone {
            true => StandardError::own_messages(),
            false => StandardError::everything(),
        };
        // There always is one: only its exporters would need a thread that could be missing, and it has none.
        let logger_provider = builder.with_processor(processor).build().ok();
        BRIDGE.connect(tracer_provider, logger_provider.as_ref(), &self.tracing);
    }
}

/// Spans of `tracing` that have not ended.
pub(crate) fn open_spans() -> u64 {
    BRIDGE.open_sampled_spans() as u64
}
