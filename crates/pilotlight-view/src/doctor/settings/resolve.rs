//! From variables and sources to what is in force.

use std::path::PathBuf;
use std::time::Duration;

use super::reader::{Reader, Unusable, choice};
use super::{
    Compression, Destination, Headers, Origin, Protocol, Settings, Signal, SignalSettings, Sourced, Spoken,
    Temporality, destination, exporters, guess, headers, numbers, sampler,
};
use crate::doctor::environment::Environment;
use crate::doctor::project::{Features, Project, Release, Sdk};
use crate::doctor::source::{Built, Sources, Transport};

const DEFAULT_INTERVAL: Duration = Duration::from_secs(60);
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// Works out what is in force in `environment` for the service in `project`.
pub fn resolve(environment: &Environment, project: &Project, sources: &Sources) -> Settings {
    resolve_after_asking(environment, project, sources, Spoken::default())
}

/// The same, when it is known what receivers speak.
pub fn resolve_after_asking(
    environment: &Environment,
    project: &Project,
    sources: &Sources,
    spoken: Spoken,
) -> Settings {
    let mut reader = Reader { environment, sdk: &project.sdk, problems: Vec::new() };
    let disabled =
        reader.first(&["OTEL_SDK_DISABLED".to_owned()], numbers::boolean, false, "it counts as false");
    let sampler = sampler::resolve(&mut reader);
    let interval = reader.first(
        &["OTEL_METRIC_EXPORT_INTERVAL".to_owned()],
        |text| interval(text, &project.sdk),
        DEFAULT_INTERVAL,
        "60 seconds are used",
    );
    let temporality = temporality(&mut reader);
    check_numbers(&mut reader);
    let mut spoken = spoken.into_iter();
    let signals =
        Signal::ALL.map(|signal| of_signal(&mut reader, signal, project, sources, spoken.next().flatten()));
    Settings { disabled, sampler, interval, temporality, signals, problems: reader.problems }
}

fn of_signal(
    reader: &mut Reader<'_>,
    signal: Signal,
    project: &Project,
    sources: &Sources,
    spoken: Option<Protocol>,
) -> SignalSettings {
    let code = sources.exporter(signal);
    let exporters = match sources.leaves_out(signal) && matches!(reader.sdk, Sdk::OpenTelemetryRust(_)) {
        true => {
            Sourced { value: vec!["none".to_owned()], from: Origin::Code("where none is built".to_owned()) }
        }
        false => exporters::resolve(reader, signal),
    };
    let protocol = exporters::protocol(&exporters).unwrap_or_else(|| {
        let port = destination::given_port(reader, signal, code);
        let default = default_protocol(project, port, spoken);
        protocol(reader, signal, default, code)
    });
    SignalSettings {
        signal,
        destination: match sources.undecided(signal) {
            Some(place) => Destination::Computed(place.to_owned()),
            None => destination::resolve(reader, signal, protocol.value, code),
        },
        headers: headers(reader, signal),
        compression: compression(reader, signal),
        timeout: reader.first(
            &signal.variables("TIMEOUT"),
            |text| numbers::timeout(text, &project.sdk),
            Some(DEFAULT_TIMEOUT),
            "10 seconds are used",
        ),
        certificate: file(reader, signal, "CERTIFICATE"),
        identity: file(reader, signal, "CLIENT_CERTIFICATE")
            .and_then(|certificate| Some((certificate.value, file(reader, signal, "CLIENT_KEY")?.value))),
        exporters,
        protocol,
    }
}

fn protocol(
    reader: &mut Reader<'_>,
    signal: Signal,
    default: Sourced<Protocol>,
    code: Option<&Built>,
) -> Sourced<Protocol> {
    if let Some(Built { transport: Some(Transport::Grpc), place, .. }) = code {
        return Sourced { value: Protocol::Grpc, from: Origin::Code(place.clone()) };
    }
    let is_strict = matches!(reader.sdk, Sdk::OpenTelemetryRust(release) if *release < Release { major: 0, minor: 33, patch: 0 });
    let names: &[(&str, Protocol)] = match reader.sdk {
        // It has no JSON: its own warning is ours.
        Sdk::Pilotlight(_) => &Protocol::NAMES[..2],
        _ => Protocol::NAMES,
    };
    let parse = |text: &str| choice(text, names, is_strict, "protocol-not-usable");
    let instead = format!("{} is used", default.value);
    let found = reader.optional(&signal.variables("PROTOCOL"), parse, &instead).unwrap_or(default);
    match code {
        Some(Built { transport: Some(Transport::Http), place, .. })
            if found.value == Protocol::Grpc || !matches!(found.from, Origin::Variable(_)) =>
        {
            Sourced { value: Protocol::HttpProtobuf, from: Origin::Code(place.clone()) }
        }
        _ => found,
    }
}

/// How it is sent when no variable says it; what is known of the endpoint counts where the SDK's own default is not known.
fn default_protocol(project: &Project, port: Option<u16>, spoken: Option<Protocol>) -> Sourced<Protocol> {
    match (&project.sdk, project.features("opentelemetry-otlp")) {
        (Sdk::Other(_) | Sdk::Unknown, _) => guess::protocol(project, port, spoken),
        (Sdk::OpenTelemetryRust(_), Some(features)) => Sourced::default_of(compiled_in(&features)),
        (Sdk::OpenTelemetryRust(_) | Sdk::Pilotlight(_), _) => Sourced::default_of(Protocol::HttpProtobuf),
    }
}

/// opentelemetry-rust chooses by what is compiled in: JSON before protobuf before gRPC.
fn compiled_in(features: &Features) -> Protocol {
    match () {
        () if features.has("http-json") => Protocol::HttpJson,
        () if features.default || features.has("http-proto") => Protocol::HttpProtobuf,
        () if features.has("grpc-tonic") => Protocol::Grpc,
        () => Protocol::HttpProtobuf,
    }
}

fn headers(reader: &mut Reader<'_>, signal: Signal) -> Sourced<Headers> {
    for name in signal.variables("HEADERS") {
        let Some(text) = reader.text(&name).map(str::to_owned) else { continue };
        let (headers, unusable) = headers::parse(&text);
        if let Some(unusable) = unusable {
            reader.complain(&name, &text, unusable, "it is not sent");
        }
        if !headers.is_empty() {
            return Sourced { value: headers, from: reader.origin(&name) };
        }
    }
    Sourced::default_of(Headers::default())
}

fn compression(reader: &mut Reader<'_>, signal: Signal) -> Sourced<Compression> {
    let names: &[(&str, Compression)] = match reader.sdk {
        Sdk::OpenTelemetryRust(_) => Compression::NAMES,
        _ => &Compression::NAMES[..2],
    };
    let parse = |text: &str| choice(text, names, false, "compression-not-usable");
    reader.first(&signal.variables("COMPRESSION"), parse, Compression::None, "nothing is compressed")
}

fn file(reader: &mut Reader<'_>, signal: Signal, setting: &str) -> Option<Sourced<PathBuf>> {
    reader.optional(&signal.variables(setting), |text| Ok(PathBuf::from(text)), "it is not used")
}

fn temporality(reader: &mut Reader<'_>) -> Sourced<Temporality> {
    let names = ["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE".to_owned()];
    let parse = |text: &str| choice(text, Temporality::NAMES, false, "temporality-not-usable");
    reader.first(&names, parse, Temporality::Cumulative, "cumulative is used")
}

fn interval(text: &str, sdk: &Sdk) -> Result<Duration, Unusable> {
    match numbers::time(text, sdk)? {
        Duration::ZERO => Err(Unusable::new(
            "number-not-usable",
            "is 0, and no pause between collections",
            "write milliseconds, such as 1000",
        )),
        interval => Ok(interval),
    }
}

/// Numbers that the report does not show, and that matter when they are no numbers or zero.
fn check_numbers(reader: &mut Reader<'_>) {
    let sdk = reader.sdk;
    let time = |text: &str| numbers::time(text, sdk);
    for prefix in ["OTEL_BSP", "OTEL_BLRP"] {
        for setting in ["MAX_QUEUE_SIZE", "MAX_EXPORT_BATCH_SIZE"] {
            let positive = |text: &str| match numbers::number(text, "items")? {
                0 => Err(Unusable::new(
                    "queue-of-zero",
                    "is 0, which lets nothing through",
                    "remove it, or set at least 512",
                )),
                number => Ok(number),
            };
            reader.optional(
                &[format!("{prefix}_{setting}")],
                positive,
                "the default is used, or nothing gets through",
            );
        }
        for setting in ["SCHEDULE_DELAY", "EXPORT_TIMEOUT"] {
            reader.optional(&[format!("{prefix}_{setting}")], time, "the default is used");
        }
    }
    reader.optional(&["OTEL_METRIC_EXPORT_TIMEOUT".to_owned()], time, "the default is used");
}
