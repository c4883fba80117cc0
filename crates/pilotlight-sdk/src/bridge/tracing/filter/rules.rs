//! A filter as it is in force: its text, and what answers for it.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};

use tracing::callsite::Identifier;
use tracing::subscriber::Interest;
use tracing::{Level, Metadata};
use tracing_subscriber::Registry;
use tracing_subscriber::filter::{EnvFilter, LevelFilter, Targets};
use tracing_subscriber::layer;

use super::directives::{Directives, has_bracket};
#[cfg(feature = "log")]
use super::log_records::LogRecords;
use super::problem::{Filter, Problem};

/// What is in force where even the caller's default cannot be used.
const LAST_RESORT: LevelFilter = LevelFilter::INFO;

/// A filter that is made of directives.
pub(super) trait Rules: Sized {
    const FILTER: Filter;

    /// From directives that were found usable, and not empty.
    fn from_good(text: String) -> Result<Self, Problem>;

    fn last_resort() -> Self;
}

/// All of `text` or nothing.
pub(super) fn strict<R: Rules>(text: &str) -> Result<R, Vec<Problem>> {
    let read = Directives::read(R::FILTER, text);
    if !read.problems.is_empty() {
        return Err(read.problems);
    }
    if read.good.is_empty() {
        return Err(vec![Problem::new(R::FILTER, text, "says nothing; write `off` to let nothing through")]);
    }
    R::from_good(read.text()).map_err(|problem| vec![problem])
}

/// What can be used of `text`, else of `default`.
pub(super) fn lenient<R: Rules>(text: &str, default: &str, problems: &mut Vec<Problem>) -> R {
    for text in [text, default] {
        let read = Directives::read(R::FILTER, text);
        let good = read.text();
        problems.extend(read.problems);
        if good.is_empty() {
            continue;
        }
        match R::from_good(good) {
            Ok(rules) => return rules,
            Err(problem) => problems.push(problem),
        }
    }
    R::last_resort()
}

/// The span filter: targets and levels alone, so that every answer holds for a callsite's lifetime.
#[derive(Debug)]
pub(super) struct SpanRules {
    pub(super) text: String,
    targets: Targets,
}

impl SpanRules {
    pub(super) fn enabled(&self, target: &str, level: &Level) -> bool {
        self.targets.would_enable(target, level)
    }

    pub(super) fn level_max(&self) -> LevelFilter {
        layer::Filter::<Registry>::max_level_hint(&self.targets).unwrap_or(LevelFilter::TRACE)
    }
}

impl Rules for SpanRules {
    const FILTER: Filter = Filter::Spans;

    fn from_good(text: String) -> Result<Self, Problem> {
        // `EnvFilter` reads "shop=" as all of shop; `Targets` wants it said without the sign.
        let bare: Vec<&str> = text.split(',').map(|directive| directive.trim_end_matches('=')).collect();
        match bare.join(",").parse() {
            Ok(targets) => Ok(Self { text, targets }),
            Err(error) => {
                Err(Problem::new(Filter::Spans, text, format!("cannot be read as a whole ({error})")))
            }
        }
    }

    fn last_resort() -> Self {
        Self { text: LAST_RESORT.to_string(), targets: Targets::new().with_default(LAST_RESORT) }
    }
}

/// The log filter.
#[derive(Debug)]
pub(super) struct LogRules {
    pub(super) text: String,
    pub(super) filter: Arc<EnvFilter>,
    wanted: Option<WantedSpans>,
    #[cfg(feature = "log")]
    log_records: LogRecords,
}

impl LogRules {
    fn new(filter: EnvFilter, text: String, wanted: Option<WantedSpans>) -> Self {
        let filter = Arc::new(filter);
        Self {
            text,
            wanted,
            #[cfg(feature = "log")]
            log_records: LogRecords::new(&filter),
            filter,
        }
    }

    #[cfg(feature = "log")]
    pub(super) fn enables_log(&self, metadata: &log::Metadata<'_>) -> bool {
        self.log_records.are_enabled(metadata)
    }

    /// Whether it looks at the spans around an event.
    pub(super) fn is_dynamic(&self) -> bool {
        self.wanted.is_some()
    }

    pub(super) fn callsite_enabled(&self, meta: &'static Metadata<'static>) -> Interest {
        layer::Filter::<Registry>::callsite_enabled(&*self.filter, meta)
    }

    /// Makes a span's callsite known, and answers whether a directive must see its spans.
    pub(super) fn wants_callsite(&self, meta: &'static Metadata<'static>) -> bool {
        let Some(wanted) = &self.wanted else { return false };
        self.callsite_enabled(meta);
        wanted.register(meta)
    }

    /// The same answer, for a callsite that was made known before.
    pub(super) fn wants_span(&self, meta: &Metadata<'_>) -> bool {
        self.wanted.as_ref().is_some_and(|wanted| wanted.contains(&meta.callsite()))
    }

    pub(super) fn level_max(&self) -> LevelFilter {
        self.filter.max_level_hint().unwrap_or(LevelFilter::TRACE)
    }
}

impl Rules for LogRules {
    const FILTER: Filter = Filter::Logs;

    fn from_good(text: String) -> Result<Self, Problem> {
        let read = |text: &str| match EnvFilter::builder().parse(text) {
            Ok(filter) => Ok(filter),
            Err(error) => {
                Err(Problem::new(Filter::Logs, text, format!("cannot be read as a whole ({error})")))
            }
        };
        let brackets: Vec<&str> = text.split(',').filter(|directive| has_bracket(directive)).collect();
        let wanted = match brackets.is_empty() {
            true => None,
            false => Some(WantedSpans { asker: read(&brackets.join(","))?, callsites: RwLock::default() }),
        };
        Ok(Self::new(read(&text)?, text, wanted))
    }

    fn last_resort() -> Self {
        let filter = EnvFilter::default().add_directive(LAST_RESORT.into());
        Self::new(filter, LAST_RESORT.to_string(), None)
    }
}

/// The spans that directives with brackets must see, whatever the span filter says.
///
/// The whole filter cannot tell them from spans that are merely loud enough for its plain directives, so a second one
/// with the bracketed directives alone is asked.
#[derive(Debug)]
struct WantedSpans {
    asker: EnvFilter,
    /// Protects a set that grows with the program's span callsites and with nothing else. No callback runs under it.
    callsites: RwLock<HashSet<Identifier>>,
}

impl WantedSpans {
    fn register(&self, meta: &'static Metadata<'static>) -> bool {
        let wanted = layer::Filter::<Registry>::callsite_enabled(&self.asker, meta).is_always();
        if wanted {
            self.callsites.write().unwrap_or_else(PoisonError::into_inner).insert(meta.callsite());
        }
        wanted
    }

    fn contains(&self, callsite: &Identifier) -> bool {
        self.callsites.read().unwrap_or_else(PoisonError::into_inner).contains(callsite)
    }
}
