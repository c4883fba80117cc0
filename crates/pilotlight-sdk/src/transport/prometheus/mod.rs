//! The page that Prometheus fetches.
//!
//! ```text
//!  scrape ──▶ server (bind, accept, limits) ──▶ answer ── negotiate ──▶ collection, one at a time
//!                                                 │                         │ encoded requests
//!             gzip ◀── page (text | OpenMetrics) ◀─────────── MetricsView ──┘
//!                       family ── name, unit      whose names go together
//!                       labels ── value           attributes, scope, resource
//!                       sample ── spread, number, exemplar
//! ```
//!
//! Everything here runs on the exporter thread. A scrape never blocks recording: it collects as every reader does.
//!
//! Specification: "Prometheus Exporter", <https://opentelemetry.io/docs/specs/otel/metrics/sdk_exporters/prometheus/>, and
//! "Prometheus and OpenMetrics Compatibility",
//! <https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/>.

mod answer;
mod exemplar;
mod family;
mod labels;
mod listen;
mod name;
mod negotiate;
mod number;
mod page;
mod sample;
mod server;
mod spread;
#[cfg(test)]
mod tests;
mod trouble;
mod unit;
mod value;
mod write_deadline;

pub use server::PrometheusServer;
pub use trouble::PrometheusCounts;
