//! What goes wrong at the start.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::panic::catch_unwind;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use servers::{Kind, Server};

/// A server that has something to say before it gives up.
struct Broken;

impl Kind for Broken {
    const NAME: &'static str = "broken";

    fn command(_: &Path, _: u16) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", "echo the disk is full >&2; exit 3"]);
        command
    }

    fn answers(_: u16) -> io::Result<bool> {
        Ok(false)
    }

    fn url(port: u16) -> String {
        format!("broken://127.0.0.1:{port}")
    }
}

#[test]
fn a_server_that_ends_at_its_start_is_quoted() {
    let panic = catch_unwind(Server::<Broken>::start).err().unwrap();

    let message = panic.downcast_ref::<String>().unwrap();
    assert!(
        message.contains("broken ended at its start") && message.contains("the disk is full"),
        "{message}"
    );
}

/// A server whose first port somebody takes just before it does.
struct Late;

static TAKEN: Mutex<Option<TcpListener>> = Mutex::new(None);

impl Kind for Late {
    const NAME: &'static str = "late";

    fn command(_: &Path, port: u16) -> Command {
        let mut command = Command::new("sh");
        let mut taken = TAKEN.lock().unwrap();
        if taken.is_some() {
            command.args(["-c", "read never < /dev/zero"]);
        } else {
            *taken = Some(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap());
            command.args(["-c", "exit 1"]);
        }
        command
    }

    fn answers(port: u16) -> io::Result<bool> {
        let taken = TAKEN.lock().unwrap();
        Ok(taken.as_ref().unwrap().local_addr()?.port() != port)
    }

    fn url(port: u16) -> String {
        format!("late://127.0.0.1:{port}")
    }
}

#[test]
fn another_port_is_tried_when_somebody_was_quicker() {
    let server = Server::<Late>::start();

    let taken = TAKEN.lock().unwrap().take().unwrap();
    assert_ne!(server.port(), taken.local_addr().unwrap().port());
}
