//! The user's browser.

use std::process::{Command, Stdio};

/// Opens an address in it. The program that does so is not waited for.
pub(crate) fn open(address: &str) -> std::io::Result<()> {
    let mut command = opener(address);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().map(drop)
}

fn opener(address: &str) -> Command {
    if cfg!(target_os = "macos") {
        let mut command = Command::new("open");
        command.arg(address);
        command
    } else if cfg!(windows) {
        let mut command = Command::new("rundll32");
        command.args(["url.dll,FileProtocolHandler", address]);
        command
    } else {
        let mut command = Command::new("xdg-open");
        command.arg(address);
        command
    }
}
