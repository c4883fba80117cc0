//! The page is opened in the browser by those who ask for it, once, and by nobody else.

#![cfg(unix)] // The browser of these tests is a shell script.
#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, PipeReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

const TOKEN: &str = "0123456789abcdef";

/// The program as it is started here, with what was opened and what is said.
struct Started {
    child: Child,
    /// A line for each time that somebody was asked to open something. It ends when the program and all that it started have ended.
    opened: PipeReader,
    said: Box<dyn BufRead>,
}

/// Puts a browser into `folder` that only writes down what it is to open.
fn install_browser(folder: &Path) {
    // Linux and macOS have different names for it.
    for name in ["xdg-open", "open"] {
        let path = folder.join(name);
        std::fs::write(&path, "#!/bin/sh\necho \"$@\" >&3\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// Starts it with nothing but `folder` in its path, on free ports. Everything it starts inherits the pipe as its descriptor 3.
fn start(folder: &Path, command: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Started {
    let (opened, pipe) = std::io::pipe().unwrap();
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", "exec 3>&0 0</dev/null; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_pilotlight"), command])
        .args(["--port", "0", "--grpc-port", "0", "--http-port", "0"])
        .args(arguments)
        .env_clear()
        .env("PATH", folder)
        .envs(variables.iter().copied())
        .stdin(pipe)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = shell.spawn().unwrap();
    let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let said: Box<dyn BufRead> = match command {
        "view" => Box::new(BufReader::new(stdout)),
        _ => Box::new(BufReader::new(stderr)),
    };
    Started { child, opened, said }
}

impl Started {
    /// The address that is said to be the page's.
    fn address(&mut self) -> String {
        let mut lines = self.said.by_ref().lines().map(Result::unwrap);
        let line = lines.find(|line| line.contains(" is at ")).unwrap();
        line.split_whitespace().last().unwrap().to_owned()
    }

    /// Waits for the end, and gives what was to be opened.
    fn opened(mut self) -> String {
        let ended = self.child.wait().unwrap();
        assert!(ended.success(), "{ended}");
        let mut opened = String::new();
        self.opened.read_to_string(&mut opened).unwrap();
        opened
    }
}

/// The address of the page, and what was to be opened until the program ended.
fn view(arguments: &[&str], variables: &[(&str, &str)]) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    install_browser(folder.path());
    let mut started = start(folder.path(), "view", arguments, variables);
    let address = started.address();
    let told = Command::new("kill").arg(started.child.id().to_string()).status().unwrap();
    assert!(told.success());
    (address, started.opened())
}

/// The same of a viewer beside a program that ends at once.
fn run(arguments: &[&str], variables: &[(&str, &str)]) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    install_browser(folder.path());
    let arguments = [arguments, &["--", "/bin/sh", "-c", "exit 0"]].concat();
    let mut started = start(folder.path(), "run", &arguments, variables);
    (started.address(), started.opened())
}

#[test]
fn the_address_is_handed_to_the_browser_once_when_that_is_asked_for() {
    for of in [view, run] {
        for (arguments, variables) in [(&["--open"][..], &[][..]), (&[], &[("PILOTLIGHT_VIEW_OPEN", "true")])]
        {
            let (address, opened) = of(arguments, variables);
            assert!(address.starts_with("http://127.0.0.1:"), "{address}");
            assert_eq!(opened, format!("{address}\n"));
        }
    }
}

#[test]
fn the_token_is_handed_over_with_the_address() {
    for of in [view, run] {
        let (address, opened) = of(&["--open", "--token", TOKEN], &[]);
        assert!(address.ends_with(&format!("?token={TOKEN}")), "{address}");
        assert_eq!(opened, format!("{address}\n"));
    }
}

#[test]
fn nothing_is_opened_unasked() {
    for of in [view, run] {
        assert_eq!(of(&[], &[]).1, "");
        assert_eq!(of(&[], &[("PILOTLIGHT_VIEW_OPEN", "false")]).1, "");
    }
}

#[test]
fn without_a_browser_it_is_said_and_everything_else_goes_on() {
    let nothing = tempfile::tempdir().unwrap();
    let mut started = start(nothing.path(), "run", &["--open", "--", "/bin/sh", "-c", "exit 0"], &[]);
    let mut said = String::new();
    started.said.read_to_string(&mut said).unwrap();
    assert!(
        said.contains("no browser could be started") && said.contains("open the address yourself"),
        "{said}"
    );
    assert_eq!(started.opened(), "");
}
