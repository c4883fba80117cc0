//! Causes that Cargo.lock and Cargo.toml tell.

use crate::world::{OPENTELEMETRY_RUST, PILOTLIGHT, Package, World};

/// opentelemetry-rust with one package replaced.
fn with<'p>(package: Package<'p>) -> Vec<Package<'p>> {
    OPENTELEMETRY_RUST.iter().map(|known| if known.0 == package.0 { package } else { *known }).collect()
}

const OTLP_WITHOUT: fn(&str) -> Vec<&'static str> = |left_out| {
    let (_, _, links) = OPENTELEMETRY_RUST.iter().find(|(name, ..)| *name == "opentelemetry-otlp").unwrap();
    links.iter().copied().filter(|link| *link != left_out).collect()
};

#[tokio::test]
async fn two_versions_of_the_api_are_found_with_who_wants_which() {
    let packages: &[Package<'_>] = &[
        ("app", "0.1.0+", &["opentelemetry 0.33.1", "opentelemetry-otlp", "sqlx-otel"]),
        ("opentelemetry", "0.32.0", &["tracing"]),
        ("opentelemetry", "0.33.1", &["tracing"]),
        ("opentelemetry-otlp", "0.33.1", &["opentelemetry 0.33.1", "opentelemetry-http", "reqwest"]),
        ("opentelemetry-http", "0.33.1", &["opentelemetry 0.33.1"]),
        ("reqwest", "0.13.1", &[]),
        ("sqlx-otel", "0.5.0", &["opentelemetry 0.32.0"]),
        ("tracing", "0.1.41", &[]),
    ];
    let finding = World::offline().locked(packages).finds("two-versions-of-the-api").await;
    assert!(
        finding.evidence.contains(&"opentelemetry 0.32.0 is wanted by sqlx-otel 0.5.0".to_owned()),
        "{finding:#?}"
    );
    assert!(finding.next.contains("sqlx-otel"), "{finding:#?}");
}

#[tokio::test]
async fn a_tracing_opentelemetry_of_another_release_brings_another_api() {
    let mut packages = with(("tracing-opentelemetry", "0.33.0", &["opentelemetry 0.32.0", "tracing"]));
    packages.push(("opentelemetry", "0.32.0", &["tracing"]));
    let finding = World::offline().locked(&packages).finds("two-versions-of-the-api").await;
    assert!(
        finding.evidence.iter().any(|line| line.contains("tracing-opentelemetry 0.33.0")),
        "{finding:#?}"
    );
}

#[tokio::test]
async fn two_versions_of_the_layer_are_found() {
    let mut packages = with((
        "app",
        "0.1.0+",
        &[
            "opentelemetry",
            "opentelemetry-otlp",
            "opentelemetry_sdk",
            "helper",
            "tracing-opentelemetry 0.34.0",
        ],
    ));
    packages.push(("helper", "1.0.0", &["tracing-opentelemetry 0.33.0"]));
    packages.push(("tracing-opentelemetry", "0.33.0", &["tracing"]));
    World::offline().locked(&packages).finds("two-versions-of-the-layer").await;
}

#[tokio::test]
async fn versions_that_only_tests_want_do_no_harm() {
    let mut packages = OPENTELEMETRY_RUST.to_vec();
    packages.push(("opentelemetry", "0.32.0", &["tracing"]));
    packages.push(("rival", "1.0.0", &["opentelemetry 0.32.0"]));
    // The lock file lists what tests want among everything else; the manifest does not.
    packages[0] = (
        "app",
        "0.1.0+",
        &[
            "opentelemetry 0.33.1",
            "opentelemetry-otlp",
            "opentelemetry_sdk",
            "rival",
            "tracing-opentelemetry",
        ],
    );
    let manifest = "[package]\nname = \"app\"\n[dependencies]\nopentelemetry = \"0.33\"\nopentelemetry-otlp = \"0.33\"\nopentelemetry_sdk = \"0.33\"\n\
                    tracing-opentelemetry = \"0.34\"\n[dev-dependencies]\nrival = \"1\"\n";
    World::offline().locked(&packages).file("Cargo.toml", manifest).is_healthy().await;
}

#[tokio::test]
async fn https_without_tls_compiled_in_is_found_for_both_transports() {
    let endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    let packages = with(("tonic", "0.14.2", &["flate2"]));
    let grpc = World::offline()
        .locked(&packages)
        .with(endpoint, "https://collector:4317")
        .with("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    grpc.finds("tls-not-compiled").await;
    let packages = with(("reqwest", "0.13.1", &["hyper"]));
    World::offline()
        .locked(&packages)
        .with(endpoint, "https://collector:4318")
        .finds("tls-not-compiled")
        .await;
}

#[tokio::test]
async fn a_protocol_that_is_not_compiled_in_is_found() {
    let links = OTLP_WITHOUT("tonic");
    let packages = with(("opentelemetry-otlp", "0.33.1", &links));
    World::offline()
        .locked(&packages)
        .with("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
        .finds("protocol-not-compiled")
        .await;
}

#[tokio::test]
async fn compression_that_is_not_compiled_in_is_found() {
    let links = OTLP_WITHOUT("flate2");
    let packages = with(("opentelemetry-otlp", "0.33.1", &links));
    World::offline()
        .locked(&packages)
        .with("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
        .finds("compression-not-compiled")
        .await;
}

#[tokio::test]
async fn a_feature_of_pilotlight_that_is_off_is_found() {
    let packages: &[Package<'_>] = &[
        ("app", "0.1.0+", &["pilotlight"]),
        ("pilotlight", "0.1.0", &["pilotlight-sdk"]),
        ("pilotlight-sdk", "0.1.0", &["flate2"]),
    ];
    World::offline()
        .locked(packages)
        .with("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector:4318")
        .finds("feature-missing")
        .await;
}

#[tokio::test]
async fn an_async_client_without_a_runtime_is_found() {
    let said = [("opentelemetry-otlp", ", features = [\"reqwest-client\"]")];
    World::offline().locked_with(OPENTELEMETRY_RUST, &said).finds("async-client-without-runtime").await;
    let runtime =
        ", features = [\"rt-tokio\", \"experimental_trace_batch_span_processor_with_async_runtime\"]";
    let said = [said[0], ("opentelemetry_sdk", runtime)];
    World::offline().locked_with(OPENTELEMETRY_RUST, &said).is_healthy().await;
}

#[tokio::test]
async fn export_errors_that_are_logged_nowhere_are_found() {
    let packages = with(("opentelemetry", "0.33.1", &[]));
    World::offline().locked(&packages).finds("errors-invisible").await;
}

#[tokio::test]
async fn the_features_of_a_workspace_reach_its_members() {
    let world = World::offline()
        .locked(OPENTELEMETRY_RUST)
        .file("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n[workspace.dependencies]\nopentelemetry-otlp = { version = \"0.33\", features = [\"reqwest-client\"] }\n")
        .file("crates/app/Cargo.toml", "[package]\nname = \"app\"\n[dependencies]\nopentelemetry-otlp = { workspace = true }\n");
    world.finds("async-client-without-runtime").await;
}

#[tokio::test]
async fn the_features_of_packages_linked_by_path_count_however_far_they_are_and_in_a_circle() {
    let package =
        |name: &str, links: &str| format!("[package]\nname = \"{name}\"\n[dependencies]\n{links}\n");
    let mut packages: Vec<Package<'_>> = vec![("app", "0.1.0+", &["near"]), ("near", "0.1.0+", &["far"])];
    packages.push(("far", "0.1.0+", OPENTELEMETRY_RUST[0].2));
    packages.extend(&OPENTELEMETRY_RUST[1..]);
    let world = World::offline()
        .locked(&packages)
        .file("app/Cargo.toml", &package("app", "near = { path = \"../near\" }"))
        .file("near/Cargo.toml", &package("near", "far = { path = \"../far\" }\ngone = { path = \"../gone\" }"))
        .file("far/Cargo.toml", &package("far", "near = { path = \"../near\" }\nopentelemetry-otlp = { version = \"0.33\", features = [\"reqwest-client\"] }"));
    let world = world.at("app");
    world.finds("async-client-without-runtime").await;
    assert!(world.report().await.findings.iter().all(|finding| finding.id != "file-unreadable"));
}

#[tokio::test]
async fn an_sdk_that_is_linked_by_path_is_not_taken_for_the_services_own_sources() {
    let world =
        World::offline().pilotlight().file("src/main.rs", "fn main() { let _t = pilotlight::init(); }");
    let manifest = "[package]\nname = \"app\"\n[dependencies]\npilotlight = { path = \"sdk\" }\n";
    world
        .file("Cargo.toml", manifest)
        .file("sdk/Cargo.toml", "[package]\nname = \"pilotlight\"\n")
        .file("sdk/src/lib.rs", "fn a() { std::mem::forget(span); }")
        .is_healthy()
        .await;
}

#[tokio::test]
async fn programs_of_packages_linked_by_path_are_not_taken_for_the_service() {
    let app =
        "[package]\nname = \"app\"\n[dependencies]\npilotlight = \"*\"\nnear = { path = \"../near\" }\n";
    let lost = "fn work() { let span = tracer.start(\"a\"); std::mem::forget(span); }";
    let world = || {
        World::offline()
            .locked(PILOTLIGHT)
            .file("app/Cargo.toml", app)
            .file("app/src/main.rs", "fn main() {}")
            .file("near/Cargo.toml", "[package]\nname = \"near\"\n")
            .file("near/src/lib.rs", "")
            .at("app")
    };
    for program in ["near/src/main.rs", "near/src/bin/tool.rs", "near/src/bin/tool/main.rs"] {
        world().file(program, lost).is_healthy().await;
    }
    for library in
        ["near/src/lib.rs", "near/src/jobs/main.rs", "near/src/jobs/bin/mod.rs", "near/src/binary.rs"]
    {
        world().file(library, lost).finds("span-forgotten").await;
    }
    for program in ["app/src/main.rs", "app/src/bin/tool.rs"] {
        world().file(program, lost).finds("span-forgotten").await;
    }
}

#[tokio::test]
async fn services_in_other_languages_are_judged_by_the_specification() {
    for (file, language) in [("package.json", "JavaScript"), ("go.mod", "Go"), ("requirements.txt", "Python")]
    {
        let report = World::offline().file(file, "opentelemetry").report().await;
        assert!(report.sdk.contains(language), "{}", report.sdk);
    }
}

#[tokio::test]
async fn files_that_are_broken_are_mentioned_and_not_fatal() {
    World::offline().file("Cargo.lock", "[[package]\nname = ").finds("file-unreadable").await;
    World::offline().file("Cargo.toml", "\u{0}").finds("file-unreadable").await;
}

#[tokio::test]
async fn a_service_without_an_sdk_is_found() {
    let packages: &[Package<'_>] = &[("app", "0.1.0+", &["tracing"]), ("tracing", "0.1.41", &[])];
    let finding = World::offline().locked(packages).finds("no-sdk").await;
    assert!(finding.evidence.iter().any(|line| line.starts_with("tracing is linked")), "{finding:#?}");
}

#[tokio::test]
async fn an_sdk_that_only_a_receiver_of_messages_brings_is_not_the_services() {
    let packages: &[Package<'_>] = &[
        ("app", "0.1.0+", &["opentelemetry-proto"]),
        ("opentelemetry", "0.33.1", &["tracing"]),
        ("opentelemetry-proto", "0.33.1", &["opentelemetry_sdk"]),
        ("opentelemetry_sdk", "0.33.1", &["opentelemetry"]),
        ("tracing", "0.1.41", &[]),
    ];
    let report = World::offline().locked(packages).is_healthy().await;
    assert!(report.sdk.starts_with("unknown"), "{}", report.sdk);
}
