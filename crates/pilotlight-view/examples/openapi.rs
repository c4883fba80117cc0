//! Prints the API's description:
//! `cargo run -p pilotlight-view --example openapi > crates/pilotlight-view/openapi.json`.

#![allow(clippy::expect_used, clippy::print_stdout)] // A tool of the repository: its output is what it is for.

fn main() {
    let document = pilotlight_view::api::document();
    println!("{}", document.to_pretty_json().expect("the description is JSON"));
}
