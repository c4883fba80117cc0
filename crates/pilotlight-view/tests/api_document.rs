//! The API's description is what the types give.

#![allow(clippy::unwrap_used)]

#[test]
fn the_committed_description_is_what_the_types_give() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let given = pilotlight_view::api::document().to_pretty_json().unwrap() + "\n";
    assert!(
        committed == given,
        "crates/pilotlight-view/openapi.json is stale. Refresh it, then the page's types:\n  \
         cargo run -p pilotlight-view --example openapi > crates/pilotlight-view/openapi.json\n  \
         cargo xtask page"
    );
}
