//! One call turns metrics on, for meters of the global provider and for those that were taken too early.
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use std::time::Duration;

use common::{count, is_alone, only_the_service, reader_of, run_alone, run_without_exporters};
use opentelemetry::{InstrumentationScope, KeyValue, global};
use pilotlight::sdk::record::View;
use pilotlight::sdk::transport::InMemoryExporter;

const SOON: Duration = Duration::from_secs(30);

#[test]
fn init_installs_the_global_meter_provider() {
    if !is_alone() {
        run_without_exporters("init_installs_the_global_meter_provider");
        return;
    }
    let memory = InMemoryExporter::new();
    let view = View::of("counted").description("As a view says.").build().unwrap();
    let guard = only_the_service().metrics_reader(reader_of(&memory)).view(view).init().unwrap();
    count(&global::meter("global"));
    guard.force_flush(SOON).unwrap();
    let metrics = memory.metrics();
    assert_eq!(memory.text_metrics(), "counted counter cumulative\n  1\n");
    assert_eq!((metrics[0].scope_name(), metrics[0].description()), ("global", "As a view says."));
    assert!(guard.meter_provider().is_some());
    let report = guard.shutdown();
    assert!(report.is_complete() && report.exported() == 2, "{report}");
}

macro_rules! make_each {
    ($meter:ident: $($name:ident;)*) => {
        ($({
            let instrument = $meter
                .$name(stringify!($name))
                .with_unit("u")
                .with_description(concat!("a ", stringify!($name)))
                .build();
            let bound = instrument.bind(&[KeyValue::new("bound", true)]);
            (instrument, bound)
        },)*)
    };
}

macro_rules! observe_each {
    ($meter:ident: $($name:ident($value:expr);)*) => {$(
        $meter
            .$name(stringify!($name))
            .with_unit("u")
            .with_description(concat!("a ", stringify!($name)))
            .with_callback(|to| to.observe($value, &[]))
            .build();
    )*};
}

#[test]
fn all_instruments_of_an_early_meter_come_alive_with_init() {
    if !is_alone() {
        run_without_exporters("all_instruments_of_an_early_meter_come_alive_with_init");
        return;
    }
    let scope = InstrumentationScope::builder("early").with_version("7").build();
    let meter = pilotlight::meter_with_scope(scope);
    let (u64_counter, f64_counter, i64_up_down, f64_up_down, u64_gauge, i64_gauge, f64_gauge, u64_histogram) = make_each! {meter:
        u64_counter;
        f64_counter;
        i64_up_down_counter;
        f64_up_down_counter;
        u64_gauge;
        i64_gauge;
        f64_gauge;
        u64_histogram;
    };
    let f64_histogram = meter.f64_histogram("f64_histogram").with_boundaries(vec![1.0]).build();
    observe_each! {meter:
        u64_observable_counter(1);
        f64_observable_counter(0.5);
        i64_observable_up_down_counter(-1);
        f64_observable_up_down_counter(-0.5);
        u64_observable_gauge(1);
        i64_observable_gauge(-1);
        f64_observable_gauge(0.5);
    };
    let measure = || {
        macro_rules! measure_each {
            ($($pair:ident . $measure:ident($value:expr);)*) => {$(
                $pair.0.$measure($value, &[]);
                $pair.1.$measure($value);
            )*};
        }
        measure_each! {
            u64_counter.add(1);
            f64_counter.add(0.5);
            i64_up_down.add(-1);
            f64_up_down.add(-0.5);
            u64_gauge.record(1);
            i64_gauge.record(-1);
            f64_gauge.record(0.5);
            u64_histogram.record(1);
        }
        f64_histogram.record(0.5, &[]);
    };
    measure();

    let memory = InMemoryExporter::new();
    let guard = only_the_service().metrics_reader(reader_of(&memory)).init().unwrap();
    measure();
    guard.shutdown();
    for metric in memory.metrics() {
        assert_eq!(metric.scope().version(), "7", "{}", metric.name());
        let expected =
            if metric.name() == "f64_histogram" { String::new() } else { format!("a {}", metric.name()) };
        assert_eq!(metric.description(), expected);
    }
    assert_eq!(
        memory.text_metrics(),
        "\
f64_counter (u) counter cumulative
  0.5
  bound=true: 0.5
f64_gauge (u) gauge
  0.5
  bound=true: 0.5
f64_histogram histogram cumulative
  count 1 sum 0.5 min 0.5 max 0.5 buckets ≤1:1
f64_observable_counter (u) counter cumulative
  0.5
f64_observable_gauge (u) gauge
  0.5
f64_observable_up_down_counter (u) up-down counter cumulative
  -0.5
f64_up_down_counter (u) up-down counter cumulative
  -0.5
  bound=true: -0.5
i64_gauge (u) gauge
  -1
  bound=true: -1
i64_observable_gauge (u) gauge
  -1
i64_observable_up_down_counter (u) up-down counter cumulative
  -1
i64_up_down_counter (u) up-down counter cumulative
  -1
  bound=true: -1
u64_counter (u) counter cumulative
  1
  bound=true: 1
u64_gauge (u) gauge
  1
  bound=true: 1
u64_histogram (u) histogram cumulative
  bound=true: count 1 sum 1 min 1 max 1 buckets ≤5:1
  count 1 sum 1 min 1 max 1 buckets ≤5:1
u64_observable_counter (u) counter cumulative
  1
u64_observable_gauge (u) gauge
  1
"
    );
}

#[test]
fn a_meter_taken_after_init_is_the_global_one() {
    if !is_alone() {
        run_without_exporters("a_meter_taken_after_init_is_the_global_one");
        return;
    }
    let memory = InMemoryExporter::new();
    let guard = only_the_service().metrics_reader(reader_of(&memory)).init().unwrap();
    count(&pilotlight::meter("shop"));
    count(&global::meter("shop"));
    guard.shutdown();
    assert_eq!(memory.text_metrics(), "counted counter cumulative\n  2\n");
}

#[test]
fn threads_that_measure_while_init_runs_lose_nothing_made_after_it() {
    if !is_alone() {
        run_without_exporters("threads_that_measure_while_init_runs_lose_nothing_made_after_it");
        return;
    }
    let counter = pilotlight::meter("early").u64_counter("counted").build();
    let memory = InMemoryExporter::new();
    let begun = std::sync::Barrier::new(5);
    let is_on = std::sync::Barrier::new(5);
    let guard = std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                begun.wait();
                (0..1_000).for_each(|_| counter.add(0, &[]));
                is_on.wait();
                (0..1_000).for_each(|_| counter.add(1, &[]));
            });
        }
        begun.wait();
        let guard = only_the_service().metrics_reader(reader_of(&memory)).init().unwrap();
        is_on.wait();
        guard
    });
    guard.shutdown();
    assert_eq!(memory.text_metrics(), "counted counter cumulative\n  4000\n");
}

#[test]
fn a_disabled_sdk_has_no_meter_provider_and_takes_measurements() {
    if !is_alone() {
        run_alone(
            "a_disabled_sdk_has_no_meter_provider_and_takes_measurements",
            &[("OTEL_SDK_DISABLED", "true"), ("PILOTLIGHT_LOG_LINES", "off")],
        );
        return;
    }
    let early = pilotlight::meter("early");
    let memory = InMemoryExporter::new();
    let guard = only_the_service().metrics_reader(reader_of(&memory)).init().unwrap();
    count(&early);
    count(&global::meter("global"));
    assert!(guard.meter_provider().is_none());
    assert!(guard.shutdown().exporters.is_empty());
    assert!(memory.batches().is_empty());
}

#[test]
#[cfg(feature = "runtime")]
fn init_has_the_process_and_the_runtime_tell_about_themselves() {
    if !is_alone() {
        run_without_exporters("init_has_the_process_and_the_runtime_tell_about_themselves");
        return;
    }
    let memory = InMemoryExporter::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let report = runtime.block_on(async {
        pilotlight::builder().metrics_reader(reader_of(&memory)).init().unwrap().shutdown_async().await
    });
    assert!(report.is_complete(), "{report}");
    let names: Vec<_> = memory.metrics().iter().map(|metric| metric.name().to_owned()).collect();
    for name in ["tokio.runtime.workers", "otel.sdk.exporter.metric_data_point.exported"] {
        assert!(names.iter().any(|told| told == name), "{name} in {names:?}");
    }
    assert!(names.iter().any(|name| name.starts_with("process.")), "{names:?}");
    assert!(!names.iter().any(|name| name.starts_with("jemalloc.")), "{names:?}");
}
