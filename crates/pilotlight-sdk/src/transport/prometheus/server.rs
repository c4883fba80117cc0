//! Listening, accepting, and the limits that keep a client from holding on for ever.

use std::convert::Infallible;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

use crate::config::PrometheusConfig;
use crate::diagnostics;
use crate::transport::{BoxFuture, BuildError};

use super::answer::Answerer;
use super::listen::listen;
use super::page::PageWriter;
use super::trouble::PrometheusCounts;
use super::write_deadline::WriteDeadline;

/// How long the server rests when the system cannot give it a connection, which is when files have run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The most a request's head may take. Scrapers send a few hundred bytes.
const REQUEST_BYTES_MAX: usize = 16 << 10;

/// The page that Prometheus fetches: `http://localhost:9464/metrics`.
///
/// Where it listens is `OTEL_EXPORTER_PROMETHEUS_HOST` (default `localhost`, so that nobody else reads along) and
/// `OTEL_EXPORTER_PROMETHEUS_PORT` (default 9464).
///
/// - `/metrics` answers `GET` and `HEAD` in the Prometheus text format 0.0.4, or in OpenMetrics (with exemplars and creation times)
///   for those who prefer it, with gzip for those who take it; 503 and the reason when the metrics cannot be collected.
/// - Names are translated by the specification's rules, always with underscores: `http.server.request.duration` in `s` is
///   `http_server_request_duration_seconds`.
/// - Attributes become labels; keys that become one label share it, their values joined by `;`. Labels without a value are left
///   out, which is the same to Prometheus. An attribute `le` of a histogram becomes `exported_le`.
/// - The text formats have no exponential buckets: an exponential histogram is shown with at most 20 buckets of each sign, by
///   lowering its scale. New buckets appear as its range grows, so where quantiles matter, give the instrument boundaries.
/// - OpenMetrics has neither `_sum` nor `_count` for a histogram whose sum can fall (one with negative bounds), and always
///   `_total` for counters, even where the suffix is switched off.
/// - What cannot be shown (two types under one name, two series with the same labels, delta temporality, a falling counter) is left
///   out, counted in [`counts`](Self::counts), and named once in a warning.
///
/// # Limits
///
/// 32 connections, of which each has 5 seconds to send a request's head (of at most 16 KiB; an idle connection is closed after
/// the same time) and 10 seconds to read an answer. Scrapes are served one after another; each holds its page in memory, and the
/// exporter thread while it is written and compressed.
///
/// # Examples
///
/// ```no_run
/// use pilotlight_sdk::config::PrometheusConfig;
/// use pilotlight_sdk::transport::PrometheusServer;
///
/// # async fn run(config: &PrometheusConfig) -> Result<(), Box<dyn std::error::Error>> {
/// let server = PrometheusServer::bind(config)?;
/// println!("metrics are at http://{}/metrics", server.local_addr()?);
/// let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
/// let serving = tokio::spawn(server.serve(
///     || Box::pin(async { Ok(vec![/* one collection, encoded */]) }),
///     async { drop(stopped.await) },
/// ));
/// // …
/// drop(stop);
/// serving.await?;
/// # Ok(())
/// # }
/// ```
///
/// Specification: "Prometheus Exporter", <https://opentelemetry.io/docs/specs/otel/metrics/sdk_exporters/prometheus/>.
pub struct PrometheusServer {
    listeners: Vec<TcpListener>,
    config: PrometheusConfig,
    counts: PrometheusCounts,
    limits: Limits,
}

/// What a client may claim.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) connections_max: usize,
    /// From accepting, or from the last answer, to the end of a request's head.
    pub(super) head_timeout: Duration,
    /// From the first write that waits to the end of the answer.
    pub(super) write_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // A few Prometheus servers and a few curious people.
            connections_max: 32,
            head_timeout: Duration::from_secs(5),
            // Prometheus's own default for a whole scrape.
            write_timeout: Duration::from_secs(10),
        }
    }
}

impl PrometheusServer {
    /// The value of `otel.component.type`.
    pub const COMPONENT_TYPE: &'static str = "prometheus_http_text_metric_exporter";

    /// Takes the port. Scrapers can connect from now on, and are answered once [`serve`](Self::serve) runs.
    ///
    /// Blocks while the host's name is looked up, which for `localhost` and for addresses is at once.
    ///
    /// # Errors
    ///
    /// When the name has no address, or the port cannot be had: the message names the address, why, and what to set instead.
    pub fn bind(config: &PrometheusConfig) -> Result<Self, BuildError> {
        let listeners = listen(&config.host, config.port)?;
        let (counts, limits) = (PrometheusCounts::default(), Limits::default());
        Ok(Self { listeners, config: config.clone(), counts, limits })
    }

    /// Where it listens: what to tell people, and how to learn the port that the system chose.
    ///
    /// # Errors
    ///
    /// When the system does not tell.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        // `bind` succeeds with at least one.
        self.listeners.first().ok_or(io::ErrorKind::NotFound)?.local_addr()
    }

    /// What the server counts, also while it serves.
    pub fn counts(&self) -> PrometheusCounts {
        self.counts.clone()
    }

    #[cfg(test)]
    pub(super) fn limited(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Answers scrapes until `stop` is done; then closes the port and idle connections, and ends when the answers begun are given.
    ///
    /// `collect` makes one collection with cumulative temporality, and returns it encoded: each element an
    /// `ExportMetricsServiceRequest`. Its error is what the scraper reads. It is never called again before its future is done or
    /// dropped; the future is dropped when the client goes away. Any deadline is its own.
    ///
    /// Must be awaited within a tokio runtime with time and I/O. Dropping the future closes everything at once.
    pub async fn serve(
        self,
        collect: impl Fn() -> BoxFuture<'static, Result<Vec<Bytes>, String>> + Send + Sync + 'static,
        stop: impl Future<Output = ()> + Send,
    ) {
        let page = PageWriter::new(self.config, self.counts.clone());
        let answerer = Answerer::new(Box::new(collect), page, self.counts.clone());
        let listeners = self.listeners.into_iter().map(tokio::net::TcpListener::from_std);
        match listeners.collect::<io::Result<Vec<_>>>() {
            Ok(listeners) => {
                let door = Door { answerer, limits: self.limits, counts: self.counts };
                door.keep(listeners, stop).await;
            }
            Err(error) => diagnostics::error(format_args!(
                "the page for Prometheus cannot be served: its socket cannot be watched ({error}). Check the process's limit \
                 on open files"
            )),
        }
    }
}

impl fmt::Debug for PrometheusServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrometheusServer").field("listeners", &self.listeners).finish_non_exhaustive()
    }
}

/// Lets connections in.
struct Door {
    answerer: Arc<Answerer>,
    limits: Limits,
    counts: PrometheusCounts,
}

impl Door {
    async fn keep(&self, listeners: Vec<tokio::net::TcpListener>, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        let mut connections = JoinSet::new();
        // Tells every connection to end with the answer it is giving.
        let (closing, _) = watch::channel(false);
        loop {
            tokio::select! {
                // Those that ended make room before the next one comes.
                biased;
                () = &mut stop => break,
                Some(ended) = connections.join_next() => self.look_after(ended),
                accepted = accept(&listeners) => match accepted {
                    Ok(stream) if connections.len() < self.limits.connections_max => {
                        connections.spawn(self.connection(stream, closing.subscribe()));
                    }
                    Ok(stream) => self.refuse(stream),
                    Err(error) => {
                        diagnostics::debug(format_args!("a connection by Prometheus cannot be accepted: {error}"));
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                }
            }
        }
        drop(listeners);
        closing.send_replace(true);
        while let Some(ended) = connections.join_next().await {
            self.look_after(ended);
        }
    }

    /// A panic, which can only be the collection's, has ended one connection and no other; the scraper got no answer.
    fn look_after(&self, ended: Result<(), JoinError>) {
        if ended.is_err() {
            self.counts.count_failed_scrape();
        }
    }

    fn refuse(&self, stream: TcpStream) {
        drop(stream);
        if self.counts.count_refused_connection() == 0 {
            diagnostics::warn(format_args!(
                "more than {} connections to the page for Prometheus: further ones are closed. Look for clients that hold \
                 theirs open, or that scrape too often",
                self.limits.connections_max
            ));
        }
    }

    /// The life of one connection.
    fn connection(
        &self,
        stream: TcpStream,
        mut closing: watch::Receiver<bool>,
    ) -> impl Future<Output = ()> + Send + 'static {
        let (answerer, limits) = (self.answerer.clone(), self.limits);
        async move {
            let stream = TokioIo::new(WriteDeadline::new(stream, limits.write_timeout));
            let service = service_fn(|request| {
                let answerer = answerer.clone();
                async move { Ok::<_, Infallible>(answerer.answer(request).await) }
            });
            let mut connection = pin!(
                http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(limits.head_timeout)
                    .max_buf_size(REQUEST_BYTES_MAX)
                    .serve_connection(stream, service)
            );
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = told(&mut closing) => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                diagnostics::debug(format_args!("a connection by Prometheus ended early: {error}"));
            }
        }
    }
}

/// Waits until the door closes.
async fn told(closing: &mut watch::Receiver<bool>) {
    // An error is a door that is gone.
    let _ = closing.wait_for(|closing| *closing).await;
}

/// The next connection to any of `listeners`.
async fn accept(listeners: &[tokio::net::TcpListener]) -> io::Result<TcpStream> {
    poll_fn(|cx| {
        let mut attempts = listeners.iter().map(|listener| listener.poll_accept(cx));
        attempts.find(Poll::is_ready).unwrap_or(Poll::Pending)
    })
    .await
    .map(|(stream, _)| stream)
}
