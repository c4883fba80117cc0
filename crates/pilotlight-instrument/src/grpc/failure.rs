//! The status that an error stands for, where a service or a body answers with one instead of a response.

use super::code::Code;
use super::status::Status;
#[cfg(feature = "tonic")]
use crate::http::client::error_kind::{self, Phase};
use crate::telemetry::text::cut;
use std::any::Any;
use std::error::Error;

/// An error of a type that hides the actual one, as most middleware has it.
type Boxed = Box<dyn Error + Send + Sync>;

/// What the caller sees of `error`, its text cut to `bytes_max`.
pub(super) fn status<E: 'static>(error: &E, bytes_max: usize) -> Status {
    match as_error(error) {
        Some(error) => of_chain(error, bytes_max),
        None => Status::new(Code::UNKNOWN, UNKNOWN),
    }
}

/// Errors have no common type to ask, so those that matter are known by name: boxed ones, and the ones of the
/// crates below every gRPC stack.
fn as_error<E: 'static>(error: &E) -> Option<&(dyn Error + 'static)> {
    let error: &dyn Any = error;
    if let Some(boxed) = error.downcast_ref::<Boxed>() {
        return Some(&**boxed);
    }
    known::<hyper::Error>(error)
        .or_else(|| known::<h2::Error>(error))
        .or_else(|| known::<std::io::Error>(error))
        .or_else(|| of_tonic(error))
}

fn known<T: Error + 'static>(error: &dyn Any) -> Option<&(dyn Error + 'static)> {
    error.downcast_ref::<T>().map(|error| error as _)
}

#[cfg(feature = "tonic")]
fn of_tonic(error: &dyn Any) -> Option<&(dyn Error + 'static)> {
    known::<tonic::Status>(error).or_else(|| known::<tonic::transport::Error>(error))
}

#[cfg(not(feature = "tonic"))]
fn of_tonic(_: &dyn Any) -> Option<&(dyn Error + 'static)> {
    None
}

/// The first error in the chain that stands for a status. This is tonic's own order, so that what is recorded is
/// what its caller gets; only resets that something other than hyper wraps are told apart where tonic does not.
fn of_chain(error: &(dyn Error + 'static), bytes_max: usize) -> Status {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(status) = of_one(error, bytes_max) {
            return status;
        }
        next = error.source();
    }
    Status::new(Code::UNKNOWN, UNKNOWN)
}

/// What is said of an error that is not known. Its own text may hold anything, a URL with a signature in it too.
const UNKNOWN: &str = "the service answered with an error";

fn of_one(error: &(dyn Error + 'static), bytes_max: usize) -> Option<Status> {
    if let Some(status) = of_tonic_error(error, bytes_max) {
        return Some(status);
    }
    if let Some(error) = error.downcast_ref::<hyper::Error>() {
        return of_hyper(error).map(|code| described(code, error, bytes_max));
    }
    if let Some(error) = error.downcast_ref::<h2::Error>() {
        return Some(described(of_h2(error), error, bytes_max));
    }
    let kind = error.downcast_ref::<std::io::Error>()?.kind();
    of_io(kind).map(|code| Status::with_text(code, kind.to_string()))
}

/// With the error's own text: those of hyper, h2 and tonic say what went wrong, and nothing of the request.
fn described(code: Code, error: &dyn Error, bytes_max: usize) -> Status {
    let text = error.to_string();
    Status::with_text(code, cut(&text, bytes_max).to_owned())
}

/// A connection whose pings stay unanswered is one to a server that is not there.
fn of_hyper(error: &hyper::Error) -> Option<Code> {
    if error.is_timeout() {
        Some(Code::UNAVAILABLE)
    } else if error.is_canceled() {
        Some(Code::CANCELLED)
    } else {
        None
    }
}

/// By what the stream was reset with (gRPC over HTTP/2, "Errors"). Without a reason it is the connection that
/// failed.
fn of_h2(error: &h2::Error) -> Code {
    match error.reason() {
        Some(
            h2::Reason::NO_ERROR
            | h2::Reason::PROTOCOL_ERROR
            | h2::Reason::INTERNAL_ERROR
            | h2::Reason::FLOW_CONTROL_ERROR
            | h2::Reason::SETTINGS_TIMEOUT
            | h2::Reason::FRAME_SIZE_ERROR
            | h2::Reason::COMPRESSION_ERROR
            | h2::Reason::CONNECT_ERROR,
        ) => Code::INTERNAL,
        Some(h2::Reason::REFUSED_STREAM) => Code::UNAVAILABLE,
        Some(h2::Reason::CANCEL) => Code::CANCELLED,
        Some(h2::Reason::ENHANCE_YOUR_CALM) => Code::RESOURCE_EXHAUSTED,
        Some(h2::Reason::INADEQUATE_SECURITY) => Code::PERMISSION_DENIED,
        Some(_) => Code::UNKNOWN,
        None => connection_lost(),
    }
}

#[cfg(feature = "tonic")]
fn of_tonic_error(error: &(dyn Error + 'static), bytes_max: usize) -> Option<Status> {
    if let Some(status) = error.downcast_ref::<tonic::Status>() {
        let text = cut(status.message(), bytes_max).to_owned();
        return Some(Status::with_text(status.code().into(), text));
    }
    if error.is::<tonic::TimeoutExpired>() {
        return Some(described(Code::CANCELLED, error, bytes_max));
    }
    error.is::<tonic::ConnectError>().then(|| not_connected(error))
}

/// The connector's error is the application's, if the connector is, and so is not repeated either.
#[cfg(feature = "tonic")]
fn not_connected(error: &(dyn Error + 'static)) -> Status {
    match error_kind::error_type(error, Phase::Sending) {
        Some(kind) => Status::with_text(Code::UNAVAILABLE, format!("there was no connection: {kind}")),
        None => Status::new(Code::UNAVAILABLE, "there was no connection"),
    }
}

#[cfg(not(feature = "tonic"))]
fn of_tonic_error(_: &(dyn Error + 'static), _: usize) -> Option<Status> {
    None
}

/// tonic's callers get this.
#[cfg(feature = "tonic")]
fn connection_lost() -> Code {
    Code::UNKNOWN
}

/// gRPC's own rule for connections that break.
#[cfg(not(feature = "tonic"))]
fn connection_lost() -> Code {
    Code::UNAVAILABLE
}

/// tonic does not look at these, and so its callers get `UNKNOWN`.
#[cfg(feature = "tonic")]
fn of_io(_: std::io::ErrorKind) -> Option<Code> {
    None
}

#[cfg(not(feature = "tonic"))]
fn of_io(kind: std::io::ErrorKind) -> Option<Code> {
    use std::io::ErrorKind::*;
    match kind {
        ConnectionRefused | ConnectionReset | ConnectionAborted | HostUnreachable | NetworkUnreachable
        | NotConnected | AddrNotAvailable | NetworkDown | BrokenPipe | UnexpectedEof => {
            Some(Code::UNAVAILABLE)
        }
        TimedOut => Some(Code::DEADLINE_EXCEEDED),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt;

    #[derive(Debug)]
    struct Wrapped(Boxed);

    impl fmt::Display for Wrapped {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("wrapped")
        }
    }

    impl Error for Wrapped {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&*self.0)
        }
    }

    fn code(error: impl Into<Boxed>) -> String {
        status(&error.into(), 100).code.name().to_string()
    }

    const REASONS: [h2::Reason; 14] = [
        h2::Reason::NO_ERROR,
        h2::Reason::PROTOCOL_ERROR,
        h2::Reason::INTERNAL_ERROR,
        h2::Reason::FLOW_CONTROL_ERROR,
        h2::Reason::SETTINGS_TIMEOUT,
        h2::Reason::STREAM_CLOSED,
        h2::Reason::FRAME_SIZE_ERROR,
        h2::Reason::REFUSED_STREAM,
        h2::Reason::CANCEL,
        h2::Reason::COMPRESSION_ERROR,
        h2::Reason::CONNECT_ERROR,
        h2::Reason::ENHANCE_YOUR_CALM,
        h2::Reason::INADEQUATE_SECURITY,
        h2::Reason::HTTP_1_1_REQUIRED,
    ];

    #[test]
    fn an_error_that_nobody_knows_is_unknown_and_its_text_is_not_repeated() {
        let status = status(&Boxed::from("no answer from https://ada:hunter2@shop.example/"), 100);
        assert_eq!(status.code, Code::UNKNOWN);
        assert_eq!(status.description(100), UNKNOWN);
    }

    #[test]
    fn a_type_that_nobody_knows_is_unknown() {
        assert_eq!(status(&fmt::Error, 100).code, Code::UNKNOWN);
    }

    #[test]
    fn a_reset_stream_is_known_by_its_reason_however_deep_it_is_wrapped() {
        assert_eq!(status(&h2::Error::from(h2::Reason::CANCEL), 100).code, Code::CANCELLED);
        let wrapped = Wrapped(Box::new(Wrapped(Box::new(h2::Error::from(h2::Reason::REFUSED_STREAM)))));
        assert_eq!(code(wrapped), "UNAVAILABLE");
        assert_eq!(REASONS.map(|reason| code(h2::Error::from(reason))).len(), REASONS.len());
    }

    #[cfg(not(feature = "tonic"))]
    #[test]
    fn a_broken_connection_is_unavailable() {
        for kind in [std::io::ErrorKind::ConnectionRefused, std::io::ErrorKind::ConnectionReset] {
            assert_eq!(code(Wrapped(Box::new(std::io::Error::from(kind)))), "UNAVAILABLE");
        }
        assert_eq!(code(std::io::Error::from(std::io::ErrorKind::TimedOut)), "DEADLINE_EXCEEDED");
    }

    #[cfg(feature = "tonic")]
    #[test]
    fn every_error_is_what_tonics_caller_gets() {
        type Make = Box<dyn Fn() -> Boxed>;
        let mut errors: Vec<Make> =
            REASONS.map(|reason| Box::new(move || Boxed::from(h2::Error::from(reason))) as Make).into();
        errors.extend((0..17).map(|code| {
            let status = move || tonic::Status::new(tonic::Code::from(code), "no");
            Box::new(move || Boxed::from(Wrapped(Box::new(status())))) as Make
        }));
        errors.push(Box::new(|| tonic::Status::not_found("no").into()));
        errors.push(Box::new(|| tonic::TimeoutExpired(()).into()));
        errors.push(Box::new(|| Wrapped(Box::new(tonic::ConnectError("refused".into()))).into()));
        errors.push(Box::new(|| std::io::Error::from(std::io::ErrorKind::ConnectionReset).into()));
        errors.push(Box::new(|| "out of cheese".into()));
        for error in errors {
            let seen = tonic::Status::from_error(error()).code();
            assert_eq!(status(&error(), 100).code, seen.into(), "{:?}", error());
        }
    }
}
