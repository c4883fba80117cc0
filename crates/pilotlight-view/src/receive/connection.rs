//! One connection: what its first bytes are, its requests, its end.

use super::intake::{Intake, Port, Sink};
use super::receiver::{PortRole, Stop};
use super::{Incident, IncidentKind, Limits, Protocol, endpoint};
use http::Version;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use std::convert::Infallible;
use std::error::Error;
use std::fmt::Write;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// Serves it to its end.
pub(super) async fn serve<S: Sink>(
    intake: Arc<Intake<S>>,
    http: auto::Builder<TokioExecutor>,
    mut stream: TcpStream,
    (number, role): (u16, PortRole),
    mut stop: watch::Receiver<Stop>,
) {
    let port = Port { number, role, wrong_port_noted: AtomicBool::new(false) };
    let first = tokio::select! {
        first = first_bytes(&stream, intake.limits.header_timeout) => first,
        _ = stop.changed() => return,
    };
    match first {
        First::Nothing => {}
        First::Tls => {
            note(
                &intake,
                &port,
                IncidentKind::Tls,
                "a TLS hello came, but this port has no TLS: take http:// instead of https://".to_owned(),
            );
            refuse_tls(&mut stream, intake.limits.header_timeout).await;
        }
        First::Other(bytes) => {
            note(
                &intake,
                &port,
                IncidentKind::Unreadable,
                format!("neither HTTP nor TLS; the first bytes are {bytes}"),
            );
        }
        First::Http { version_2 } => {
            // Small answers are to leave at once. A connection that cannot be told so is about to fail anyway.
            let _ = stream.set_nodelay(true);
            requests(intake, http, stream, port, version_2, stop).await;
        }
    }
}

/// What HTTP connections are held to.
pub(super) fn http(limits: &Limits) -> auto::Builder<TokioExecutor> {
    /// Of one stream and of a connection: several frames may be on their way while one is read.
    const WINDOW_BYTES: u32 = 1 << 20;
    /// Large enough that a batch comes in one piece, which then need not be copied.
    const FRAME_BYTES_MAX: u32 = 512 << 10;
    /// Calls of one connection at a time. Exporters have one or a few.
    const STREAMS_MAX: u32 = 128;
    let header_bytes_max = limits.header_bytes_max.max(8 << 10);
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle_timeout)
        .max_buf_size(header_bytes_max);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(header_bytes_max).unwrap_or(u32::MAX))
        .max_concurrent_streams(STREAMS_MAX)
        .max_frame_size(FRAME_BYTES_MAX)
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES);
    builder
}

/// What a connection begins with.
enum First {
    /// It was closed, or nothing came: a probe of the port, or a browser that was going to ask something.
    Nothing,
    Tls,
    Http {
        version_2: bool,
    },
    /// The bytes, for people.
    Other(String),
}

async fn first_bytes(stream: &TcpStream, patience: Duration) -> First {
    let mut bytes = [0; 16];
    let Ok(Ok(length)) = timeout(patience, stream.peek(&mut bytes)).await else { return First::Nothing };
    match &bytes[..length] {
        [] => First::Nothing,
        [0x16] | [0x16, 0x03, ..] => First::Tls,
        // A method's name, or the empty line before one that is forgiven.
        first @ [b'A'..=b'Z' | b'\r' | b'\n', ..] => {
            First::Http { version_2: first.iter().zip(b"PRI * HTTP/2.0").all(|(a, b)| a == b) }
        }
        other => First::Other(shown(other)),
    }
}

fn shown(bytes: &[u8]) -> String {
    let hexadecimal = bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x} ");
        text
    });
    format!("{hexadecimal}({})", bytes.escape_ascii())
}

/// Answers a TLS hello with an alert, so that the sender's TLS says what is wrong instead of that the connection broke.
async fn refuse_tls(stream: &mut TcpStream, patience: Duration) {
    /// An alert record: fatal, protocol version.
    const ALERT: [u8; 7] = [0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46];
    let farewell = async {
        stream.write_all(&ALERT).await?;
        stream.shutdown().await?;
        // What is still unread when a socket is closed resets the connection, and the alert would be lost.
        let mut rest = [0; 1024];
        for _ in 0..64 {
            if stream.read(&mut rest).await? == 0 {
                break;
            }
        }
        std::io::Result::Ok(())
    };
    // Whether it got there is of no consequence here.
    let _ = timeout(patience, farewell).await;
}

/// The requests of a connection, which are counted so that one at rest can be closed.
#[derive(Debug, Default)]
struct Activity {
    /// How many requests have begun. Publishes nothing else, as the next.
    begun: AtomicU64,
    /// How many are not answered.
    open: AtomicUsize,
}

struct OpenRequest(Arc<Activity>);

impl Activity {
    fn begin(activity: &Arc<Self>) -> OpenRequest {
        activity.begun.fetch_add(1, Ordering::Relaxed);
        activity.open.fetch_add(1, Ordering::Relaxed);
        OpenRequest(Arc::clone(activity))
    }

    /// Nothing has begun since there were `seen` requests, and nothing is open.
    fn rests_since(&self, seen: &mut u64) -> bool {
        let begun = self.begun.load(Ordering::Relaxed);
        let rested = begun == *seen && self.open.load(Ordering::Relaxed) == 0;
        *seen = begun;
        rested
    }
}

impl Drop for OpenRequest {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How long a connection that was asked to end may take.
const FAREWELL: Duration = Duration::from_secs(5);

async fn requests<S: Sink>(
    intake: Arc<Intake<S>>,
    http: auto::Builder<TokioExecutor>,
    stream: TcpStream,
    port: Port,
    version_2: bool,
    mut stop: watch::Receiver<Stop>,
) {
    let activity = Arc::new(Activity::default());
    let port = Arc::new(port);
    let service = service_fn(|request| {
        let open = Activity::begin(&activity);
        let (intake, port) = (Arc::clone(&intake), Arc::clone(&port));
        async move {
            let response = endpoint::answer(&intake, &port, request).await;
            drop(open);
            Ok::<_, Infallible>(response)
        }
    });
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    let mut patience = if version_2 { intake.limits.idle_timeout } else { intake.limits.header_timeout };
    let mut seen = 0;
    let mut ending = false;
    loop {
        tokio::select! {
            ended = &mut connection => {
                if let Err(error) = ended {
                    note_broken(&intake, &port, version_2, &*error);
                }
                return;
            }
            () = sleep(patience) => {
                if activity.rests_since(&mut seen) {
                    if ending {
                        return;
                    }
                    ending = true;
                    connection.as_mut().graceful_shutdown();
                }
                patience = if ending { FAREWELL } else { intake.limits.idle_timeout };
            }
            changed = stop.changed() => {
                if changed.is_err() || *stop.borrow() == Stop::Now {
                    return;
                }
                ending = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// Writes down bytes that are not HTTP after all. A connection that merely broke off is no incident: what it lost, its request says.
fn note_broken<S: Sink>(intake: &Intake<S>, port: &Port, version_2: bool, error: &(dyn Error + 'static)) {
    let version = if version_2 { Version::HTTP_2 } else { Version::HTTP_11 };
    let mut cause = Some(error);
    while let Some(error) = cause {
        let unreadable = match (error.downcast_ref::<hyper::Error>(), error.downcast_ref::<h2::Error>()) {
            (Some(http), _) => http.is_parse(),
            (_, Some(frames)) => frames.is_library() && frames.reason().is_some(),
            _ => false,
        };
        if unreadable {
            return note(intake, port, IncidentKind::Unreadable, format!("this is not {version:?}: {error}"));
        }
        cause = error.source();
    }
}

fn note<S: Sink>(intake: &Intake<S>, port: &Port, kind: IncidentKind, detail: String) {
    let protocol: Option<Protocol> = None;
    intake.journal.record(Incident { kind, port: port.number, protocol, detail, user_agent: None });
}
