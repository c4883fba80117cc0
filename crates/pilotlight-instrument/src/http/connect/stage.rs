//! Which part of a connection a layer tells about.

/// What the connector that a layer is around does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Everything.
    Connection,
    /// Names and TCP.
    Tcp,
    /// TLS, with another connector inside it.
    Tls,
}

impl Stage {
    pub(super) const fn start(self) -> &'static str {
        match self {
            Self::Connection => "http.connection.start",
            Self::Tcp => "http.connect.start",
            Self::Tls => "http.tls.start",
        }
    }

    pub(super) const fn done(self) -> &'static str {
        match self {
            Self::Connection => "http.connection.done",
            Self::Tcp => "http.connect.done",
            Self::Tls => "http.tls.done",
        }
    }

    /// The peer is TCP's to tell; TLS would repeat it.
    pub(super) const fn tells_peer(self) -> bool {
        !matches!(self, Self::Tls)
    }

    /// The protocol is not known before ALPN.
    pub(super) const fn tells_protocol(self) -> bool {
        !matches!(self, Self::Tcp)
    }
}
