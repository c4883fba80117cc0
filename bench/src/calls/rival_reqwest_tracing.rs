//! reqwest-tracing: spans through `tracing`, no metrics. Its newest release goes with the API one step behind, whose types, globals
//! and SDK are not those of the others.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use opentelemetry_0_32::global;
use opentelemetry_0_32::trace::TracerProvider;
use opentelemetry_sdk_0_32::error::OTelSdkResult;
use opentelemetry_sdk_0_32::propagation::TraceContextPropagator;
use opentelemetry_sdk_0_32::trace::{BatchSpanProcessor, SdkTracerProvider, SpanData, SpanExporter};
use reqwest_tracing::TracingMiddleware;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry};

use super::sdk::FILTER;
use super::{Call, Contestant, Watched, measured, through_reqwest};
use crate::subscribers::Outlet;
use crate::workload::SCOPE;

/// Only reqwest.
pub const CONTESTANT: Contestant =
    Contestant { name: "reqwest-tracing", takes: |call| call == Call::Reqwest, set_up: watch };

fn watch(_call: Call) -> Result<Watched> {
    let outlet = Spans::behind_tracing()?;
    let call = through_reqwest::through(|chain| chain.with(TracingMiddleware::default()))?;
    Ok(Watched { call, outlet: Box::new(outlet) })
}

struct Spans {
    provider: SdkTracerProvider,
    delivered: Arc<AtomicU64>,
}

impl Spans {
    fn behind_tracing() -> Result<Self> {
        let delivered = Arc::new(AtomicU64::new(0));
        let processor = BatchSpanProcessor::builder(Discard(delivered.clone())).build();
        let provider = SdkTracerProvider::builder().with_span_processor(processor).build();
        let layer = tracing_opentelemetry_0_33::layer().with_tracer(provider.tracer(SCOPE));
        Registry::default().with(EnvFilter::new(FILTER)).with(layer).try_init()?;
        global::set_text_map_propagator(TraceContextPropagator::new());
        Ok(Self { provider, delivered })
    }
}

impl Outlet for Spans {
    fn settle(&self, _made: u64) {
        // What is left out when a flush fails is missing in the count, and the table shows it.
        let _ = self.provider.force_flush();
    }

    fn arrived(&self) -> Option<u64> {
        Some(self.delivered.load(Ordering::Relaxed))
    }

    fn said(&self) -> String {
        measured::told(self.delivered.load(Ordering::Relaxed), 0)
    }
}

#[derive(Debug)]
struct Discard(Arc<AtomicU64>);

impl SpanExporter for Discard {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.fetch_add(batch.len() as u64, Ordering::Relaxed);
        Ok(())
    }
}
