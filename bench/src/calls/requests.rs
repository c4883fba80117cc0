//! What is asked, and what is answered: as services ask each other, and the same for everybody.

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HOST, TE, USER_AGENT};
use http::request::Builder;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Version};
use http_body_util::Full;

use super::Call;
use super::exchange::Reply;

/// Where client calls go.
pub const URL: &str = "http://inventory:8080/items/42?limit=10";

/// What a sampled caller sends along.
const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// Some JSON.
pub const ITEM: &str = r#"{"id":42,"name":"lighthouse lamp","price":"19.90","in_stock":true}"#;

/// A message of 24 bytes behind its prefix.
const MESSAGE: &[u8] = b"\0\0\0\0\x18lighthouse lamp, 3 pieces";

/// The request of this call, as a client sends it or as a server receives it.
pub fn request(call: Call) -> Request<Full<Bytes>> {
    let (request, body) = match call {
        Call::HttpClient | Call::Reqwest => (get(URL), Bytes::new()),
        Call::HttpServer => (
            get("/items/42?limit=10").header(HOST, "inventory:8080").header(PARENT, TRACEPARENT),
            Bytes::new(),
        ),
        Call::GrpcClient => (reserve(), MESSAGE.into()),
        Call::GrpcServer => (reserve().header(PARENT, TRACEPARENT), MESSAGE.into()),
    };
    request.body(Full::new(body)).expect("literals above make a request")
}

/// What the service answers.
pub fn response(call: Call) -> Response<Reply> {
    let (content_type, reply) = match call {
        Call::HttpClient | Call::Reqwest | Call::HttpServer => {
            ("application/json", Reply::new(ITEM.into(), None))
        }
        Call::GrpcClient | Call::GrpcServer => {
            let trailers = HeaderMap::from_iter([(GRPC_STATUS, HeaderValue::from_static("0"))]);
            ("application/grpc", Reply::new(MESSAGE.into(), Some(trailers)))
        }
    };
    let mut response = Response::new(reply);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

fn get(url: &str) -> Builder {
    Request::get(url).header(USER_AGENT, "gateway/1.0").header(ACCEPT, "application/json")
}

fn reserve() -> Builder {
    Request::builder()
        .method(Method::POST)
        .version(Version::HTTP_2)
        .uri("http://inventory:50051/shop.v1.Inventory/Reserve")
        .header(TE, "trailers")
        .header(CONTENT_TYPE, "application/grpc")
        .header(USER_AGENT, "tonic/0.14")
}

const PARENT: HeaderName = HeaderName::from_static("traceparent");
const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
