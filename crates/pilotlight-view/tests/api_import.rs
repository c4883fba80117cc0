//! Telemetry from files: what is taken, what is refused and why.

#![allow(clippy::unwrap_used)]

mod http;

use flate2::write::GzEncoder;
use http::{Server, Start};
use serde_json::{Value, json};
use std::io::Write;

fn spans(ids: &[&str]) -> Value {
    let spans: Vec<Value> = ids
        .iter()
        .map(|id| {
            json!({"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": id, "name": "pay", "kind": 2,
                "startTimeUnixNano": "1763880000000000000", "endTimeUnixNano": "1763880000050000000"})
        })
        .collect();
    let service = json!({"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]});
    json!({"resourceSpans": [{"resource": service, "scopeSpans": [{"spans": spans}]}]})
}

fn logs() -> Value {
    let record = json!({"timeUnixNano": "1763880000000000000", "body": {"stringValue": "paid"}});
    json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]})
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn lines_are_taken_and_counted() {
    let server = Server::start().await;
    let file = format!("{}\n\n{}\n", spans(&["b7ad6b7169203331", "b7ad6b7169203332"]), logs());
    let answer = server.post("/api/import", file.as_bytes()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let imported = answer.json();
    assert_eq!(
        (&imported["requests"], &imported["spans"], &imported["logs"]),
        (&json!(2), &json!(2), &json!(1))
    );
    assert_eq!((&imported["rejected"], &imported["faults"]), (&json!(0), &json!([])));
    let received = &server.get("/api/state").await.json()["received"];
    assert_eq!((&received["spans"], &received["by_protocol"]["file"]), (&json!(2), &json!(2)));
}

#[tokio::test]
async fn one_document_over_many_lines_is_taken() {
    let server = Server::start().await;
    let mut document = spans(&["b7ad6b7169203331"]);
    document["resourceLogs"] = logs()["resourceLogs"].clone();
    let file = serde_json::to_vec_pretty(&document).unwrap();
    let imported = server.post("/api/import", &file).await.json();
    assert_eq!(
        (&imported["spans"], &imported["logs"], &imported["requests"]),
        (&json!(1), &json!(1), &json!(2))
    );
}

#[tokio::test]
async fn a_compressed_file_is_taken() {
    let server = Server::start().await;
    let imported = server.post("/api/import", &gzip(format!("{}\n", logs()).as_bytes())).await.json();
    assert_eq!(imported["logs"], 1);
    let received = &server.get("/api/state").await.json()["received"];
    assert_eq!(received["by_protocol"]["file gzip"], 1);
}

#[tokio::test]
async fn what_is_bad_is_told_by_its_line_and_the_rest_is_taken() {
    let server = Server::start().await;
    let lines = [
        logs().to_string(),
        "{\"resourceSpans\": nonsense}".to_owned(),
        "{\"something\": 1}".to_owned(),
        spans(&["b7ad6b7169203331", "0000000000000000"]).to_string(),
        "{\"resourceSpans\": [{\"scopeSpans\": 5}]}".to_owned(),
    ];
    let imported = server.post("/api/import", lines.join("\n").as_bytes()).await.json();
    let told = imported["faults"].as_array().unwrap().iter();
    assert_eq!(told.map(|fault| fault["line"].as_u64().unwrap()).collect::<Vec<_>>(), [2, 3, 4, 5]);
    assert_eq!(
        (&imported["logs"], &imported["spans"], &imported["rejected"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert!(imported["faults"][1]["message"].as_str().unwrap().contains("resourceSpans"));
    assert!(imported["faults"][2]["message"].as_str().unwrap().contains("zeros"));
}

#[tokio::test]
async fn only_the_first_faults_are_told_and_the_others_counted() {
    let server = Server::start().await;
    let imported = server.post("/api/import", "{}\n".repeat(1000).as_bytes()).await.json();
    assert_eq!(imported["faults"].as_array().unwrap().len(), 20);
    assert_eq!(imported["faults_left_out"], 980);
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_whether_compressed_or_not() {
    let server = Server::start_with(Start { import_bytes_max: Some(10_000), ..Start::default() }).await;
    let file = format!("{}\n", logs()).repeat(1000);
    for file in [file.clone().into_bytes(), gzip(file.as_bytes())] {
        let answer = server.post("/api/import", &file).await;
        assert_eq!(answer.status, 413);
        assert!(answer.text().contains("10000 bytes"), "{}", answer.text());
    }
    // And the place for files is free again.
    assert_eq!(server.post("/api/import", logs().to_string().as_bytes()).await.json()["logs"], 1);
}

#[tokio::test]
async fn what_is_no_file_of_telemetry_is_refused_with_a_reason() {
    let server = Server::start().await;
    for empty in ["", "  \n\n"] {
        assert_eq!(server.post("/api/import", empty.as_bytes()).await.status, 400);
    }
    let broken = server.post("/api/import", b"\x1f\x8b\x08broken").await;
    assert_eq!(broken.status, 400);
    assert!(broken.text().contains("decompressed"), "{}", broken.text());
    for nonsense in [&b"\x89PNG\r\n\x1a\n\x00"[..], b"<script>", &b"[".repeat(200_000)] {
        let imported = server.post("/api/import", nonsense).await.json();
        assert_eq!(imported["requests"], 0);
        assert_eq!(imported["faults"][0]["line"], 1);
    }
}
