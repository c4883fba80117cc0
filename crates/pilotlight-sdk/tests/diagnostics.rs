//! Our own messages, where nobody listens.

use std::io::Read;
use std::process::{Command, Stdio};

use pilotlight_sdk::diagnostics;

/// Set for the program that a test starts: this one again.
const SPEAKS: &str = "PILOTLIGHT_TEST_SPEAKS";

#[test]
fn a_message_that_nobody_reads_any_more_hurts_nobody() {
    if std::env::var_os(SPEAKS).is_some() {
        // Our end of the test's agreement: speak once its end of standard error is closed.
        std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
        return diagnostics::error("into the void");
    }
    let mut program = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_message_that_nobody_reads_any_more_hurts_nobody", "--nocapture"])
        .env(SPEAKS, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(program.stderr.take());
    drop(program.stdin.take());
    assert!(program.wait().unwrap().success());
}
