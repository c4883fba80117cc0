//! Which spans are recorded and which events become log records: two questions, with an answer each.
//!
//! ```text
//!  a callsite's first use, or a reload ──► callsite_enabled ──► always / never, remembered by tracing itself
//!                                                          └──► sometimes: only events, only with [..] directives
//!  an event under `sometimes` ───────────► enabled           (one lock for reading, nothing of the user's under it)
//!  a span made, entered, left, closed ───► a load and a branch, unless the log filter has [..] directives
//! ```

mod directives;
#[cfg(feature = "log")]
mod log_records;
mod problem;
mod rules;

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

#[cfg(feature = "log")]
use tracing::Level;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Metadata, callsite};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{self, Context};

use self::rules::{LogRules, SpanRules};
use crate::diagnostics;

#[cfg(feature = "log")]
pub(in crate::bridge) use self::log_records::level;
pub use self::problem::{Filter, FilterError, Problem};

/// The texts of the two filters, or of their defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Texts<'a> {
    /// Which spans are recorded.
    pub spans: &'a str,
    /// Which events become log records.
    pub logs: &'a str,
}

/// The per-layer filter that asks spans and events apart, and can be exchanged while the service runs.
///
/// `RUST_LOG=warn` is meant for log lines. Handed to a single filter it takes the traces away as well; here it is the log
/// filter's text, and spans are the span filter's.
///
/// A clone is the same filter: keep one to reload it, give the other to
/// [`with_filter`](tracing_subscriber::Layer::with_filter).
///
/// # What the texts say
///
/// Both are lists of directives separated by commas, as `RUST_LOG` has them: `level`, `target` or `target=level`, with
/// `off`, `error`, `warn`, `info`, `debug`, `trace` in any case, or `0` to `5`; a target also means every target that
/// begins with it, and the longest one decides. What no directive speaks of is off. The log filter's directives may also look
/// at the spans around an event, as [`EnvFilter`](tracing_subscriber::EnvFilter)'s do: `[{user=42}]=debug` lets debug events
/// through inside a span whose field `user` is 42, `[checkout]=debug` those inside a span of that name.
///
/// A text is at most 8 KiB. Values between brackets are regular expressions, so a directive with brackets is at most 256
/// bytes with eight special characters, a text has at most 32 of them, and each has one field.
///
/// # Pilotlight's own messages
///
/// Its events with the target `pilotlight` pass both filters: `OTEL_LOG_LEVEL` alone decides about them.
///
/// # Cost
///
/// The answer is kept with each callsite: what is off costs what `tracing` itself costs. A log filter with brackets is
/// asked at each event that is not on already, and follows spans as they come and go; where other per-layer filters of the
/// same subscriber answer differently, `tracing` asks every filter each time. Both take a lock for reading.
///
/// # Limits of directives with brackets
///
/// - They must see their spans, which the span filter may have switched off; such spans reach the layer too. A layer that
///   minds asks [`records_span`](Self::records_span).
/// - They know a span from its beginning: those that were open when the filter was set are not looked at.
/// - A value's `Debug` is called while they look at it, with locks held that making a span may need: it must make none.
///
/// ```
/// use pilotlight_sdk::bridge::tracing::Filters;
/// use tracing_subscriber::layer::{Layer, SubscriberExt};
/// # struct MyLayer;
/// # impl<S: tracing::Subscriber> Layer<S> for MyLayer {}
///
/// let (filters, problems) = Filters::new("info", "warn,shop=debug,h2=off");
/// for problem in problems {
///     eprintln!("{problem}");
/// }
/// let subscriber = tracing_subscriber::registry().with(MyLayer.with_filter(filters.clone()));
///
/// // Later, while the service runs:
/// filters.set_log_filter("debug")?;
/// assert_eq!(filters.log_filter(), "debug");
/// assert_eq!(filters.span_filter(), "info");
/// # drop(subscriber);
/// # Ok::<(), pilotlight_sdk::bridge::tracing::FilterError>(())
/// ```
#[derive(Clone)]
pub struct Filters {
    shared: Arc<Shared>,
}

struct Shared {
    /// Protects which rules are in force. Held to copy the pointer, or to compare targets and levels; never while rules are
    /// built or dropped, nor while `tracing` calls back.
    spans: RwLock<Arc<SpanRules>>,
    /// The same, for events.
    logs: RwLock<Arc<LogRules>>,
    /// Whether the log filter looks at spans. Relaxed: it publishes nothing, and spans around a reload may be missed anyway.
    dynamic: AtomicBool,
    /// How often a filter was exchanged: what lets the last of several reloads have the last word.
    changes: AtomicU64,
    /// Whether the `log` crate's level follows the log filter.
    #[cfg(feature = "log")]
    rules_log_crate: AtomicBool,
}

impl Filters {
    /// What both filters are by default: `info`.
    pub const DEFAULT: &'static str = "info";

    /// Filters from their texts, and what could not be used of them.
    ///
    /// A bad directive is left out and the rest is used; where nothing is left, or nothing was written,
    /// [`DEFAULT`](Self::DEFAULT) is.
    pub fn new(spans: &str, logs: &str) -> (Self, Vec<Problem>) {
        Self::with_defaults(Texts { spans, logs }, Texts { spans: Self::DEFAULT, logs: Self::DEFAULT })
    }

    /// As [`new`](Self::new), with other defaults.
    pub fn with_defaults(texts: Texts<'_>, defaults: Texts<'_>) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let spans: SpanRules = rules::lenient(texts.spans, defaults.spans, &mut problems);
        let logs: LogRules = rules::lenient(texts.logs, defaults.logs, &mut problems);
        let shared = Shared {
            dynamic: AtomicBool::new(logs.is_dynamic()),
            spans: RwLock::new(Arc::new(spans)),
            logs: RwLock::new(Arc::new(logs)),
            changes: AtomicU64::new(0),
            #[cfg(feature = "log")]
            rules_log_crate: AtomicBool::new(false),
        };
        (Self { shared: Arc::new(shared) }, problems)
    }

    /// Exchanges the span filter; when it returns, every callsite goes by the new one. Spans that are open stay recorded.
    ///
    /// A callsite that another thread uses for the very first time meanwhile may go by the old one until the next exchange.
    /// Not to be called from within a layer or a filter: `tracing` asks them all anew here, on this thread. A subscriber that
    /// is some threads' own, and not the process's, is asked only when this is one of them.
    ///
    /// # Errors
    ///
    /// When the text is empty or any directive in it cannot be used. Then nothing changes.
    pub fn set_span_filter(&self, text: &str) -> Result<(), FilterError> {
        let rules = rules::strict(text).map_err(FilterError::new)?;
        self.shared.exchange_spans(rules);
        self.shared.ask_anew();
        Ok(())
    }

    /// Exchanges the log filter, as [`set_span_filter`](Self::set_span_filter) does the other one.
    ///
    /// # Errors
    ///
    /// When the text is empty or any directive in it cannot be used. Then nothing changes.
    pub fn set_log_filter(&self, text: &str) -> Result<(), FilterError> {
        let rules = rules::strict(text).map_err(FilterError::new)?;
        self.shared.exchange_logs(rules);
        self.shared.ask_anew();
        Ok(())
    }

    /// Exchanges both filters, for texts that nobody is there to correct, such as those of settings: what can be used of them is
    /// used, as [`new`](Self::new) does, and what cannot is answered. Otherwise as [`set_span_filter`](Self::set_span_filter). The
    /// level of Pilotlight's own messages is asked for anew as well.
    pub fn reset(&self, texts: Texts<'_>) -> Vec<Problem> {
        let mut problems = Vec::new();
        self.shared.exchange_spans(rules::lenient(texts.spans, Self::DEFAULT, &mut problems));
        self.shared.exchange_logs(rules::lenient(texts.logs, Self::DEFAULT, &mut problems));
        self.shared.ask_anew();
        problems
    }

    /// The span filter in force: the directives that are used, without whitespace around them.
    pub fn span_filter(&self) -> String {
        self.shared.spans().text.clone()
    }

    /// The log filter in force: the directives that are used, without whitespace around them.
    pub fn log_filter(&self) -> String {
        self.shared.logs().text.clone()
    }

    /// Whether the span filter lets such spans through, for a layer that is asked in spite of it (see the limits above).
    ///
    /// Costs a load and a branch unless the log filter has directives with brackets.
    #[inline]
    pub fn records_span(&self, metadata: &Metadata<'_>) -> bool {
        !self.shared.is_dynamic() || self.shared.span_enabled(metadata)
    }

    /// Whether the log filter lets such records of the `log` crate through, here and now: its directives with brackets look at
    /// the spans that this thread is in. Those about an event's fields match none.
    #[cfg(feature = "log")]
    pub(in crate::bridge) fn enables_log(&self, metadata: &log::Metadata<'_>) -> bool {
        // Nothing of the user's runs under the lock.
        self.shared.logs_now().enables_log(metadata)
    }

    /// The loudest level of the `log` crate's records that the log filter could let through; `Trace` when it looks at
    /// spans' values.
    #[cfg(feature = "log")]
    pub fn max_log_level(&self) -> log::LevelFilter {
        self.shared.max_log_level()
    }

    /// Sets the `log` crate's level to [`max_log_level`](Self::max_log_level), now and at each exchange of the log filter.
    #[cfg(feature = "log")]
    pub fn rule_log_crate(&self) {
        self.shared.rules_log_crate.store(true, Ordering::Release);
        self.shared.tell_log_crate();
    }
}

impl fmt::Debug for Filters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filters")
            .field("spans", &self.span_filter())
            .field("logs", &self.log_filter())
            .finish()
    }
}

impl<S> layer::Filter<S> for Filters {
    fn enabled(&self, meta: &Metadata<'_>, cx: &Context<'_, S>) -> bool {
        if meta.is_span() {
            return self.shared.span_enabled(meta)
                || self.shared.is_dynamic() && self.shared.logs().wants_span(meta);
        }
        // Nothing of the user's runs under the lock: spans' values were looked at when they were recorded.
        diagnostics::is_own(meta) || self.shared.logs_now().filter.enabled(meta, cx.clone())
    }

    fn callsite_enabled(&self, meta: &'static Metadata<'static>) -> Interest {
        if meta.is_span() {
            // Asked first and always: the directives must get to know the callsite.
            let wanted = self.shared.logs().wants_callsite(meta);
            return always_or_never(wanted || self.shared.span_enabled(meta));
        }
        if diagnostics::is_own(meta) {
            return Interest::always();
        }
        self.shared.logs().callsite_enabled(meta)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.shared.spans().level_max().max(self.shared.logs().level_max()).max(own_level()))
    }

    #[inline]
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, cx: Context<'_, S>) {
        if self.shared.is_dynamic() {
            self.shared.logs().filter.on_new_span(attributes, id, cx);
        }
    }

    #[inline]
    fn on_record(&self, id: &Id, values: &Record<'_>, cx: Context<'_, S>) {
        if self.shared.is_dynamic() {
            self.shared.logs().filter.on_record(id, values, cx);
        }
    }

    #[inline]
    fn on_enter(&self, id: &Id, cx: Context<'_, S>) {
        if self.shared.is_dynamic() {
            self.shared.logs().filter.on_enter(id, cx);
        }
    }

    #[inline]
    fn on_exit(&self, id: &Id, cx: Context<'_, S>) {
        if self.shared.is_dynamic() {
            self.shared.logs().filter.on_exit(id, cx);
        }
    }

    #[inline]
    fn on_close(&self, id: Id, cx: Context<'_, S>) {
        if self.shared.is_dynamic() {
            self.shared.logs().filter.on_close(id, cx);
        }
    }
}

impl Shared {
    #[inline]
    fn is_dynamic(&self) -> bool {
        self.dynamic.load(Ordering::Relaxed)
    }

    fn spans(&self) -> Arc<SpanRules> {
        Arc::clone(&self.spans.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The log rules, to be used without the lock: values' `Debug` may log, and so come back here.
    fn logs(&self) -> Arc<LogRules> {
        Arc::clone(&self.logs_now())
    }

    /// The log rules under the lock, which spares the counting of a copy.
    fn logs_now(&self) -> impl std::ops::Deref<Target = Arc<LogRules>> + '_ {
        self.logs.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn exchange_spans(&self, rules: SpanRules) {
        let rules = Arc::new(rules);
        let old = {
            let mut spans = self.spans.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *spans, rules)
        };
        // Outside of the lock, as below.
        drop(old);
    }

    fn exchange_logs(&self, rules: LogRules) {
        let rules = Arc::new(rules);
        let old = {
            let mut logs = self.logs.write().unwrap_or_else(PoisonError::into_inner);
            self.dynamic.store(rules.is_dynamic(), Ordering::Relaxed);
            std::mem::replace(&mut *logs, rules)
        };
        drop(old);
    }

    fn span_enabled(&self, meta: &Metadata<'_>) -> bool {
        self.spans.read().unwrap_or_else(PoisonError::into_inner).enabled(meta.target(), meta.level())
    }

    /// Has `tracing` forget what it remembers of each callsite and of the loudest level.
    ///
    /// Two threads may be at it at once, and `tracing` does not order what they store: one could store what it learnt from
    /// rules that the other had replaced already. So whoever finds that rules changed meanwhile does it again.
    fn ask_anew(&self) {
        self.changes.fetch_add(1, Ordering::AcqRel);
        loop {
            let seen = self.changes.load(Ordering::Acquire);
            callsite::rebuild_interest_cache();
            self.tell_log_crate();
            if self.changes.load(Ordering::Acquire) == seen {
                return;
            }
        }
    }

    #[cfg(feature = "log")]
    fn tell_log_crate(&self) {
        if self.rules_log_crate.load(Ordering::Acquire) {
            log::set_max_level(self.max_log_level());
        }
    }

    #[cfg(not(feature = "log"))]
    fn tell_log_crate(&self) {}

    #[cfg(feature = "log")]
    fn max_log_level(&self) -> log::LevelFilter {
        match self.logs().level_max().into_level() {
            None => log::LevelFilter::Off,
            Some(Level::ERROR) => log::LevelFilter::Error,
            Some(Level::WARN) => log::LevelFilter::Warn,
            Some(Level::INFO) => log::LevelFilter::Info,
            Some(Level::DEBUG) => log::LevelFilter::Debug,
            Some(Level::TRACE) => log::LevelFilter::Trace,
        }
    }
}

fn always_or_never(enabled: bool) -> Interest {
    if enabled { Interest::always() } else { Interest::never() }
}

/// The level up to which our own messages are said, so that `tracing` does not drop them by level before asking.
fn own_level() -> LevelFilter {
    let levels = [
        (diagnostics::Level::Debug, LevelFilter::DEBUG),
        (diagnostics::Level::Info, LevelFilter::INFO),
        (diagnostics::Level::Warn, LevelFilter::WARN),
        (diagnostics::Level::Error, LevelFilter::ERROR),
    ];
    levels
        .iter()
        .find(|(level, _)| diagnostics::enabled(*level))
        .map_or(LevelFilter::OFF, |(_, filter)| *filter)
}
