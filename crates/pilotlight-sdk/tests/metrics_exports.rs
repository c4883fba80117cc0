//! How collected points travel: in requests of bounded size, each point once, and what becomes of those that fail.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests a panic is the way to fail")]

mod common;

use std::collections::HashSet;
use std::time::Duration;

use common::SOON;
use common::gate::Gate;
use common::meters::{metrics, resources};
use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use pilotlight_sdk::batch::Reader;
use pilotlight_sdk::record::MeterProvider;
use pilotlight_sdk::transport::{Batch, ExportError, InMemoryExporter};

const HOUR: Duration = Duration::from_secs(3600);

fn hourly(exporter: impl pilotlight_sdk::transport::Exporter) -> Reader {
    Reader::periodic(exporter).interval(HOUR)
}

fn provider(reader: Reader) -> MeterProvider {
    MeterProvider::builder().with_reader(reader).build().unwrap()
}

/// So many series of a counter and of a histogram in each of two meters.
fn measure(provider: &MeterProvider, series: i64) {
    for meter in ["one", "two"] {
        let meter = provider.meter(meter);
        let (counter, histogram) =
            (meter.u64_counter("counted").build(), meter.f64_histogram("spread").build());
        for number in 0..series {
            counter.add(1, &[KeyValue::new("series", number)]);
            histogram.record(1.0, &[KeyValue::new("series", number)]);
        }
    }
}

/// Every point that arrived, by meter, metric and series; fails when one came twice.
fn arrived(batches: &[Batch]) -> usize {
    let mut seen = HashSet::new();
    for scope in resources(batches).iter().flat_map(|resource| &resource.scope_metrics) {
        let meter = &scope.scope.as_ref().unwrap().name;
        for metric in &scope.metrics {
            let attributes: Vec<_> = match metric.data.as_ref().unwrap() {
                Data::Sum(sum) => sum.data_points.iter().map(|point| &point.attributes).collect(),
                Data::Histogram(histogram) => {
                    histogram.data_points.iter().map(|point| &point.attributes).collect()
                }
                other => panic!("{other:?}"),
            };
            assert!(!attributes.is_empty(), "a metric without points");
            for attributes in attributes {
                let series = common::attributes(attributes)[0].1.clone();
                assert!(seen.insert((meter.clone(), metric.name.clone(), series)), "it came twice");
            }
        }
    }
    seen.len()
}

#[test]
fn no_request_holds_more_points_than_allowed_and_every_point_arrives_once() {
    for points_max in [1, 7, 10, 39, 40, 1000] {
        let memory = InMemoryExporter::new();
        let provider = provider(hourly(memory.clone()).export_batch_points_max(points_max));
        measure(&provider, 10);
        let report = provider.shutdown(SOON);
        let batches = memory.batches();
        assert_eq!(batches.len(), 40usize.div_ceil(points_max), "{points_max}");
        assert!(batches.iter().all(|batch| batch.items <= points_max));
        assert_eq!((arrived(&batches), report.exported()), (40, 40), "{report}");
    }
}

#[test]
fn requests_stay_below_the_exporters_limit_and_every_point_arrives_once() {
    const LIMIT: usize = 4 << 10;
    let gate = Gate::limited_to(LIMIT);
    let provider = provider(hourly(gate.clone()));
    measure(&provider, 500);
    let report = provider.shutdown(SOON);
    let batches = gate.memory.batches();
    assert!(batches.len() > 10);
    let largest = batches.iter().map(|batch| batch.request.len()).max();
    assert!(largest <= Some(LIMIT), "{largest:?}");
    assert_eq!((arrived(&batches), report.exported(), report.dropped()), (2000, 2000, 0), "{report}");
}

#[test]
fn a_point_beyond_the_exporters_limit_is_counted_and_all_others_arrive() {
    const LIMIT: usize = 4 << 10;
    let gate = Gate::limited_to(LIMIT);
    let provider = provider(hourly(gate.clone()));
    measure(&provider, 10);
    provider.meter("one").u64_counter("large").build().add(1, &[KeyValue::new("filler", "x".repeat(LIMIT))]);
    let report = provider.shutdown(SOON);
    assert_eq!((report.exported(), report.exporters[0].dropped.too_large), (40, 1), "{report}");
    assert!(report.exporters[0].last_error.as_ref().unwrap().contains("4096"), "{report}");
    assert_eq!(arrived(&gate.memory.batches()), 40);
}

#[test]
fn at_shutdown_a_point_beyond_the_limit_does_not_take_those_after_it_along() {
    const LIMIT: usize = 4 << 10;
    let provider = provider(hourly(Gate::limited_to(LIMIT)));
    provider.meter("one").u64_counter("large").build().add(1, &[KeyValue::new("filler", "x".repeat(LIMIT))]);
    measure(&provider, 100);
    let report = provider.shutdown(SOON);
    let dropped = report.exporters[0].dropped;
    assert_eq!((report.exported(), dropped.too_large, dropped.shutdown), (400, 1, 0), "{report}");
}

#[test]
fn by_default_a_collection_of_many_points_travels_in_requests_of_a_mebibyte() {
    let memory = InMemoryExporter::new();
    let provider = provider(hourly(memory.clone()).cardinality_limit(100_000));
    measure(&provider, 10_000);
    provider.shutdown(SOON);
    let batches = memory.batches();
    assert!(batches.len() > 1);
    assert!(batches.iter().all(|batch| batch.request.len() <= 1 << 20));
    assert_eq!(arrived(&batches), 40_000);
}

#[test]
fn an_export_that_fails_for_now_is_tried_again() {
    let memory = InMemoryExporter::new();
    memory.fail_next(2, || ExportError::transient("down"));
    let provider = provider(hourly(memory.clone()));
    measure(&provider, 1);
    let report = provider.shutdown(SOON);
    assert_eq!((report.exported(), report.dropped()), (4, 0), "{report}");
    assert_eq!(arrived(&memory.batches()), 4);
}

#[test]
fn an_export_that_is_refused_is_counted_and_not_repeated() {
    let memory = InMemoryExporter::new();
    memory.fail_next(1, || ExportError::permanent("not today"));
    let provider = provider(hourly(memory.clone()));
    measure(&provider, 1);
    let error = provider.force_flush(SOON).unwrap_err();
    assert!(error.to_string().contains("not today"), "{error}");
    let report = provider.shutdown(SOON);
    assert_eq!((report.exported(), report.exporters[0].dropped.refused), (4, 4), "{report}");
    assert_eq!(report.exporters[0].exporter, "in_memory_exporter");
}

#[test]
fn a_receiver_that_asks_for_patience_does_not_hold_the_reader_up() {
    let memory = InMemoryExporter::new();
    memory.fail_next(1, || ExportError::throttled("busy", HOUR));
    let provider = provider(hourly(memory.clone()).timeout(Duration::from_millis(500)));
    measure(&provider, 1);
    for _ in 0..3 {
        let error = provider.force_flush(SOON).unwrap_err();
        assert!(!error.is_timeout(), "{error}");
    }
    let report = provider.shutdown(SOON);
    assert_eq!((report.exported(), report.exporters[0].dropped.retries_exhausted), (4, 12), "{report}");
}

#[test]
fn of_one_collection_only_the_request_that_fails_is_lost() {
    let memory = InMemoryExporter::new();
    memory.fail_next(1, || ExportError::permanent("not today"));
    let provider = provider(hourly(memory.clone()).export_batch_points_max(1));
    measure(&provider, 1);
    provider.force_flush(SOON).unwrap_err();
    assert_eq!(arrived(&memory.batches()), 3);
}

#[test]
fn a_metric_that_is_spread_over_requests_keeps_its_description_and_scope() {
    let memory = InMemoryExporter::new();
    let provider = provider(hourly(memory.clone()).export_batch_points_max(1));
    let meter = provider.meter("orders");
    let counter = meter.u64_counter("placed").with_unit("{order}").with_description("All.").build();
    (0..3).for_each(|number| counter.add(1, &[KeyValue::new("series", number)]));
    provider.shutdown(SOON);
    let resources = resources(&memory.batches());
    assert_eq!(resources.len(), 3);
    assert!(resources.iter().all(|resource| resource.resource == resources[0].resource));
    for metric in metrics(resources) {
        assert_eq!((&*metric.name, &*metric.unit, &*metric.description), ("placed", "{order}", "All."));
        assert!(
            matches!(metric.data, Some(Data::Sum(sum)) if sum.is_monotonic && sum.data_points.len() == 1)
        );
    }
}
