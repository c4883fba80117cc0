//! A subscriber with our layer, whose spans and log records stay in memory.

use opentelemetry::trace::TracerProvider as _;
use pilotlight_sdk::bridge::tracing::{Bridge, Filters};
use pilotlight_sdk::config::TracingSettings;
use pilotlight_sdk::record::{
    LoggerProvider, LoggerProviderBuilder, Tracer, TracerProvider, TracerProviderBuilder,
};
use pilotlight_sdk::transport::{ExportedSpan, InMemoryExporter, TextLogs, TextTree};
use tracing::Dispatch;
use tracing::dispatcher::{DefaultGuard, set_default};

/// Everything of one test: what is made on its threads is exported as it ends.
pub(crate) struct Bridged {
    pub(crate) bridge: Bridge,
    pub(crate) exporter: InMemoryExporter,
    pub(crate) traces: TracerProvider,
    pub(crate) logs: LoggerProvider,
    pub(crate) dispatch: Dispatch,
    _default: DefaultGuard,
}

impl Bridged {
    pub(crate) fn new() -> Self {
        Self::with_settings(|_| {})
    }

    pub(crate) fn with_settings(change: impl FnOnce(&mut TracingSettings)) -> Self {
        Self::with(change, |traces| traces, |logs| logs)
    }

    pub(crate) fn with_traces(
        configure: impl FnOnce(TracerProviderBuilder) -> TracerProviderBuilder,
    ) -> Self {
        Self::with(|_| {}, configure, |logs| logs)
    }

    pub(crate) fn with(
        change: impl FnOnce(&mut TracingSettings),
        traces: impl FnOnce(TracerProviderBuilder) -> TracerProviderBuilder,
        logs: impl FnOnce(LoggerProviderBuilder) -> LoggerProviderBuilder,
    ) -> Self {
        let exporter = InMemoryExporter::new();
        let traces =
            traces(TracerProvider::builder()).with_simple_exporter(exporter.clone()).build().unwrap();
        let logs = logs(LoggerProvider::builder()).with_simple_exporter(exporter.clone()).build().unwrap();
        let mut settings = TracingSettings::default();
        (settings.source_location, settings.thread) = (false, false);
        change(&mut settings);
        let bridge = Bridge::new();
        bridge.connect(Some(&traces), Some(&logs), &settings);
        let (filters, _) = Filters::new("info", "info");
        let dispatch = Dispatch::new(bridge.subscriber(&filters));
        let default = set_default(&dispatch);
        Self { bridge, exporter, traces, logs, dispatch, _default: default }
    }

    pub(crate) fn tracer(&self) -> Tracer {
        self.traces.tracer("api")
    }

    /// Runs `work` on a thread of its own, with the same subscriber, and waits for it.
    pub(crate) fn on_a_thread<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        std::thread::scope(|scope| {
            let work = || tracing::dispatcher::with_default(&self.dispatch, work);
            scope.spawn(work).join().unwrap()
        })
    }

    pub(crate) fn tree(&self) -> String {
        TextTree::new().draw(&self.exporter.spans())
    }

    pub(crate) fn log_lines(&self) -> String {
        TextLogs::new().without_scopes().spans(&self.exporter.spans()).draw(&self.exporter.logs())
    }

    /// The span of this name, which there must be one of.
    pub(crate) fn span(&self, name: &str) -> ExportedSpan {
        let mut spans = self.exporter.spans();
        spans.retain(|span| span.view().name() == name);
        assert_eq!(spans.len(), 1, "spans called {name}");
        spans.remove(0)
    }
}
