//! The filter that splits spans from events, as a layer under it sees it.
#![cfg(feature = "tracing-layer")]
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, MutexGuard, PoisonError};

use pilotlight_sdk::bridge::tracing::{Filters, Texts};
use pilotlight_sdk::diagnostics;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id};
use tracing::subscriber::Interest;
use tracing::{
    Dispatch, Event, Metadata, Subscriber, debug, debug_span, error, info, info_span, trace, trace_span, warn,
};
use tracing_subscriber::layer::{Context, Filter, Layer, SubscriberExt};
use tracing_subscriber::registry;

/// What a callsite remembers is the process's, so one test at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes down the names of spans, and targets and levels of events.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl<S: Subscriber> Layer<S> for Seen {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        self.0.lock().unwrap().push(attributes.metadata().name().to_owned());
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        self.0.lock().unwrap().push(format!("{} {}", event.metadata().target(), event.metadata().level()));
    }
}

/// Counts how often the filter in it is asked.
struct Counted(Filters, Arc<AtomicUsize>);

impl<S: Subscriber> Filter<S> for Counted {
    fn enabled(&self, meta: &Metadata<'_>, cx: &Context<'_, S>) -> bool {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.enabled(meta, cx)
    }

    fn callsite_enabled(&self, meta: &'static Metadata<'static>) -> Interest {
        Filter::<S>::callsite_enabled(&self.0, meta)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Filter::<S>::max_level_hint(&self.0)
    }
}

fn filters(spans: &str, logs: &str) -> Filters {
    let (filters, problems) = Filters::new(spans, logs);
    assert_eq!(problems, []);
    filters
}

fn seen_under(filters: &Filters, work: impl FnOnce()) -> Vec<String> {
    let seen = Seen::default();
    let subscriber = registry().with(seen.clone().with_filter(filters.clone()));
    tracing::subscriber::with_default(subscriber, work);
    seen.take()
}

fn checkout() {
    info_span!(target: "shop", "checkout").in_scope(|| {
        debug!(target: "shop", "asked");
        info!(target: "h2", "frame");
        warn!(target: "shop", "slow");
        trace_span!(target: "shop", "detail").in_scope(|| error!(target: "db", "gone"));
    });
}

#[test]
fn a_log_filter_of_warn_silences_logs_and_keeps_spans() {
    let _alone = alone();
    assert_eq!(seen_under(&filters("info", "warn"), checkout), ["checkout", "shop WARN", "db ERROR"]);
}

#[test]
fn logs_off_keeps_spans_and_spans_off_keeps_logs() {
    let _alone = alone();
    assert_eq!(seen_under(&filters("trace", "off"), checkout), ["checkout", "detail"]);
    assert_eq!(
        seen_under(&filters("off", "debug"), checkout),
        ["shop DEBUG", "h2 INFO", "shop WARN", "db ERROR"]
    );
    assert_eq!(seen_under(&filters("OFF", "OFF"), checkout), [""; 0]);
}

#[test]
fn targets_decide_for_themselves() {
    let _alone = alone();
    let seen = seen_under(&filters("off,shop=trace", " warn , SHOP=info,shop=Debug,db=off, "), checkout);
    assert_eq!(seen, ["checkout", "shop DEBUG", "shop WARN", "detail"]);
}

#[test]
fn what_is_taken_from_one_layer_still_reaches_the_other() {
    let _alone = alone();
    let (ours, other) = (Seen::default(), Seen::default());
    let subscriber = registry().with(ours.clone().with_filter(filters("off", "error"))).with(other.clone());
    tracing::subscriber::with_default(subscriber, checkout);
    assert_eq!(ours.take(), ["db ERROR"]);
    assert_eq!(other.take(), ["checkout", "shop DEBUG", "h2 INFO", "shop WARN", "detail", "db ERROR"]);
}

#[test]
fn static_directives_are_never_asked_about_an_event_or_a_span_again() {
    let _alone = alone();
    let asked = Arc::new(AtomicUsize::new(0));
    let filter = Counted(filters("info", "warn,shop=debug"), Arc::clone(&asked));
    let subscriber = registry().with(Seen::default().with_filter(filter));
    tracing::subscriber::with_default(subscriber, || (0..100).for_each(|_| checkout()));
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}

#[test]
fn a_span_field_turns_debug_on_inside_its_span() {
    let _alone = alone();
    let order = |user: i64| {
        info_span!("order", user).in_scope(|| debug!(target: "shop", "looked up"));
        debug!(target: "shop", "outside");
    };
    let seen = seen_under(&filters("info", "off,[{user=42}]=debug"), || {
        order(7);
        order(42);
        order(7);
    });
    assert_eq!(seen, ["order", "order", "shop DEBUG", "order"]);
}

#[test]
fn a_field_recorded_later_counts_from_the_next_entry() {
    let _alone = alone();
    let seen = seen_under(&filters("info", "off,[{user=42}]=debug"), || {
        let span = info_span!("order", user = tracing::field::Empty);
        span.in_scope(|| debug!(target: "shop", "before"));
        span.record("user", 42);
        span.in_scope(|| debug!(target: "shop", "after"));
    });
    assert_eq!(seen, ["order", "shop DEBUG"]);
}

/// A layer that minds spans which only the log filter needs.
struct Minding(Seen, Filters);

impl<S: Subscriber> Layer<S> for Minding {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, cx: Context<'_, S>) {
        if self.1.records_span(attributes.metadata()) {
            self.0.on_new_span(attributes, id, cx);
        }
    }

    fn on_event(&self, event: &Event<'_>, cx: Context<'_, S>) {
        self.0.on_event(event, cx);
    }
}

#[test]
fn directives_see_spans_that_the_span_filter_switched_off_and_a_layer_can_tell() {
    let _alone = alone();
    let (filters, seen) = (filters("off", "info,[{user=42}]=debug"), Seen::default());
    let work = || {
        info_span!("other").in_scope(|| debug!(target: "shop", "unseen"));
        debug_span!("order", user = 42).in_scope(|| debug!(target: "shop", "seen"));
    };
    assert_eq!(seen_under(&filters, work), ["order", "shop DEBUG"]);
    let subscriber = registry().with(Minding(seen.clone(), filters.clone()).with_filter(filters));
    tracing::subscriber::with_default(subscriber, work);
    assert_eq!(seen.take(), ["shop DEBUG"]);
}

#[test]
fn a_value_whose_debug_logs_does_not_lock_up() {
    let _alone = alone();
    struct Chatty;
    impl std::fmt::Debug for Chatty {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            info!(target: "chatty", "formatting");
            f.write_str("gold")
        }
    }
    let seen = seen_under(&filters("info", "off,chatty=info,[{tier=gold}]=debug"), || {
        info_span!("order", tier = ?Chatty).in_scope(|| debug!(target: "shop", "seen"));
    });
    assert!(seen.contains(&"shop DEBUG".to_owned()), "{seen:?}");
}

#[test]
fn own_messages_pass_whatever_the_filters_say_and_go_by_their_own_level() {
    let _alone = alone();
    let seen = seen_under(&filters("off", "off"), || {
        diagnostics::warn("told");
        diagnostics::debug("not told");
        warn!(target: "pilotlight", "an application's");
    });
    assert_eq!(seen, ["pilotlight WARN"]);
    diagnostics::set_level(diagnostics::Level::Debug);
    let seen = seen_under(&filters("off", "off"), || diagnostics::debug("told now"));
    diagnostics::set_level(diagnostics::Level::Info);
    assert_eq!(seen, ["pilotlight DEBUG"]);
}

#[test]
fn a_reload_changes_what_passes_and_shows_what_is_in_force() {
    let _alone = alone();
    let filters = filters("info", "warn");
    let seen = seen_under(&filters, || {
        let work = || trace_span!("work").in_scope(|| trace!(target: "shop", "step"));
        work();
        filters.set_log_filter("shop=trace").unwrap();
        work();
        filters.set_span_filter("trace").unwrap();
        work();
        assert_eq!(LevelFilter::current(), LevelFilter::TRACE);
        filters.set_log_filter("error").unwrap();
        filters.set_span_filter(" off , ").unwrap();
        work();
        assert_eq!(LevelFilter::current(), LevelFilter::INFO, "own messages are at info");
    });
    assert_eq!(seen, ["shop TRACE", "work", "shop TRACE"]);
    assert_eq!(format!("{filters:?}"), r#"Filters { spans: "off", logs: "error" }"#);
}

#[test]
fn directives_with_brackets_come_and_go_by_reload() {
    let _alone = alone();
    let filters = filters("info", "info");
    let seen = seen_under(&filters, || {
        let order = || info_span!("order", user = 42).in_scope(|| debug!(target: "shop", "looked up"));
        order();
        filters.set_log_filter("info,[order]=debug").unwrap();
        order();
        let open = info_span!("order", user = 42).entered();
        filters.set_log_filter("info").unwrap();
        drop(open);
        order();
    });
    assert_eq!(seen, ["order", "order", "shop DEBUG", "order", "order"]);
}

#[test]
fn a_bad_text_changes_nothing_and_says_what_to_write() {
    let filters = filters("info", "warn,shop=debug");
    let error = filters.set_log_filter("debug,h2=loud").unwrap_err();
    assert!(
        error.to_string().starts_with(r#"the filter stays as it was; log filter: "h2=loud" cannot be read"#),
        "{error}"
    );
    assert!(error.to_string().contains("write target=level"), "{error}");
    assert_eq!(filters.log_filter(), "warn,shop=debug");
    let error = filters.set_span_filter(" , ").unwrap_err();
    assert!(error.to_string().contains("write `off`"), "{error}");
    assert_eq!(filters.span_filter(), "info");
}

#[test]
fn a_text_with_nothing_usable_falls_back_to_the_callers_default() {
    let defaults = Texts { spans: "debug", logs: "shop=info" };
    let (filters, problems) = Filters::with_defaults(Texts { spans: "", logs: "h2=loud" }, defaults);
    assert_eq!((filters.span_filter(), filters.log_filter()), ("debug".into(), "shop=info".into()));
    assert_eq!(problems.len(), 1);
    let (filters, problems) =
        Filters::with_defaults(Texts { spans: "[", logs: "]" }, Texts { spans: "}", logs: "{" });
    assert_eq!((filters.span_filter(), filters.log_filter()), ("info".into(), "info".into()));
    assert_eq!(problems.len(), 4);
}

#[test]
fn reloads_from_many_threads_leave_callsites_at_the_last_word() {
    let _alone = alone();
    let (filters, seen) = (filters("info", "info"), Seen::default());
    let dispatch = Dispatch::new(registry().with(seen.clone().with_filter(filters.clone())));
    let emit = || debug_span!(target: "busy", "busy").in_scope(|| debug!(target: "busy", "beat"));
    // Known to tracing before: of a callsite that is first used during a reload it may keep the answer from before.
    tracing::dispatcher::with_default(&dispatch, emit);
    let (start, stop) = (Barrier::new(5), AtomicBool::new(false));
    std::thread::scope(|threads| {
        threads.spawn(|| {
            start.wait();
            tracing::dispatcher::with_default(&dispatch, || {
                while !stop.load(Ordering::Relaxed) {
                    emit();
                }
            });
        });
        let reloaders: Vec<_> = ["info", "busy=debug", "off", "off,[busy]=debug"]
            .map(|text| {
                let (filters, start, dispatch) = (&filters, &start, &dispatch);
                threads.spawn(move || {
                    start.wait();
                    tracing::dispatcher::with_default(dispatch, || {
                        for _ in 0..200 {
                            filters.set_log_filter(text).unwrap();
                            filters.set_span_filter(text.split(',').next().unwrap()).unwrap();
                        }
                    });
                })
            })
            .into_iter()
            .collect();
        reloaders.into_iter().for_each(|reloader| reloader.join().unwrap());
        stop.store(true, Ordering::Relaxed);
    });
    seen.take();
    // What each callsite remembers agrees with the texts that won, without another reload.
    let spans_on = filters.span_filter() == "busy=debug";
    let logs_on = filters.log_filter() == "busy=debug";
    let bracketed = filters.log_filter().contains('[');
    tracing::dispatcher::with_default(&dispatch, emit);
    let mut expected = Vec::new();
    expected.extend((spans_on || bracketed).then_some("busy".to_owned()));
    expected.extend((logs_on || bracketed).then_some("busy DEBUG".to_owned()));
    assert_eq!(seen.take(), expected, "{filters:?}");
}

#[cfg(feature = "log")]
#[test]
fn the_log_crates_level_follows_the_log_filter() {
    let _alone = alone();
    let filters = filters("trace", "warn,shop=debug");
    assert_eq!(filters.max_log_level(), log::LevelFilter::Debug);
    filters.rule_log_crate();
    assert_eq!(log::max_level(), log::LevelFilter::Debug);
    filters.set_log_filter("off").unwrap();
    assert_eq!(log::max_level(), log::LevelFilter::Off);
    filters.set_log_filter("info,[{user=42}]=debug").unwrap();
    assert_eq!(log::max_level(), log::LevelFilter::Trace);
}
