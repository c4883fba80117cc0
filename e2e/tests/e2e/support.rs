//! Providers that send to a receiver, spans to send, and the sums that must come out.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use e2e::Receiver;
use opentelemetry::KeyValue;
use opentelemetry::trace::{Span, Tracer, TracerProvider as _};
use pilotlight::Report;
use pilotlight::sdk::config::{SettingsBuilder, Variables};
use pilotlight::sdk::pipeline::{Parts, start};
use pilotlight::sdk::record::TracerProvider;

/// `OTEL_EXPORTER_OTLP_PROTOCOL`.
pub(crate) const GRPC: &str = "grpc";
pub(crate) const HTTP: &str = "http/protobuf";

/// For calls that are expected to be done long before.
pub(crate) const PLENTY: Duration = Duration::from_secs(30);

/// How much later than its deadline a call may return on a machine that is busy with other tests.
pub(crate) const GRACE: Duration = Duration::from_secs(1);

/// Looks again and again until something holds, and panics with what it saw last when it does not come to that.
pub(crate) fn eventually<T: Debug>(what: &str, holds: impl Fn() -> Result<(), T>) {
    let deadline = Instant::now() + PLENTY;
    while let Err(seen) = holds() {
        assert!(Instant::now() < deadline, "not in {PLENTY:?}: {what}; instead: {seen:?}");
        // Looking costs what is looked at some work, too.
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A provider as the variables describe it, sending to `receiver`; of traces alone.
pub(crate) fn provider(receiver: &Receiver, protocol: &str, variables: &[(&str, &str)]) -> TracerProvider {
    let variables = variables
        .iter()
        .copied()
        .chain([
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &*receiver.endpoint()),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_SERVICE_NAME", "e2e"),
            ("OTEL_METRICS_EXPORTER", "none"),
        ])
        .collect::<Variables>();
    let resolved = SettingsBuilder::new().resolve(&variables);
    assert!(resolved.warnings.is_empty(), "{:?}", resolved.warnings);
    start(&resolved.settings, Parts::default()).unwrap().tracer_provider
}

/// Makes so many spans without parents.
pub(crate) fn make_spans(provider: &TracerProvider, count: u64) {
    let tracer = provider.tracer("made");
    for number in 0..count {
        let mut span = tracer.start("made");
        span.set_attribute(KeyValue::new("number", i64::try_from(number).unwrap()));
        span.end();
    }
}

/// Every span that was made is in exactly one column of the books.
pub(crate) fn assert_adds_up(report: &Report, made: u64) {
    let accounted = report.exported() + report.rejected() + report.dropped();
    assert_eq!(accounted, made, "{report}");
}

/// What the receiver has agrees with what the report says about it.
///
/// The receiver may have more than the report calls exported: it may have taken what it never said it took.
pub(crate) fn assert_agrees(report: &Report, receiver: &Receiver, made: u64) {
    let received = receiver.unique_spans() as u64;
    assert_adds_up(report, made);
    assert!(received >= report.exported(), "{received} received, but {report}");
    assert!(received + report.rejected() + report.dropped() >= made, "{received} received, but {report}");
}
