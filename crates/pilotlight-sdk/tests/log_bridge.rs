//! Records of the `log` crate through the bridge.
#![cfg(feature = "log")]
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use log::Log;
use opentelemetry::Context;
use opentelemetry::trace::{Tracer, TracerProvider as _};
use pilotlight_sdk::bridge::LogBridge;
use pilotlight_sdk::bridge::tracing::{Bridge, Filters};
use pilotlight_sdk::config::BatchSettings;
use pilotlight_sdk::config::TracingSettings;
use pilotlight_sdk::record::{LoggerProvider, TracerProvider, ValueView};
use pilotlight_sdk::transport::{InMemoryExporter, TextLogs, TextTree};

/// A bridge in front of memory, and both its facades.
struct Scene {
    memory: InMemoryExporter,
    traces: TracerProvider,
    bridge: Bridge,
    filters: Filters,
    logger: LogBridge,
}

impl Scene {
    fn new(log_filter: &str, settings: &TracingSettings) -> Self {
        let memory = InMemoryExporter::new();
        let traces = TracerProvider::builder().with_simple_exporter(memory.clone()).build().unwrap();
        let logs = LoggerProvider::builder().with_simple_exporter(memory.clone()).build().unwrap();
        let bridge = Bridge::new();
        bridge.connect(Some(&traces), Some(&logs), settings);
        let (filters, _) = Filters::new("info", log_filter);
        let logger = LogBridge::new(&bridge, &filters);
        // What installing does; the process's level is not this test's alone to set.
        log::set_max_level(log::LevelFilter::Trace);
        Self { memory, traces, bridge, filters, logger }
    }

    fn run(&self, f: impl FnOnce()) {
        tracing::subscriber::with_default(self.bridge.subscriber(&self.filters), f);
    }

    fn logs(&self) -> String {
        let spans = self.memory.spans();
        TextLogs::new().except_attributes(["code.*"]).spans(&spans).draw(&self.memory.logs())
    }
}

fn settings(change: impl FnOnce(&mut TracingSettings)) -> TracingSettings {
    let mut settings = TracingSettings::default();
    change(&mut settings);
    settings
}

#[test]
fn a_record_tells_its_target_level_message_pairs_and_place() {
    let Scene { memory, logger, .. } = &Scene::new("info", &settings(|_| {}));
    let (items, user) = (3_u64, "ada");
    log::warn!(logger: logger, target: "shop::cart", items, user, price = 2.5, paid = true, debt = -1; "{items} items for {user}");
    let logs = memory.logs();
    let record = logs[0].view();
    assert_eq!(logs[0].scope().name(), "shop::cart");
    assert_eq!((record.severity_number(), record.severity_text()), (13, "WARN"));
    assert_eq!(record.body(), Some(ValueView::Str("3 items for ada")));
    let attributes: Vec<_> = record.attributes().filter(|(key, _)| !key.starts_with("code.")).collect();
    assert_eq!(
        attributes,
        [
            ("items", ValueView::I64(3)),
            ("user", ValueView::Str("ada")),
            ("price", ValueView::F64(2.5)),
            ("paid", ValueView::Bool(true)),
            ("debt", ValueView::I64(-1)),
        ]
    );
    let place: Vec<_> = record.attributes().filter(|(key, _)| key.starts_with("code.")).collect();
    assert_eq!(place[0], ("code.file.path", ValueView::Str(file!())));
    assert_eq!(place[1].0, "code.line.number");
    assert_eq!(record.time(), Some(record.observed_time()));
    assert_eq!(record.event_name(), "");
}

#[test]
fn values_without_a_kind_of_their_own_are_told_as_what_they_show() {
    let scene = Scene::new("info", &settings(|settings| settings.source_location = false));
    let logger = &scene.logger;
    let none: Option<u64> = None;
    log::info!(logger: logger, target: "t", list:? = [1, 2], huge = u128::MAX, minus = i128::MIN, letter = 'x', none:? = none, shown:% = Duration::from_secs(1).as_secs(); "m");
    assert_eq!(
        scene.logs(),
        "INFO t \"m\" list=\"[1, 2]\" huge=340282366920938463463374607431768211455 \
         minus=-170141183460469231731687303715884105728 letter=x none=None shown=1\n"
    );
}

#[test]
fn an_error_among_the_pairs_is_the_records_exception_and_its_spans() {
    let scene = Scene::new("info", &settings(|_| {}));
    let logger = &scene.logger;
    let first = "x".parse::<u8>().unwrap_err();
    let second = "y".parse::<bool>().unwrap_err();
    scene.run(|| {
        tracing::info_span!("charge").in_scope(|| {
            log::error!(logger: logger, target: "t", err:err = first, other:err = second; "failed");
        });
    });
    assert_eq!(
        scene.logs(),
        "ERROR t \"failed\" err=\"invalid digit found in string\" exception.type=ParseIntError \
         exception.message=\"invalid digit found in string\" other=\"provided string was not `true` or `false`\" · in charge\n"
    );
    let tree = TextTree::new().with_attributes(["none"]).draw(&scene.memory.spans());
    assert_eq!(tree, "charge ✗ invalid digit found in string\n");
}

#[test]
fn records_carry_the_ids_of_the_span_they_are_in_whoever_made_it() {
    let scene = Scene::new("info", &settings(|_| {}));
    let logger = &scene.logger;
    scene.run(|| {
        log::info!(logger: logger, target: "t", "outside");
        tracing::info_span!("outer").in_scope(|| {
            log::info!(logger: logger, target: "t", "in tracing's");
            scene
                .traces
                .tracer("api")
                .in_span("inner", |_| log::info!(logger: logger, target: "t", "in the API's"));
        });
    });
    assert_eq!(
        scene.logs(),
        "INFO t \"outside\"\nINFO t \"in tracing's\" · in outer\nINFO t \"in the API's\" · in inner\n"
    );
}

#[test]
fn the_log_filter_decides_and_may_look_at_spans() {
    let scene = Scene::new("warn,shop=debug,[checkout]=trace", &settings(|_| {}));
    let logger = &scene.logger;
    scene.run(|| {
        log::debug!(logger: logger, target: "shop", "1");
        log::info!(logger: logger, target: "other", "no");
        tracing::info_span!("checkout").in_scope(|| log::trace!(logger: logger, target: "other", "2"));
        log::trace!(logger: logger, target: "shop", "no");
        scene.filters.set_log_filter("off").unwrap();
        log::error!(logger: logger, target: "shop", "no");
    });
    assert_eq!(scene.logs(), "DEBUG shop \"1\"\nTRACE other \"2\" · in checkout\n");
    let shop = log::Metadata::builder().target("shop").level(log::Level::Error).build();
    assert!(!logger.enabled(&shop));
}

#[test]
fn fields_of_spans_come_along_on_demand_innermost_first() {
    let scene = Scene::new("info", &settings(|settings| settings.span_fields = true));
    let logger = &scene.logger;
    scene.run(|| {
        let _outer = tracing::info_span!("outer", user = 1, order = "outer's").entered();
        let _inner = tracing::info_span!("inner", order = 7).entered();
        log::info!(logger: logger, target: "t", item = 3; "m");
        log::info!(logger: logger, target: "t", user = "own"; "m");
    });
    assert_eq!(
        scene.logs(),
        "INFO t \"m\" item=3 order=7 user=1 · in inner\nINFO t \"m\" user=own order=7 · in inner\n"
    );
}

#[test]
fn records_become_events_of_their_span_on_demand() {
    let scene = Scene::new("info", &settings(|settings| settings.events_on_spans = true));
    let logger = &scene.logger;
    scene.run(|| {
        tracing::info_span!("work").in_scope(|| log::info!(logger: logger, target: "t", n = 1; "told"));
    });
    let spans = scene.memory.spans();
    let events: Vec<_> = spans[0].view().events().map(|event| event.name().to_owned()).collect();
    assert_eq!(events, ["told"]);
    assert_eq!(scene.memory.logs().len(), 1);
}

#[test]
fn nothing_is_logged_where_telemetry_is_suppressed_or_tracing_speaks_of_its_spans() {
    let scene = Scene::new("trace", &settings(|_| {}));
    let logger = &scene.logger;
    {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        log::error!(logger: logger, target: "t", "no");
        logger.flush();
    }
    log::info!(logger: logger, target: "tracing::span", "no");
    log::info!(logger: logger, target: "tracing::span::active", "no");
    assert_eq!(scene.logs(), "");
}

#[test]
fn a_bridge_that_is_disconnected_is_silent_until_it_is_connected_again() {
    let scene = Scene::new("info", &settings(|_| {}));
    let logger = &scene.logger;
    scene.bridge.disconnect();
    log::info!(logger: logger, target: "t", "no");
    let metadata = log::Metadata::builder().target("t").level(log::Level::Info).build();
    assert!(!logger.enabled(&metadata));
    let logs = LoggerProvider::builder().with_simple_exporter(scene.memory.clone()).build().unwrap();
    scene.bridge.connect(None, Some(&logs), &TracingSettings::default());
    log::info!(logger: logger, target: "t", "yes");
    assert!(logger.enabled(&metadata));
    assert_eq!(scene.logs(), "INFO t \"yes\"\n");
}

#[test]
fn a_message_that_logs_on_the_way_becomes_two_records() {
    struct Chatty<'a>(&'a LogBridge);
    impl std::fmt::Display for Chatty<'_> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            log::info!(logger: self.0, target: "t", "inner");
            f.write_str("outer")
        }
    }
    let scene = Scene::new("info", &settings(|_| {}));
    let logger = &scene.logger;
    log::info!(logger: logger, target: "t", "{}", Chatty(logger));
    // In the order of their times: a record's is taken before its message is asked for.
    assert_eq!(scene.logs(), "INFO t \"outer\"\nINFO t \"inner\"\n");
}

#[test]
fn targets_without_end_stay_within_bounds() {
    let scene = Scene::new("info", &settings(|_| {}));
    let logger = &scene.logger;
    for number in 0..5_000 {
        log::info!(logger: logger, target: &format!("request {number}"), "m");
    }
    let logs = scene.memory.logs();
    let scopes: std::collections::HashSet<_> = logs.iter().map(|log| log.scope().name().to_owned()).collect();
    assert_eq!(logs.len(), 5_000);
    assert!(scopes.len() <= 4_097 && scopes.contains("request 0"), "{}", scopes.len());
}

#[test]
fn flushing_the_log_crate_delivers() {
    let memory = InMemoryExporter::new();
    let logs = LoggerProvider::builder()
        .with_batch_exporter(memory.clone(), BatchSettings::default())
        .build()
        .unwrap();
    let bridge = Bridge::new();
    bridge.connect(None, Some(&logs), &TracingSettings::default());
    let (filters, _) = Filters::new("info", "info");
    let logger = &LogBridge::new(&bridge, &filters);
    log::set_max_level(log::LevelFilter::Trace);
    log::info!(logger: logger, target: "t", "m");
    logger.flush();
    assert_eq!(memory.logs().len(), 1);
}

#[test]
fn events_of_other_threads_are_told_apart_from_this_one() {
    static TOLD: AtomicUsize = AtomicUsize::new(0);
    let scene = Scene::new("info", &settings(|_| {}));
    let logger = &scene.logger;
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                for _ in 0..100 {
                    let number = TOLD.fetch_add(1, Ordering::Relaxed);
                    log::info!(logger: logger, target: "t", number; "m");
                }
            });
        }
    });
    assert_eq!(scene.memory.logs().len(), 400);
}
