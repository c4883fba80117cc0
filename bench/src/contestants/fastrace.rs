//! fastrace, the fast one: an API of its own, properties that are strings only, exported through fastrace-opentelemetry.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use fastrace::collector::{Config, Reporter, SpanRecord};
use fastrace::prelude::{LocalSpan, Span, SpanContext};
use fastrace_opentelemetry::OpenTelemetryReporter;
use opentelemetry::InstrumentationScope;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use tokio::runtime::Handle;

use super::{Contestant, Pipeline, Telemetry};
use crate::workload::{NAME, PARENT, SCOPE};

/// Through its own API.
pub const CONTESTANT: Contestant =
    Contestant { name: "fastrace", pipeline: Some(pipeline), stack: None, stack_with_logs: None };

fn pipeline(endpoint: &str) -> Result<Pipeline> {
    let exporter = SpanExporter::builder().with_tonic().with_endpoint(endpoint).build()?;
    let scope = InstrumentationScope::builder(SCOPE).build();
    let runtime = Handle::current();
    let reporter = OpenTelemetryReporter::new(exporter, Cow::Owned(Resource::builder().build()), scope)
        .with_block_on(move |export| runtime.block_on(export));
    fastrace::set_reporter(reporter, Config::default());
    Ok(Pipeline { record: Box::new(|spans| (0..spans).for_each(|_| span())), telemetry: Box::new(Fastrace) })
}

/// Collects and throws away; returns the number of spans that got that far.
pub fn discarding() -> Arc<AtomicU64> {
    let delivered = Arc::new(AtomicU64::new(0));
    fastrace::set_reporter(Discard(delivered.clone()), Config::default());
    delivered
}

struct Discard(Arc<AtomicU64>);

impl Reporter for Discard {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        self.0.fetch_add(spans.len() as u64, Ordering::Relaxed);
    }
}

/// Delivers what this thread has recorded, and returns how much of `made` has reached the reporter since [`discarding`].
///
/// What does not fit its ring waits in an overflow that moves on only when the same thread records again; a flush
/// alone leaves it there, to fall into the next measurement. So this records as often as it takes, within reason.
/// The overflow of a thread that ends is lost.
pub fn drain(delivered: &AtomicU64, made: u64) -> u64 {
    const ROUNDS_MAX: usize = 2_000;
    for _ in 0..ROUNDS_MAX {
        fastrace::flush();
        if delivered.load(Ordering::Relaxed) >= made {
            break;
        }
        span();
    }
    delivered.load(Ordering::Relaxed).min(made)
}

/// A root span with four properties.
#[inline]
pub fn span() {
    let _span = Span::root(NAME, SpanContext::random()).with_properties(properties);
}

/// A root span and a local child; the child has the four properties.
#[inline]
pub fn parent_and_child() {
    let root = Span::root(PARENT, SpanContext::random());
    let _entered = root.set_local_parent();
    let _child = LocalSpan::enter_with_local_parent(NAME).with_properties(properties);
}

/// A root span with `children` local children, without properties.
#[inline]
pub fn family(children: u64) {
    let root = Span::root(PARENT, SpanContext::random());
    let _entered = root.set_local_parent();
    for _ in 0..children {
        let _child = LocalSpan::enter_with_local_parent(NAME);
    }
}

fn properties() -> [(&'static str, &'static str); 4] {
    [
        ("db.system.name", "sqlite"),
        ("db.operation.name", "SELECT"),
        ("db.response.returned_rows", "1"),
        ("cache.hit", "false"),
    ]
}

struct Fastrace;

impl Telemetry for Fastrace {
    fn flush(&self) {
        fastrace::flush();
    }

    fn shutdown(self: Box<Self>) -> String {
        // It has no shutdown; `flush` is what its documentation asks for at the end, and it returns nothing.
        fastrace::flush();
        "()".to_owned()
    }
}
