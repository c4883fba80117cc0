//! Parents, and where the span's context is to be found.

use crate::support::{Spans, answering, get, hello, layer};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, Empty, StreamBody};
use opentelemetry::trace::{
    Link, SpanContext, SpanId, SpanKind, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer,
    TracerProvider,
};
use opentelemetry::{Context, KeyValue, baggage::BaggageExt};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use pilotlight_instrument::http::HttpClientLayer;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use tower::{Layer, Service, ServiceExt, service_fn};

fn current() -> SpanContext {
    Context::map_current(|context| context.span().span_context().clone())
}

fn traceparent(of: &SpanContext) -> String {
    format!("00-{}-{}-{:02x}", of.trace_id(), of.span_id(), of.trace_flags().to_u8())
}

/// What the inner service saw of a request's context.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Option<http::request::Parts>>>);

impl Seen {
    fn service(
        &self,
    ) -> impl Service<Request<Empty<Bytes>>, Response = Response<http_body_util::Full<Bytes>>, Error = Infallible>
    {
        let seen = self.clone();
        answering(move |request: Request<Empty<Bytes>>| {
            *seen.0.lock().unwrap() = Some(request.into_parts().0);
            hello()
        })
    }

    fn parts(&self) -> http::request::Parts {
        self.0.lock().unwrap().take().unwrap()
    }
}

#[tokio::test]
async fn the_callee_is_told_of_the_span_that_is_recorded() {
    let (mut spans, seen) = (Spans::recorded(), Seen::default());
    let mut request = get("http://shop.example/");
    // Left over from whoever made the request, on two lines.
    let stale = HeaderValue::from_static("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    request.headers_mut().append("traceparent", stale.clone());
    request.headers_mut().append("traceparent", stale);
    let tracer = spans.provider.tracer("test");
    let caller = Context::current_with_span(tracer.start("caller"));
    let guard = caller.clone().attach();
    let sent = layer(&spans).build().layer(seen.service()).call(request);
    drop(guard);
    sent.await.unwrap().into_body().collect().await.unwrap();
    let span = spans.next().await;
    let parts = seen.parts();
    let told: Vec<_> = parts.headers.get_all("traceparent").iter().collect();
    assert_eq!(told, [&*traceparent(&span.span_context)]);
    let extension = parts.extensions.get::<Context>().unwrap();
    assert_eq!(extension.span().span_context(), &span.span_context);
    assert_eq!(span.parent_span_id, caller.span().span_context().span_id());
    assert_eq!(span.span_context.trace_id(), caller.span().span_context().trace_id());
}

#[tokio::test]
async fn baggage_travels_with_the_context() {
    let (spans, seen) = (Spans::recorded(), Seen::default());
    let _current = Context::current_with_baggage([KeyValue::new("tenant", "7")]).attach();
    let layer = layer(&spans).with_propagator(BaggagePropagator::new()).build();
    layer.layer(seen.service()).oneshot(get("http://shop.example/")).await.unwrap();
    assert_eq!(seen.parts().headers["baggage"], "tenant=7");
}

#[tokio::test]
async fn a_filtered_request_carries_the_callers_own_context() {
    let (mut spans, seen) = (Spans::recorded(), Seen::default());
    let caller = Context::current_with_span(spans.provider.tracer("test").start("caller"));
    let _current = caller.clone().attach();
    let layer = layer(&spans).filter(|request| request.uri.path() != "/health").build();
    let service = layer.layer(seen.service());
    service.oneshot(get("http://shop.example/health")).await.unwrap();
    let parts = seen.parts();
    assert_eq!(parts.headers["traceparent"], *traceparent(caller.span().span_context()));
    assert_eq!(
        parts.extensions.get::<Context>().unwrap().span().span_context(),
        caller.span().span_context()
    );
    assert!(spans.so_far().is_empty());
}

#[tokio::test]
async fn suppressed_telemetry_stays_suppressed() {
    let (mut spans, seen) = (Spans::recorded(), Seen::default());
    let _suppressed = Context::enter_telemetry_suppressed_scope();
    layer(&spans).build().layer(seen.service()).oneshot(get("http://shop.example/")).await.unwrap();
    assert!(spans.so_far().is_empty() && seen.parts().headers.is_empty());
}

#[tokio::test]
async fn an_unsampled_request_tells_the_callee_so() {
    let seen = Seen::default();
    let provider = SdkTracerProvider::builder().with_sampler(Sampler::AlwaysOff).build();
    let layer = HttpClientLayer::builder()
        .with_tracer_provider(&provider)
        .with_propagator(TraceContextPropagator::new())
        .build();
    layer.layer(seen.service()).oneshot(get("http://shop.example/")).await.unwrap();
    let parts = seen.parts();
    assert!(parts.headers["traceparent"].to_str().unwrap().ends_with("-00"));
}

#[tokio::test]
async fn without_a_provider_the_callers_context_passes_through() {
    let seen = Seen::default();
    let caller =
        SpanContext::new(TraceId::from(1), SpanId::from(2), TraceFlags::SAMPLED, true, TraceState::default());
    let _current = Context::current().with_remote_span_context(caller.clone()).attach();
    let layer = HttpClientLayer::builder().with_propagator(TraceContextPropagator::new()).build();
    layer.layer(seen.service()).oneshot(get("http://shop.example/")).await.unwrap();
    assert_eq!(seen.parts().headers["traceparent"], *traceparent(&caller));
}

#[tokio::test]
async fn the_span_is_current_wherever_the_client_and_its_body_run() {
    let mut spans = Spans::recorded();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&seen);
    let note = move || notes.lock().unwrap().push(current());
    let inner = service_fn(move |_: Request<Empty<Bytes>>| {
        note();
        let note = note.clone();
        async move {
            note();
            tokio::task::yield_now().await;
            note();
            let frames = stream::poll_fn(move |_| {
                note();
                std::task::Poll::Ready(None::<Result<Frame<Bytes>, Infallible>>)
            });
            Ok::<_, Infallible>(Response::new(StreamBody::new(frames)))
        }
    });
    let response = layer(&spans).build().layer(inner).oneshot(get("http://shop.example/")).await.unwrap();
    response.into_body().collect().await.unwrap();
    let span = spans.next().await.span_context;
    assert_eq!(*seen.lock().unwrap(), [span.clone(), span.clone(), span.clone(), span]);
    assert!(!current().is_valid());
}

#[tokio::test]
async fn samplers_see_what_the_conventions_ask_for() {
    use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult};
    #[derive(Clone, Debug, Default)]
    struct Asked(Arc<Mutex<Vec<String>>>);
    impl opentelemetry_sdk::trace::ShouldSample for Asked {
        fn should_sample(
            &self,
            _: Option<&Context>,
            _: TraceId,
            _: &str,
            _: &SpanKind,
            attributes: &[KeyValue],
            _: &[Link],
        ) -> SamplingResult {
            self.0.lock().unwrap().extend(attributes.iter().map(|pair| pair.key.to_string()));
            SamplingResult {
                decision: SamplingDecision::Drop,
                attributes: Vec::new(),
                trace_state: Default::default(),
            }
        }
    }
    let asked = Asked::default();
    let provider = SdkTracerProvider::builder().with_sampler(asked.clone()).build();
    let layer = HttpClientLayer::builder().with_tracer_provider(&provider).without_metrics().build();
    layer.layer(answering(|_| hello())).oneshot(get("http://shop.example/")).await.unwrap();
    let asked = asked.0.lock().unwrap();
    for key in ["http.request.method", "server.address", "server.port", "url.full"] {
        assert!(asked.iter().any(|seen| seen == key), "{key} in {asked:?}");
    }
}
