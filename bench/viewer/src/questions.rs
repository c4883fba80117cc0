//! The page's questions, with everything held.

use crate::beside::{DURATION, ORDERS, Sent};
use crate::viewer::Viewer;
use crate::{ms, requests, tenths};
use anyhow::Result;

/// Asks each so many times.
pub async fn ask(viewer: &Viewer, rounds: usize, spans: u64, beside: &Sent) -> Result<()> {
    println!("| held: spans; log records; data points | {spans}; {}; {} | |", beside.records, beside.points);
    for (name, path) in paths(spans) {
        let mut times = Vec::new();
        for _ in 0..rounds {
            times.push(viewer.ask(&path).await?.1);
        }
        times.sort();
        println!(
            "| {name}, median (slowest) | {} ms ({}) | 100 ms |",
            tenths(ms(times[times.len() / 2])),
            tenths(ms(times[times.len() - 1]))
        );
    }
    Ok(())
}

fn paths(spans: u64) -> Vec<(&'static str, String)> {
    let trace = requests::trace_id(spans / requests::SPANS as u64 - 1);
    let fixed = [
        ("newest traces", "/api/traces?sort=newest"),
        ("traces, errors first", "/api/traces"),
        ("slowest traces", "/api/traces?sort=slowest"),
        ("traces by an attribute's value", "/api/traces?filter=user.id%3Duser-4711"),
        ("traces by a part of any value", "/api/traces?filter=er-471"),
        ("traces by a number", "/api/traces?filter=http.response.status_code%3E%3D500"),
        ("traces' durations", "/api/traces/durations"),
        ("rate, errors, p50, p95, p99 by operation", "/api/operations"),
        (
            "one operation over time",
            "/api/operations/series?service=gateway&name=GET%20%2Fapi%2Fresource0%2F%7Bid%7D",
        ),
        ("the service map", "/api/map"),
        ("newest log records", "/api/logs"),
        ("log records by an attribute's value", "/api/logs?filter=user.id%3Duser-4711"),
        ("log records by a part of any text", "/api/logs?filter=refused"),
        ("log records of errors", "/api/logs?severity_min=17"),
        ("exceptions", "/api/exceptions"),
        ("keys", "/api/keys?signal=traces"),
        ("values of a key", "/api/values?signal=traces&key=user.id&prefix=47"),
        ("metrics", "/api/metrics"),
        ("resources", "/api/resources"),
        ("losses", "/api/losses"),
        ("findings", "/api/findings"),
    ];
    let mut paths: Vec<_> = fixed.into_iter().map(|(name, path)| (name, path.to_owned())).collect();
    paths.push(("one trace", format!("/api/traces/{trace}")));
    paths.push(("p50 to p99 of a histogram of 800 series", format!("/api/metrics/data?name={DURATION}")));
    paths.push(("the same by route", format!("/api/metrics/data?name={DURATION}&group_by=http.route")));
    paths.push((
        "the rate of a sum of 800 series, by service",
        format!("/api/metrics/data?name={ORDERS}&group_by=service.name"),
    ));
    paths
}
