//! The Dockerfile.

use crate::compose::is_version;
use crate::files::{text, yaml};
use std::collections::BTreeSet;
use xtask::containers::dockerfile::{Stage, last, stages};

fn both() -> [Stage; 2] {
    stages(&text("Dockerfile")).try_into().expect("a build stage and the image's own")
}

#[test]
fn the_image_runs_as_a_user_that_is_not_root() {
    let [_, image] = both();
    let user = &last(&image, "USER").expect("no USER").rest;
    let ids: Vec<u32> = user.split(':').map(|id| id.parse().expect("a number")).collect();

    assert!(ids.iter().all(|id| *id > 0), "{user}");
}

#[test]
fn the_image_starts_its_program_without_a_shell() {
    let [_, image] = both();

    for keyword in ["ENTRYPOINT", "CMD", "HEALTHCHECK"] {
        let words = last(&image, keyword).unwrap_or_else(|| panic!("no {keyword}")).exec_form();
        assert!(words.is_some_and(|words| !words.is_empty()), "{keyword}");
    }
    // As the first process it gets the signal itself.
    assert_eq!(last(&image, "STOPSIGNAL").map(|signal| signal.rest.as_str()), Some("SIGTERM"));
}

#[test]
fn the_base_has_a_version() {
    let [build, image] = both();
    let base = last(&build, "FROM").unwrap().words()[0].to_owned();

    assert!(base.rsplit_once(':').is_some_and(|(_, tag)| is_version(tag)), "{base}");
    assert_eq!(last(&image, "FROM").unwrap().rest, "scratch");
}

#[test]
fn the_layer_of_dependencies_has_every_manifest_of_the_workspace() {
    let [build, _] = both();
    let copied: BTreeSet<_> = build
        .iter()
        .filter(|instruction| instruction.keyword == "COPY")
        .flat_map(|copy| copy.words().into_iter().map(str::to_owned).collect::<Vec<_>>())
        .filter_map(|source| source.strip_suffix("/Cargo.toml").map(str::to_owned))
        .collect();
    let manifest = text("Cargo.toml");
    let members = manifest.split_once("members = [").unwrap().1.split(']').next().unwrap();
    let members: BTreeSet<_> = members.split('"').skip(1).step_by(2).map(str::to_owned).collect();

    assert_eq!(copied, members);
}

#[test]
fn the_image_exposes_what_compose_connects() {
    let [_, image] = both();
    let exposed = &last(&image, "EXPOSE").unwrap().rest;
    let compose = text("deploy/compose.yaml");

    for port in exposed.split_whitespace() {
        assert!(compose.contains(&format!(":{port}")), "nobody asks for {port}");
    }
    assert!(
        yaml("deploy/compose.yaml")["services"]["gateway"]["ports"][0].as_str().unwrap().ends_with(":8080")
    );
}
