//! NATS.

use std::io::{self, BufRead, BufReader};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::server::process;
use crate::server::{Kind, Server};
use crate::tools::NATS;

const USER: &str = "clerk";
const PASSWORD: &str = "s3cret-nats";

/// A NATS server with JetStream, whose streams may be kept in files. Its user is `clerk`, the password `s3cret-nats`.
///
/// Streams in files are there after [`Server::kill`], with what was acknowledged.
pub type Nats = Server<Jetstream>;

/// What is different about NATS.
#[derive(Debug)]
pub struct Jetstream;

impl Kind for Jetstream {
    const NAME: &'static str = "nats";

    fn command(folder: &Path, port: u16) -> Command {
        let mut command = process::command(&NATS.program("nats-server"), Self::END);
        command.args(["--addr", "127.0.0.1", "--port"]).arg(port.to_string());
        command.args(["--user", USER, "--pass", PASSWORD]);
        command.args(["--jetstream", "--store_dir"]).arg(folder.join("data"));
        command
    }

    fn answers(port: u16) -> io::Result<bool> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        let mut greeting = String::new();
        BufReader::new(stream).read_line(&mut greeting)?;
        // It listens after JetStream has restored its streams.
        Ok(greeting.starts_with("INFO ") && greeting.contains("\"jetstream\":true"))
    }

    fn url(port: u16) -> String {
        format!("nats://{USER}:{PASSWORD}@127.0.0.1:{port}")
    }
}
