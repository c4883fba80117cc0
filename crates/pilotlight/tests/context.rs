//! `pilotlight::context` where spans are made with `tracing`.
#![cfg(all(feature = "context", feature = "tracing"))]
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod common;

use std::sync::mpsc;

use common::{is_alone, only_the_service, run_without_exporters_under};
use pilotlight::context::{Carried, bind, bind_future, from_env, in_context};
use pilotlight::opentelemetry::Context;
use pilotlight::opentelemetry::baggage::BaggageExt;
use pilotlight::sdk::transport::{InMemoryExporter, TextTree};
use tracing::Instrument;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

const DRAWING: &str = "
job (remote parent)
  ├─ task
  │    baggage: tenant=7
  ├─ thread
  │    baggage: tenant=7
  └─ handled
       baggage: tenant=7
";

#[test]
fn a_job_started_by_another_process_takes_its_trace_to_tasks_threads_and_receivers() {
    const TEST: &str = "a_job_started_by_another_process_takes_its_trace_to_tasks_threads_and_receivers";
    if !is_alone() {
        let traceparent = format!("00-{TRACE}-{CALLER}-01");
        run_without_exporters_under(TEST, &[("TRACEPARENT", &traceparent), ("BAGGAGE", "tenant=7")]);
        return;
    }
    let memory = InMemoryExporter::new();
    let guard = only_the_service().traces_exporter(memory.clone()).init().unwrap();

    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(in_context(&from_env(), || bind_future(job())));

    assert!(guard.shutdown().is_complete());
    let spans = memory.spans();
    let drawn = TextTree::new().with_attributes(["baggage"]).draw(&spans);
    assert_eq!(drawn, DRAWING.trim_start());
    assert!(spans.iter().all(|span| span.view().trace_id().to_string() == TRACE), "{spans:?}");
}

async fn job() {
    let (sender, receiver) = mpsc::channel();
    async {
        tokio::spawn(bind_future(async { work("task") })).await.unwrap();
        std::thread::spawn(bind(|| work("thread"))).join().unwrap();
        sender.send(Carried::new("handled")).unwrap();
    }
    .instrument(tracing::info_span!("job"))
    .await;
    let handle = move || receiver.recv().unwrap().with_parent(work);
    std::thread::spawn(handle).join().unwrap();
}

fn work(name: &'static str) {
    let baggage = Context::map_current(|context| context.baggage().to_string());
    tracing::info_span!("work", otel.name = name, baggage).in_scope(|| {});
}
