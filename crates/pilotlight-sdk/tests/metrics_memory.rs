//! Once a thread has met a series, measuring it allocates nothing, whatever the instrument and the order of the attributes.
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use allocation_counter::{AllocationInfo, measure};
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Meter, MeterProvider as _};
use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use pilotlight_sdk::batch::{ManualReader, Reader};
use pilotlight_sdk::record::{Aggregation, MeterProvider, MetricData, MetricsView, TracerProvider, View};
use pilotlight_sdk::transport::InMemoryExporter;

const MEASUREMENTS: usize = 10_000;

fn meter() -> (MeterProvider, ManualReader, Meter) {
    let reader = ManualReader::new();
    let exponential = View::of("exponential").aggregation(Aggregation::base2_exponential());
    let provider = MeterProvider::builder()
        .with_reader(Reader::manual(&reader))
        .with_view(exponential.build().unwrap())
        .build()
        .unwrap();
    let meter = provider.meter("test");
    (provider, reader, meter)
}

fn attributes(count: usize) -> Vec<KeyValue> {
    let keys = ["a", "b", "c", "d", "e", "f", "g", "h"];
    keys[..count].iter().map(|key| KeyValue::new(*key, format!("value of {key}"))).collect()
}

/// The first attribute becomes the last: as many orders as there are attributes.
fn turn(attributes: &mut [KeyValue]) {
    if !attributes.is_empty() {
        attributes.rotate_left(1);
    }
}

/// What many measurements allocate on this thread after the first.
fn after_the_first(count: usize, measure_once: impl Fn(&[KeyValue])) -> u64 {
    let mut attributes = attributes(count);
    measure_once(&attributes);
    let allocated = measure(|| {
        for _ in 0..MEASUREMENTS {
            turn(&mut attributes);
            measure_once(&attributes);
        }
    });
    allocated.count_total
}

#[test]
fn no_measurement_after_the_first_allocates_in_whatever_order_its_attributes_are() {
    let (_provider, _reader, meter) = meter();
    let counter = meter.u64_counter("counter").build();
    let up_down = meter.f64_up_down_counter("up_down").build();
    let gauge = meter.i64_gauge("gauge").build();
    let histogram = meter.f64_histogram("histogram").build();
    let exponential = meter.f64_histogram("exponential").build();
    for count in [0, 1, 3, 8] {
        let allocated = [
            after_the_first(count, |attributes| counter.add(1, attributes)),
            after_the_first(count, |attributes| up_down.add(-0.5, attributes)),
            after_the_first(count, |attributes| gauge.record(-7, attributes)),
            after_the_first(count, |attributes| histogram.record(12.5, attributes)),
            after_the_first(count, |attributes| exponential.record(12.5, attributes)),
        ];
        assert_eq!(allocated, [0; 5], "with {count} attributes");
    }
}

#[test]
fn a_bound_instrument_allocates_nothing_after_its_first_measurement() {
    let (_provider, _reader, meter) = meter();
    let (counter, histogram) =
        (meter.u64_counter("counter").build(), meter.f64_histogram("histogram").build());
    let (counter, histogram) = (counter.bind(&attributes(3)), histogram.bind(&attributes(3)));
    let allocated = after_the_first(0, |_| {
        counter.add(1);
        histogram.record(0.5);
    });
    assert_eq!(allocated, 0);
}

/// Within a sampled span, some measurements become exemplars: room for them is made once.
#[test]
fn exemplars_allocate_when_a_series_has_its_first_and_never_again() {
    let (_provider, reader, meter) = meter();
    let counter = meter.u64_counter("counter").build();
    let histogram = meter.f64_histogram("histogram").build();
    let exponential = meter.f64_histogram("exponential").build();
    let spans = TracerProvider::builder().with_simple_exporter(InMemoryExporter::new()).build().unwrap();
    let tracer = spans.tracer("test");
    tracer.in_span("sampled", |_| {
        let measure_once = |attributes: &[KeyValue]| {
            counter.add(1, attributes);
            histogram.record(12.5, attributes);
            exponential.record(12.5, attributes);
        };
        assert_eq!(after_the_first(3, measure_once), 0);
        // A collection asks for new ones.
        let batches = reader.collect(common::SOON).unwrap();
        assert!(has_exemplars(&batches[0].request), "there was nothing to try");
        assert_eq!(after_the_first(3, measure_once), 0);
    });
}

fn has_exemplars(request: &[u8]) -> bool {
    let metric = MetricsView::new(request).metrics().map(|(_, _, metric)| metric).next().unwrap();
    let MetricData::Sum { mut points, .. } = metric.data() else { return false };
    points.any(|point| point.exemplars().any(|exemplar| exemplar.trace_id().is_some()))
}

/// Bytes that are still held.
fn retained(info: AllocationInfo) -> i64 {
    info.bytes_current
}

#[test]
fn an_instrument_takes_less_than_four_kilobytes_before_its_first_measurement() {
    const INSTRUMENTS: i64 = 1_000;
    let (_provider, _reader, meter) = meter();
    let _scope = meter.u64_counter("first").build();
    let mut kept = Vec::with_capacity(INSTRUMENTS as usize);
    let held = retained(measure(|| {
        kept.extend(
            (0..INSTRUMENTS).map(|number| meter.f64_histogram(format!("instrument_{number}")).build()),
        );
    }));
    println!("an instrument: {} bytes", held / INSTRUMENTS);
    assert!(held / INSTRUMENTS < 4 << 10, "{} bytes", held / INSTRUMENTS);
}

#[test]
fn a_series_takes_what_its_cell_and_attributes_do() {
    const SERIES: i64 = 1_000;
    let (_provider, _reader, meter) = meter();
    let counter = meter.u64_counter("counter").build();
    let histogram = meter.f64_histogram("histogram").build();
    let exponential = meter.f64_histogram("exponential").build();
    let each = |measure_once: &dyn Fn(&[KeyValue])| {
        let held = retained(measure(|| {
            for number in 0..SERIES {
                measure_once(&[
                    KeyValue::new("route", "/"),
                    KeyValue::new("method", "GET"),
                    KeyValue::new("user", number),
                ]);
            }
        }));
        held / SERIES
    };
    let sizes = [
        each(&|attributes| counter.add(1, attributes)),
        each(&|attributes| histogram.record(1.0, attributes)),
        each(&|attributes| exponential.record(1.0, attributes)),
    ];
    println!("a series of a counter, histogram, exponential histogram: {sizes:?} bytes");
    let [counter, histogram, exponential] = sizes;
    assert!(counter < 1_024 && histogram < 2_048 && exponential < 4_096, "{sizes:?}");
}
