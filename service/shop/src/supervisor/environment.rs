//! What the environment says of one process, and cannot be true of several at the same time.

use std::env;

use super::note;

/// Where the page for Prometheus is when nobody says.
const PROMETHEUS_PORT: u16 = 9464;

/// A variable, and what it becomes; none at all for `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) name: &'static str,
    pub(super) value: Option<String>,
}

/// One name for all would make the three look like one.
pub(super) fn without_service_name() -> Vec<Change> {
    let named = env::var_os("OTEL_SERVICE_NAME").is_some_and(|name| !name.is_empty());
    let attributes = env::var("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default();
    let others = without_name(&attributes);
    if named || others.is_some() {
        note("one service name cannot be that of three programs: it is not handed on, each has its own");
    }
    let named = named.then_some(Change { name: "OTEL_SERVICE_NAME", value: None });
    let others = others.map(|others| Change { name: "OTEL_RESOURCE_ATTRIBUTES", value: Some(others) });
    named.into_iter().chain(others).collect()
}

/// The attributes but for the name; `None` when it is not among them.
fn without_name(attributes: &str) -> Option<String> {
    let is_name = |pair: &&str| pair.split('=').next().is_some_and(|key| key.trim() == "service.name");
    let pairs: Vec<&str> = attributes.split(',').collect();
    pairs.iter().any(is_name).then(|| {
        let others: Vec<&str> = pairs.iter().copied().filter(|pair| !is_name(pair)).collect();
        others.join(",")
    })
}

/// The page of each program has its own port: the first the one that was asked for, the others those that follow. Nothing changes where
/// there is no such page, or the system chooses the ports, or what was asked for is none.
pub(super) fn prometheus_port(index: u16) -> Option<Change> {
    let exporters = env::var("OTEL_METRICS_EXPORTER").unwrap_or_default();
    if !exporters.split(',').any(|exporter| exporter.trim().eq_ignore_ascii_case("prometheus")) {
        return None;
    }
    let asked = env::var("OTEL_EXPORTER_PROMETHEUS_PORT").unwrap_or_default();
    let port = port_of(&asked, index)?;
    Some(Change { name: "OTEL_EXPORTER_PROMETHEUS_PORT", value: Some(port.to_string()) })
}

fn port_of(asked: &str, index: u16) -> Option<u16> {
    let first = if asked.trim().is_empty() { PROMETHEUS_PORT } else { asked.trim().parse().ok()? };
    if first == 0 { None } else { first.checked_add(index) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_taken_out_and_what_is_beside_it_stays() {
        let left = without_name("deployment.environment.name=test,service.name=shop, service.namespace=x");

        assert_eq!(left.as_deref(), Some("deployment.environment.name=test, service.namespace=x"));
        assert_eq!(without_name("service.namespace=x"), None);
        assert_eq!(without_name(""), None);
    }

    #[test]
    fn ports_follow_each_other() {
        assert_eq!((port_of("", 0), port_of("", 2)), (Some(9464), Some(9466)));
        assert_eq!(port_of("9000", 1), Some(9001));
        assert_eq!((port_of("0", 1), port_of("65535", 1), port_of("many", 1)), (None, None, None));
    }
}
