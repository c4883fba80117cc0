//! Code, variables and detectors together: who wins.

use opentelemetry::KeyValue;

use super::*;
use crate::config::{Resolved, SettingsBuilder, Variables};

fn resolve(builder: SettingsBuilder, variables: &[(&str, &str)]) -> Resolved {
    builder.resolve(&variables.iter().copied().collect::<Variables>())
}

fn value(builder: SettingsBuilder, variables: &[(&str, &str)], key: &str) -> String {
    let resolved = resolve(builder, variables);
    assert_eq!(resolved.warnings, []);
    resolved.settings.resource.get(key).map(ToString::to_string).unwrap_or_default()
}

struct Finds(Resource);

impl Detector for Finds {
    fn name(&self) -> &str {
        "finds"
    }

    fn detect(&self) -> Resource {
        self.0.clone()
    }
}

fn finds(key: &'static str, value: &'static str) -> Finds {
    Finds(Resource::builder().attribute(KeyValue::new(key, value)).build())
}

#[test]
fn the_service_is_named_by_the_strongest_who_does() {
    const LIST: (&str, &str) = ("OTEL_RESOURCE_ATTRIBUTES", "service.name=from-list");
    const NAME: (&str, &str) = ("OTEL_SERVICE_NAME", "from-variable");
    const EMPTY: (&str, &str) = ("OTEL_RESOURCE_ATTRIBUTES", "service.name=");
    let nobody = || SettingsBuilder::new().detector(finds("service.name", "from-detector"));
    let default = || nobody().default_service_name("from-default");
    let given = || default().resource_attribute(KeyValue::new("service.name", "from-resource"));
    let named = || given().service_name("from-code");
    let rows = [
        (nobody(), &[][..], "from-detector"),
        (default(), &[], "from-default"),
        (default(), &[EMPTY], "from-default"),
        (default(), &[LIST], "from-list"),
        (default(), &[LIST, NAME], "from-variable"),
        (given(), &[LIST, NAME], "from-resource"),
        (named(), &[LIST, NAME], "from-code"),
        (default().service_name(""), &[LIST, NAME], "from-variable"),
        (default().service_name(" "), &[], "from-default"),
    ];
    for (builder, variables, expected) in rows {
        assert_eq!(value(builder, variables, "service.name"), expected, "{variables:?}");
    }
    for nameless in [SettingsBuilder::new(), SettingsBuilder::new().detector(finds("service.name", ""))] {
        assert!(value(nameless, &[], "service.name").starts_with("unknown_service:"));
    }
}

#[test]
fn version_and_environment_follow_the_same_order() {
    let variables: &[(&str, &str)] = &[("OTEL_SERVICE_VERSION", "2"), ("OTEL_ENVIRONMENT", "staging")];
    let default = || SettingsBuilder::new().default_service_version("1").default_environment("development");
    let code = || default().service_version("3").environment("production").service_namespace("shop");
    for (builder, variables, version, environment) in [
        (SettingsBuilder::new(), &[][..], "", ""),
        (default(), &[], "1", "development"),
        (default(), variables, "2", "staging"),
        (code(), variables, "3", "production"),
    ] {
        assert_eq!(value(builder.clone(), variables, "service.version"), version);
        assert_eq!(value(builder, variables, "deployment.environment.name"), environment);
    }
    assert_eq!(
        value(code(), &[("OTEL_RESOURCE_ATTRIBUTES", "service.namespace=x")], "service.namespace"),
        "shop"
    );
}

#[test]
fn the_resource_says_who_is_telling() {
    let resolved = resolve(SettingsBuilder::new(), &[]);
    let resource = resolved.settings.resource;
    assert_eq!(resource.schema_url(), Some(SCHEMA_URL));
    for (key, expected) in [
        ("telemetry.sdk.name", "pilotlight"),
        ("telemetry.sdk.language", "rust"),
        ("telemetry.sdk.version", env!("CARGO_PKG_VERSION")),
        ("telemetry.distro.name", "pilotlight"),
    ] {
        assert_eq!(resource.get(key).unwrap().as_str(), expected);
    }
    for key in ["service.instance.id", "host.arch", "os.type", "process.pid", "process.executable.name"] {
        assert!(resource.get(key).is_some(), "{key}");
    }
    assert!(resource.get("process.command_args").is_none());
}

#[test]
fn each_built_in_detector_names_the_schema_it_follows() {
    let detectors: [&dyn Detector; 4] =
        [&InstanceDetector, &HostDetector, &OsDetector, &ProcessDetector::new()];
    for detector in detectors {
        assert_eq!(detector.detect().schema_url(), Some(SCHEMA_URL), "{}", detector.name());
    }
}

#[test]
fn detectors_can_be_switched_off_one_by_one_and_altogether() {
    let keys = [
        (BuiltIn::Instance, "service.instance.id"),
        (BuiltIn::Host, "host.arch"),
        (BuiltIn::Os, "os.type"),
        (BuiltIn::Process, "process.pid"),
    ];
    for (off, _) in keys {
        let resource = resolve(SettingsBuilder::new().without_detector(off), &[]).settings.resource;
        for (detector, key) in keys {
            assert_eq!(resource.get(key).is_some(), detector != off, "{key} without {off:?}");
        }
    }
    let none = SettingsBuilder::new().detector(finds("app.x", "1")).without_detectors();
    let resource = resolve(none, &[]).settings.resource;
    let keys = resource.attributes().iter().map(|attribute| attribute.key.as_str()).collect::<Vec<_>>();
    assert_eq!(
        keys,
        [
            "service.name",
            "telemetry.distro.name",
            "telemetry.distro.version",
            "telemetry.sdk.language",
            "telemetry.sdk.name",
            "telemetry.sdk.version",
        ]
    );
}

#[test]
fn arguments_are_told_when_asked_for() {
    let resource = resolve(SettingsBuilder::new().process_command_args(true), &[]).settings.resource;
    assert!(resource.get("process.command_args").is_some());
}

#[test]
fn a_conflict_of_schemas_costs_the_schema_and_nothing_else() {
    let other = |key| {
        Resource::builder().attribute(KeyValue::new(key, 1)).schema_url("https://example.com/1.24.0").build()
    };
    let builder = SettingsBuilder::new().resource(other("app.a")).resource(other("app.b"));
    let Resolved { settings, warnings, .. } = resolve(builder, &[]);
    assert_eq!(settings.resource.schema_url(), None);
    assert!(settings.resource.get("app.a").is_some() && settings.resource.get("app.b").is_some());
    assert!(settings.resource.get("telemetry.sdk.name").is_some());
    let warnings = warnings.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        warnings,
        [
            "resource (resource) follows the schema https://example.com/1.24.0, while the rest of the resource follows \
         https://opentelemetry.io/schemas/1.45.0; keeping all attributes and naming no schema"
        ]
    );
}

#[test]
fn a_detector_that_panics_costs_its_own_attributes_alone() {
    struct Panics;

    impl Detector for Panics {
        fn name(&self) -> &str {
            "panics"
        }

        fn detect(&self) -> Resource {
            panic!("as it should in this test");
        }
    }

    let resolved = resolve(SettingsBuilder::new().detector(Panics).detector(finds("app.x", "1")), &[]);
    assert!(resolved.settings.resource.get("app.x").is_some());
    let warnings = resolved.warnings.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(warnings, ["resource (panics) panicked; going without what it would have found"]);
}
