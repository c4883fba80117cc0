//! A whole export request of metrics, read lazily: what the console, Prometheus, the in-memory exporter and tests look
//! through.
//!
//! ```text
//!  MetricsView ── MetricView ── MetricData ── Points of ─┬ NumberPointView ────────────────┬ ExemplarView
//!                                                        ├ HistogramPointView ─────────────┤
//!                                                        └ ExponentialHistogramPointView ──┘
//! ```

mod exemplar;
mod exponential_point;
mod histogram_point;
mod message;
mod metric;
mod number_point;

use crate::encode::field;
use crate::encode::reader::Fields;

use super::traces_view::{ResourceView, ScopeView};

pub use exemplar::ExemplarView;
pub use exponential_point::{BucketsView, ExponentialHistogramPointView};
pub use histogram_point::HistogramPointView;
pub use metric::{MetricData, MetricView, Points};
pub use number_point::{Number, NumberPointView};

/// An OTLP `ExportMetricsServiceRequest`, read where it lies.
///
/// Every question walks the bytes anew and allocates nothing. Malformed bytes read as if they ended before the damage.
///
/// ```
/// use pilotlight_sdk::record::MetricsView;
///
/// # fn show(batch: &pilotlight_sdk::transport::Batch) {
/// for (resource, scope, metric) in MetricsView::new(&batch.request).metrics() {
///     println!("{:?} {} {}", resource.attribute("service.name"), scope.name(), metric.name());
/// }
/// # }
/// ```
#[derive(Clone, Copy)]
pub struct MetricsView<'a> {
    message: &'a [u8],
}

impl<'a> MetricsView<'a> {
    /// Reads `request`, the bytes of an `ExportMetricsServiceRequest`.
    pub fn new(request: &'a [u8]) -> Self {
        Self { message: request }
    }

    /// Every metric, with the resource and the scope it belongs to.
    pub fn metrics(
        &self,
    ) -> impl Iterator<Item = (ResourceView<'a>, ScopeView<'a>, MetricView<'a>)> + Clone + use<'a> {
        self.resources().flat_map(|resource| {
            Fields::new(resource.as_bytes()).all(field::resource_spans::SCOPE_SPANS).flat_map(move |scope| {
                let scope = ScopeView::new(scope.bytes());
                Fields::new(scope.as_bytes())
                    .all(field::scope_metrics::METRICS)
                    .map(move |metric| (resource, scope, MetricView::new(metric.bytes())))
            })
        })
    }

    /// Every resource, those without metrics too.
    pub fn resources(&self) -> impl Iterator<Item = ResourceView<'a>> + Clone + use<'a> {
        Fields::new(self.message)
            .all(field::metrics_request::RESOURCE_METRICS)
            .map(|resource| ResourceView::new(resource.bytes()))
    }
}
