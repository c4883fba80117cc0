//! Opens an address in the user's browser.

use std::process::{Command, Stdio};

#[cfg(target_os = "macos")]
const OPENER: (&str, &[&str]) = ("open", &[]);
#[cfg(windows)]
const OPENER: (&str, &[&str]) = ("rundll32", &["url.dll,FileProtocolHandler"]);
#[cfg(not(any(target_os = "macos", windows)))]
const OPENER: (&str, &[&str]) = ("xdg-open", &[]);

/// Asks the system to open `link`, and does not wait for it.
///
/// # Errors
/// In words, when the system's program for that cannot be started.
pub fn open(link: &str) -> Result<(), String> {
    let (program, arguments) = OPENER;
    let mut command = Command::new(program);
    command.args(arguments).arg(link).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let started = command.spawn();
    let mut child =
        started.map_err(|error| format!("no browser was opened, `{program}` cannot be started: {error}"))?;
    // Somebody has to wait for it, or it stays in the system's list when it has ended.
    std::thread::spawn(move || child.wait());
    Ok(())
}
