//! A viewer on free ports, and SDKs of other languages that tell it an order.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;

use pilotlight_view::receive::PortRole;
use pilotlight_view::view::{Options, View};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::http::{escaped, get};
use crate::process::program;

/// A viewer with an empty store, which lives as long as the test.
pub(crate) struct Viewer {
    view: View,
    page: SocketAddr,
    /// Last: the viewer lives in it.
    _runtime: Runtime,
}

impl Viewer {
    pub(crate) fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let options = Options {
            page_address: free,
            otlp_addresses: vec![(free, PortRole::Grpc), (free, PortRole::Http)],
            ..Options::default()
        };
        let view = runtime.block_on(View::start(options)).unwrap();
        let page = page_of(view.url());
        Self { view, page, _runtime: runtime }
    }

    /// Where OTLP goes, by what others have there.
    pub(crate) fn endpoint(&self, role: PortRole) -> String {
        let is_it = |(address, of): &&(SocketAddr, PortRole)| *of == role && address.is_ipv4();
        let (address, _) = self.view.otlp_addresses().iter().find(is_it).unwrap();
        format!("http://{address}")
    }

    /// What the API answers.
    pub(crate) fn ask(&self, path: &str, query: &[(&str, &str)]) -> Value {
        ask(self.page, path, query)
    }
}

/// What the API of the viewer answers whose page is there.
pub(crate) fn ask(page: SocketAddr, path: &str, query: &[(&str, &str)]) -> Value {
    let query = query.iter().map(|(key, value)| format!("{key}={}", escaped(value)));
    let answer = get(page, &format!("{path}?{}", query.collect::<Vec<_>>().join("&")), "");
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    serde_json::from_str(&answer.body).unwrap()
}

/// Where the page is that a link opens.
pub(crate) fn page_of(url: &str) -> SocketAddr {
    url.trim_start_matches("http://").trim_end_matches('/').parse().unwrap()
}

/// A language whose SDK tells an order.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Language {
    Python,
    JavaScript,
}

impl Language {
    /// Tells the order of `e2e/sdks`, to its end.
    pub(crate) fn tell(self, protocol: &str, endpoint: &str, variables: &[(&str, &str)]) {
        let mut command = self.program();
        command.args([protocol, endpoint]).envs(variables.iter().copied());
        let outcome = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; {ADVICE}"));
        let said = String::from_utf8_lossy(&outcome.stderr);
        assert!(outcome.status.success(), "{command:?}: {}; {said}; {ADVICE}", outcome.status);
    }

    fn program(self) -> Command {
        let sdks = Path::new(env!("CARGO_MANIFEST_DIR")).join("sdks");
        let (with, script) = match self {
            Self::Python => (python(), sdks.join("python/tell.py")),
            Self::JavaScript => (PathBuf::from("node"), sdks.join("javascript/tell.mjs")),
        };
        let mut command = program(with.to_str().unwrap());
        command.arg(script);
        command
    }
}

const ADVICE: &str = "`cargo xtask test` and `cargo xtask servers` fetch the SDKs";

/// In its own environment, which lies in the target directory that this very program was built in.
fn python() -> PathBuf {
    let this = std::env::current_exe().unwrap();
    let mut found = this.ancestors().map(|folder| folder.join("tools/sdk-python/bin/python"));
    found.find(|python| python.is_file()).unwrap_or_else(|| panic!("the Python SDK is not here; {ADVICE}"))
}
