//! Three short probes on fresh connections.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use super::kind::{self, Kind};
use super::tls::{self, Handshake};

/// The HTTP/2 preface and empty SETTINGS: what every client begins with.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// The head of an answer fits; bodies are of no interest.
const ANSWER_BYTES_MAX: usize = 4096;

/// What was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    /// These bytes, at most [`ANSWER_BYTES_MAX`].
    Bytes(Vec<u8>),
    /// The other side hung up without a word.
    Closed,
    /// Nothing in time.
    Silent,
}

/// Asks servers what they speak.
pub(super) struct Asker {
    pub(super) host: String,
    /// Whether TLS is expected.
    pub(super) is_secure: bool,
    /// Whom to trust instead of the platform's authorities.
    pub(super) certificate: Option<PathBuf>,
    pub(super) limit: Duration,
}

impl Asker {
    /// Greets whoever listens at `at`: first in the language that is expected of it, and in others only when that was not understood,
    /// so that a healthy receiver has nothing to complain about.
    pub(super) async fn ask(&self, at: SocketAddr) -> Kind {
        if self.is_secure {
            let tls = self.greet_with_tls(at).await;
            if let Handshake::Done(_) = tls {
                return kind::conclude(&Heard::Silent, &Heard::Silent, tls);
            }
        }
        let (http2, http1) = self.greet_in_plain_text(at).await;
        let tls = match kind::is_understood(&http2, &http1) || self.is_secure {
            true => Handshake::Plain,
            false => self.greet_with_tls(at).await,
        };
        kind::conclude(&http2, &http1, tls)
    }

    async fn greet_with_tls(&self, at: SocketAddr) -> Handshake {
        tls::greet(at, &self.host, self.certificate.as_deref(), self.limit).await
    }

    async fn greet_in_plain_text(&self, at: SocketAddr) -> (Heard, Heard) {
        let post = format!(
            "POST /v1/traces HTTP/1.1\r\nHost: {at}\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\
             User-Agent: pilotlight-doctor\r\nConnection: close\r\n\r\n"
        );
        let is_enough = |heard: &[u8]| heard.len() >= 9 && !heard.starts_with(b"HTTP/") || ends_head(heard);
        tokio::join!(
            self.exchange(at, PREFACE, |heard| heard.len() >= 9),
            self.exchange(at, post.as_bytes(), is_enough)
        )
    }

    async fn exchange(&self, at: SocketAddr, words: &[u8], is_enough: impl Fn(&[u8]) -> bool) -> Heard {
        let until = Instant::now() + self.limit;
        let Ok(Ok(mut stream)) = timeout_at(until, TcpStream::connect(at)).await else {
            return Heard::Closed;
        };
        let _ = timeout_at(until, stream.write_all(words)).await;
        let mut heard = Vec::new();
        while !is_enough(&heard) && heard.len() < ANSWER_BYTES_MAX {
            let mut room = [0; 1024];
            match timeout_at(until, stream.read(&mut room)).await {
                Ok(Ok(length)) if length > 0 => heard.extend_from_slice(&room[..length]),
                Ok(_) if heard.is_empty() => return Heard::Closed,
                Err(_) if heard.is_empty() => return Heard::Silent,
                Ok(_) | Err(_) => break,
            }
        }
        Heard::Bytes(heard)
    }
}

fn ends_head(heard: &[u8]) -> bool {
    heard.windows(4).any(|window| window == b"\r\n\r\n")
}
