//! A server from its start to its end, whatever it serves.

mod folder;
mod port;
pub(crate) mod process;
pub(crate) mod template;

use std::marker::PhantomData;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use folder::Folder;
use port::Port;
use process::Process;

/// How long a server may take until it answers, or until it has ended: far longer than any does, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a server is asked whether it answers.
const PAUSE: Duration = Duration::from_millis(10);

/// How many ports are tried: each of them would have to be taken between being chosen and being used.
const TRIES: usize = 5;

/// What is different about one kind of server.
pub trait Kind {
    /// Its name, in messages and folders.
    const NAME: &'static str;

    /// What asks it to stop in an orderly way.
    const STOP: Signal = Signal::TERM;

    /// What ends it at once, and still lets it give back what outlives a process.
    const END: Signal = Signal::KILL;

    /// Makes its data in a folder that is empty, before it starts for the first time.
    fn prepare(_folder: &Path) {}

    /// What starts it on this port of 127.0.0.1, with its data in this folder.
    fn command(folder: &Path, port: u16) -> Command;

    /// Whether what listens there answers as this kind of server does when it is ready.
    ///
    /// # Errors
    /// When nothing listens there, or it says nothing.
    fn answers(port: u16) -> std::io::Result<bool>;

    /// Where clients find it, with their user and password.
    fn url(port: u16) -> String;

    /// Gives back what a killed server has left outside of its folder.
    fn tidy(_folder: &Path) {}
}

/// A server in a process of its own, on a free port of 127.0.0.1, with its data in a temporary folder.
///
/// It is gone when this is dropped, in a panic too, and when the process ends that started it, however it ends. A server in a `static`
/// is never dropped: it ends with the process as well, and its folder is removed by the next one that starts such a server.
#[derive(Debug)]
pub struct Server<K: Kind> {
    // Dropped in this order: nothing writes to the folder when it is removed.
    process: Option<Process>,
    folder: Folder,
    port: Port,
    kind: PhantomData<K>,
}

impl<K: Kind> Server<K> {
    /// Starts a server with empty data. It answers when this returns.
    ///
    /// # Panics
    /// When its programs are not found, or it ends or does not answer within a minute. The message has what it wrote.
    pub fn start() -> Self {
        let folder = Folder::new(K::NAME);
        K::prepare(folder.path());
        let mut server = Self { process: None, folder, port: Port::free(), kind: PhantomData };
        for _ in 1..TRIES {
            match server.launch() {
                // Somebody else was quicker.
                Err(_) if !server.port.is_free() => server.port = Port::free(),
                launched => return launched.map(|()| server).unwrap_or_else(|trouble| panic!("{trouble}")),
            }
        }
        server.launch().unwrap_or_else(|trouble| panic!("{trouble}"));
        server
    }

    /// Where clients find it, with user, password and whatever else they need to say.
    pub fn url(&self) -> String {
        K::url(self.port.number())
    }

    /// Its port of 127.0.0.1: the same for as long as this exists.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// The process that serves, while there is one.
    pub fn process_id(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
    }

    /// Kills it, as a crash would. Nothing of it is left when this returns, but for its data. Does nothing when it does not run.
    pub fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill();
        }
    }

    /// Asks it to stop, and waits until it has. Does nothing when it does not run.
    ///
    /// # Panics
    /// When it has not stopped after a minute; then it is killed.
    pub fn stop(&mut self) {
        if let Some(process) = self.process.take() {
            let stopped = process.end_with(K::STOP, PATIENCE);
            assert!(
                stopped,
                "{} has not stopped for {PATIENCE:?}. It wrote:\n{}",
                K::NAME,
                self.folder.log()
            );
        }
    }

    /// Starts it again after [`kill`](Self::kill) or [`stop`](Self::stop), on the same port and with the data that it had. One that
    /// runs is stopped before.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    pub fn start_again(&mut self) {
        self.stop();
        self.launch().unwrap_or_else(|trouble| panic!("{trouble}"));
    }

    fn launch(&mut self) -> Result<(), String> {
        let port = self.port.number();
        let command = K::command(self.folder.path(), port);
        let mut process = Process::start(command, self.folder.log_file())?;
        let begun = Instant::now();
        while !K::answers(port).unwrap_or(false) {
            if let Some(status) = process.ended() {
                return Err(format!(
                    "{} ended at its start ({status}). It wrote:\n{}",
                    K::NAME,
                    self.folder.log()
                ));
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!(
                    "{} does not answer after {PATIENCE:?}. It wrote:\n{}",
                    K::NAME,
                    self.folder.log()
                ));
            }
            std::thread::sleep(PAUSE);
        }
        self.process = Some(process);
        Ok(())
    }
}

impl<K: Kind> Drop for Server<K> {
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            process.end_with(K::END, PATIENCE);
        }
        K::tidy(self.folder.path());
    }
}
