//! The log filter's answer about records of the `log` crate, which come without a callsite.

use std::cell::Cell;
use std::sync::Arc;

use tracing::callsite::{Callsite, Identifier};
use tracing::field::FieldSet;
use tracing::metadata::Kind;
use tracing::subscriber::{Interest, NoSubscriber};
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::{Context, Layer, Layered};

/// Asks a filter about records.
///
/// A filter answers when it is given a context, which it does not look at, and which only a subscriber can make. So this is one.
#[derive(Debug)]
pub(super) struct LogRecords(Layered<Asked, NoSubscriber>);

#[derive(Debug)]
struct Asked(Arc<EnvFilter>);

thread_local! {
    /// The filter's answer. Not the subscriber's: one that says no makes the thread forget what other layers said of an event that
    /// they are in the middle of.
    static ANSWER: Cell<bool> = const { Cell::new(false) };
}

impl<S: Subscriber> Layer<S> for Asked {
    fn enabled(&self, metadata: &Metadata<'_>, cx: Context<'_, S>) -> bool {
        let answer = self.0.enabled(metadata, cx);
        let _ = ANSWER.try_with(|kept| kept.set(answer));
        true
    }
}

impl LogRecords {
    pub(super) fn new(filter: &Arc<EnvFilter>) -> Self {
        Self(Asked(Arc::clone(filter)).with_subscriber(NoSubscriber::new()))
    }

    pub(super) fn are_enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        self.0.enabled(&described(metadata.target(), level(metadata.level())));
        ANSWER.try_with(Cell::get).unwrap_or(false)
    }
}

/// Stands for all places that records come from: a filter with plain directives asks for target and level alone.
struct Records;

static RECORDS: Records = Records;
static DESCRIPTION: Metadata<'static> = described("log", Level::TRACE);

impl Callsite for Records {
    /// Never registered, so nobody has an interest to set.
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        &DESCRIPTION
    }
}

const fn described(target: &str, level: Level) -> Metadata<'_> {
    let fields = FieldSet::new(&[], Identifier(&RECORDS));
    Metadata::new("log record", target, level, None, None, None, fields, Kind::EVENT)
}

/// The same level, as `tracing` has it.
pub(in crate::bridge) fn level(level: log::Level) -> Level {
    match level {
        log::Level::Error => Level::ERROR,
        log::Level::Warn => Level::WARN,
        log::Level::Info => Level::INFO,
        log::Level::Debug => Level::DEBUG,
        log::Level::Trace => Level::TRACE,
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::filter::LevelFilter;
    use tracing_subscriber::layer::SubscriberExt;

    use super::super::Filters;
    use super::*;

    fn enables(filters: &Filters, target: &str, level: log::Level) -> bool {
        filters.enables_log(&log::Metadata::builder().target(target).level(level).build())
    }

    #[test]
    fn targets_and_levels_decide_as_they_do_for_events() {
        let (filters, _) = Filters::new("off", "warn,shop=debug,shop::noise=off");
        assert!(enables(&filters, "shop::cart", log::Level::Debug));
        assert!(!enables(&filters, "shop::cart", log::Level::Trace));
        assert!(!enables(&filters, "shop::noise", log::Level::Error));
        assert!(enables(&filters, "other", log::Level::Warn));
        assert!(!enables(&filters, "other", log::Level::Info));
        filters.set_log_filter("trace").unwrap();
        assert!(enables(&filters, "other", log::Level::Trace));
    }

    #[test]
    fn directives_with_brackets_hold_within_their_spans() {
        struct Quiet;
        impl<S: Subscriber> Layer<S> for Quiet {}
        let (filters, _) = Filters::new("info", "warn,[checkout]=debug");
        let subscriber = tracing_subscriber::registry().with(Quiet.with_filter(filters.clone()));
        tracing::subscriber::with_default(subscriber, || {
            assert!(!enables(&filters, "any", log::Level::Debug));
            tracing::info_span!("checkout").in_scope(|| {
                assert!(enables(&filters, "any", log::Level::Debug));
            });
            assert!(!enables(&filters, "any", log::Level::Debug));
        });
        assert_eq!(filters.max_log_level(), log::LevelFilter::Debug);
    }

    #[test]
    fn asking_does_not_disturb_what_other_filters_said_of_an_event() {
        struct Asking(Filters);
        impl<S: Subscriber> Layer<S> for Asking {
            fn enabled(&self, _: &Metadata<'_>, _: Context<'_, S>) -> bool {
                enables(&self.0, "any", log::Level::Trace);
                true
            }
        }
        struct Never;
        impl<S: Subscriber> Layer<S> for Never {
            fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
                assert_ne!(*event.metadata().level(), Level::INFO, "its filter left such events out");
            }
        }
        let (filters, _) = Filters::new("off", "off");
        let subscriber = tracing_subscriber::registry()
            .with(Asking(filters))
            .with(Never.with_filter(LevelFilter::WARN))
            .with(tracing_subscriber::layer::Identity::new());
        tracing::subscriber::with_default(subscriber, || tracing::info!("told"));
    }
}
