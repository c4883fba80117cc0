//! What a browser is held to: which hosts, which origins, which token; and the page's files.

#![allow(clippy::unwrap_used)]

mod http;

use http::{Server, Start};
use pilotlight_view::receive::IncidentKind;

const TOKEN: &str = "0123456789abcdef";

async fn with_token() -> Server {
    Server::start_with(Start { token: Some(TOKEN), ..Start::default() }).await
}

#[tokio::test]
async fn a_name_that_was_made_to_point_here_is_refused_and_written_down() {
    let server = Server::start().await;
    for path in ["/", "/api/state", "/app.js", "/api/tail"] {
        let answer = server.get_with(path, &[("host", "evil.example")]).await;
        assert_eq!(answer.status, 421, "{path}");
        assert!(
            answer.text().contains("evil.example") && answer.text().contains("--allowed-host"),
            "{}",
            answer.text()
        );
    }
    assert_eq!(server.journal.counts()[&IncidentKind::Host], 4);
    assert!(server.journal.newest()[0].detail.contains("evil.example"));
}

#[tokio::test]
async fn a_name_that_is_allowed_is_answered() {
    let server =
        Server::start_with(Start { allowed_hosts: vec!["viewer.example".to_owned()], ..Start::default() })
            .await;
    assert_eq!(server.get_with("/", &[("host", "viewer.example")]).await.status, 200);
}

#[tokio::test]
async fn a_hostile_host_is_never_html() {
    let server = Server::start().await;
    let answer = server.get_with("/", &[("host", "<script>alert(1)</script>")]).await;
    // Refused by the HTTP library or by us, and in both cases as something that no browser executes.
    assert!(matches!(answer.status, 400 | 421), "{answer:?}");
    assert!(answer.header("content-type").is_none_or(|kind| kind.starts_with("text/plain")), "{answer:?}");
}

#[tokio::test]
async fn pages_of_other_origins_change_nothing_and_ask_nothing() {
    let server = Server::start().await;
    for headers in [
        [("origin", "http://evil.example")],
        [("origin", "null")],
        [("sec-fetch-site", "cross-site")],
        [("sec-fetch-site", "same-site")],
    ] {
        assert_eq!(server.send("POST", "/api/clear", &headers, b"").await.status, 403, "{headers:?}");
        assert_eq!(server.send("POST", "/api/import", &headers, b"").await.status, 403, "{headers:?}");
        assert_eq!(server.get_with("/api/state", &headers).await.status, 403, "{headers:?}");
        assert_eq!(server.send("OPTIONS", "/api/clear", &headers, b"").await.status, 403, "{headers:?}");
    }
    assert_eq!(server.journal.counts()[&IncidentKind::Origin], 16);
}

#[tokio::test]
async fn the_page_can_be_linked_to_and_asks_for_itself() {
    let server = Server::start().await;
    assert_eq!(server.get_with("/traces", &[("sec-fetch-site", "cross-site")]).await.status, 200);
    let own = format!("http://{}", server.address);
    let headers = [("origin", own.as_str()), ("sec-fetch-site", "same-origin")];
    assert_eq!(server.send("POST", "/api/clear", &headers, b"").await.status, 204);
}

#[tokio::test]
async fn every_answer_is_strict_with_browsers_and_open_to_no_other_origin() {
    let server = Server::start().await;
    for (path, host) in [
        ("/", None),
        ("/app.js", None),
        ("/api/state", None),
        ("/nowhere", None),
        ("/", Some("evil.example")),
    ] {
        let headers: Vec<(&str, &str)> = host.map(|host| ("host", host)).into_iter().collect();
        let answer = server.get_with(path, &headers).await;
        let policy = answer.header("content-security-policy").unwrap();
        for rule in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(rule), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("cross-origin-opener-policy"), Some("same-origin"));
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"));
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
}

#[tokio::test]
async fn without_the_token_nothing_is_shown() {
    let server = with_token().await;
    for path in ["/", "/app.js", "/traces", "/api/state", "/api/tail", "/api/state?token=0123456789abcdef"] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 401, "{path}");
        assert!(answer.text().contains("printed where the viewer was started"), "{}", answer.text());
        assert!(!answer.text().contains(TOKEN));
    }
    assert_eq!(
        server.get_with("/api/state", &[("authorization", "Bearer 0123456789abcdeX")]).await.status,
        401
    );
    assert_eq!(server.get("/?token=wrong").await.status, 401);
    assert_eq!(server.send("POST", "/api/clear", &[], b"").await.status, 401);
    assert_eq!(server.journal.counts()[&IncidentKind::Token], 9);
}

#[tokio::test]
async fn the_token_opens_the_api_to_programs() {
    let server = with_token().await;
    let answer = server.get_with("/api/state", &[("authorization", "Bearer 0123456789abcdef")]).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn the_token_in_the_address_becomes_a_cookie_and_leaves_the_address() {
    let server = with_token().await;
    let answer = server.get("/logs?filter=a%3Db&token=0123456789abcdef&log=1").await;
    assert_eq!(answer.status, 303);
    assert_eq!(answer.header("location"), Some("/logs?filter=a%3Db&log=1"));
    let cookie = answer.header("set-cookie").unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let pair = cookie.split(';').next().unwrap();
    assert_eq!(server.get_with("/logs?filter=a%3Db", &[("cookie", pair)]).await.status, 200);
    assert_eq!(server.get_with("/api/state", &[("cookie", pair)]).await.status, 200);
}

#[tokio::test]
async fn the_redirect_leads_nowhere_else() {
    let server = with_token().await;
    for path in ["//evil.example/", "///evil.example/", "/\\evil.example/"] {
        let answer = server.get(&format!("{path}?token=0123456789abcdef")).await;
        if answer.status == 303 {
            assert_eq!(answer.header("location"), Some("/evil.example/"), "{path}");
        } else {
            assert_eq!(answer.status, 400, "{path}");
        }
    }
}

#[tokio::test]
async fn all_paths_of_the_page_are_the_page() {
    let server = Server::start().await;
    let index = include_bytes!("../ui/dist/index.html");
    for path in
        ["/", "/traces", "/traces/0123456789abcdef0123456789abcdef?span=1", "/logs?filter=a", "/viewer"]
    {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.body, index, "{path}");
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    }
    assert_eq!(server.get("/nowhere").await.status, 404);
    assert_eq!(server.get("/../Cargo.toml").await.status, 404);
    assert_eq!(server.send("POST", "/", &[], b"").await.status, 405);
}

#[tokio::test]
async fn a_file_that_the_browser_has_is_not_sent_again() {
    let server = Server::start().await;
    let first = server.get("/app.js").await;
    assert_eq!(first.header("content-type"), Some("text/javascript; charset=utf-8"));
    assert_eq!(first.header("cache-control"), Some("no-cache"));
    let tag = first.header("etag").unwrap();
    let again = server.get_with("/app.js", &[("if-none-match", tag)]).await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(server.get_with("/app.js", &[("if-none-match", "\"other\"")]).await.status, 200);
}

#[tokio::test]
async fn files_are_compressed_for_those_who_take_it() {
    let server = Server::start().await;
    let compressed = server.get_with("/app.js", &[("accept-encoding", "gzip")]).await;
    assert_eq!(compressed.header("content-encoding"), Some("gzip"));
    assert_eq!(compressed.unzipped(), server.get("/app.js").await.body);
}
