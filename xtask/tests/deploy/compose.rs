//! The compose files: by the specification's schema, and in what no schema can see.

use crate::files::{entries, literals, strings, text, yaml};
use serde_json::Value;
use std::collections::BTreeSet;
use xtask::workspace;

const SHOP: &str = "deploy/compose.yaml";
const STACK: &str = "deploy/observability.yaml";

fn violations(compose: &Value) -> Vec<String> {
    let schema = serde_json::from_str(&text("deploy/schema/compose-spec.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    validator.iter_errors(compose).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// The services of both files, each with its name and its file.
fn services() -> Vec<(String, &'static str, Value)> {
    let of_file = |file| {
        let compose = yaml(file);
        let services =
            entries(&compose["services"]).map(|(name, service)| (name.to_owned(), file, service.clone()));
        services.collect::<Vec<_>>()
    };
    [of_file(SHOP), of_file(STACK)].concat()
}

/// Those of the shop's own image: PostgreSQL and NATS come from others.
fn shops_own() -> impl Iterator<Item = (String, Value)> {
    let is_own = |image: &Value| image.as_str().is_some_and(|image| image.starts_with("shop:"));
    let of_shop =
        services().into_iter().filter(move |(_, file, service)| *file == SHOP && is_own(&service["image"]));
    of_shop.map(|(name, _, service)| (name, service))
}

fn service_names() -> BTreeSet<String> {
    services().into_iter().map(|(name, ..)| name).collect()
}

#[test]
fn the_compose_files_are_as_the_specification_says() {
    for file in [SHOP, STACK] {
        let violations = violations(&yaml(file));

        assert!(violations.is_empty(), "{file}:\n{}", violations.join("\n"));
    }
}

#[test]
fn the_schema_refuses_what_is_not_in_the_specification() {
    let mut compose = yaml(SHOP);
    compose["services"]["gateway"]["enviroment"] = "misspelt".into();
    compose["services"]["payments"]["read_only"] = "perhaps".repeat(2).into();
    compose["services"]["inventory"]["deploy"]["resources"]["limits"]["memory"] = Value::Bool(true);

    let told = violations(&compose).join("\n");

    assert!(told.contains("enviroment") && told.contains("memory"), "{told}");
}

#[test]
fn every_image_has_a_version_and_none_is_the_latest() {
    let unpinned: Vec<_> = services()
        .iter()
        .filter_map(|(_, _, service)| service["image"].as_str().map(str::to_owned))
        .filter(|image| !image.rsplit_once(':').is_some_and(|(_, tag)| is_version(tag)))
        .collect();

    assert!(unpinned.is_empty(), "{unpinned:?}");
}

/// `1.2` and longer, with or without a `v`.
pub(crate) fn is_version(tag: &str) -> bool {
    let number = tag.strip_prefix('v').unwrap_or(tag).split('-').next().unwrap_or_default();
    number.split('.').count() >= 2 && number.split('.').all(|part| part.parse::<u32>().is_ok())
}

#[test]
fn every_file_that_is_mounted_exists() {
    let mut missing = Vec::new();
    for (name, _, service) in services() {
        let sources = strings(&service["volumes"]).into_iter().filter_map(|volume| volume.split(':').next());
        for source in sources.filter(|source| source.starts_with('.')) {
            if !workspace::root().join("deploy").join(source).exists() {
                missing.push(format!("{name}: {source}"));
            }
        }
    }

    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_volume_and_network_is_declared() {
    for file in [SHOP, STACK] {
        let compose = yaml(file);
        for (name, service) in entries(&compose["services"]) {
            for volume in strings(&service["volumes"]) {
                let source = volume.split(':').next().unwrap();
                let declared = source.starts_with('.') || compose["volumes"].get(source).is_some();
                assert!(declared, "{name}: {source} is not among the volumes of {file}");
            }
            for network in strings(&service["networks"]) {
                assert!(
                    compose["networks"].get(network).is_some(),
                    "{name}: {network} is not declared in {file}"
                );
            }
        }
    }
}

#[test]
fn the_shop_joins_the_network_that_the_stack_makes() {
    let (shop, stack) = (yaml(SHOP), yaml(STACK));

    assert_eq!(shop["networks"]["observability"]["external"], true);
    // Without a name, Compose would put the project's before it.
    assert_eq!(stack["networks"]["observability"]["name"], "observability");
}

#[test]
fn who_waits_for_a_healthy_service_waits_for_one_that_can_be() {
    for file in [SHOP, STACK] {
        let compose = yaml(file);
        for (name, service) in entries(&compose["services"]) {
            for (awaited, how) in entries(&service["depends_on"]) {
                let check = &compose["services"][awaited]["healthcheck"]["test"];
                assert!(
                    how["condition"] != "service_healthy" || check.is_array(),
                    "{name} waits for {awaited}"
                );
            }
            for awaited in strings(&service["depends_on"]) {
                assert!(compose["services"].get(awaited).is_some(), "{name} waits for {awaited}");
            }
        }
    }
}

#[test]
fn every_variable_of_the_shops_services_is_one_that_somebody_reads() {
    let known = literals();
    let mut unknown = BTreeSet::new();
    for (_, service) in shops_own() {
        let names = entries(&service["environment"]).map(|(name, _)| name);
        unknown.extend(names.filter(|name| !known.contains(*name)).map(str::to_owned));
    }

    assert!(unknown.is_empty(), "nobody reads {unknown:?}");
}

#[test]
fn every_url_leads_to_a_service() {
    let names = service_names();
    let texts = [SHOP, STACK, "deploy/collector.yaml", "deploy/tempo.yaml"].map(text).concat()
        + &text("deploy/grafana/provisioning/datasources/stores.yaml");
    let hosts =
        texts.split("http://").skip(1).filter_map(|rest| rest.split([':', '/', '"', '}', '\n']).next());
    let nowhere: BTreeSet<_> = hosts.filter(|host| *host != "localhost" && !names.contains(*host)).collect();

    assert!(nowhere.is_empty(), "no service is called {nowhere:?}");
}

#[test]
fn the_shops_services_can_do_no_more_than_they_need() {
    for (name, service) in shops_own() {
        assert_eq!(service["read_only"], true, "{name}");
        assert_eq!(strings(&service["cap_drop"]), ["ALL"], "{name}");
        assert!(service["deploy"]["resources"]["limits"]["memory"].is_string(), "{name}");
        assert!(service["healthcheck"].is_object(), "{name}");
    }
}

#[test]
fn telemetry_names_its_endpoint_as_the_standard_wants_it() {
    for (name, service) in shops_own() {
        let variable =
            |variable: &str| service["environment"][variable].as_str().unwrap_or_default().to_owned();

        assert_eq!(variable("OTEL_EXPORTER_OTLP_ENDPOINT"), "http://otel-collector:4317", "{name}");
        assert_eq!(variable("OTEL_SERVICE_NAME"), name);
        for attribute in ["service.version=", "deployment.environment.name="] {
            assert!(variable("OTEL_RESOURCE_ATTRIBUTES").contains(attribute), "{name}: {attribute}");
        }
    }
}
