//! What the system knows of processes and ports.

use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The folder of a server, whose output goes to a file in it.
pub(crate) fn folder_of(process: u32) -> PathBuf {
    let log = std::fs::read_link(format!("/proc/{process}/fd/2")).unwrap();
    log.parent().unwrap().to_owned()
}

/// Whether a process does anything: one that has ended is there until its parent looks.
pub(crate) fn is_running(process: u32) -> bool {
    let stat = std::fs::read_to_string(Path::new("/proc").join(process.to_string()).join("stat"));
    stat.is_ok_and(|stat| !stat.contains(") Z ") && !stat.contains(") X "))
}

pub(crate) fn listens(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Waits until something is so, and fails when that takes far too long.
pub(crate) fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it never came to this: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
