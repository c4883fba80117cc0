//! Pages that send, from this machine and from elsewhere.

use crate::harness::{Answer, Harness};
use http::StatusCode;
use pilotlight_view::receive::IncidentKind;

async fn send(harness: &Harness, method: &str, headers: &[(&str, &str)]) -> Answer {
    let headers = [&[("content-type", "application/json")], headers].concat();
    harness.request(method, "/v1/traces", &headers, b"{}").await
}

#[tokio::test]
async fn a_page_on_this_machine_may_send_and_read_the_answer() {
    let harness = Harness::start().await;
    for origin in ["http://localhost:3000", "http://127.0.0.1:8080", "http://[::1]:5173", "https://localhost"]
    {
        let asked = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "content-type,x-mine"),
        ];
        let preflight = send(&harness, "OPTIONS", &asked).await;
        assert_eq!(preflight.status, StatusCode::NO_CONTENT);
        assert_eq!(preflight.header("access-control-allow-origin"), origin);
        assert_eq!(preflight.header("access-control-allow-methods"), "POST");
        assert_eq!(preflight.header("access-control-allow-headers"), "content-type,x-mine");
        assert_eq!(preflight.header("vary"), "origin");
        let answer = send(&harness, "POST", &[("origin", origin)]).await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (StatusCode::OK, origin));
    }
    assert_eq!(harness.received().len(), 4);
    assert_eq!(harness.journal.newest(), []);
}

#[tokio::test]
async fn a_page_on_this_machine_can_read_why_it_was_refused() {
    let harness = Harness::start().await;
    let headers = [("origin", "http://localhost:3000"), ("content-type", "application/json")];
    let answer = harness.request("POST", "/v1/trace", &headers, b"{}").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.header("access-control-allow-origin"), "http://localhost:3000");
}

#[tokio::test]
async fn pages_of_others_may_neither_ask_nor_send_nor_read() {
    let harness = Harness::start().await;
    let evil: [&[(&str, &str)]; 6] = [
        &[("origin", "http://evil.example")],
        &[("origin", "null")],
        &[("origin", "http://localhost.evil.example")],
        // A name that was made to point here: the page's origin, and its host.
        &[("origin", "http://evil.example:4318"), ("host", "evil.example:4318")],
        &[("origin", "http://localhost:3000"), ("host", "evil.example:4318")],
        &[("sec-fetch-site", "cross-site")],
    ];
    for headers in evil {
        for method in ["POST", "OPTIONS"] {
            let asked = [headers, &[("access-control-request-method", "POST")]].concat();
            let answer = send(&harness, method, &asked).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{headers:?}");
            assert!(
                answer.headers.keys().all(|name| !name.as_str().starts_with("access-control")),
                "{answer:?}"
            );
        }
    }
    assert_eq!(harness.received().len(), 0);
    let counts = harness.journal.counts();
    assert_eq!((counts[&IncidentKind::Origin], counts[&IncidentKind::Host]), (10, 2));
}
