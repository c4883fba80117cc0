//! What recording an operation on a database allocates. One test: whatever runs beside it would be counted as well.

// Clippy sees tests, but not the functions that help them: there too a panic is the way to fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::SdkTracerProvider;
use pilotlight_instrument::db::{Client, ClientBuilder, Command};
use pilotlight_instrument::runtime::allocator::{self, CountingAllocator};
use std::hint::black_box;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::system();

const TIMES: u64 = 1_000;
const SELECT: &str = "SELECT name FROM users WHERE id = $1";

#[test]
fn a_query_allocates_its_span_and_attributes_whatever_the_client_was_told() {
    let sdk = Sdk::new();
    let bare = sdk.recording(Client::builder("postgresql")).build();
    let told = Client::builder(String::from("postgresql"))
        .namespace(String::from("shop"))
        .server(String::from("db.example"), Some(5433))
        .with_attributes([KeyValue::new(String::from("app.replica"), String::from("eu"))]);
    let told = sdk.recording(told).build();

    // The span, its place in the context, and the list of its attributes.
    assert_eq!(each(|| bare.query(SELECT).end()), 3);
    assert_eq!(each(|| told.query(SELECT).end()), 3);

    let measured = sdk.measuring(Client::builder("postgresql")).filter(|text| text == SELECT).build();
    assert_eq!(each(|| measured.query("SELECT 1").end()), 0, "what is filtered out");
    assert_eq!(each(|| measured.command(Command::new("GET")).end()), 0, "a command that is filtered out");
}

struct Sdk {
    tracers: SdkTracerProvider,
    meters: SdkMeterProvider,
}

impl Sdk {
    fn new() -> Self {
        let reader = PeriodicReader::builder(InMemoryMetricExporter::default()).build();
        Self {
            tracers: SdkTracerProvider::default(),
            meters: SdkMeterProvider::builder().with_reader(reader).build(),
        }
    }

    fn measuring(&self, client: ClientBuilder) -> ClientBuilder {
        client.with_meter_provider(&self.meters)
    }

    fn recording(&self, client: ClientBuilder) -> ClientBuilder {
        self.measuring(client).with_tracer_provider(&self.tracers)
    }
}

/// Allocations of one time. What the harness allocates meanwhile is less than one a time.
fn each<T>(work: impl Fn() -> T) -> u64 {
    black_box(work());
    let before = allocator::totals().allocations;
    for _ in 0..TIMES {
        black_box(work());
    }
    (allocator::totals().allocations - before) / TIMES
}
