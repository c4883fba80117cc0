//! `cargo xtask <task>`.

use std::process::ExitCode;
use xtask::command::Failure;
use xtask::{
    browser, check, collector, compliance, containers, page, polyglot, sdks, servers, suite, workspace,
};

const USAGE: &str = "\
Usage: cargo xtask <task>

  check            everything CI runs: format, lints, docs, features alone, dependencies, then the tests
  test             every test: unit, integration, documentation, panics that abort, totals of many threads, and the loom models
  servers          databases, brokers, Prometheus, a browser and two other SDKs for the tests, found or fetched, so that
                   `cargo test` alone has them, too
  page             builds the viewer's page into crates/pilotlight-view/ui/dist (Node.js 20.19 or newer)
  browser          the viewer's page in a real Chromium, with the shop's telemetry and with hostile one; a part of `test`
  screenshots      the pictures of the viewer's page, taken anew into docs/screenshots
  compliance       what spec/compliance.csv claims, by section, as Markdown

  These take minutes, and CI does not run them:
  static-build     the Dockerfile's build stage on this machine: a static program, served from the image's files alone
  collector-check  a real Collector, built with Go, takes all that the shop sends
  polyglot-check   a program in Go in the middle of an order is part of its trace";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run(arguments: &[String]) -> Result<(), Failure> {
    let root = workspace::root();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["check"] => check::run(&root),
        ["test"] => suite::run(&root),
        ["servers"] => {
            for found in servers::find_or_fetch(&root)? {
                println!("{}={}", found.tool.variable, found.folder.display());
            }
            sdks::fetch(&root)
        }
        ["page"] => page::build(&root),
        ["browser"] => browser::test(&root),
        ["screenshots"] => browser::screenshots(&root),
        ["static-build"] => containers::static_build(&root),
        ["collector-check"] => collector::run(&root),
        ["polyglot-check"] => polyglot::run(&root),
        ["compliance"] => {
            print!("{}", compliance::report(&root)?);
            Ok(())
        }
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        // 2 is what command lines answer when they were not understood.
        _ => Err(Failure::new(USAGE).with_exit_code(2)),
    }
}
