//! The Collector's configuration, and the Collector that it is tried with.

use crate::files::{entries, strings, text, yaml};

#[test]
fn the_collector_that_is_built_has_the_version_that_runs() {
    let image = yaml("deploy/observability.yaml")["services"]["otel-collector"]["image"].to_string();
    let version = yaml("deploy/collector-builder.yaml")["dist"]["version"].as_str().unwrap().to_owned();

    assert!(image.trim_matches('"').ends_with(&format!(":{version}")), "{image} is not {version}");
    let modules = text("deploy/collector-builder.yaml");
    let versions =
        modules.lines().filter_map(|line| line.trim().strip_prefix("- gomod: ")?.split(' ').nth(1));
    for module in versions.filter(|module| module.starts_with("v0.")) {
        assert_eq!(module, format!("v{version}"));
    }
}

#[test]
fn every_pipeline_limits_memory_first() {
    let collector = yaml("deploy/collector.yaml");
    let pipelines: Vec<_> = entries(&collector["service"]["pipelines"]).collect();

    assert_eq!(pipelines.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["logs", "metrics", "traces"]);
    for (name, pipeline) in pipelines {
        assert_eq!(strings(&pipeline["processors"]).first(), Some(&"memory_limiter"), "{name}");
    }
}

#[test]
fn every_part_of_a_pipeline_is_configured_and_every_configured_part_is_used() {
    let collector = yaml("deploy/collector.yaml");
    for kind in ["receivers", "processors", "exporters"] {
        let configured: std::collections::BTreeSet<_> =
            entries(&collector[kind]).map(|(name, _)| name).collect();
        let pipelines = entries(&collector["service"]["pipelines"]);
        let used = pipelines.flat_map(|(_, pipeline)| strings(&pipeline[kind])).collect();

        assert_eq!(configured, used, "{kind}");
    }
}
