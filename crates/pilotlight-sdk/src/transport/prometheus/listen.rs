//! Sockets to listen on.

use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};

use crate::transport::BuildError;

/// Listens on every address that `host` stands for: `localhost` is two, and a scraper may try either.
///
/// An address that this machine does not have is passed over as long as there is another one. An address in use never is: what
/// answers there would be somebody else.
pub(super) fn listen(host: &str, port: u16) -> Result<Vec<TcpListener>, BuildError> {
    let mut listeners: Vec<TcpListener> = Vec::new();
    let mut passed_over = None;
    for mut address in addresses(host, port)? {
        let chosen = listeners.first().and_then(|first| first.local_addr().ok());
        address.set_port(chosen.map_or(port, |chosen| chosen.port()));
        match bind(address) {
            Ok(listener) => listeners.push(listener),
            Err(error) if is_somebodys(&error) && !(port == 0 && chosen.is_some()) => {
                return Err(cannot_listen(address, error));
            }
            Err(error) => passed_over = Some((address, error)),
        }
    }
    match (listeners.is_empty(), passed_over) {
        (true, Some((address, error))) => Err(cannot_listen(address, error)),
        (true, None) => Err(cannot_resolve(host, io::ErrorKind::NotFound.into())),
        (false, _) => Ok(listeners),
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// The addresses of `host`, each once.
fn addresses(host: &str, port: u16) -> Result<Vec<SocketAddr>, BuildError> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let found = (bare, port).to_socket_addrs().map_err(|error| cannot_resolve(host, error))?;
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for address in found {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    Ok(addresses)
}

fn is_somebodys(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied)
}

fn cannot_resolve(host: &str, error: io::Error) -> BuildError {
    BuildError::new(format!(
        "the page for Prometheus cannot be served: no address is known for the host `{host}`. Set \
         OTEL_EXPORTER_PROMETHEUS_HOST to localhost, to 0.0.0.0 for all addresses, or to one that this machine has"
    ))
    .caused_by(error)
}

fn cannot_listen(address: SocketAddr, error: io::Error) -> BuildError {
    let (why, try_this) = match error.kind() {
        io::ErrorKind::AddrInUse => (
            "the port is in use, perhaps by another instance of this program",
            "set OTEL_EXPORTER_PROMETHEUS_PORT to a free one, or to 0 to let the system choose",
        ),
        io::ErrorKind::PermissionDenied => (
            "the system does not allow it",
            "set OTEL_EXPORTER_PROMETHEUS_PORT to one above 1023, or give the program the right to use this one",
        ),
        io::ErrorKind::AddrNotAvailable => (
            "this machine does not have the address",
            "set OTEL_EXPORTER_PROMETHEUS_HOST to localhost, or to 0.0.0.0 for all addresses",
        ),
        _ => (
            "it cannot listen there",
            "check OTEL_EXPORTER_PROMETHEUS_HOST and OTEL_EXPORTER_PROMETHEUS_PORT",
        ),
    };
    let message = format!("the page for Prometheus cannot be served on {address}: {why}; {try_this}");
    BuildError::new(message).caused_by(error)
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    #[test]
    fn localhost_is_every_loopback_address_at_one_port() {
        let listeners = listen("localhost", 0).unwrap();
        let addresses: Vec<_> = listeners.iter().map(|listener| listener.local_addr().unwrap()).collect();
        assert!(addresses.iter().all(|address| address.ip().is_loopback()));
        assert!(addresses.iter().all(|address| address.port() == addresses[0].port()));
    }

    #[test]
    fn an_address_in_use_is_named_with_a_way_out() {
        let taken = listen("127.0.0.1", 0).unwrap();
        let address = taken[0].local_addr().unwrap();
        let error = listen("127.0.0.1", address.port()).unwrap_err();
        let message = error.to_string();
        assert!(message.contains(&address.to_string()), "{message}");
        assert!(message.contains("OTEL_EXPORTER_PROMETHEUS_PORT"), "{message}");
        assert!(error.source().is_some());
    }

    #[test]
    fn an_address_of_another_machine_is_refused() {
        let message = listen("192.0.2.1", 0).unwrap_err().to_string();
        assert!(
            message.contains("192.0.2.1") && message.contains("OTEL_EXPORTER_PROMETHEUS_HOST"),
            "{message}"
        );
    }

    #[test]
    fn a_host_that_is_none_is_refused() {
        let message = listen("no host at all", 0).unwrap_err().to_string();
        assert!(message.contains("`no host at all`"), "{message}");
    }

    #[test]
    fn an_address_may_stand_in_brackets() {
        assert_eq!(addresses("[::1]", 9464).unwrap(), ["[::1]:9464".parse().unwrap()]);
    }
}
