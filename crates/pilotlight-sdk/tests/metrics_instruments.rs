//! Every instrument of the API arrives at the exporter as what it is.
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use std::thread;

use common::SOON;
use common::meters::{Meters, resources};
use opentelemetry::metrics::{Meter, MeterProvider as _};
use opentelemetry::{InstrumentationScope, KeyValue};
use pilotlight_sdk::batch::{ManualReader, Reader};
use pilotlight_sdk::record::MeterProvider;
use pilotlight_sdk::resource::Resource;

/// Measures once with each instrument that is told what happened.
macro_rules! measure_each {
    ($meter:ident: $($name:ident . $measure:ident($value:expr);)*) => {$(
        $meter
            .$name(stringify!($name))
            .with_unit("u")
            .with_description(concat!("a ", stringify!($name)))
            .build()
            .$measure($value, &[KeyValue::new("key", "value")]);
    )*};
}

/// Has each instrument observed that is asked what is.
macro_rules! observe_each {
    ($meter:ident: $($name:ident($value:expr);)*) => {$(
        $meter
            .$name(stringify!($name))
            .with_unit("u")
            .with_description(concat!("a ", stringify!($name)))
            .with_callback(|observer| observer.observe($value, &[KeyValue::new("key", "value")]))
            .build();
    )*};
}

fn measure_all(meter: &Meter) {
    measure_each! {meter:
        u64_counter.add(3);
        f64_counter.add(1.5);
        i64_up_down_counter.add(-3);
        f64_up_down_counter.add(-1.5);
        u64_gauge.record(7);
        i64_gauge.record(-7);
        f64_gauge.record(-2.5);
        u64_histogram.record(6);
        f64_histogram.record(0.5);
    }
}

fn observe_all(meter: &Meter) {
    observe_each! {meter:
        u64_observable_counter(30);
        f64_observable_counter(10.5);
        i64_observable_up_down_counter(-30);
        f64_observable_up_down_counter(-10.5);
        u64_observable_gauge(70);
        i64_observable_gauge(-70);
        f64_observable_gauge(-20.5);
    }
}

#[test]
fn all_sixteen_instruments_arrive_with_kind_number_unit_and_description() {
    let meters = Meters::cumulative();
    measure_all(&meters.meter());
    observe_all(&meters.meter());
    let metrics = meters.collect();
    assert_eq!(
        pilotlight_sdk::transport::text_metrics(&metrics),
        "\
f64_counter (u) counter cumulative
  key=value: 1.5
f64_gauge (u) gauge
  key=value: -2.5
f64_histogram (u) histogram cumulative
  key=value: count 1 sum 0.5 min 0.5 max 0.5 buckets ≤5:1
f64_observable_counter (u) counter cumulative
  key=value: 10.5
f64_observable_gauge (u) gauge
  key=value: -20.5
f64_observable_up_down_counter (u) up-down counter cumulative
  key=value: -10.5
f64_up_down_counter (u) up-down counter cumulative
  key=value: -1.5
i64_gauge (u) gauge
  key=value: -7
i64_observable_gauge (u) gauge
  key=value: -70
i64_observable_up_down_counter (u) up-down counter cumulative
  key=value: -30
i64_up_down_counter (u) up-down counter cumulative
  key=value: -3
u64_counter (u) counter cumulative
  key=value: 3
u64_gauge (u) gauge
  key=value: 7
u64_histogram (u) histogram cumulative
  key=value: count 1 sum 6 min 6 max 6 buckets ≤10:1
u64_observable_counter (u) counter cumulative
  key=value: 30
u64_observable_gauge (u) gauge
  key=value: 70
"
    );
    for metric in &metrics {
        assert_eq!(metric.description(), format!("a {}", metric.name()));
    }
}

#[test]
fn a_bound_instrument_measures_the_same_series_as_its_attributes() {
    let meters = Meters::cumulative();
    let meter = meters.meter();
    let (route, reordered) = (
        [KeyValue::new("route", "/"), KeyValue::new("method", "GET")],
        [KeyValue::new("method", "GET"), KeyValue::new("route", "/")],
    );
    macro_rules! bind_each {
        ($($name:ident . $measure:ident($first:expr, $second:expr);)*) => {$(
            let instrument = meter.$name(stringify!($name)).build();
            instrument.bind(&route).$measure($first);
            instrument.$measure($second, &reordered);
        )*};
    }
    bind_each! {
        u64_counter.add(3, 4);
        f64_counter.add(0.5, 1.0);
        i64_up_down_counter.add(3, -4);
        f64_up_down_counter.add(0.5, -1.0);
        u64_gauge.record(3, 4);
        i64_gauge.record(3, -4);
        f64_gauge.record(0.5, -1.0);
        u64_histogram.record(3, 4);
        f64_histogram.record(0.5, 1.0);
    }
    let series = |value: &str| format!("\n  method=GET route=/: {value}\n");
    let text = meters.text();
    for (name, value) in [
        ("u64_counter counter cumulative", "7"),
        ("f64_counter counter cumulative", "1.5"),
        ("i64_up_down_counter up-down counter cumulative", "-1"),
        ("f64_up_down_counter up-down counter cumulative", "-0.5"),
        ("u64_gauge gauge", "4"),
        ("i64_gauge gauge", "-4"),
        ("f64_gauge gauge", "-1.0"),
        ("u64_histogram histogram cumulative", "count 2 sum 7 min 3 max 4 buckets ≤5:2"),
        ("f64_histogram histogram cumulative", "count 2 sum 1.5 min 0.5 max 1 buckets ≤5:2"),
    ] {
        let expected = format!("{name}{}", series(value));
        assert!(text.contains(&expected), "{expected}\nis not in\n{text}");
    }
}

#[test]
fn a_bound_instrument_goes_on_through_delta_collections() {
    let meters = Meters::delta();
    let bound = meters.meter().f64_counter("bound").build().bind(&[KeyValue::new("key", "value")]);
    for value in [1.5, 2.5] {
        bound.add(value);
        assert_eq!(meters.text(), format!("bound counter delta\n  key=value: {value}\n"));
        assert_eq!((meters.text(), meters.text()), (String::new(), String::new()), "idle, and let go of");
    }
}

#[test]
fn a_meters_scope_and_the_resource_travel_with_its_metrics() {
    let resource = Resource::builder()
        .attribute(KeyValue::new("service.name", "shop"))
        .schema_url("https://example.com/resource")
        .build();
    let meters = Meters::with(|reader| reader, |builder| builder.with_resource(resource));
    let scope = InstrumentationScope::builder("orders")
        .with_version("1.2")
        .with_schema_url("https://example.com/scope")
        .with_attributes([KeyValue::new("shard", 7)])
        .build();
    meters.provider.meter_with_scope(scope).u64_counter("placed").build().add(1, &[]);
    meters.provider.meter("other").u64_counter("placed").build().add(2, &[]);

    let resources = resources(&meters.batches());
    assert_eq!(resources.len(), 1);
    assert_eq!(resources[0].schema_url, "https://example.com/resource");
    let attributes = &resources[0].resource.as_ref().unwrap().attributes;
    assert!(common::attributes(attributes).contains(&("service.name", "shop".into())));
    let [orders, other] = &resources[0].scope_metrics[..] else { panic!("{resources:#?}") };
    let scope = orders.scope.as_ref().unwrap();
    assert_eq!((&*scope.name, &*scope.version), ("orders", "1.2"));
    assert_eq!(common::attributes(&scope.attributes), [("shard", "7".into())]);
    assert_eq!(orders.schema_url, "https://example.com/scope");
    assert_eq!((&*other.scope.as_ref().unwrap().name, &*other.schema_url), ("other", ""));
    assert_eq!((orders.metrics.len(), other.metrics.len()), (1, 1), "one name in two meters is two metrics");
}

#[test]
fn a_meter_without_a_name_works_and_keeps_it_empty() {
    let meters = Meters::cumulative();
    meters.provider.meter("").u64_counter("counted").build().add(1, &[]);
    let metrics = meters.collect();
    assert_eq!((metrics.len(), metrics[0].scope_name(), metrics[0].name()), (1, "", "counted"));
}

#[test]
fn two_providers_count_apart() {
    let (one, other) = (Meters::cumulative(), Meters::cumulative());
    one.meter().u64_counter("counted").build().add(1, &[]);
    other.meter().u64_counter("counted").build().add(2, &[]);
    assert_eq!(one.text(), "counted counter cumulative\n  1\n");
    assert_eq!(other.text(), "counted counter cumulative\n  2\n");
}

#[test]
fn an_instrument_that_was_never_measured_is_not_reported() {
    let meters = Meters::cumulative();
    let _counter = meters.meter().u64_counter("silent").build();
    meters.meter().u64_observable_counter("without a callback").build();
    assert!(meters.batches().is_empty());
}

#[test]
fn a_provider_without_readers_takes_measurements_and_has_nothing_to_say() {
    let provider = MeterProvider::builder().build().unwrap();
    measure_all(&provider.meter("test"));
    observe_all(&provider.meter("test"));
    provider.force_flush(SOON).unwrap();
    let report = provider.shutdown(SOON);
    assert!(report.exporters.is_empty() && report.is_complete(), "{report}");
}

#[test]
fn meters_instruments_and_measurements_may_be_made_on_many_threads_at_once() {
    const THREADS: u64 = 8;
    let reader = ManualReader::new();
    let provider = MeterProvider::builder().with_reader(Reader::manual(&reader)).build().unwrap();
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (provider, reader) = (provider.clone(), reader.clone());
            scope.spawn(move || {
                for round in 0..200 {
                    let counter = provider.meter("test").u64_counter("counted").build();
                    counter.add(1, &[KeyValue::new("round", round % 5)]);
                    let own = provider.meter("test").f64_histogram(format!("own_{number}")).build();
                    own.record(1.0, &[]);
                    if round % 50 == 0 {
                        reader.collect(SOON).unwrap();
                    }
                }
                provider.force_flush(SOON).unwrap();
            });
        }
    });
    let metrics: Vec<_> = reader
        .collect(SOON)
        .unwrap()
        .iter()
        .flat_map(pilotlight_sdk::transport::ExportedMetric::all)
        .collect();
    assert_eq!(metrics.len() as u64, 1 + THREADS);
    let counted = metrics.iter().find(|metric| metric.name() == "counted").unwrap();
    for round in ["0", "1", "2", "3", "4"] {
        assert_eq!(counted.number(&[("round", round)]).unwrap().as_f64(), (THREADS * 40) as f64);
    }
}
