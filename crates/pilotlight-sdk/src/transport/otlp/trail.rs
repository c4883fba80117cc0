//! What an attempt left behind, for the message when it fails.
//!
//! HTTP libraries report a peer that speaks something else as whatever broke first, and not always the same way. The
//! first bytes that came back tell it for certain, so the connection keeps them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// Shared by the client and the connections beneath it.
///
/// All loads and stores are relaxed: nothing is published through them, and all happen on the exporter thread, one
/// attempt at a time.
#[derive(Clone, Debug, Default)]
pub(super) struct Trail(Arc<Marks>);

#[derive(Debug, Default)]
struct Marks {
    stage: AtomicU8,
    /// The first eight bytes of the latest connection, the first one highest; zero while there are none.
    heard: AtomicU64,
    /// The TLS alert that ended the latest connection, plus one.
    #[cfg(feature = "tls")]
    alert: std::sync::atomic::AtomicU16,
}

/// How far an attempt has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Stage {
    Waiting = 0,
    Connecting = 1,
    #[cfg(feature = "tls")]
    Handshaking = 2,
    Reading = 3,
}

/// What the peer speaks, judged by how it greeted us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Greeting {
    Http1,
    Http2,
    /// It wants TLS, and said so in TLS.
    TlsAlert,
    Unknown,
}

impl Trail {
    pub(super) fn reach(&self, stage: Stage) {
        self.0.stage.store(stage as u8, Ordering::Relaxed);
    }

    /// What was being done, as the subject of "took longer than …".
    pub(super) fn stage(&self) -> &'static str {
        match self.0.stage.load(Ordering::Relaxed) {
            1 => "connecting",
            2 => "the TLS handshake",
            3 => "reading the response",
            _ => "sending the request and waiting for a response",
        }
    }

    /// A new connection: nothing heard yet.
    pub(super) fn restart(&self) {
        self.0.heard.store(0, Ordering::Relaxed);
        #[cfg(feature = "tls")]
        self.0.alert.store(0, Ordering::Relaxed);
    }

    /// The first bytes of a connection, however many came at once.
    pub(super) fn hear(&self, bytes: &[u8]) {
        let mut first = [0; 8];
        let length = bytes.len().min(first.len());
        first[..length].copy_from_slice(&bytes[..length]);
        self.0.heard.store(u64::from_be_bytes(first), Ordering::Relaxed);
    }

    pub(super) fn greeting(&self) -> Greeting {
        let heard = self.0.heard.load(Ordering::Relaxed).to_be_bytes();
        match heard {
            [b'H', b'T', b'T', b'P', b'/', ..] => Greeting::Http1,
            // Record type 21, version 3.x.
            [0x15, 0x03, ..] => Greeting::TlsAlert,
            // A SETTINGS frame, which is never long, without flags: how every HTTP/2 server begins.
            [0, _, _, 4, 0, ..] => Greeting::Http2,
            _ => Greeting::Unknown,
        }
    }

    #[cfg(feature = "tls")]
    pub(super) fn ended_by(&self, alert: tokio_rustls::rustls::AlertDescription) {
        self.0.alert.store(u16::from(u8::from(alert)) + 1, Ordering::Relaxed);
    }

    #[cfg(feature = "tls")]
    pub(super) fn alert(&self) -> Option<tokio_rustls::rustls::AlertDescription> {
        let alert = self.0.alert.load(Ordering::Relaxed).checked_sub(1)?;
        u8::try_from(alert).ok().map(Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_known_by_its_first_bytes() {
        let trail = Trail::default();
        assert_eq!(trail.greeting(), Greeting::Unknown);
        for (bytes, greeting) in [
            (&b"HTTP/1.1 400 Bad Request"[..], Greeting::Http1),
            (b"\x15\x03\x01\x00\x02\x02\x16", Greeting::TlsAlert),
            (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00", Greeting::Http2),
            (b"SSH-2.0", Greeting::Unknown),
        ] {
            trail.hear(bytes);
            assert_eq!(trail.greeting(), greeting);
        }
        trail.restart();
        assert_eq!(trail.greeting(), Greeting::Unknown);
    }
}
