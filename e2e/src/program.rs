//! Programs as processes, for the checks that are programs themselves.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::net::TcpSocket;

/// For what should happen: far longer than it takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process that is killed when this is dropped.
pub struct Program {
    name: String,
    child: Child,
    said: Arc<Said>,
    reading: Vec<JoinHandle<()>>,
}

/// The lines of both outputs, in the order in which they came.
#[derive(Default)]
struct Said {
    lines: Mutex<Vec<String>>,
    more: Condvar,
}

/// How a process ended, and what it said.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code.
    pub status: ExitStatus,
    /// The lines of standard output and standard error.
    pub lines: Vec<String>,
}

impl Program {
    /// Starts it without the telemetry settings of whoever runs this.
    pub fn start(program: &Path, configure: impl FnOnce(&mut Command) -> &mut Command) -> Self {
        let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut command = Command::new(program);
        for (variable, _) in std::env::vars_os() {
            let variable = variable.to_string_lossy();
            if variable.starts_with("OTEL_") || variable.starts_with("PILOTLIGHT_") || variable == "RUST_LOG"
            {
                command.env_remove(&*variable);
            }
        }
        configure(&mut command).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot start {name}: {error}"));
        let said = Arc::<Said>::default();
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let reading = vec![listen_to(stdout, Arc::clone(&said)), listen_to(stderr, Arc::clone(&said))];
        Self { name, child, said, reading }
    }

    /// What follows `words` on the first line that has them.
    pub fn wait_for_line(&self, words: &str) -> String {
        let lines = self.said.lines.lock().unwrap();
        let missing = |lines: &mut Vec<String>| !lines.iter().any(|line| line.contains(words));
        let (lines, _) = self.said.more.wait_timeout_while(lines, PATIENCE, missing).unwrap();
        let found = lines.iter().find_map(|line| Some(line.split_once(words)?.1.to_owned()));
        found.unwrap_or_else(|| panic!("{} did not say {words:?}:\n{}", self.name, lines.join("\n")))
    }

    /// SIGTERM, and then its end.
    pub fn stop(mut self) -> Ended {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(told.is_ok_and(|status| status.success()), "{} has ended before it was told to", self.name);
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "{} still runs {PATIENCE:?} after SIGTERM", self.name);
            std::thread::sleep(Duration::from_millis(20));
        };
        self.reading.drain(..).for_each(|reading| reading.join().unwrap());
        let lines = self.said.lines.lock().unwrap().clone();
        assert!(status.success(), "{} ended with {status}:\n{}", self.name, lines.join("\n"));
        Ended { status, lines }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Both fail when it has ended, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listen_to(output: impl Read + Send + 'static, said: Arc<Said>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines() {
            let Ok(line) = line else { break };
            said.lines.lock().unwrap().push(line);
            said.more.notify_all();
        }
    })
}

/// The program of this package that is called so, built beside the one that asks.
pub fn sibling(name: &str) -> PathBuf {
    let sibling = std::env::current_exe().unwrap().with_file_name(name);
    assert!(sibling.is_file(), "{} is not built; try `cargo build --package e2e`", sibling.display());
    sibling
}

/// A port that nobody is given by chance: a socket that is bound and does not listen is in nobody's way who asks for the port by its
/// number.
pub struct ReservedPort(TcpSocket);

impl ReservedPort {
    /// One on 127.0.0.1.
    pub fn new() -> Self {
        let port = TcpSocket::new_v4().unwrap();
        port.set_reuseaddr(true).unwrap();
        port.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        Self(port)
    }

    /// Where to listen.
    pub fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }

    /// The number alone.
    pub fn number(&self) -> String {
        self.address().port().to_string()
    }
}

impl Default for ReservedPort {
    fn default() -> Self {
        Self::new()
    }
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// 200, 404.
    pub status: u16,
    /// What came after the headers.
    pub body: String,
}

/// Makes a request over a connection of its own; `headers` are whole lines. `None` when there was no answer.
///
/// Of HTTP/1.0, whose answers are never in chunks.
pub fn try_ask(address: SocketAddr, request: &str, headers: &str, body: &str) -> Option<Answer> {
    let mut connection = TcpStream::connect(address).ok()?;
    connection.set_read_timeout(Some(PATIENCE)).ok()?;
    let length = body.len();
    write!(
        connection,
        "{request} HTTP/1.0\r\nhost: {address}\r\n{headers}content-length: {length}\r\n\r\n{body}"
    )
    .ok()?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some(Answer { status: head.split(' ').nth(1)?.parse().ok()?, body: body.to_owned() })
}

/// The same, where an answer is expected.
pub fn ask(address: SocketAddr, request: &str, headers: &str, body: &str) -> Answer {
    try_ask(address, request, headers, body)
        .unwrap_or_else(|| panic!("no answer to {request} from {address}"))
}

/// Waits until a request is answered with 200.
pub fn wait_until_answered(address: SocketAddr, request: &str) {
    let deadline = Instant::now() + PATIENCE;
    while try_ask(address, request, "", "").is_none_or(|answer| answer.status != 200) {
        assert!(Instant::now() < deadline, "{request} is not answered by {address} within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
