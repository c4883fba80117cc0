//! Whatever a response does, and whenever it is dropped: one span with one status, and one measurement.

use crate::measured::Metrics;
use crate::support::{Spans, attribute};
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use proptest::prelude::*;
use std::convert::Infallible;
use tower::{BoxError, Layer, ServiceExt, service_fn};

#[derive(Clone, Debug)]
enum Step {
    Data(Vec<u8>),
    Trailers(Option<u8>),
    Error,
}

#[derive(Clone, Debug)]
struct Answer {
    http: u16,
    head: Option<u8>,
    steps: Vec<Step>,
}

impl Answer {
    fn response(
        &self,
    ) -> Response<StreamBody<impl futures_util::Stream<Item = Result<Frame<Bytes>, BoxError>> + use<>>> {
        let frames: Vec<_> = self.steps.iter().map(Step::frame).collect();
        let mut response = Response::new(StreamBody::new(tokio_stream::iter(frames)));
        *response.status_mut() = self.http.try_into().unwrap();
        *response.headers_mut() = headers(self.head);
        response
    }
}

impl Step {
    fn frame(&self) -> Result<Frame<Bytes>, BoxError> {
        match self {
            Self::Data(data) => Ok(Frame::data(Bytes::from(data.clone()))),
            Self::Trailers(status) => Ok(Frame::trailers(headers(*status))),
            Self::Error => Err("broken".into()),
        }
    }
}

fn headers(status: Option<u8>) -> HeaderMap {
    HeaderMap::from_iter(
        status.map(|status| (http::HeaderName::from_static("grpc-status"), u16::from(status).into())),
    )
}

fn answer() -> impl Strategy<Value = Answer> {
    let step = prop_oneof![
        any::<Vec<u8>>().prop_map(Step::Data),
        prop::option::of(0u8..30).prop_map(Step::Trailers),
        Just(Step::Error),
    ];
    (200u16..600, prop::option::of(0u8..30), prop::collection::vec(step, 0..6))
        .prop_map(|(http, head, steps)| Answer { http, head, steps })
}

/// Asks, and reads so many frames.
async fn ask(spans: &Spans, metrics: &Metrics, on_server: bool, answer: Answer, reads: usize) {
    let inner = service_fn(move |_: Request<()>| {
        let response = answer.response();
        async { Ok::<_, Infallible>(response) }
    });
    let (server, client) = (spans.server().message_events(true), spans.client().message_events(true));
    let service = match on_server {
        true => server.with_meter_provider(&metrics.provider).build().layer(inner),
        false => client.with_meter_provider(&metrics.provider).build().layer(inner),
    };
    let request = Request::post("/a.B/C").body(()).unwrap();
    let mut body = service.oneshot(request).await.unwrap().into_body();
    for _ in 0..reads {
        if body.frame().await.is_none() {
            return;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn every_call_ends_exactly_once(on_server: bool, answer in answer(), reads in 0usize..8) {
        let (mut spans, metrics) = (Spans::recorded(), Metrics::recorded());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(ask(&spans, &metrics, on_server, answer, reads));
        let ended = spans.so_far();
        prop_assert_eq!(ended.len(), 1);
        let codes = ended[0].attributes.iter().filter(|pair| pair.key.as_str() == "rpc.status_code");
        prop_assert_eq!(codes.count(), 1);
        let measured = metrics.draw();
        prop_assert_eq!(measured.lines().count(), 1);
        prop_assert!(measured.contains(": 1 of "));
        let code = attribute(&ended[0], "rpc.status_code").unwrap();
        let part = format!("rpc.status_code = {code},");
        prop_assert!(measured.contains(&part), "{}", measured);
    }
}
