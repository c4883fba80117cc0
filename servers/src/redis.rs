//! Redis.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::server::process;
use crate::server::{Kind, Server};
use crate::tools::REDIS;

const USER: &str = "clerk";
const PASSWORD: &str = "s3cret-redis";

/// A Redis server. Its one user `clerk` may do everything, the password is `s3cret-redis`.
///
/// What it acknowledged is there after [`Server::kill`].
pub type Redis = Server<KeysAndValues>;

/// What is different about Redis.
#[derive(Debug)]
pub struct KeysAndValues;

impl Kind for KeysAndValues {
    const NAME: &'static str = "redis";

    fn command(folder: &Path, port: u16) -> Command {
        let mut command = process::command(&REDIS.program("redis-server"), Self::END);
        command.args(["--bind", "127.0.0.1", "--port"]).arg(port.to_string());
        command.arg("--dir").arg(folder);
        // What is acknowledged was given to the system, which outlives the process.
        command.args(["--appendonly", "yes", "--appendfsync", "no", "--save", ""]);
        command.args(["--user", USER, "on", &format!(">{PASSWORD}"), "~*", "&*", "+@all"]);
        command.args(["--user", "default", "off"]);
        command
    }

    fn answers(port: u16) -> io::Result<bool> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.write_all(format!("AUTH {USER} {PASSWORD}\r\nPING\r\n").as_bytes())?;
        let mut answers = BufReader::new(stream).lines();
        let mut answer = || answers.next().unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()));
        // While it reads its data, the answer to the second is an error.
        Ok(answer()? == "+OK" && answer()? == "+PONG")
    }

    fn url(port: u16) -> String {
        format!("redis://{USER}:{PASSWORD}@127.0.0.1:{port}/0")
    }
}
