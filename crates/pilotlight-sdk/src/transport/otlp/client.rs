//! One HTTP client for both protocols: a pool of connections, a deadline, a bound on what is read back.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::buf::Chain;
use bytes::{Buf, Bytes, BytesMut};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::super::exporter::ExportError;
use super::connect::{Connector, Versions};
use super::endpoint::Endpoint;
use super::trail::{Stage, Trail};
use super::{BuildError, failure};
use crate::config::OtlpConfig;

/// A short prefix (gRPC's frame header, nothing for HTTP) and the encoded batch, never copied together.
pub(super) type Payload = Full<Chain<Bytes, Bytes>>;

type Pool = HyperClient<Connector, Payload>;

pub(super) fn payload(prefix: Bytes, message: Bytes) -> Payload {
    Full::new(prefix.chain(message))
}

/// Sends requests to one receiver.
pub(super) struct Client {
    endpoint: Endpoint,
    connector: Connector,
    versions: Versions,
    trail: Trail,
    /// Replaced after an attempt that was given up. The lock is held to clone or replace the handle only.
    pool: Mutex<Pool>,
    timeout: Option<Duration>,
    response_bytes_max: usize,
}

/// What came back, as far as it came.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) trailers: HeaderMap,
    /// Why the body is not whole. The status line may have decided everything already.
    pub(super) cut_short: Option<ExportError>,
}

impl Client {
    pub(super) fn new(
        endpoint: Endpoint,
        config: &OtlpConfig,
        versions: Versions,
    ) -> Result<Self, BuildError> {
        let trail = Trail::default();
        let connector = Connector::new(&endpoint, config, versions, trail.clone())?;
        Ok(Self {
            pool: Mutex::new(pool(connector.clone(), versions)),
            endpoint,
            connector,
            versions,
            trail,
            timeout: config.timeout,
            response_bytes_max: config.response_bytes_max,
        })
    }

    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Makes one attempt, within the configured time.
    pub(super) async fn send(&self, request: Request<Payload>) -> Result<Answer, ExportError> {
        let given_up = GivenUp(self);
        let outcome = match self.timeout {
            None => self.attempt(request).await,
            Some(timeout) => tokio::time::timeout(timeout, self.attempt(request))
                .await
                .map_err(|_| failure::timed_out(&self.endpoint, self.trail.stage(), timeout))?,
        };
        // Answered, or known to be broken: the pool knows what to do with the connection.
        std::mem::forget(given_up);
        outcome
    }

    /// A connection on which an answer never came may lead nowhere (a forgotten NAT entry, a host that vanished), and
    /// HTTP/2 would put every further request on it. The next attempt dials.
    fn start_afresh(&self) {
        let fresh = pool(self.connector.clone(), self.versions);
        let stale = std::mem::replace(&mut *self.pool.lock().unwrap_or_else(PoisonError::into_inner), fresh);
        drop(stale);
    }

    async fn attempt(&self, request: Request<Payload>) -> Result<Answer, ExportError> {
        self.trail.reach(Stage::Waiting);
        let pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let response = pool
            .request(request)
            .await
            .map_err(|error| failure::unanswered(&self.endpoint, self.versions, &self.trail, error))?;
        self.trail.reach(Stage::Reading);
        let (head, body) = response.into_parts();
        let mut answer = Answer {
            status: head.status,
            headers: head.headers,
            body: Bytes::new(),
            trailers: HeaderMap::new(),
            cut_short: None,
        };
        self.read(body, &mut answer).await?;
        Ok(answer)
    }

    /// Specification: a response above the limit is a failure that is not retried.
    async fn read(&self, mut body: Incoming, answer: &mut Answer) -> Result<(), ExportError> {
        let mut bytes = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = match frame {
                Ok(frame) => frame,
                Err(error) => {
                    answer.cut_short = Some(failure::cut_short(&self.endpoint, error));
                    break;
                }
            };
            match frame.into_data() {
                Ok(data) if bytes.len() + data.len() > self.response_bytes_max => {
                    return Err(failure::too_large(&self.endpoint, self.response_bytes_max));
                }
                Ok(data) => bytes.extend_from_slice(&data),
                Err(frame) => answer.trailers = frame.into_trailers().unwrap_or_default(),
            }
        }
        answer.body = bytes.freeze();
        Ok(())
    }
}

/// An attempt without an outcome, be it that its own time ran out or that its caller dropped it.
struct GivenUp<'c>(&'c Client);

impl Drop for GivenUp<'_> {
    fn drop(&mut self) {
        self.0.start_afresh();
    }
}

fn pool(connector: Connector, versions: Versions) -> Pool {
    let mut builder = HyperClient::builder(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        // One batch at a time is under way.
        .pool_max_idle_per_host(1);
    match versions {
        #[cfg(feature = "otlp-grpc")]
        Versions::Http2 => builder.http2_only(true).build(connector),
        #[cfg(feature = "otlp-http")]
        Versions::Any => builder.build(connector),
    }
}
