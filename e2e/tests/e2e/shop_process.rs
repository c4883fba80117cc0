//! The shop as a process of its own, and a client for it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use e2e::Receiver;
use rustix::process::Signal;

use crate::process::{Outcome, Process, exporting, program};

/// The trace that [`Shop::ask`] makes its requests part of.
pub(crate) const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
pub(crate) const GOOD_ORDER: &str = r#"{"user_id":"42","items":["lamp","oil"],"total":99.5}"#;

/// A shop that sends to a receiver.
pub(crate) struct Shop {
    pub(crate) process: Process,
    address: SocketAddr,
}

impl Shop {
    pub(crate) fn start(receiver: &Receiver, protocol: &str) -> Self {
        let mut command = shop();
        // A batch is sent as soon as there is something in it.
        Self::run(exporting(&mut command, receiver, protocol).env("OTEL_BSP_SCHEDULE_DELAY", "10"))
    }

    pub(crate) fn run(command: &mut std::process::Command) -> Self {
        let mut process = Process::start(command);
        let address = process.line("shop listens on http://").parse().unwrap();
        Self { process, address }
    }

    /// Makes a request as part of the trace [`TRACE`], and answers with its status.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> u16 {
        self.ask_with(&format!("traceparent: 00-{TRACE}-b7ad6b7169203331-01\r\n"), method, path, body)
    }

    pub(crate) fn ask_with(&self, headers: &str, method: &str, path: &str, body: &str) -> u16 {
        let mut connection = self.connect();
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

    pub(crate) fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).unwrap()
    }

    pub(crate) fn stop(self) -> Outcome {
        self.process.signal(Signal::TERM);
        self.process.wait()
    }
}

/// The shop's program, as quick as it can be, on a free port.
pub(crate) fn shop() -> std::process::Command {
    let mut command = program(env!("CARGO_BIN_EXE_shop-under-test"));
    command.args([
        "--addr=127.0.0.1:0",
        "--inventory-latency-ms=1",
        "--payment-latency-ms=1",
        "--notice-ms=0",
    ]);
    command.env("OTEL_SERVICE_NAME", "shop");
    command
}

/// The shop ended as asked and lost nothing.
pub(crate) fn assert_clean(outcome: &Outcome) {
    assert_eq!(outcome.status.code(), Some(0), "{outcome:?}");
    assert!(outcome.stderr.contains(" spans exported; "), "{outcome:?}");
    assert!(outcome.stderr.ends_with(" data points exported\n"), "{outcome:?}");
    assert!(outcome.stderr.contains("shop stops: all requests were answered"), "{outcome:?}");
}
