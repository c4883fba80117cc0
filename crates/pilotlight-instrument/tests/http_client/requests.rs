//! What a span says of its request.

use crate::support::{Spans, answering, attribute, get, hello, layer};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty};
use opentelemetry::KeyValue;
use pilotlight_instrument::http::UrlTemplate;
use tower::{Layer, ServiceExt};

/// Sends `request` and reads the answer, so that its span ends.
async fn sent(layer: pilotlight_instrument::http::HttpClientLayer, request: Request<Empty<Bytes>>) {
    let response = layer.layer(answering(|_| hello())).oneshot(request).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "hello");
}

#[tokio::test]
async fn a_request_is_a_span_with_all_that_the_conventions_ask_for() {
    let mut spans = Spans::recorded();
    let mut request = get("https://ada:hunter2@shop.example/users/7?sig=hunter2&page=2#top");
    request.headers_mut().insert("user-agent", "shop/1.0".parse().unwrap());
    request.extensions_mut().insert(UrlTemplate::new("/users/{id}"));
    sent(layer(&spans).body_sizes(true).user_agent(true).url_scheme(true).build(), request).await;
    spans
        .assert_one(
            "
            CLIENT GET /users/{id}
              http.request.body.size = 0
              http.request.method = GET
              http.response.body.size = 5
              http.response.status_code = 200
              network.protocol.version = 1.1
              server.address = shop.example
              server.port = 443
              url.full = https://REDACTED:REDACTED@shop.example/users/7?sig=REDACTED&page=2
              url.scheme = https
              url.template = /users/{id}
              user_agent.original = shop/1.0
            ",
        )
        .await;
}

#[tokio::test]
async fn what_the_conventions_leave_to_the_user_is_left_out() {
    let mut spans = Spans::recorded();
    let mut request = get("http://shop.example/");
    request.headers_mut().insert("user-agent", "shop/1.0".parse().unwrap());
    sent(layer(&spans).build(), request).await;
    spans
        .assert_one(
            "
            CLIENT GET
              http.request.method = GET
              http.response.status_code = 200
              network.protocol.version = 1.1
              server.address = shop.example
              server.port = 80
              url.full = http://shop.example/
            ",
        )
        .await;
}

#[tokio::test]
async fn servers_are_named_by_the_url_or_else_by_the_host() {
    for (url, host, address, port, full) in [
        ("http://shop.example/a", None, Some("shop.example"), Some("80"), Some("http://shop.example/a")),
        ("https://[::1]:8443/a", None, Some("::1"), Some("8443"), Some("https://[::1]:8443/a")),
        (
            "http://one.example/",
            Some("two.example"),
            Some("one.example"),
            Some("80"),
            Some("http://one.example/"),
        ),
        (
            "/a?sig=x",
            Some("shop.example:81"),
            Some("shop.example"),
            Some("81"),
            Some("http://shop.example:81/a?sig=REDACTED"),
        ),
        ("/a", Some("shop.example"), Some("shop.example"), Some("80"), Some("http://shop.example/a")),
        ("/a", Some("not a host"), None, None, None),
        ("/a", None, None, None, None),
    ] {
        let mut spans = Spans::recorded();
        let mut request = get(url);
        if let Some(host) = host {
            request.headers_mut().insert("host", host.parse().unwrap());
        }
        sent(layer(&spans).build(), request).await;
        let span = spans.next().await;
        assert_eq!(attribute(&span, "server.address").as_deref(), address, "{url} {host:?}");
        assert_eq!(attribute(&span, "server.port").as_deref(), port, "{url} {host:?}");
        assert_eq!(attribute(&span, "url.full").as_deref(), full, "{url} {host:?}");
    }
}

#[tokio::test]
async fn unknown_methods_share_a_name() {
    let mut spans = Spans::recorded();
    let mut request = get("http://shop.example/");
    *request.method_mut() = "BREW".parse().unwrap();
    sent(layer(&spans).build(), request).await;
    let span = spans.next().await;
    assert_eq!(span.name, "HTTP");
    assert_eq!(attribute(&span, "http.request.method").as_deref(), Some("_OTHER"));
    assert_eq!(attribute(&span, "http.request.method_original").as_deref(), Some("BREW"));
}

#[tokio::test]
async fn methods_can_be_made_known() {
    let mut spans = Spans::recorded();
    let mut request = get("http://shop.example/");
    *request.method_mut() = "BREW".parse().unwrap();
    sent(layer(&spans).known_methods(["BREW"]).build(), request).await;
    assert_eq!(spans.next().await.name, "BREW");
}

#[tokio::test]
async fn headers_are_recorded_by_list_and_sensitive_values_never() {
    let mut spans = Spans::recorded();
    let layer = layer(&spans)
        .capture_request_headers([http::header::ACCEPT, http::header::AUTHORIZATION])
        .capture_response_headers([http::header::ETAG])
        .build();
    let mut request = get("http://shop.example/");
    let mut secret = http::HeaderValue::from_static("Bearer hunter2");
    secret.set_sensitive(true);
    request.headers_mut().insert("authorization", secret);
    request.headers_mut().insert("cookie", "session=hunter2".parse().unwrap());
    request.headers_mut().append("accept", "a".parse().unwrap());
    request.headers_mut().append("accept", "b".parse().unwrap());
    let service = layer.layer(answering(|_| {
        let mut response = hello();
        response.headers_mut().insert("etag", "v1".parse().unwrap());
        response.headers_mut().insert("set-cookie", "session=hunter2".parse().unwrap());
        response
    }));
    drop(service.oneshot(request).await.unwrap());
    let span = spans.next().await;
    assert_eq!(attribute(&span, "http.request.header.accept").as_deref(), Some(r#"["a","b"]"#));
    assert_eq!(attribute(&span, "http.request.header.authorization").as_deref(), Some(r#"["REDACTED"]"#));
    assert_eq!(attribute(&span, "http.response.header.etag").as_deref(), Some(r#"["v1"]"#));
    assert!(!format!("{span:?}").contains("hunter2"), "{span:?}");
}

#[tokio::test]
async fn hooks_name_spans_and_add_attributes() {
    let mut spans = Spans::recorded();
    let layer = layer(&spans)
        .span_name(|request| format!("call {}", request.method))
        .url_template(|_| Some(UrlTemplate::new("/orders/{id}")))
        .request_attributes(|request, attributes| {
            attributes.push(KeyValue::new("shop.path_bytes", request.uri.path().len() as i64));
        })
        .response_attributes(|response, attributes| {
            attributes.push(KeyValue::new("shop.headers", response.headers.len() as i64));
        })
        .build();
    sent(layer, get("http://shop.example/orders/7")).await;
    let span = spans.next().await;
    assert_eq!(span.name, "call GET");
    assert_eq!(attribute(&span, "url.template").as_deref(), Some("/orders/{id}"));
    assert_eq!(attribute(&span, "shop.path_bytes").as_deref(), Some("9"));
    assert_eq!(attribute(&span, "shop.headers").as_deref(), Some("0"));
}

#[tokio::test]
async fn the_sensitive_keys_can_be_chosen() {
    let mut spans = Spans::recorded();
    let layer = layer(&spans).sensitive_query_keys(["token"]).build();
    sent(layer, get("http://shop.example/?token=hunter2&sig=shown")).await;
    let full = attribute(&spans.next().await, "url.full").unwrap();
    assert_eq!(full, "http://shop.example/?token=REDACTED&sig=shown");
}

#[tokio::test]
async fn long_values_are_cut() {
    let mut spans = Spans::recorded();
    sent(layer(&spans).value_bytes_max(10).build(), get("http://shop.example/")).await;
    assert_eq!(attribute(&spans.next().await, "url.full").as_deref(), Some("http://sho"));
}
