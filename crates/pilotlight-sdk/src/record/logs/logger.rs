//! The API's logger: decides whether a log record is wanted, and sees it to the exporters.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use opentelemetry::InstrumentationScope;
use opentelemetry::logs::Severity;

use crate::diagnostics;
use crate::record::current_context;
use crate::record::scope::Scope;

use super::draft::LogDraft;
use super::log_record::LogRecord;
use super::logger_config::LoggerConfig;
use super::logger_core::{LoggerCore, current_span};

/// How many targets a logger tells apart. Targets are modules; more mean that something puts request data into them. Records
/// beyond it stand under the logger's own scope, and a warning says so once.
const TARGETS_MAX: usize = 1024;

/// Emits log records for one instrumentation scope.
///
/// Cheap to clone. Safe for concurrent calls. Emitting copies the record's bytes into the thread's own lane, where the exporter thread
/// finds them; it never blocks, but for processors and simple exporters. On a thread where telemetry is suppressed it does nothing.
///
/// Specification: "Logger", <https://opentelemetry.io/docs/specs/otel/logs/sdk/#logger>.
#[derive(Clone, Debug)]
pub struct Logger(pub(super) Arc<LoggerInner>);

/// What a logger's clones share.
#[derive(Debug)]
pub(crate) struct LoggerInner {
    pub(crate) core: Arc<LoggerCore>,
    pub(crate) scope: Arc<Scope>,
    pub(crate) config: LoggerConfig,
    /// The scopes of the targets that records had. Written when a target is new.
    targets: RwLock<HashMap<String, Arc<Scope>>>,
}

impl LoggerInner {
    pub(super) fn new(core: &Arc<LoggerCore>, scope: Arc<Scope>) -> Self {
        let config = core.config(&scope.scope);
        Self { core: Arc::clone(core), scope, config, targets: RwLock::default() }
    }

    /// Emits a record that belongs to the current span unless it says otherwise; if it is wanted.
    fn emit(&self, draft: &mut LogDraft, target: Option<Cow<'static, str>>) {
        if current_context::is_suppressed() {
            return;
        }
        draft.span = draft.span.or_else(current_span);
        if !self.config.wants(draft.severity_number, draft.span.as_ref()) {
            return;
        }
        self.finish(draft, target, false);
    }

    /// Sees a record that is wanted through; one that is local to the exporters that stay on this machine alone.
    #[inline]
    pub(crate) fn finish(&self, draft: &mut LogDraft, target: Option<Cow<'static, str>>, is_local: bool) {
        match target {
            None => self.core.emit(draft, &self.scope, is_local),
            Some(target) => self.core.emit(draft, &self.scope_of(&target), is_local),
        }
    }

    /// The scope that records of `target` stand under. No target, or the scope's own name, is the logger's scope.
    fn scope_of(&self, target: &str) -> Arc<Scope> {
        if target.is_empty() || target == self.scope.scope.name() {
            return Arc::clone(&self.scope);
        }
        let targets = self.targets.read().unwrap_or_else(PoisonError::into_inner);
        let (known, is_full) = (targets.get(target).cloned(), targets.len() >= TARGETS_MAX);
        drop(targets);
        match known {
            Some(scope) => scope,
            None if is_full => Arc::clone(&self.scope),
            None => self.learn(target),
        }
    }

    #[cold]
    fn learn(&self, target: &str) -> Arc<Scope> {
        let scope = self.core.scopes.intern(self.targeted(target));
        let mut targets = self.targets.write().unwrap_or_else(PoisonError::into_inner);
        let scope = Arc::clone(targets.entry(target.to_owned()).or_insert(scope));
        let is_last = targets.len() == TARGETS_MAX;
        drop(targets);
        if is_last {
            self.warn_of_targets();
        }
        scope
    }

    /// The logger's scope under another name.
    fn targeted(&self, target: &str) -> InstrumentationScope {
        let own = &self.scope.scope;
        let mut scope =
            InstrumentationScope::builder(target.to_owned()).with_attributes(own.attributes().cloned());
        if let Some(version) = own.version() {
            scope = scope.with_version(version.to_owned());
        }
        if let Some(schema_url) = own.schema_url() {
            scope = scope.with_schema_url(schema_url.to_owned());
        }
        scope.build()
    }

    fn warn_of_targets(&self) {
        diagnostics::warn(format_args!(
            "the log records of \"{}\" have {TARGETS_MAX} different targets; those of further ones are exported under its \
             own name. Targets should be those of modules, without request data",
            self.scope.scope.name()
        ));
    }
}

impl opentelemetry::logs::Logger for Logger {
    type LogRecord = LogRecord;

    fn create_log_record(&self) -> LogRecord {
        LogRecord::new(self.0.core.limits)
    }

    /// Emits the record: what it does not say (when it was observed, which span it belongs to) is filled in.
    ///
    /// Specification: "Emit a LogRecord", <https://opentelemetry.io/docs/specs/otel/logs/sdk/#emit-a-logrecord>.
    fn emit(&self, mut record: LogRecord) {
        let target = record.target.take();
        if let Some(draft) = &mut record.draft {
            self.0.emit(draft, target);
        }
    }

    /// Whether a record of this kind, emitted here and now, would be exported or seen by a processor. One that is then given another
    /// span, or another thread, may fare differently.
    ///
    /// Specification: "Enabled", <https://opentelemetry.io/docs/specs/otel/logs/sdk/#enabled>.
    fn event_enabled(&self, severity: Severity, target: &str, name: Option<&str>) -> bool {
        let LoggerInner { core, config, .. } = &*self.0;
        !core.is_shut_down()
            && !current_context::is_suppressed()
            && config.wants(severity as u8, config.trace_based.then(current_span).flatten().as_ref())
            && (core.has_exporters()
                || core.is_wanted_by_processors(severity, &self.0.scope_of(target), name))
    }
}
