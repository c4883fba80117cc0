//! What three answers say about a server.

use std::fmt;
use std::time::SystemTime;

use super::greeting::Heard;
use super::tls::{Handshake, Session};
use crate::doctor::settings::{Headers, Protocol};

/// What a server speaks.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// HTTP/2 alone, which is to say gRPC: an HTTP/1 request is answered by a frame.
    Http2,
    /// HTTP/1.
    Http1(Http1),
    /// TLS.
    Tls(Session),
    /// It takes connections and says nothing.
    Silent,
    /// It takes connections and hangs up.
    HangsUp,
    /// Something else: how its first words begin.
    Other(Vec<u8>),
}

/// Names and versions are shorter.
const SERVER_CHARS_MAX: usize = 60;

/// How a server answered an empty request to `/v1/traces`.
#[derive(Debug, Clone, PartialEq)]
pub struct Http1 {
    /// The status.
    pub status: u16,
    /// Whether the answer is one of OTLP.
    pub is_otlp: bool,
    /// Whether it speaks HTTP/2 as well, without TLS.
    pub has_http2: bool,
    /// Its clock.
    pub date: Option<SystemTime>,
    /// What it calls itself, which is cut only where it is shown.
    pub server: Option<String>,
}

impl Kind {
    /// The same without the credentials in `headers`: a server may know them from other requests, and repeat them.
    pub(super) fn scrubbed(mut self, headers: &Headers) -> Self {
        if let Self::Http1(http) = &mut self {
            http.server = http.server.take().map(|server| headers.scrub(&server));
        }
        self
    }

    /// The protocol that it speaks, when it is one alone. Over TLS, gRPC needs HTTP/2 to be agreed upon.
    pub(super) fn spoken(&self) -> Option<Protocol> {
        match self {
            Self::Http2 => Some(Protocol::Grpc),
            Self::Http1(http) if !http.has_http2 => Some(Protocol::HttpProtobuf),
            Self::Tls(session) if session.alpn.as_deref() != Some("h2") => Some(Protocol::HttpProtobuf),
            _ => None,
        }
    }

    /// Whether a request in `protocol` could be understood.
    pub(super) fn may_take(&self, protocol: Protocol, is_secure: bool) -> bool {
        match (self, protocol) {
            (Self::Tls(session), _) => is_secure && session.trust.is_trusted(),
            (_, _) if is_secure => false,
            (Self::Http2, Protocol::Grpc) => true,
            (Self::Http1(http), Protocol::Grpc) => http.has_http2,
            (Self::Http1(_), _) => true,
            _ => false,
        }
    }
}

/// Puts three answers together.
pub(super) fn conclude(http2: &Heard, http1: &Heard, tls: Handshake) -> Kind {
    if let Handshake::Done(session) = tls {
        return Kind::Tls(session);
    }
    match (http1, http2) {
        (Heard::Bytes(bytes), _) if bytes.starts_with(b"HTTP/1.") => {
            Kind::Http1(read_head(bytes, is_settings(http2)))
        }
        (Heard::Bytes(bytes), _) if is_frame(bytes) => Kind::Http2,
        (_, heard) if is_settings(heard) => Kind::Http2,
        (Heard::Bytes(bytes), _) | (_, Heard::Bytes(bytes)) => {
            Kind::Other(bytes.iter().copied().take(16).collect())
        }
        (Heard::Silent, _) | (_, Heard::Silent) => Kind::Silent,
        (Heard::Closed, Heard::Closed) => Kind::HangsUp,
    }
}

/// Whether plain text was answered in a language that we know.
pub(super) fn is_understood(http2: &Heard, http1: &Heard) -> bool {
    is_settings(http2)
        || is_settings(http1)
        || matches!(http1, Heard::Bytes(bytes) if bytes.starts_with(b"HTTP/1."))
}

fn is_settings(heard: &Heard) -> bool {
    matches!(heard, Heard::Bytes(bytes) if is_frame(bytes))
}

/// A SETTINGS frame of stream 0, or the GOAWAY that some send at once.
fn is_frame(bytes: &[u8]) -> bool {
    bytes.len() >= 9 && bytes[0] == 0 && matches!(bytes[3], 0x04 | 0x07) && bytes[5..9] == [0; 4]
}

fn read_head(bytes: &[u8], has_http2: bool) -> Http1 {
    let text = String::from_utf8_lossy(bytes);
    let head = text.split("\r\n\r\n").next().unwrap_or_default();
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).unwrap_or(0);
    let headers: Vec<(String, &str)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim()))
        .collect();
    let header = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| *value);
    let is_otlp_type = header("content-type").is_some_and(|kind| {
        kind.starts_with("application/x-protobuf") || kind.starts_with("application/json")
    });
    Http1 {
        status,
        is_otlp: status == 200 && is_otlp_type,
        has_http2,
        date: header("date").and_then(|date| httpdate::parse_http_date(date).ok()),
        server: header("server").map(str::to_owned),
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http2 => f.write_str("speaks HTTP/2 alone, as gRPC servers do"),
            Self::Http1(http) => http.fmt(f),
            Self::Tls(session) => session.fmt(f),
            Self::Silent => f.write_str("takes connections and says nothing"),
            Self::HangsUp => f.write_str("takes connections and hangs up"),
            Self::Other(bytes) => write!(f, "speaks something else: {:?}", String::from_utf8_lossy(bytes)),
        }
    }
}

impl fmt::Display for Http1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let versions = if self.has_http2 { "HTTP/1 and HTTP/2" } else { "HTTP/1" };
        match self.is_otlp {
            true => write!(f, "takes OTLP over HTTP ({versions})"),
            false => write!(f, "speaks {versions}, and answers {} to /v1/traces", self.status),
        }?;
        match &self.server {
            Some(server) => write!(f, " ({server:.SERVER_CHARS_MAX$})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: &[u8] = b"\0\0\x06\x04\0\0\0\0\0\0\x05\0\0\x40\0";

    fn heard(bytes: &[u8]) -> Heard {
        Heard::Bytes(bytes.to_vec())
    }

    #[test]
    fn the_table_of_measured_answers_is_understood() {
        let plain = || Handshake::Plain;
        let ok = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
        let grpc = conclude(&heard(SETTINGS), &heard(SETTINGS), plain());
        assert_eq!(grpc, Kind::Http2);
        let otlp = conclude(&heard(SETTINGS), &heard(ok), plain());
        assert!(
            matches!(otlp, Kind::Http1(Http1 { is_otlp: true, has_http2: true, status: 200, .. })),
            "{otlp:?}"
        );
        let web = conclude(
            &heard(b"<!DOCTYPE html>"),
            &heard(b"HTTP/1.0 501 Unsupported\r\nServer: x\r\n\r\n"),
            plain(),
        );
        assert!(
            matches!(web, Kind::Http1(Http1 { is_otlp: false, has_http2: false, status: 501, .. })),
            "{web:?}"
        );
        assert_eq!(conclude(&Heard::Closed, &Heard::Closed, Handshake::Closed), Kind::HangsUp);
        assert_eq!(conclude(&Heard::Silent, &Heard::Silent, Handshake::Silent), Kind::Silent);
        assert!(matches!(
            conclude(&heard(b"SSH-2.0-x\r\n"), &heard(b"SSH-2.0-x\r\n"), plain()),
            Kind::Other(_)
        ));
    }

    #[test]
    fn hostile_heads_are_survived() {
        for bytes in
            [&b"HTTP/1."[..], b"HTTP/1.1\r\n\r\n", b"HTTP/1.1 99999999 x\r\n:\r\n\r\n", b"HTTP/1.1 \xff\xfe"]
        {
            assert!(matches!(
                conclude(&Heard::Closed, &heard(bytes), Handshake::Closed),
                Kind::Http1(Http1 { is_otlp: false, .. })
            ));
        }
    }
}
