//! Whether one of the programs serves: the question that a container's health check asks, where there is no other program to ask it.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use clap::ValueEnum;

use crate::failure::Failure;

/// For the connection and for each piece of the answer; an engine gives up after three seconds itself.
const TIMEOUT: Duration = Duration::from_secs(2);

/// An answer begins with `HTTP/1.1 200`: what follows does not matter.
const STATUS_BYTES: usize = 12;

/// Which program is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Asked {
    /// The shop's front
    Gateway,
    /// The warehouse
    Inventory,
    /// The payment provider
    Payments,
}

/// Asks the program that listens on `addr` for `GET /health`, blocking. All interfaces mean this machine.
///
/// # Errors
/// When it cannot be reached, does not answer in time, or says that it does not serve (any more).
pub fn ask(addr: SocketAddr) -> Result<(), Failure> {
    let addr = reachable(addr);
    let status = status_of(addr)
        .map_err(|cause| Failure::because(format!("nobody answers on {addr}; is it running?"), cause))?;
    if status.starts_with("HTTP/1.") && status.ends_with(" 200") {
        return Ok(());
    }
    Err(Failure::new(format!("{addr} does not serve: it answered {status:?}")))
}

fn status_of(addr: SocketAddr) -> std::io::Result<String> {
    let mut connection = TcpStream::connect_timeout(&addr, TIMEOUT)?;
    connection.set_read_timeout(Some(TIMEOUT))?;
    connection.set_write_timeout(Some(TIMEOUT))?;
    write!(connection, "GET /health HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\n\r\n")?;
    let mut status = [0; STATUS_BYTES];
    connection.read_exact(&mut status)?;
    Ok(String::from_utf8_lossy(&status).into_owned())
}

fn reachable(addr: SocketAddr) -> SocketAddr {
    let ip = match addr.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, addr.port())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// Asks a server that gives each request the same answer.
    fn asked_of(answer: &'static str) -> Result<(), Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let serving = std::thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            let mut request = [0; 256];
            let _ = connection.read(&mut request).unwrap();
            connection.write_all(answer.as_bytes()).unwrap();
        });
        let outcome = ask(addr);
        serving.join().unwrap();
        outcome
    }

    #[test]
    fn who_answers_200_is_healthy() {
        asked_of("HTTP/1.1 200 OK\r\n\r\n{\"status\":\"healthy\"}").unwrap();
    }

    #[test]
    fn who_drains_is_not_and_neither_is_who_does_not_speak_http() {
        for answer in ["HTTP/1.1 503 Service Unavailable\r\n\r\n", "SSH-2.0-OpenSSH_9.9\r\n"] {
            let failure = asked_of(answer).unwrap_err();
            assert!(failure.to_string().contains(&answer[..STATUS_BYTES]), "{failure}");
        }
    }

    #[test]
    fn where_nobody_listens_is_said() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let failure = ask(free).unwrap_err();

        assert!(failure.to_string().contains(&free.to_string()), "{failure}");
    }

    #[test]
    fn all_interfaces_are_asked_on_this_machine() {
        assert_eq!(reachable("0.0.0.0:8080".parse().unwrap()), "127.0.0.1:8080".parse().unwrap());
        assert_eq!(reachable("[::]:8080".parse().unwrap()), "[::1]:8080".parse().unwrap());
        assert_eq!(reachable("10.0.0.7:8080".parse().unwrap()), "10.0.0.7:8080".parse().unwrap());
    }
}
