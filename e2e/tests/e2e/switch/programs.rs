//! Programs that know `tracing` and the trait they are given, and nothing of who listens.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{Status, TraceContextExt};
use tracing::{Level, error, info, info_span, instrument, span, trace, warn};

use super::OpenTelemetrySpanExt;

#[derive(Debug)]
struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the shelf is broken")
    }
}

impl Error for Broken {}

#[derive(Debug)]
struct Declined;

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("declined")
    }
}

impl Error for Declined {}

#[instrument(err)]
fn restock(shelf: u64) -> Result<u64, Broken> {
    span!(Level::INFO, "count").in_scope(|| trace!("counting"));
    span!(Level::INFO, "order", otel.kind = "client", items = 3).in_scope(|| info!("ordered"));
    if shelf == 13 { Err(Broken) } else { Ok(3) }
}

#[instrument(err, skip_all)]
fn settle() -> Result<(), Declined> {
    let pay = info_span!("pay", otel.kind = "producer", attempts = tracing::field::Empty);
    let _entered = pay.enter();
    pay.record("attempts", 2);
    error!(error = %Declined);
    Err(Declined)
}

/// Nested work that succeeds, fails, and fails with an error that was logged before.
pub(super) fn failing_work() {
    let root = span!(Level::INFO, "app_start", work_units = 2);
    let _entered = root.enter();
    trace!("restocked: {:?}", restock(1));
    trace!("restocked: {:?}", restock(13));
    warn!("About to exit!");
    let _ = settle();
    let close = info_span!("close", otel.status_code = "OK");
    close.in_scope(|| info!("done"));
}

/// A request from elsewhere, which makes one of its own; answers with the `traceparent` that it sent.
pub(super) fn remote_context(propagator: &dyn TextMapPropagator) -> String {
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let headers = HashMap::from([("traceparent".to_owned(), traceparent.to_owned())]);

    let request = info_span!(
        "request",
        otel.name = "GET /shelves/{id}",
        otel.kind = "server",
        http.route = "/shelves/{id}",
        http.response.status_code = tracing::field::Empty,
    );
    request.set_parent(propagator.extract(&headers)).unwrap();
    request.set_attribute("late", true);
    let sent = request.in_scope(|| {
        let call = info_span!("call stock", otel.kind = "client", peer = "stock");
        let mut outgoing = HashMap::new();
        propagator.inject_context(&call.context(), &mut outgoing);
        call.in_scope(|| info!("called"));
        outgoing.remove("traceparent").unwrap_or_default()
    });
    request.record("http.response.status_code", 200);

    let audit = info_span!("audit", otel.kind = "consumer");
    audit.add_link(request.context().span().span_context().clone());
    audit.set_status(Status::Unset);
    sent
}
