//! What went wrong, in one of a few words, from an error and its causes.
//!
//! ```text
//!  error ─▶ cause ─▶ cause          what a link says for certain counts at once, the outermost first;
//!    ◀────────◀────────┘            what it only suggests counts if no deeper link says more
//! ```
//!
//! Types of crates that are no dependency here are told by their messages, which begin with fixed words. Nothing
//! of a message is recorded: it may hold a URL.

use std::error::Error;
use std::io;

/// When an error happened: the same error means one thing before the response and another inside its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Before the response's head.
    Sending,
    /// In the response's body.
    Body,
}

pub(crate) const TIMEOUT: &str = "timeout";
pub(crate) const CONNECTION_REFUSED: &str = "connection_refused";
pub(crate) const CONNECTION_RESET: &str = "connection_reset";
pub(crate) const CONNECT: &str = "connect";
pub(crate) const DNS: &str = "dns";
pub(crate) const TLS: &str = "tls";
pub(crate) const BODY: &str = "body";

/// No honest chain of causes is longer.
const LINKS_MAX: usize = 32;

/// The `error.type` of an error, or `None` if nothing in it is known.
pub(crate) fn error_type(error: &(dyn Error + 'static), phase: Phase) -> Option<&'static str> {
    walk(error, phase, LINKS_MAX).or((phase == Phase::Body).then_some(BODY))
}

fn walk(error: &(dyn Error + 'static), phase: Phase, links: usize) -> Option<&'static str> {
    let links = links.checked_sub(1)?;
    certain(error, phase).or_else(|| walk(cause(error)?, phase, links)).or_else(|| suggested(error, phase))
}

/// An `io::Error` names the cause of the error inside it as its own, and so hides that error.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

fn certain(error: &(dyn Error + 'static), phase: Phase) -> Option<&'static str> {
    of_reqwest(error).or_else(|| of_hyper(error, phase)).or_else(|| of_message(&error.to_string()))
}

#[cfg(feature = "reqwest")]
use crate::http::reqwest::error_kind as of_reqwest;

#[cfg(not(feature = "reqwest"))]
fn of_reqwest(_: &(dyn Error + 'static)) -> Option<&'static str> {
    None
}

#[cfg(feature = "hyper-util")]
fn of_hyper(error: &(dyn Error + 'static), phase: Phase) -> Option<&'static str> {
    let error = error.downcast_ref::<hyper::Error>()?;
    match phase {
        _ if error.is_timeout() => Some(TIMEOUT),
        Phase::Body if error.is_incomplete_message() => Some(BODY),
        // The request's body failed. Whatever it failed of, it was not this connection.
        Phase::Sending if error.is_user() && error.source().is_some() => Some(BODY),
        // The server hung up without an answer, or had done so before the request was sent.
        Phase::Sending if error.is_incomplete_message() || error.is_canceled() || error.is_closed() => {
            Some(CONNECTION_RESET)
        }
        _ => None,
    }
}

#[cfg(not(feature = "hyper-util"))]
fn of_hyper(_: &(dyn Error + 'static), _: Phase) -> Option<&'static str> {
    None
}

/// What messages begin with, and who writes them.
const BEGINNINGS: [(&str, &str); 18] = [
    // tower's `Elapsed`, tokio's, reqwest's, that of tower-http's bodies.
    ("request timed out", TIMEOUT),
    ("deadline has elapsed", TIMEOUT),
    ("operation timed out", TIMEOUT),
    ("data was not received within the designated timeout", TIMEOUT),
    // hyper-util's connector, over any resolver; the standard library's own.
    ("dns error", DNS),
    ("failed to lookup address information", DNS),
    // tokio-rustls, then rustls: what it calls errors of the peer and of its certificates.
    ("tls handshake eof", TLS),
    ("received corrupt message", TLS),
    ("received unexpected", TLS),
    ("received fatal alert", TLS),
    ("invalid peer certificate", TLS),
    ("peer is incompatible", TLS),
    ("peer misbehaved", TLS),
    ("peer sent", TLS),
    ("peer doesn't support any known protocol", TLS),
    ("cannot decrypt peer's message", TLS),
    // h2, of what the peer sent.
    ("stream error received", CONNECTION_RESET),
    ("connection error received", CONNECTION_RESET),
];

fn of_message(message: &str) -> Option<&'static str> {
    let known = BEGINNINGS.iter().find(|(beginning, _)| message.starts_with(beginning));
    known.map(|(_, kind)| *kind).or_else(|| is_openssl(message).then_some(TLS))
}

/// OpenSSL's messages begin with a number, `error:0A000086:SSL routines:`.
fn is_openssl(message: &str) -> bool {
    message.starts_with("error:") && message.contains(":SSL routines:")
}

fn suggested(error: &(dyn Error + 'static), phase: Phase) -> Option<&'static str> {
    match error.downcast_ref::<io::Error>() {
        Some(error) => of_io(error, phase),
        None => is_connect(error).then_some(CONNECT),
    }
}

fn of_io(error: &io::Error, phase: Phase) -> Option<&'static str> {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::TimedOut => Some(TIMEOUT),
        Kind::ConnectionRefused => Some(CONNECTION_REFUSED),
        Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe => Some(CONNECTION_RESET),
        Kind::UnexpectedEof if phase == Phase::Sending => Some(CONNECTION_RESET),
        Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::NetworkDown | Kind::AddrNotAvailable => {
            Some(CONNECT)
        }
        // Sockets never answer so, but what checks their data does: before a response, that is TLS.
        Kind::InvalidData if phase == Phase::Sending => Some(TLS),
        _ => None,
    }
}

/// The messages are those of hyper-util's connector, for builds that do not have its types.
fn is_connect(error: &(dyn Error + 'static)) -> bool {
    #[cfg(feature = "hyper-util")]
    if let Some(error) = error.downcast_ref::<hyper_util::client::legacy::Error>() {
        return error.is_connect();
    }
    matches!(&*error.to_string(), "tcp connect error" | "client error (Connect)")
}

#[cfg(test)]
mod tests {
    use super::*;
    use io::ErrorKind;
    use std::fmt;

    /// An error with a message and a cause, as any crate could have it.
    #[derive(Debug)]
    struct Link(&'static str, Option<Box<dyn Error + Send + Sync>>);

    impl fmt::Display for Link {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Link {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_ref().map(|cause| &**cause as _)
        }
    }

    fn leaf(message: &'static str) -> Link {
        Link(message, None)
    }

    fn over(message: &'static str, cause: impl Error + Send + Sync + 'static) -> Link {
        Link(message, Some(Box::new(cause)))
    }

    #[test]
    fn kinds_of_io_errors_have_a_word_each() {
        for (kind, sending, body) in [
            (ErrorKind::TimedOut, Some(TIMEOUT), TIMEOUT),
            (ErrorKind::ConnectionRefused, Some(CONNECTION_REFUSED), CONNECTION_REFUSED),
            (ErrorKind::ConnectionReset, Some(CONNECTION_RESET), CONNECTION_RESET),
            (ErrorKind::BrokenPipe, Some(CONNECTION_RESET), CONNECTION_RESET),
            (ErrorKind::UnexpectedEof, Some(CONNECTION_RESET), BODY),
            (ErrorKind::NetworkUnreachable, Some(CONNECT), CONNECT),
            (ErrorKind::InvalidData, Some(TLS), BODY),
            (ErrorKind::OutOfMemory, None, BODY),
        ] {
            let error = over("any client's error", io::Error::from(kind));
            assert_eq!(error_type(&error, Phase::Sending), sending, "{kind}");
            assert_eq!(error_type(&error, Phase::Body), Some(body), "{kind}");
        }
    }

    #[test]
    fn an_error_inside_an_io_error_says_more_than_its_kind() {
        let inner = io::Error::new(ErrorKind::UnexpectedEof, leaf("tls handshake eof"));
        assert_eq!(error_type(&over("client error (Connect)", inner), Phase::Sending), Some(TLS));
        let inner = io::Error::other(over("invalid peer certificate: UnknownIssuer", leaf("whatever")));
        assert_eq!(error_type(&inner, Phase::Sending), Some(TLS));
    }

    #[test]
    fn a_time_limit_outside_says_more_than_what_it_interrupted() {
        let inside = io::Error::from(ErrorKind::ConnectionReset);
        assert_eq!(error_type(&over("request timed out", inside), Phase::Sending), Some(TIMEOUT));
    }

    #[test]
    fn failing_to_connect_is_the_last_guess() {
        let connect = |cause| over("client error (Connect)", over("tcp connect error", cause));
        assert_eq!(error_type(&connect(leaf("no way there")), Phase::Sending), Some(CONNECT));
        assert_eq!(error_type(&connect(leaf("dns error")), Phase::Sending), Some(DNS));
    }

    #[test]
    fn messages_are_known_by_how_they_begin() {
        for (message, kind) in [
            ("deadline has elapsed", TIMEOUT),
            ("failed to lookup address information: Name or service not known", DNS),
            ("received fatal alert: HandshakeFailure", TLS),
            (
                "error:0A000086:SSL routines:tls_post_process_server_certificate:certificate verify failed",
                TLS,
            ),
            ("stream error received: unspecific protocol error detected", CONNECTION_RESET),
        ] {
            assert_eq!(
                error_type(&over("any client's error", leaf(message)), Phase::Sending),
                Some(kind),
                "{message}"
            );
        }
    }

    #[test]
    fn words_in_a_url_mean_nothing() {
        let error = leaf("error sending request for url (http://request timed out/dns error)");
        assert_eq!(error_type(&error, Phase::Sending), None);
    }

    #[test]
    fn an_endless_chain_is_left() {
        let deep = (0..100_000).fold(leaf("root"), |cause, _| over("link", cause));
        assert_eq!(error_type(&deep, Phase::Sending), None);
        // Dropping it link by link would overflow the stack just as following it would.
        std::mem::forget(deep);
    }
}
