//! How SDKs send that are not those of Rust, when no variable says it: some speak gRPC unless told otherwise, some HTTP, and in some
//! it is fixed in code.

use super::{Origin, Protocol, Signal, Sourced};
use crate::doctor::project::{Project, Sdk};

/// What each signal's receiver was found to speak, where it speaks one protocol alone.
pub type Spoken = [Option<Protocol>; Signal::ALL.len()];

/// What is most likely; `port` is that of the endpoint when one is given.
pub(super) fn protocol(project: &Project, port: Option<u16>, spoken: Option<Protocol>) -> Sourced<Protocol> {
    if let Some((protocol, file)) =
        project.other.as_ref().and_then(|other| Some((other.protocol?, other.file)))
    {
        return Sourced { value: protocol, from: Origin::Manifest(file.to_owned()) };
    }
    let grpc = |why| Sourced { value: Protocol::Grpc, from: Origin::Guess(why) };
    let http = Sourced::default_of(Protocol::HttpProtobuf);
    match (port, spoken, &project.sdk) {
        (Some(_), Some(Protocol::Grpc), _) => grpc("what the receiver speaks"),
        (Some(_), Some(_), _) | (Some(4318), ..) => http,
        (Some(4317), ..) => grpc("the port"),
        (.., Sdk::Other("Python")) => grpc("Python's default"),
        _ => http,
    }
}
