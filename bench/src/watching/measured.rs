//! How much of the work has been measured, read with a decoder that is not ours.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;

/// The measurements in all durations of a collection.
pub fn durations(request: &ExportMetricsServiceRequest) -> u64 {
    let scopes = request.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
    let metrics = scopes.flat_map(|scope| &scope.metrics).filter(|metric| metric.name.ends_with(".duration"));
    let points = metrics.filter_map(|metric| match &metric.data {
        Some(Data::Histogram(histogram)) => Some(&histogram.data_points),
        _ => None,
    });
    points.flatten().map(|point| point.count).sum()
}

/// For the table, of so many spans.
pub fn told(made: u64, measured: u64) -> String {
    match measured {
        0 => "spans alone".to_owned(),
        _ if measured == made => "all measured".to_owned(),
        _ => format!("**{measured}** measured"),
    }
}
