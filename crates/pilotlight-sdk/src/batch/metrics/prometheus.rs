//! A reader that Prometheus asks: each scrape is a collection.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{mpsc, oneshot};

use crate::self_metrics::Counters;
use crate::transport::{BoxFuture, PrometheusCounts, PrometheusServer};

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
    let books = Arc::new(Books::new(Arc::clone(&controlled.counters), server.counts()));
    let last_page = Arc::clone(&books);
    let collect = move || -> BoxFuture<'static, _> {
        let (answer, answered) = oneshot::channel();
        let (ask, waiting) = Ask::new(move |batches| drop(answer.send(batches)));
        let asked = asks.send(ask);
        let books = Arc::clone(&books);
        Box::pin(async move {
            let shut_down = || "the service is shutting down".to_owned();
            asked.map_err(|_| shut_down())?;
            let batches = answered.await.map_err(|_| shut_down())?;
            drop(waiting);
            books.settle();
            books.hand(batches.iter().map(|batch| batch.items as u64).sum());
            Ok(batches.into_iter().map(|batch| batch.request).collect())
        })
    };
    worker.spawn(async move {
        server.serve(collect, async { drop(stopped.await) }).await;
        last_page.settle();
        drop(end);
    });
    (stop, ended)
}

/// What became of the points of each page: the server counts what it had to leave out while it writes.
struct Books {
    counters: Arc<Counters>,
    pages: PrometheusCounts,
    /// Points of the page that is being written. Relaxed, like the one below: pages are written one after the other, on one thread.
    on_the_page: AtomicU64,
    /// Series left out of the pages before.
    left_out: AtomicU64,
}

impl Books {
    fn new(counters: Arc<Counters>, pages: PrometheusCounts) -> Self {
        Self { counters, pages, on_the_page: AtomicU64::new(0), left_out: AtomicU64::new(0) }
    }

    fn hand(&self, points: u64) {
        self.counters.count_handed(points);
        self.on_the_page.store(points, Ordering::Relaxed);
    }

    /// The last page is written.
    fn settle(&self) {
        let points = self.on_the_page.swap(0, Ordering::Relaxed);
        let left_out = self.pages.dropped_series();
        let newly = left_out - self.left_out.swap(left_out, Ordering::Relaxed);
        let rejected = newly.min(points);
        self.counters.count_exported(points - rejected);
        self.counters.count_rejected(rejected);
        if rejected > 0 {
            self.counters.note_error(
                "series that cannot stand on one page for Prometheus; a warning named them".into(),
            );
        }
    }
}
