//! A real Collector between the shop and the receiver: `collector-check OTELCOL CONFIGURATION`.
//!
//! ```text
//!  shop ── OTLP over gRPC, then over HTTP ──▶ the Collector, as it is deployed ──▶ Receiver, in the stores' place
//!   └ its reports                              └ its own metrics                   └ what came
//!          └────────────────────── have to agree ─────────────────────────────────────┘
//! ```
//!
//! `cargo xtask collector-check` builds the Collector and runs this.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in checks a panic is the way to fail")]

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use e2e::Receiver;
use e2e::program::{Ended, Program, ReservedPort, ask, sibling, wait_until_answered};

/// Enough for batches of each signal, and over in seconds.
const ROUNDS: usize = 25;

const ORDERS: [(&str, &str); 4] = [
    ("a good order", r#"{"user_id":"42","items":["lamp","oil"],"total":99.5}"#),
    ("a bad order", r#"{"user_id":"42","items":[],"total":99.5}"#),
    ("an empty stock", r#"{"user_id":"42","items":["sold-out"],"total":99.5}"#),
    ("a declined payment", r#"{"user_id":"42","items":["oil"],"total":99999}"#),
];

fn main() {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [otelcol, configuration] = arguments.as_slice() else {
        panic!("usage: collector-check OTELCOL CONFIGURATION");
    };
    for (protocol, transport) in [("grpc", "grpc"), ("http/protobuf", "http")] {
        check(otelcol, configuration, protocol, transport);
    }
}

fn check(otelcol: &Path, configuration: &Path, protocol: &str, transport: &str) {
    let stores = Receiver::start();
    let collector = Collector::start(otelcol, configuration, &stores);
    let reported = shop_sends(&collector, protocol, transport);
    let accepted = collector.counted("accepted", transport);
    let refused = collector.counted("refused", transport);
    // It hands on what it still has.
    collector.program.stop();
    let stored =
        Counts { spans: stores.spans().len(), points: stores.points().len(), logs: stores.logs().len() };
    println!("over {protocol}");
    println!("  the shop reports       {reported}");
    println!("  the Collector accepted {accepted}, and refused {refused}");
    println!("  the stores received    {stored}");
    assert!(reported.has_every_signal(), "a signal is missing");
    assert_eq!(refused, Counts::default(), "the Collector refused something");
    assert_eq!(accepted, reported, "what the Collector accepted is not what was sent");
    assert_eq!(stored, reported, "what came out of the Collector is not what was sent");
    assert_eq!(stores.unique_spans(), stored.spans, "some spans came twice");
}

/// How many of each.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    spans: usize,
    points: usize,
    logs: usize,
}

impl Counts {
    fn has_every_signal(&self) -> bool {
        self.spans > 0 && self.points > 0 && self.logs > 0
    }

    /// What the shop's programs say at their ends: each a line with `otlp_…: 90 spans exported; otlp_…: …`.
    fn reported(ended: &Ended) -> Self {
        let reports = ended.lines.iter().flat_map(|line| line.split("; "));
        let of_otlp: Vec<_> = reports.filter(|report| report.trim_start().starts_with("otlp_")).collect();
        let exported = |items: &str| {
            let count = |report: &&str| {
                report.split_once(&format!(" {items} exported"))?.0.rsplit(' ').next()?.parse::<usize>().ok()
            };
            of_otlp.iter().filter_map(count).sum()
        };
        for report in &of_otlp {
            assert!(report.ends_with(" exported"), "the shop lost something: {report}");
        }
        Self { spans: exported("spans"), points: exported("data points"), logs: exported("log records") }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} spans, {} data points, {} log records", self.spans, self.points, self.logs)
    }
}

/// The shop makes telemetry of each kind, sends it to the Collector, and ends.
fn shop_sends(collector: &Collector, protocol: &str, transport: &str) -> Counts {
    let port = ReservedPort::new();
    let shop = Program::start(&sibling("shop-under-test"), |command| {
        command
            .args([format!("--addr={}", port.address()), "--notice-ms=0".to_owned()])
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint(transport))
            .env("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
            .env("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
            .env("OTEL_METRIC_EXPORT_INTERVAL", "1000")
            .env("PILOTLIGHT_LOG_LINES", "off")
    });
    wait_until_answered(port.address(), "GET /health");
    for _ in 0..ROUNDS {
        ask(port.address(), "GET /api/users/42", "", "");
        for (what, order) in ORDERS {
            let answer = ask(port.address(), "POST /api/orders", "content-type: application/json\r\n", order);
            assert_eq!(answer.status == 201, what == "a good order", "{what}: {answer:?}");
        }
    }
    Counts::reported(&shop.stop())
}

/// The Collector with its configuration as it is deployed: only where it listens and where its exporters lead is said here.
struct Collector {
    program: Program,
    grpc: ReservedPort,
    http: ReservedPort,
    metrics: SocketAddr,
}

impl Collector {
    fn start(otelcol: &Path, configuration: &Path, stores: &Receiver) -> Self {
        let [grpc, http, health, metrics] = std::array::from_fn(|_| ReservedPort::new());
        let program = Program::start(otelcol, |command| {
            command.arg("--config").arg(configuration).env("LISTEN_HOST", "127.0.0.1");
            for (variable, port) in [
                ("GRPC_PORT", &grpc),
                ("HTTP_PORT", &http),
                ("HEALTH_PORT", &health),
                ("METRICS_PORT", &metrics),
            ] {
                command.env(variable, port.number());
            }
            for variable in ["TRACES_ENDPOINT", "METRICS_ENDPOINT", "LOGS_ENDPOINT"] {
                command.env(variable, stores.endpoint());
            }
            command
        });
        wait_until_answered(health.address(), "GET /");
        Self { program, grpc, http, metrics: metrics.address() }
    }

    fn endpoint(&self, transport: &str) -> String {
        let port = if transport == "grpc" { &self.grpc } else { &self.http };
        format!("http://{}", port.address())
    }

    /// What its receiver counted as `accepted` or `refused`, by its own metrics.
    fn counted(&self, verdict: &str, transport: &str) -> Counts {
        let page = ask(self.metrics, "GET /metrics", "", "").body;
        let label = format!("transport=\"{transport}\"");
        let count = |items: &str| {
            let name = format!("otelcol_receiver_{verdict}_{items}");
            let samples = page.lines().filter(|line| line.starts_with(&name) && line.contains(&label));
            let values = samples.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
            values.sum::<f64>() as usize
        };
        Counts { spans: count("spans"), points: count("metric_points"), logs: count("log_records") }
    }
}
