//! The receiver: listeners, how many connections there may be, and the end.

use super::connection::{http, serve};
use super::intake::{Intake, Sink};
use super::room::Room;
use super::{Counters, Incident, IncidentKind, Journal, Limits};
use hyper_util::rt::TokioExecutor;
use hyper_util::server::conn::auto;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinHandle;

/// Receives OTLP on any number of ports, each of which speaks gRPC, HTTP with protobuf and HTTP with JSON.
///
/// Dropping it closes everything at once; [`Receiver::stop`] lets requests finish.
#[derive(Debug)]
pub struct Receiver<S> {
    intake: Arc<Intake<S>>,
    http: auto::Builder<TokioExecutor>,
    /// One permit for each connection there may be.
    connections: Arc<Semaphore>,
    stop: watch::Sender<Stop>,
    /// The tasks that accept. Held for a push or a swap.
    accepting: Mutex<Vec<JoinHandle<()>>>,
}

/// What others have at a port of this number: a request of the other kind is taken, and noted, since a collector would refuse it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortRole {
    /// gRPC, as at 4317.
    Grpc,
    /// HTTP, as at 4318.
    Http,
    /// Nothing in particular.
    Any,
}

/// What connections are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// Go on.
    No,
    /// Finish what was begun.
    Soon,
    /// End.
    Now,
}

impl<S: Sink> Receiver<S> {
    /// Hands what it receives to `sink`, and writes what it refuses into `journal`. With a token, senders have to have it:
    /// `Authorization: Bearer …`.
    pub fn new(sink: S, journal: Journal, limits: Limits, token: Option<String>) -> Self {
        let room = Room::new(limits.in_flight_bytes_max);
        let connections = limits.connections_max.min(Semaphore::MAX_PERMITS).min(u32::MAX as usize);
        Self {
            http: http(&limits),
            connections: Arc::new(Semaphore::new(connections)),
            stop: watch::Sender::new(Stop::No),
            accepting: Mutex::default(),
            intake: Arc::new(Intake { sink, journal, counters: Counters::default(), limits, room, token }),
        }
    }

    /// What was received so far.
    pub fn counters(&self) -> Counters {
        self.intake.counters.clone()
    }

    /// Accepts from now on, in a task of its own.
    ///
    /// # Errors
    /// When the listener does not know its address.
    pub fn listen(&self, listener: TcpListener, role: PortRole) -> io::Result<SocketAddr> {
        let address = listener.local_addr()?;
        let accepting = Accepting {
            intake: Arc::clone(&self.intake),
            http: self.http.clone(),
            connections: Arc::clone(&self.connections),
            stop: self.stop.subscribe(),
            port: (address.port(), role),
        };
        let task = tokio::spawn(accepting.run(listener));
        self.accepting.lock().unwrap_or_else(PoisonError::into_inner).push(task);
        Ok(address)
    }

    /// Closes the listeners, lets requests that were begun finish within this time, and closes the rest. True when all finished.
    pub async fn stop(&self, within: Duration) -> bool {
        self.stop.send_replace(Stop::Soon);
        let accepting = std::mem::take(&mut *self.accepting.lock().unwrap_or_else(PoisonError::into_inner));
        for task in accepting {
            // It ends as soon as it is told; only a panic of its own could be lost here, and there is nothing to do about one.
            let _ = task.await;
        }
        let all = u32::try_from(self.intake.limits.connections_max).unwrap_or(u32::MAX);
        let finished = tokio::time::timeout(within, self.connections.acquire_many(all)).await.is_ok();
        self.stop.send_replace(Stop::Now);
        finished
    }
}

/// What a task needs that accepts.
struct Accepting<S> {
    intake: Arc<Intake<S>>,
    http: auto::Builder<TokioExecutor>,
    connections: Arc<Semaphore>,
    stop: watch::Receiver<Stop>,
    port: (u16, PortRole),
}

/// How long to wait when the process has no more sockets: until some connection ends.
const NO_SOCKETS: Duration = Duration::from_millis(50);

impl<S: Sink> Accepting<S> {
    async fn run(mut self, listener: TcpListener) {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = self.stop.changed() => return,
            };
            match accepted {
                Ok((stream, _)) => match Arc::clone(&self.connections).try_acquire_owned() {
                    Ok(permit) => self.serve(stream, permit),
                    Err(_) => self.note_full(),
                },
                Err(error) => {
                    tracing::warn!(%error, port = self.port.0, "could not accept a connection");
                    tokio::time::sleep(NO_SOCKETS).await;
                }
            }
        }
    }

    fn serve(&self, stream: tokio::net::TcpStream, permit: OwnedSemaphorePermit) {
        let connection =
            serve(Arc::clone(&self.intake), self.http.clone(), stream, self.port, self.stop.clone());
        tokio::spawn(async move {
            connection.await;
            drop(permit);
        });
    }

    fn note_full(&self) {
        let connections = self.intake.limits.connections_max;
        self.intake.journal.record(Incident {
            kind: IncidentKind::Busy,
            port: self.port.0,
            protocol: None,
            detail: format!("a connection was closed at once: there are {connections} already, the limit"),
            user_agent: None,
        });
    }
}
