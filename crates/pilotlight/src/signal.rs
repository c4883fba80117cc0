use std::future::Future;
use std::io;

use tokio::runtime::Handle;

/// Completes when the process is asked to end: SIGINT (Ctrl-C) or SIGTERM, which orchestrators send; Ctrl-C alone where there
/// are no signals.
///
/// From the call on, these signals no longer end the process by themselves, so call it before the service answers its first
/// request: none is then cut off by a signal that nobody waits for yet. Must be polled inside a tokio runtime with I/O
/// enabled; called outside of one, it takes effect at the first poll. Dropping the future is safe. Where the handlers
/// cannot be installed, because the system refuses or it is polled outside a tokio runtime, the future never completes and the
/// signals keep their default effect; a warning says so.
///
/// # Panics
///
/// In a tokio runtime that was built without I/O.
///
/// # Examples
///
/// ```no_run
/// # async fn main_(listener: tokio::net::TcpListener) {
/// tokio::select! {
///     _ = listener.accept() => {}
///     () = pilotlight::shutdown_signal() => println!("asked to stop"),
/// }
/// # }
/// ```
pub fn shutdown_signal() -> impl Future<Output = ()> + Send {
    let installed = Handle::try_current().is_ok().then(Signals::install);
    async move {
        match installed.unwrap_or_else(Signals::install) {
            Ok(signals) => signals.received().await,
            Err(error) => {
                pilotlight_sdk::diagnostics::warn(format_args!(
                    "shutdown signals cannot be waited for: {error}. The process will end without a graceful shutdown"
                ));
                std::future::pending().await
            }
        }
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn install() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        // Asked first, since installing panics without one.
        Handle::try_current().map_err(io::Error::other)?;
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn received(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Where there is no SIGTERM, the handler is installed with the first poll.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn install() -> io::Result<Self> {
        Ok(Self)
    }

    async fn received(self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[test]
    fn outside_a_runtime_it_never_completes_and_does_not_panic() {
        let mut waiting = pin!(shutdown_signal());
        assert_eq!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending);
    }
}
