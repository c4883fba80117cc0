/// Completes when the process is asked to end: SIGINT (Ctrl-C) or SIGTERM, which orchestrators send; Ctrl-C alone where there
/// are no signals.
///
/// Must be polled inside a tokio runtime with I/O enabled. From the first poll on, these signals no longer end the process by
/// themselves. Dropping the future is safe. If the system refuses the handlers, the future never completes and the signals keep
/// their default effect; a warning says so.
///
/// ```no_run
/// # async fn main_(listener: tokio::net::TcpListener) {
/// tokio::select! {
///     _ = listener.accept() => {}
///     () = pilotlight::shutdown_signal() => println!("asked to stop"),
/// }
/// # }
/// ```
pub async fn shutdown_signal() {
    if let Err(error) = asked_to_end().await {
        pilotlight_sdk::diagnostics::warn(format_args!(
            "shutdown signals cannot be waited for: {error}. The process will end without a graceful shutdown"
        ));
        std::future::pending::<()>().await;
    }
}

#[cfg(unix)]
async fn asked_to_end() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

#[cfg(not(unix))]
async fn asked_to_end() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
