//! One trace on both sides of the wire, with baggage.

use crate::measured::Metrics;
use crate::probe::{Running, script};
use crate::support::{Spans, attribute};
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapCompositePropagator;
use opentelemetry::trace::{FutureExt, SpanId, TraceContextExt, TraceId, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tonic::Code;

/// Runs `work` in a span called `caller`, and says which.
pub(crate) async fn within(spans: &Spans, work: impl Future<Output = ()>) -> (TraceId, SpanId) {
    let context = Context::current().with_span(spans.provider.tracer("").start("caller"));
    work.with_context(context.clone()).await;
    let caller = context.span().span_context().clone();
    (caller.trace_id(), caller.span_id())
}

fn w3c() -> TextMapCompositePropagator {
    TextMapCompositePropagator::new(vec![
        Box::new(TraceContextPropagator::new()),
        Box::new(BaggagePropagator::new()),
    ])
}

#[tokio::test]
async fn the_servers_span_is_a_child_of_the_clients_which_is_a_child_of_the_callers() {
    let (mut server, mut client) = (Spans::recorded(), Spans::recorded());
    let running = Running::with(server.server().build()).await;
    let mut probe = running.client(client.client().build()).await;
    let (trace, caller) = within(&client, async {
        probe.unary(script(0, Code::Ok)).await.unwrap();
    })
    .await;
    let (called, served) = (client.next().await, server.next().await);
    assert_eq!((called.span_context.trace_id(), called.parent_span_id), (trace, caller));
    assert_eq!(
        (served.span_context.trace_id(), served.parent_span_id),
        (trace, called.span_context.span_id())
    );
    assert!(served.parent_span_is_remote);
}

#[tokio::test]
async fn baggage_reaches_the_handler() {
    let (server, client) = (Spans::recorded(), Spans::recorded());
    let running = Running::with(server.server().with_propagator(w3c()).build()).await;
    let mut probe = running.client(client.client().with_propagator(w3c()).build()).await;
    let context = Context::new().with_baggage([KeyValue::new("user", "ada")]);
    let reply = async { probe.unary(script(0, Code::Ok)).await }.with_context(context).await;
    assert_eq!(reply.unwrap(), "ada");
}

#[tokio::test]
async fn at_a_public_endpoint_the_caller_is_a_link() {
    let (mut server, mut client) = (Spans::recorded(), Spans::recorded());
    let running = Running::with(server.server().public_endpoint(true).build()).await;
    running.client(client.client().build()).await.unary(script(0, Code::Ok)).await.unwrap();
    let (called, served) = (client.next().await, server.next().await);
    assert_ne!(served.span_context.trace_id(), called.span_context.trace_id());
    assert_eq!(served.parent_span_id, SpanId::INVALID);
    assert_eq!(served.links.links[0].span_context.span_id(), called.span_context.span_id());
}

#[tokio::test]
async fn unsampled_calls_are_measured_and_carry_their_decision_on() {
    let never = SdkTracerProvider::builder().with_sampler(Sampler::AlwaysOff).build();
    let mut server = Spans::recorded();
    let metrics = Metrics::recorded();
    let running = Running::with(server.server().with_meter_provider(&metrics.provider).build()).await;
    let layer = server.client().with_tracer_provider(&never).with_meter_provider(&metrics.provider).build();
    running.client(layer).await.unary(script(0, Code::NotFound)).await.unwrap_err();
    running.client(server.client().build()).await.unary(script(0, Code::Ok)).await.unwrap();
    // Only the second call's spans come, the first call's would have come before them.
    for span in [server.next().await, server.next().await] {
        assert_eq!(attribute(&span, "rpc.status_code").as_deref(), Some("OK"));
    }
    metrics.assert(
        "
        rpc.client.call.duration: 1 of error.type = NOT_FOUND, rpc.method = test.Probe/Unary, rpc.status_code = NOT_FOUND, rpc.system.name = grpc
        rpc.server.call.duration: 1 of rpc.method = test.Probe/Unary, rpc.status_code = NOT_FOUND, rpc.system.name = grpc
        rpc.server.call.duration: 1 of rpc.method = test.Probe/Unary, rpc.status_code = OK, rpc.system.name = grpc
        ",
    );
}

#[tokio::test]
async fn what_an_exporter_sends_is_neither_traced_nor_measured() {
    let mut client = Spans::recorded();
    let metrics = Metrics::recorded();
    let running = Running::with(Spans::recorded().server().build()).await;
    let layer = client.client().with_meter_provider(&metrics.provider).build();
    let mut probe = running.client(layer).await;
    let context = Context::new().with_telemetry_suppressed();
    async { probe.unary(script(0, Code::Ok)).await }.with_context(context).await.unwrap();
    assert!(client.so_far().is_empty());
    metrics.assert("");
}
