//! The shop's gateway as a process of its own, with what stands behind it, and a client for it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use e2e::Receiver;
use rustix::process::Signal;
use tokio::net::TcpSocket;

use crate::backends::Backends;
use crate::process::{Outcome, Process, exporting, logging, program};
use crate::support::eventually;

/// The trace that [`Shop::ask`] makes its requests part of.
pub(crate) const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
pub(crate) const GOOD_ORDER: &str = r#"{"user_id":"42","items":["lamp","oil"],"total":99.5}"#;

/// A gateway that sends to a receiver.
pub(crate) struct Shop {
    pub(crate) process: Process,
    pub(crate) backends: Backends,
    address: SocketAddr,
}

impl Shop {
    pub(crate) fn start(receiver: &Receiver, protocol: &str) -> Self {
        let mut command = shop();
        // A batch is sent as soon as there is something in it.
        Self::run(exporting(&mut command, receiver, protocol).env("OTEL_BSP_SCHEDULE_DELAY", "10"))
    }

    /// The gateway's telemetry is the only one, unless [`before`](Self::before) says otherwise.
    pub(crate) fn run(command: &mut std::process::Command) -> Self {
        Self::before(Backends::unseen(), command)
    }

    pub(crate) fn before(backends: Backends, command: &mut std::process::Command) -> Self {
        let mut shop = Self::unread_before(backends, command);
        shop.process.read_along();
        shop
    }

    /// With a standard output that nobody reads after the line that says where it listens.
    pub(crate) fn run_unread(command: &mut std::process::Command) -> Self {
        Self::unread_before(Backends::unseen(), command)
    }

    fn unread_before(backends: Backends, command: &mut std::process::Command) -> Self {
        let mut process = Process::start(backends.behind(command));
        let rest = process.line("shop listens on http://");
        let address = rest.split('"').next().unwrap().parse().unwrap();
        Self { process, backends, address }
    }

    /// One that listens where the test says: for a log that does not say it.
    pub(crate) fn run_on(command: &mut std::process::Command, port: &ReservedPort) -> Self {
        let (address, backends) = (port.address(), Backends::unseen());
        let mut process = Process::start(backends.behind(command).arg(format!("--addr={address}")));
        process.read_along();
        eventually("the shop listens", || TcpStream::connect(address).map(drop));
        Self { process, backends, address }
    }

    /// Makes a request as part of the trace [`TRACE`], and answers with its status.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> u16 {
        self.ask_with(&format!("traceparent: 00-{TRACE}-b7ad6b7169203331-01\r\n"), method, path, body)
    }

    pub(crate) fn ask_with(&self, headers: &str, method: &str, path: &str, body: &str) -> u16 {
        ask(self.address, headers, method, path, body)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).unwrap()
    }

    pub(crate) fn client(&self) -> Client {
        Client { connection: BufReader::new(self.connect()) }
    }

    /// Stops the gateway, and then what stands behind it.
    pub(crate) fn stop(self) -> Outcome {
        self.process.signal(Signal::TERM);
        let outcome = self.process.wait();
        self.backends.stop();
        outcome
    }
}

/// Makes a request with a connection of its own, and answers with its status.
pub(crate) fn ask(address: SocketAddr, headers: &str, method: &str, path: &str, body: &str) -> u16 {
    let mut connection = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        connection,
        "{method} {path} HTTP/1.1\r\nhost: shop\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap_or_else(|| panic!("{answer:?} is no answer")).parse().unwrap()
}

/// A client that keeps its connection.
pub(crate) struct Client {
    connection: BufReader<TcpStream>,
}

impl Client {
    /// Makes a request as part of a trace, and answers with its status; `None` when the connection ended instead.
    pub(crate) fn ask(&mut self, trace: &str, method: &str, path: &str, body: &str) -> Option<u16> {
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: shop\r\ntraceparent: 00-{trace}-b7ad6b7169203331-01\r\n\
             content-length: {length}\r\n\r\n{body}"
        );
        self.connection.get_mut().write_all(request.as_bytes()).ok()?;
        let (mut status, mut length) = (None, 0);
        loop {
            let mut line = String::new();
            self.connection.read_line(&mut line).ok().filter(|read| *read > 0)?;
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            status = status.or_else(|| line.split(' ').nth(1)?.parse().ok());
            length = line.strip_prefix("content-length: ").map_or(length, |text| text.parse().unwrap());
        }
        self.connection.read_exact(&mut vec![0; length]).ok()?;
        status
    }
}

/// The gateway's program, as quick as it can be, on a free port.
pub(crate) fn shop() -> std::process::Command {
    let mut command = program(env!("CARGO_BIN_EXE_shop-under-test"));
    command.args(["gateway", "--addr=127.0.0.1:0", "--notice-ms=0"]);
    logging(&mut command).env("OTEL_SERVICE_NAME", "shop");
    command
}

/// A port that nobody is given by chance: a socket that is bound and does not listen is in nobody's way who asks for the port by
/// its number.
pub(crate) struct ReservedPort(TcpSocket);

impl ReservedPort {
    pub(crate) fn new() -> Self {
        let port = TcpSocket::new_v4().unwrap();
        port.set_reuseaddr(true).unwrap();
        port.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        Self(port)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }
}

/// The shop ended as asked and lost nothing.
pub(crate) fn assert_clean(outcome: &Outcome) {
    assert_eq!(outcome.status.code(), Some(0), "{outcome:?}");
    assert!(outcome.stderr.contains(" spans exported; "), "{}", outcome.stderr);
    assert!(outcome.stderr.contains(" log records exported; "), "{}", outcome.stderr);
    assert!(outcome.stderr.ends_with(" data points exported\n"), "{}", outcome.stderr);
    for loss in ["dropped", "rejected", "not finished"] {
        assert!(!outcome.stderr.contains(loss), "{}", outcome.stderr);
    }
    assert!(outcome.stdout.contains("shop stops: all requests were answered"), "{outcome:?}");
}
