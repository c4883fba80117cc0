//! What Prometheus fetches is what was measured.
#![cfg(feature = "prometheus")]
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use common::SOON;
use common::scene::elsewhere;
use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider as _;
use pilotlight_sdk::batch::Reader;
use pilotlight_sdk::config::PrometheusConfig;
use pilotlight_sdk::record::MeterProvider;
use pilotlight_sdk::resource::Resource;
use pilotlight_sdk::transport::PrometheusServer;

fn served() -> (MeterProvider, SocketAddr) {
    let mut config = PrometheusConfig::default();
    config.host = "127.0.0.1".into();
    config.port = 0;
    let server = PrometheusServer::bind(&config).unwrap();
    let address = server.local_addr().unwrap();
    let resource = Resource::builder().attribute(KeyValue::new("service.name", "shop")).build();
    let provider = MeterProvider::builder()
        .with_resource(resource)
        .with_reader(Reader::prometheus(server))
        .build()
        .unwrap();
    (provider, address)
}

/// The page, without the answer's head.
fn scrape(address: SocketAddr, accept: &str) -> String {
    let mut connection = TcpStream::connect(address).unwrap();
    let request =
        format!("GET /metrics HTTP/1.1\r\nhost: shop\r\naccept: {accept}\r\nconnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

#[test]
fn each_scrape_collects_what_was_measured_until_then() {
    let (provider, address) = served();
    let meter = provider.meter("shop");
    let orders = meter.u64_counter("orders").with_unit("{order}").build();
    meter.f64_observable_gauge("load").with_callback(|to| to.observe(0.5, &[])).build();
    for total in [2, 4] {
        orders.add(2, &[KeyValue::new("kind", "card")]);
        let page = scrape(address, "text/plain");
        for line in [
            format!("orders_total{{kind=\"card\",otel_scope_name=\"shop\"}} {total}"),
            "load{otel_scope_name=\"shop\"} 0.5".to_owned(),
            "target_info{service_name=\"shop\"} 1".to_owned(),
        ] {
            assert!(page.lines().any(|found| found == line), "{line}\nis not in\n{page}");
        }
    }
    let report = provider.shutdown(SOON);
    assert_eq!(
        (report.exported(), report.exporters[0].exporter),
        (4, "prometheus_http_text_metric_exporter")
    );
}

#[test]
fn exemplars_reach_openmetrics() {
    let (provider, address) = served();
    let histogram = provider.meter("shop").f64_histogram("wait").with_unit("s").build();
    let _attached = elsewhere(0xabc, 0xdef, false).attach();
    histogram.record(3.0, &[]);
    let page = scrape(address, "application/openmetrics-text; version=1.0.0");
    let exemplar = "# {trace_id=\"00000000000000000000000000000abc\",span_id=\"0000000000000def\"} 3 ";
    assert!(page.contains(exemplar), "{page}");
}

#[test]
fn the_port_is_free_again_after_shutdown() {
    let (provider, address) = served();
    scrape(address, "text/plain");
    provider.shutdown(SOON);
    drop(provider);
    assert!(TcpStream::connect(address).is_err());
}
