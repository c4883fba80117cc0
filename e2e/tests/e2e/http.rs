//! Just enough of an HTTP client.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(':'));
        fields.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

/// Asks as HTTP/1.0 does: the answer comes in one piece and ends with the connection. `headers` end in line breaks.
pub(crate) fn get(address: SocketAddr, path: &str, headers: &str) -> Answer {
    let text = ask_with(address, path, headers);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { panic!("{text:?} is no answer") };
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.unwrap_or_else(|| panic!("{head:?} has no status"));
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

/// The same, for an answer that may be none: then it is empty.
pub(crate) fn ask(address: SocketAddr, path: &str) -> String {
    ask_with(address, path, "")
}

fn ask_with(address: SocketAddr, path: &str, headers: &str) -> String {
    let mut connection = TcpStream::connect(address).unwrap();
    write!(connection, "GET {path} HTTP/1.0\r\nhost: {address}\r\n{headers}\r\n").unwrap();
    let mut text = String::new();
    connection.read_to_string(&mut text).unwrap();
    text
}

/// Text as a part of a query.
pub(crate) fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        write!(escaped, "%{byte:02X}").unwrap();
        escaped
    })
}
