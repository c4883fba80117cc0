//! The exporters of a signal, by their names.

use super::reader::{Reader, Unusable};
use super::{Protocol, Signal, Sourced};
use crate::doctor::project::Sdk;

/// Those that send OTLP, with the protocol where it is part of the name, as in Python.
const OTLP: [(&str, Option<Protocol>); 3] = [
    ("otlp", None),
    ("otlp_proto_grpc", Some(Protocol::Grpc)),
    ("otlp_proto_http", Some(Protocol::HttpProtobuf)),
];

/// Those that send it nowhere, in one SDK or another.
const OTHERS: [&str; 8] = [
    "console",
    "none",
    "prometheus",
    "zipkin",
    "logging",
    "logging-otlp",
    "otlp/stdout",
    "experimental-otlp/stdout",
];

/// The exporters of `signal`, lower case.
pub(super) fn resolve(reader: &mut Reader<'_>, signal: Signal) -> Sourced<Vec<String>> {
    let name = format!("OTEL_{}_EXPORTER", signal.name().to_ascii_uppercase());
    let sdk = reader.sdk;
    reader.first(&[name], |text| parse(text, sdk), vec!["otlp".to_owned()], "otlp is used")
}

fn parse(text: &str, sdk: &Sdk) -> Result<Vec<String>, Unusable> {
    let unusable =
        |what: String| Unusable::new("exporter-not-usable", what, "set it to otlp, console or none");
    let names: Vec<String> = text
        .split(',')
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty())
        .collect();
    // In other languages whoever installs an exporter gives it a name.
    let is_open = matches!(sdk, Sdk::Other(_) | Sdk::Unknown);
    match names.iter().find(|name| !is_open && *name != "otlp" && !is_elsewhere(name)) {
        Some(unknown) => Err(unusable(format!("names {unknown:?}, which is no exporter"))),
        None if names.is_empty() => Err(unusable("names nothing".to_owned())),
        None => Ok(names),
    }
}

/// Whether the exporter called `name` sends OTLP.
pub(super) fn is_otlp(name: &str) -> bool {
    OTLP.iter().any(|(known, _)| *known == name)
}

/// Whether the exporter called `name` is known to send OTLP nowhere.
pub(super) fn is_elsewhere(name: &str) -> bool {
    OTHERS.contains(&name)
}

/// The protocol that is part of the first name that has one.
pub(super) fn protocol(exporters: &Sourced<Vec<String>>) -> Option<Sourced<Protocol>> {
    let of = |name: &String| OTLP.iter().find(|(known, _)| known == name)?.1;
    let value = exporters.value.iter().find_map(of)?;
    Some(Sourced { value, from: exporters.from.clone() })
}
