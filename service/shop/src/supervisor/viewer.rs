//! The viewer of the shop: where to look at what its programs tell, when nobody has said where else that should go.
//!
//! It has a thread with a runtime of its own: this process's main thread is the parent of the programs and nothing else.

use std::env;
use std::error::Error as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use pilotlight_view::receive::PortRole;
use pilotlight_view::view::{GRPC_PORT, HTTP_PORT, Options, View};
use tokio::sync::oneshot;

use super::environment::Change;
use super::note;
use crate::cli::Viewing;
use crate::failure::Failure;

/// What the viewer may take to finish what it is doing once the programs have ended: nobody sends any more.
const STOP_MAX: Duration = Duration::from_secs(2);

/// A viewer that runs.
#[derive(Debug)]
pub(super) struct Viewer {
    /// What to open in a browser.
    pub(super) url: String,
    /// Where the programs send.
    endpoint: SocketAddr,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

/// Whether there is to be one: when it was asked for, or when no variable says where telemetry goes instead.
pub(super) fn is_wanted(viewing: Viewing) -> bool {
    match viewing {
        Viewing::On => true,
        Viewing::Off => false,
        Viewing::Auto => !DESTINATIONS.iter().any(|name| is_set(name)),
    }
}

/// The variable that everything follows that has none of its own.
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// The variables that say where telemetry goes, or that it goes nowhere.
const DESTINATIONS: [&str; 9] = [
    ENDPOINT,
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
    "OTEL_TRACES_EXPORTER",
    "OTEL_METRICS_EXPORTER",
    "OTEL_LOGS_EXPORTER",
    "OTEL_CONFIG_FILE",
    "OTEL_SDK_DISABLED",
];

/// With a viewer that was asked for whatever they say, nobody gets what they say.
fn not_elsewhere() -> impl Iterator<Item = Change> {
    DESTINATIONS.into_iter().filter(|name| *name != ENDPOINT && is_set(name)).map(|name| {
        note(format_args!("{name} is not handed on: what the programs tell goes to the viewer"));
        Change { name, value: None }
    })
}

fn is_set(name: &str) -> bool {
    env::var_os(name).is_some_and(|value| !value.is_empty())
}

impl Viewer {
    /// Starts it with its page there, and takes what is sent on the usual ports; on free ports when something else has one of them.
    pub(super) fn start(page_address: SocketAddr) -> Result<Self, Failure> {
        let (told, started) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let failed = |cause| Failure::because("the viewer cannot be started", cause);
        let thread = thread::Builder::new()
            .name("viewer".into())
            .spawn(move || serve(page_address, &told, stopped))
            .map_err(failed)?;
        // An end without a word is a panic, which has been told.
        let started = started.recv().map_err(|_| Failure::new("the viewer cannot be started"))?;
        let (url, endpoint) = started?;
        Ok(Self { url, endpoint, stop, thread })
    }

    /// What a program's environment says so that its telemetry comes here: soon, and without lines on standard output, which would
    /// scroll the address away.
    pub(super) fn environment(&self) -> Vec<Change> {
        let unless_set = [
            ("PILOTLIGHT_LOG_LINES", "off"),
            // Somebody is looking: the first metrics come at once, not after a minute.
            ("OTEL_METRIC_EXPORT_INTERVAL", "2000"),
            ("OTEL_BSP_SCHEDULE_DELAY", "500"),
            ("OTEL_BLRP_SCHEDULE_DELAY", "500"),
        ];
        let unless_set = unless_set.into_iter().filter(|(name, _)| !is_set(name));
        let unless_set = unless_set.map(|(name, value)| Change { name, value: Some(value.to_owned()) });
        let endpoint = Change { name: ENDPOINT, value: Some(format!("http://{}", self.endpoint)) };
        unless_set.chain(not_elsewhere()).chain([endpoint]).collect()
    }

    /// Ends it, after the programs: their last words are received.
    pub(super) fn stop(self) {
        // Nobody listens when it has ended before; its panic has been told then.
        let _ = self.stop.send(());
        let _ = self.thread.join();
    }
}

type Started = Result<(String, SocketAddr), Failure>;

fn serve(page_address: SocketAddr, told: &std::sync::mpsc::Sender<Started>, stopped: oneshot::Receiver<()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(cause) => {
            let _ = told.send(Err(Failure::because("the viewer cannot be started", cause)));
            return;
        }
    };
    runtime.block_on(async {
        let view = match start(page_address).await {
            Ok(view) => view,
            Err(failure) => {
                let _ = told.send(Err(failure));
                return;
            }
        };
        let _ = told.send(addresses(&view));
        let _ = stopped.await;
        view.stop(STOP_MAX).await;
    });
}

/// Where the programs send, by whichever protocol they are told to.
const OF_THE_PROGRAMS: (SocketAddr, PortRole) =
    (SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0), PortRole::Any);

/// Its page, and where the programs send.
fn addresses(view: &View) -> Started {
    let endpoint = view.otlp_addresses().iter().find(|(_, role)| *role == OF_THE_PROGRAMS.1);
    let (endpoint, _) = endpoint.ok_or_else(|| Failure::new("the viewer listens nowhere"))?;
    Ok((view.url().to_owned(), *endpoint))
}

async fn start(page_address: SocketAddr) -> Result<View, Failure> {
    let failed = |error| Failure::because("the viewer cannot be started", error);
    if page_address.port() == 0 {
        return View::start(on_free_ports(page_address.ip())).await.map_err(failed);
    }
    let mut usual = Options { page_address, ..Options::default() };
    usual.otlp_addresses.push(OF_THE_PROGRAMS);
    match View::start(usual).await {
        Ok(view) => Ok(view),
        Err(error) => {
            // What to do about it is not said: the flags that the error names are those of the viewer's own program.
            let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            note(format_args!(
                "the viewer takes free ports, since it cannot have {page_address}, {GRPC_PORT} and {HTTP_PORT}: {cause}"
            ));
            View::start(on_free_ports(page_address.ip())).await.map_err(failed)
        }
    }
}

fn on_free_ports(page: IpAddr) -> Options {
    Options {
        page_address: SocketAddr::new(page, 0),
        otlp_addresses: vec![OF_THE_PROGRAMS],
        ..Options::default()
    }
}
