//! A reader that Prometheus asks: each scrape is a collection.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::transport::{BoxFuture, PrometheusServer};

use super::super::control::Controlled;
use super::super::worker::Worker;
use super::reader_loop::{Ask, Asker};

/// Has the server answer scrapes until the returned sender is dropped; the receiver hears when it has ended.
pub(super) fn serve(
    server: PrometheusServer,
    worker: &Worker,
    controlled: &Controlled,
    asks: mpsc::UnboundedSender<Ask>,
) -> Asker {
    let (stop, stopped) = oneshot::channel::<()>();
    let (end, ended) = oneshot::channel::<()>();
    let counters = Arc::clone(&controlled.counters);
    let collect = move || -> BoxFuture<'static, _> {
        let (answer, answered) = oneshot::channel();
        let (ask, waiting) = Ask::new(move |batches| drop(answer.send(batches)));
        let asked = asks.send(ask);
        let counters = Arc::clone(&counters);
        Box::pin(async move {
            let shut_down = || "the service is shutting down".to_owned();
            asked.map_err(|_| shut_down())?;
            let batches = answered.await.map_err(|_| shut_down())?;
            drop(waiting);
            let points = batches.iter().map(|batch| batch.items as u64).sum();
            counters.count_handed(points);
            counters.count_exported(points);
            Ok(batches.into_iter().map(|batch| batch.request).collect())
        })
    };
    worker.spawn(async {
        server.serve(collect, async { drop(stopped.await) }).await;
        drop(end);
    });
    (stop, ended)
}
