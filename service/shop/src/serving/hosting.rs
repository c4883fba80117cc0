//! What a program is given by the one that started it: its listener, and the end of its life.

use std::io;
use std::net::SocketAddr;

use clap::Args;
use tokio::net::TcpListener;

use crate::failure::Failure;

/// What a program is given by the one that started it.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Hosting {
    /// Take the listening socket from standard input, instead of opening one.
    #[arg(long)]
    pub listener_on_stdin: bool,

    /// Stop when the parent process, which has this id, is gone (where the system tells: Linux).
    #[arg(long, value_name = "PID")]
    pub stop_with: Option<u32>,
}

impl Hosting {
    /// From here on, the end of the parent is a request to stop. To be called first of all, on the main thread.
    ///
    /// # Errors
    /// When the parent is gone already, or the system refuses.
    pub fn follow_parent(&self) -> Result<(), Failure> {
        self.stop_with.map_or(Ok(()), follow)
    }

    /// Listens: on what standard input is, or else on an address.
    ///
    /// # Errors
    /// When the address cannot be listened on, or standard input is not a listening socket.
    pub fn listener(&self, addr: SocketAddr) -> Result<TcpListener, Failure> {
        if self.listener_on_stdin {
            return from_stdin().and_then(into_async).map_err(|cause| {
                Failure::because(
                    "standard input is not a listening TCP socket; leave --listener-on-stdin out",
                    cause,
                )
            });
        }
        bind(addr, "--addr").and_then(|listener| {
            into_async(listener)
                .map_err(|cause| Failure::because(format!("cannot use the socket of {addr}"), cause))
        })
    }
}

/// Opens the listener that `flag` asks for.
pub(crate) fn bind(addr: SocketAddr, flag: &str) -> Result<std::net::TcpListener, Failure> {
    std::net::TcpListener::bind(addr).map_err(|cause| {
        let message = format!("cannot listen on {addr}: {cause}; choose another address with {flag}");
        Failure::because(message, cause)
    })
}

fn into_async(listener: std::net::TcpListener) -> io::Result<TcpListener> {
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

#[cfg(unix)]
fn from_stdin() -> io::Result<std::net::TcpListener> {
    use std::os::fd::AsFd;

    let listener = std::net::TcpListener::from(io::stdin().as_fd().try_clone_to_owned()?);
    // Whatever else standard input may be, it has no such address.
    listener.local_addr()?;
    Ok(listener)
}

#[cfg(not(unix))]
fn from_stdin() -> io::Result<std::net::TcpListener> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The order matters: a parent that ends after the question is noticed by the system, one that ended before, by us.
#[cfg(target_os = "linux")]
fn follow(parent: u32) -> Result<(), Failure> {
    use rustix::process::{Signal, getppid, set_parent_process_death_signal};

    set_parent_process_death_signal(Some(Signal::TERM))
        .map_err(|cause| Failure::because("the system does not tell when the parent process ends", cause))?;
    let found = getppid().map(|pid| pid.as_raw_nonzero().get());
    if found.and_then(|pid| u32::try_from(pid).ok()) == Some(parent) {
        Ok(())
    } else {
        Err(Failure::new(format!(
            "the process {parent}, which --stop-with names, is not the parent, or gone already"
        )))
    }
}

/// Where the system does not tell, only a parent that stops its children leaves none behind.
#[cfg(not(target_os = "linux"))]
fn follow(_: u32) -> Result<(), Failure> {
    Ok(())
}
