//! Any `baggage`, a line feed ending a header line: the limits hold, and what is kept is kept on the next hop.
//!
//! `cargo +nightly fuzz run baggage`

#![no_main]

use libfuzzer_sys::fuzz_target;
use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use pilotlight_sdk::propagation::BaggagePropagator;
use std::collections::{BTreeMap, HashMap};

struct Lines<'a>(&'a str);

impl Extractor for Lines<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.get_all(name)?.first().copied()
    }

    fn keys(&self) -> Vec<&str> {
        vec!["baggage"]
    }

    fn get_all(&self, name: &str) -> Option<Vec<&str>> {
        (name == "baggage").then(|| self.0.split('\n').collect())
    }
}

fn draw(cx: &Context) -> BTreeMap<String, String> {
    cx.baggage().iter().map(|(key, entry)| (key.to_string(), format!("{entry:?}"))).collect()
}

fuzz_target!(|lines: &str| {
    let propagator = BaggagePropagator::new();
    let first = propagator.extract_with_context(&Context::new(), &Lines(lines));
    assert!(first.baggage().len() <= 64);

    let mut sent = HashMap::new();
    propagator.inject_context(&first, &mut sent);
    assert_eq!(sent.is_empty(), first.baggage().is_empty());
    for header in sent.values() {
        assert!(header.len() <= 8192 && header.bytes().all(|byte| byte.is_ascii_graphic()));
    }
    assert_eq!(draw(&propagator.extract_with_context(&Context::new(), &sent)), draw(&first));
});
