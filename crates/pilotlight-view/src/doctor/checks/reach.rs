//! Causes 1 and 27: nobody listens, the name stands for nothing, or only one of `localhost`'s two addresses is served.

use super::protocol::is_guessed;
use super::{Verdict, list, unprobed};
use crate::doctor::facts::Facts;
use crate::doctor::probe::{Address, Kind, Names, Reached, Server};
use crate::doctor::report::Draft;
use crate::doctor::settings::{Destination, Origin, Settings};
use crate::finding::Finding;

pub(super) fn check(facts: &Facts) -> Verdict {
    if let Some(skipped) = unprobed(facts) {
        return skipped;
    }
    let servers = facts.probes.iter().flat_map(|probes| &probes.servers);
    Verdict::Checked(servers.filter_map(|server| finding(&facts.settings, server)).collect())
}

fn finding(settings: &Settings, server: &Server) -> Option<Finding> {
    match &server.names {
        Names::Unknown(error) => return Some(unknown_name(server, error)),
        Names::Silent => return Some(silent_names(server)),
        Names::Known => {}
    }
    if server.connected().is_some() {
        return stalls(server).or_else(|| half_served(server));
    }
    let (id, title, cause) = match worst(&server.addresses) {
        Reached::Silent => (
            "no-answer",
            format!("Nothing answers at {}", server.url.authority()),
            "Packets get lost on the way, as they do behind a firewall or to a host that is not there.",
        ),
        Reached::Failed(_) => (
            "no-route",
            format!("{} cannot be reached", server.url.authority()),
            "The system knows no way to that address.",
        ),
        Reached::Refused | Reached::Connected => (
            "nothing-listens",
            format!("Nothing listens at {}", server.url.authority()),
            "The host is there and refuses the connection, so no receiver runs at this port.",
        ),
    };
    let draft = match may_go_to_the_neighbour(settings, server) {
        true => Draft::note(id, title),
        false => Draft::error(id, title),
    };
    let finding = draft
        .seen(format!("{} go to {}", list(&server.signals), server.url))
        .seen_all(server.addresses.iter().map(line));
    Some(finding.seen_all(server.neighbour.iter().map(neighbour)).because(cause).next(advice(server)))
}

/// Whether the port follows from nothing but a guess of the protocol, and somebody listens at that of the other one.
fn may_go_to_the_neighbour(settings: &Settings, server: &Server) -> bool {
    let is_default = |destination: &Destination| matches!(destination, Destination::Known(url) if url.from == Origin::Default);
    let mut signals = server.signals.iter().map(|signal| settings.of(*signal));
    server.neighbour.is_some() && signals.all(|signal| is_guessed(signal) && is_default(&signal.destination))
}

fn advice(server: &Server) -> String {
    match &server.neighbour {
        Some((port, kind)) => format!("Use port {port}, {}.", protocol_of(kind)),
        None if server.url.is_loopback() => "Start `pilotlight view`, or the collector, or set OTEL_EXPORTER_OTLP_ENDPOINT to where one runs.".to_owned(),
        None => "Start the receiver, or set OTEL_EXPORTER_OTLP_ENDPOINT to where one runs; check firewalls in between.".to_owned(),
    }
}

fn protocol_of(kind: &Kind) -> &'static str {
    match kind {
        Kind::Http2 => "with OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
        Kind::Http1(_) => "with OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
        Kind::Tls(_) | Kind::Silent | Kind::HangsUp | Kind::Other(_) => "where somebody listens",
    }
}

fn neighbour((port, kind): &(u16, Kind)) -> String {
    format!("port {port} of the same host {kind}")
}

fn unknown_name(server: &Server, error: &str) -> Finding {
    Draft::error("name-unknown", format!("The name {} stands for no address", server.url.host))
        .seen(format!("{} go to {}", list(&server.signals), server.url))
        .seen(error)
        .because("Name resolution failed, so that no connection was even tried.")
        .next("Correct the host in the endpoint: within Docker Compose and Kubernetes it is the service's name.")
}

fn silent_names(server: &Server) -> Finding {
    Draft::error("name-server-silent", format!("Nobody answers what {} stands for", server.url.host))
        .seen(format!("no answer within {} ms", server.limit.as_millis()))
        .because("The name server does not answer in time, so that no connection was even tried.")
        .next("Check the name servers of this host or container (/etc/resolv.conf).")
}

/// It takes connections and says nothing, or hangs up.
fn stalls(server: &Server) -> Option<Finding> {
    let (id, title, cause) = match server.kind.as_ref()? {
        Kind::Silent => (
            "receiver-silent",
            format!("Whoever listens at {} says nothing", server.url.authority()),
            "The receiver takes the connection and then hangs, or is so slow that exporters time out.",
        ),
        Kind::HangsUp => (
            "receiver-hangs-up",
            format!("Whoever listens at {} hangs up at once", server.url.authority()),
            "A port forward or proxy takes the connection, and nothing runs behind it.",
        ),
        _ => return None,
    };
    let seen = format!("three kinds of greeting, no answer within {} ms", server.limit.as_millis());
    Some(
        Draft::error(id, title)
            .seen(seen)
            .because(cause)
            .next("Restart the receiver, or what forwards to it, and read its log."),
    )
}

/// Of two addresses of one name only one is served: whether it works depends on which one an exporter tries.
fn half_served(server: &Server) -> Option<Finding> {
    let refused = server.addresses.iter().filter(|address| address.reached == Reached::Refused);
    let refused: Vec<&Address> = refused.collect();
    let first = server.addresses.first()?;
    // Clients try addresses in the system's order and go on after a refusal, but not all of them do.
    let is_odd = first.reached == Reached::Refused && !refused.is_empty();
    is_odd.then(|| {
        Draft::note("one-address-only", format!("{} is served at one of its addresses only", server.url.authority()))
            .seen_all(server.addresses.iter().map(line))
            .because("The name stands for several addresses, the first is refused, and not every exporter tries the next.")
            .next(format!("If nothing arrives, write the address that works: {}.", server.connected().map(|at| at.to_string()).unwrap_or_default()))
    })
}

fn worst(addresses: &[Address]) -> Reached {
    let is = |wanted: &Reached| addresses.iter().any(|address| address.reached == *wanted);
    match () {
        () if is(&Reached::Refused) => Reached::Refused,
        () if is(&Reached::Silent) => Reached::Silent,
        () => addresses.first().map_or(Reached::Refused, |address| address.reached.clone()),
    }
}

fn line(address: &Address) -> String {
    let reached = match &address.reached {
        Reached::Connected => "connected",
        Reached::Refused => "refused",
        Reached::Silent => "no answer in time",
        Reached::Failed(error) => error,
    };
    format!("{}: {reached}", address.at)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::Duration;

    use super::*;
    use crate::doctor::Severity;
    use crate::doctor::environment::Environment;
    use crate::doctor::project::{Project, Sdk};
    use crate::doctor::settings::{self, Signal};
    use crate::doctor::source::Sources;

    fn settings(sdk: Sdk, environment: &Environment) -> Settings {
        settings::resolve(environment, &Project { sdk, ..Project::default() }, &Sources::default())
    }

    fn unset() -> Settings {
        settings(Sdk::Unknown, &Environment::default())
    }

    fn localhost<const N: usize>(addresses: [(&str, Reached); N]) -> Server {
        Server {
            url: unset().of(Signal::Traces).url().unwrap().clone(),
            signals: vec![Signal::Traces],
            names: Names::Known,
            addresses: addresses.map(|(at, reached)| Address { at: at.parse().unwrap(), reached }).to_vec(),
            kind: Some(Kind::Http2),
            neighbour: None,
            limit: Duration::from_millis(300),
        }
    }

    #[test]
    fn a_receiver_at_the_second_address_of_localhost_is_mentioned() {
        let half = localhost([("[::1]:4318", Reached::Refused), ("127.0.0.1:4318", Reached::Connected)]);
        let found = finding(&unset(), &half).unwrap();
        assert_eq!(found.id, "one-address-only");
        assert!(found.next.contains("127.0.0.1:4318"), "{found:#?}");
        let first = localhost([("127.0.0.1:4318", Reached::Connected), ("[::1]:4318", Reached::Refused)]);
        assert_eq!(finding(&unset(), &first), None);
    }

    #[test]
    fn a_guessed_port_that_refuses_is_no_error_while_that_of_the_other_protocol_is_served() {
        let mut server = localhost([("127.0.0.1:4317", Reached::Refused)]);
        server.kind = None;
        let endpoint = Environment::from([("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4317")]);
        let protocol = Environment::from([("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]);
        let severity = |server: &Server, environment: &Environment| {
            finding(&settings(Sdk::Other("Python"), environment), server).unwrap().severity
        };
        // Whichever protocol it is, nobody listens.
        assert_eq!(severity(&server, &Environment::default()), Severity::Error);
        server.neighbour = Some((4318, Kind::Http2));
        assert_eq!(severity(&server, &Environment::default()), Severity::Note);
        for said in [endpoint, protocol] {
            assert_eq!(severity(&server, &said), Severity::Error);
        }
    }

    #[test]
    fn silence_is_told_from_refusal() {
        let silent = localhost([
            ("127.0.0.1:4318", Reached::Silent),
            ("[::1]:4318", Reached::Failed("no route".to_owned())),
        ]);
        assert_eq!(finding(&unset(), &silent).unwrap().id, "no-answer");
    }

    #[test]
    fn a_name_server_that_says_nothing_is_told_from_one_that_knows_no_such_name() {
        let mut server = localhost([]);
        server.names = Names::Silent;
        assert_eq!(finding(&unset(), &server).unwrap().id, "name-server-silent");
        server.names = Names::Unknown("no such name".to_owned());
        assert_eq!(finding(&unset(), &server).unwrap().id, "name-unknown");
    }
}
