//! The API over a socket: how it refuses, how it answers, what it pushes.

#![allow(clippy::unwrap_used)]

mod http;

use http::{Server, event};
use tokio::io::AsyncReadExt;

/// Every path that is asked with GET and has no name in it, as the description has them.
fn questions() -> Vec<String> {
    let document = serde_json::to_value(pilotlight_view::api::document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let plain = paths.iter().filter(|(path, what)| !path.contains('{') && what.get("get").is_some());
    plain.map(|(path, _)| path.clone()).collect()
}

#[tokio::test]
async fn every_question_of_the_description_refuses_what_it_does_not_know() {
    let server = Server::start().await;
    let questions = questions();
    assert!(questions.len() > 15, "{questions:?}");
    for path in questions {
        let answer = server.get(&format!("{path}?nonsense=1")).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(
            answer.json()["message"].as_str().unwrap().contains("`nonsense`"),
            "{path}: {}",
            answer.text()
        );
    }
}

#[tokio::test]
async fn every_question_of_the_description_takes_only_its_own_method() {
    let server = Server::start().await;
    for path in questions() {
        for method in ["POST", "PUT", "DELETE", "HEAD"] {
            let answer = server.send(method, &path, &[], b"").await;
            assert_eq!(answer.status, 405, "{method} {path}");
        }
    }
    assert_eq!(server.get("/api/clear").await.status, 405);
    assert_eq!(server.get("/api/import").await.status, 405);
}

#[tokio::test]
async fn answers_are_not_kept_by_anybody() {
    let server = Server::start().await;
    for path in ["/api/state", "/api/traces?limit=x", "/api/none", "/api/export"] {
        assert_eq!(server.get(path).await.header("cache-control"), Some("no-store"), "{path}");
    }
}

#[tokio::test]
async fn what_is_not_here_is_said_to_be_missing() {
    let server = Server::start().await;
    for path in ["/api/none", "/api/traces/0123456789abcdef0123456789abcdef", "/api/metrics/data?name=none"] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.json()["message"].is_string(), "{path}");
    }
}

#[tokio::test]
async fn long_answers_are_compressed_for_those_who_take_it() {
    let server = Server::start().await;
    let plain = server.get("/api/openapi.json").await;
    let compressed = server.get_with("/api/openapi.json", &[("accept-encoding", "gzip, br")]).await;
    assert_eq!(plain.header("content-encoding"), None);
    assert_eq!(compressed.header("content-encoding"), Some("gzip"));
    assert!(compressed.body.len() * 4 < plain.body.len());
    assert_eq!(compressed.unzipped(), plain.body);
    assert_eq!(plain.json()["openapi"], "3.1.0");
}

#[tokio::test]
async fn the_state_tells_the_version_and_what_was_refused() {
    let server = Server::start().await;
    server.get_with("/", &[("host", "evil.example")]).await;
    let state = server.get("/api/state").await.json();
    assert_eq!(state["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(state["incidents"]["host"], 1);
    assert_eq!(state["newest_incidents"][0]["kind"], "host");
}

#[tokio::test]
async fn changes_begin_with_the_number_of_now_and_end_when_the_viewer_closes() {
    let server = Server::start().await;
    let mut stream = server.open("GET", "/api/changes", &[], b"").await;
    assert!(event(&mut stream, "changed").await["number"].is_u64());
    server.context.close();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.unwrap();
}

#[tokio::test]
async fn a_name_that_is_no_text_is_refused() {
    let server = Server::start().await;
    for path in ["/api/traces/%ff", "/api/logs/%c3%28"] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(answer.json()["message"].is_string(), "{path}");
    }
}
