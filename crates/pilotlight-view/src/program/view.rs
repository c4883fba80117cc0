//! `pilotlight view`.

use super::browser;
use super::units::{Age, Bytes};
use crate::page::Token;
use crate::receive::{Limits, PortRole};
use crate::store;
use crate::view::{GRPC_PORT, HTTP_PORT, Options, PAGE_PORT, Senders, View};
use clap::Args;
use clap::builder::FalseyValueParser;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Receives OpenTelemetry and shows it in a browser.
///
/// OTLP is taken over gRPC and HTTP, as protobuf and JSON, on either port. Everything is kept within bounds, and nothing leaves this
/// machine.
#[derive(Debug, Args)]
pub(super) struct ViewArguments {
    /// The address to listen on. Beyond loopback the page asks for a token, and senders need one.
    #[arg(long, env = "PILOTLIGHT_VIEW_HOST", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// The port of the page.
    #[arg(long, env = "PILOTLIGHT_VIEW_PORT", default_value_t = PAGE_PORT)]
    port: u16,
    /// The port where senders of gRPC look for a receiver.
    #[arg(long, env = "PILOTLIGHT_VIEW_GRPC_PORT", default_value_t = GRPC_PORT)]
    grpc_port: u16,
    /// The port where senders of OTLP over HTTP look for a receiver.
    #[arg(long, env = "PILOTLIGHT_VIEW_HTTP_PORT", default_value_t = HTTP_PORT)]
    http_port: u16,
    /// The file to keep everything in, which outlives the program. Without it: a temporary one, which does not.
    #[arg(long, env = "PILOTLIGHT_VIEW_DB", value_name = "PATH")]
    db: Option<PathBuf>,
    /// Memory for what is newest.
    #[arg(long, env = "PILOTLIGHT_VIEW_MEMORY", value_name = "SIZE", default_value_t = Bytes(store::Options::default().memory_bytes_max))]
    memory: Bytes,
    /// The largest that the file may become; then the oldest is dropped.
    #[arg(long, env = "PILOTLIGHT_VIEW_DISK", value_name = "SIZE", default_value_t = Bytes(store::Options::default().disk_bytes_max))]
    disk: Bytes,
    /// How long anything is kept.
    #[arg(long, env = "PILOTLIGHT_VIEW_KEEP", value_name = "AGE", default_value_t = Age(store::Options::default().age_max))]
    keep: Age,
    /// The largest gRPC message that is taken.
    #[arg(long, env = "PILOTLIGHT_VIEW_GRPC_MAX", value_name = "SIZE", default_value_t = Bytes(Limits::default().grpc_bytes_max as u64))]
    grpc_max: Bytes,
    /// The largest HTTP body that is taken.
    #[arg(long, env = "PILOTLIGHT_VIEW_HTTP_MAX", value_name = "SIZE", default_value_t = Bytes(Limits::default().http_bytes_max as u64))]
    http_max: Bytes,
    /// What whoever opens the page has to have. Without it: nothing on loopback, and beyond it one is made and printed.
    #[arg(long, env = "PILOTLIGHT_VIEW_TOKEN", value_name = "TOKEN", value_parser = Token::parse, hide_env_values = true)]
    token: Option<Token>,
    /// What senders have to have, as the header `authorization: Bearer TOKEN`. Without it: nothing on loopback, and beyond it one is made
    /// and printed.
    #[arg(long, env = "PILOTLIGHT_VIEW_OTLP_TOKEN", value_name = "TOKEN", value_parser = Token::parse, hide_env_values = true)]
    otlp_token: Option<Token>,
    /// Take telemetry from anyone, without a token, also beyond loopback. Says nothing where there is --otlp-token.
    #[arg(long, env = "PILOTLIGHT_VIEW_OTLP_OPEN", value_parser = FalseyValueParser::new())]
    otlp_open: bool,
    /// Another name by which the page may be opened, such as that of this machine in a network. Can be given several times.
    #[arg(long, env = "PILOTLIGHT_VIEW_ALLOWED_HOST", value_name = "NAME", value_delimiter = ',')]
    allowed_host: Vec<String>,
    /// Open the page in the browser.
    #[arg(long, env = "PILOTLIGHT_VIEW_OPEN", value_parser = FalseyValueParser::new())]
    pub(super) open: bool,
}

/// What requests and the file may take to finish when the program is told to end.
pub(super) const FINISH: Duration = Duration::from_secs(5);

/// Receiving and answering; decoding of large bodies and questions have threads of their own.
const WORKERS: usize = 2;

/// Runs until it is told to end.
pub(super) fn main(arguments: ViewArguments) -> ExitCode {
    match runtime().and_then(|runtime| runtime.block_on(run(arguments))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("pilotlight view: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Where everything runs.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
    runtime.map_err(|error| format!("no threads can be started: {error}; end some other programs"))
}

async fn run(arguments: ViewArguments) -> Result<(), String> {
    let told_to_end = told_to_end().map_err(|error| format!("signals cannot be received: {error}"))?;
    let open = arguments.open;
    let kept = kept(&arguments);
    let view = View::start(options(arguments)?).await.map_err(|error| error.to_string())?;
    // Nobody may be reading it, which is no reason to end.
    let _ = writeln!(std::io::stdout(), "{}", greeting(&view, &kept));
    for warning in view.warnings() {
        eprintln!("pilotlight view: {warning}");
    }
    if open && let Err(error) = browser::open(view.url()) {
        eprintln!("pilotlight view: no browser could be started ({error}); open the address yourself");
    }
    told_to_end.await;
    eprintln!("Finishing what was begun ...");
    view.stop(FINISH).await;
    Ok(())
}

pub(super) fn options(arguments: ViewArguments) -> Result<Options, String> {
    let address = |port| SocketAddr::new(arguments.host, port);
    let request_bytes_max = |flag: &str, Bytes(bytes): Bytes| {
        // gRPC has 32 bits for a length, and HTTP's bodies need no more.
        u32::try_from(bytes)
            .map(|bytes| bytes as usize)
            .map_err(|_| format!("{flag} {}: at most 4095MiB", Bytes(bytes)))
    };
    Ok(Options {
        page_address: address(arguments.port),
        otlp_addresses: vec![
            (address(arguments.grpc_port), PortRole::Grpc),
            (address(arguments.http_port), PortRole::Http),
        ],
        limits: Limits {
            grpc_bytes_max: request_bytes_max("--grpc-max", arguments.grpc_max)?,
            http_bytes_max: request_bytes_max("--http-max", arguments.http_max)?,
            ..Limits::default()
        }
        .with_room_for_largest(),
        store: store::Options {
            db: arguments.db,
            memory_bytes_max: arguments.memory.0,
            disk_bytes_max: arguments.disk.0,
            age_max: arguments.keep.0,
        },
        allowed_hosts: arguments.allowed_host,
        token: arguments.token,
        senders: senders(arguments.otlp_token, arguments.otlp_open),
    })
}

fn senders(token: Option<Token>, anyone: bool) -> Senders {
    match token {
        Some(token) => Senders::With(token),
        None if anyone => Senders::Anyone,
        None => Senders::Trusted,
    }
}

fn greeting(view: &View, kept: &str) -> String {
    let receives = view.otlp_addresses().iter().map(|(address, role)| match role {
        PortRole::Grpc => format!("  {address}  gRPC, as a rule"),
        PortRole::Http => format!("  {address}  HTTP, as a rule"),
        PortRole::Any => format!("  {address}"),
    });
    let token = view.otlp_token().map(|token| {
        format!("with the token:  OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20{}", token.text())
    });
    let receives: Vec<_> = receives.chain(token).collect();
    format!(
        "Pilotlight is at  {}\n\nSend OTLP to any of these; each takes gRPC, protobuf and JSON:\n{}\n\n{kept}\nCtrl-C ends it.",
        view.url(),
        receives.join("\n"),
    )
}

fn kept(arguments: &ViewArguments) -> String {
    let ViewArguments { db, memory, disk, keep, .. } = arguments;
    let file = match db {
        Some(path) => format!("in {}", path.display()),
        None => "in a temporary file, until it ends (--db PATH keeps it)".to_owned(),
    };
    format!("Keeps {memory} in memory and {disk} {file}; nothing longer than {keep}. The oldest goes first.")
}

/// Resolves at Ctrl-C and `Ctrl-\`, when the terminal is closed, and when the system asks the program to end.
#[cfg(unix)]
pub(crate) fn told_to_end() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut quit = signal(SignalKind::quit())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = (!is_hangup_ignored()).then(|| signal(SignalKind::hangup())).transpose()?;
    Ok(async move {
        let hung_up = async {
            match &mut hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = quit.recv() => {}
            _ = terminate.recv() => {}
            _ = hung_up => {}
        }
    })
}

/// Whether we were started by `nohup`, which is to outlive the terminal. Where the system has no `/proc` it cannot be told.
#[cfg(unix)]
fn is_hangup_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // The first bit is the first signal's, which is this one.
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 != 0)
}

/// Resolves at Ctrl-C.
#[cfg(not(unix))]
pub(crate) fn told_to_end() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without the signal nothing can be done but to go on.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    })
}
