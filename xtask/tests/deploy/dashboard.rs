//! Grafana's dashboard and data sources.

use crate::files::{literals, strings, text, yaml};
use serde_json::Value;
use std::collections::{BTreeSet, HashSet};

const DASHBOARD: &str = "deploy/grafana/dashboards/shop.json";

fn dashboard() -> Value {
    serde_json::from_str(&text(DASHBOARD)).unwrap()
}

fn panels() -> Vec<Value> {
    dashboard()["panels"].as_array().unwrap().clone()
}

/// The queries of all panels that ask Prometheus.
fn queries() -> Vec<String> {
    let of_panel = |panel: &Value| panel["targets"].as_array().cloned().unwrap_or_default();
    let targets = panels().iter().flat_map(of_panel).collect::<Vec<_>>();
    let of_prometheus = targets.iter().filter(|target| target["datasource"]["uid"] == "prometheus");
    of_prometheus.map(|target| target["expr"].as_str().unwrap().to_owned()).collect()
}

/// The metrics that a query asks for: names before `{` or `[`.
fn metrics(query: &str) -> BTreeSet<String> {
    let outside_strings = query.split('"').step_by(2).collect::<Vec<_>>().join("\"\"");
    let mut metrics = BTreeSet::new();
    let mut name = String::new();
    for character in outside_strings.chars() {
        match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | ':' => name.push(character),
            '{' | '[' if !name.is_empty() => drop(metrics.insert(std::mem::take(&mut name))),
            _ => name.clear(),
        }
    }
    metrics
}

/// What Prometheus may call a metric of this name: its unit is in the name, and what is counted ends in `_total`.
fn names_in_prometheus(metric: &str) -> impl Iterator<Item = String> {
    let base = metric.replace('.', "_");
    let units = ["", "_seconds", "_bytes", "_ratio"];
    let endings = ["", "_total", "_bucket", "_count", "_sum"];
    units.into_iter().flat_map(move |unit| {
        let base = base.clone();
        endings.into_iter().map(move |ending| format!("{base}{unit}{ending}"))
    })
}

#[test]
fn metrics_are_found_in_queries() {
    let query = "sum by (a_b) (rate(a_total{c=\"d{e[\", f=~\"$g\"}[$__rate_interval])) / on (x) group_left b_c[5m] or vector(0)";

    assert_eq!(metrics(query).into_iter().collect::<Vec<_>>(), ["a_total", "b_c"]);
}

#[test]
fn every_metric_of_the_dashboard_is_one_that_is_emitted() {
    let dotted =
        |name: &&String| name.contains('.') && name.chars().all(|c| matches!(c, 'a'..='z' | '_' | '.'));
    let emitted: HashSet<_> =
        literals().iter().filter(dotted).flat_map(|name| names_in_prometheus(name)).collect();
    let asked: BTreeSet<_> = queries().iter().flat_map(|query| metrics(query)).collect();
    // The Collector's own names: `cargo xtask collector-check` finds them where it tells of them.
    let unknown: Vec<_> =
        asked.iter().filter(|name| !name.starts_with("otelcol_") && !emitted.contains(*name)).collect();

    assert!(asked.len() > 20, "{asked:?}");
    assert!(unknown.is_empty(), "nobody emits {unknown:?}");
}

#[test]
fn every_panel_asks_a_data_source_that_is_provisioned() {
    let sources = yaml("deploy/grafana/provisioning/datasources/stores.yaml");
    let provisioned: Vec<_> =
        sources["datasources"].as_array().unwrap().iter().map(|source| source["uid"].clone()).collect();

    for panel in panels().iter().filter(|panel| panel["type"] != "row") {
        assert!(provisioned.contains(&panel["datasource"]["uid"]), "{}", panel["title"]);
    }
}

#[test]
fn panels_have_ids_of_their_own_and_places_of_their_own() {
    let panels = panels();
    let ids: HashSet<_> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    let side = |panel: &Value, at: &str, long: &str| {
        let begin = panel["gridPos"][at].as_u64().unwrap();
        begin..begin + panel["gridPos"][long].as_u64().unwrap()
    };
    let meet = |a: std::ops::Range<u64>, b: std::ops::Range<u64>| a.start < b.end && b.start < a.end;

    assert_eq!(ids.len(), panels.len());
    for (index, one) in panels.iter().enumerate() {
        assert!(side(one, "x", "w").end <= 24, "{}", one["title"]);
        for other in &panels[index + 1..] {
            let overlap = meet(side(one, "x", "w"), side(other, "x", "w"))
                && meet(side(one, "y", "h"), side(other, "y", "h"));
            assert!(!overlap, "{} covers {}", one["title"], other["title"]);
        }
    }
}

#[test]
fn the_dashboard_is_where_grafana_is_told_to_look() {
    let provider = yaml("deploy/grafana/provisioning/dashboards/files.yaml");
    let folder = provider["providers"][0]["options"]["path"].as_str().unwrap();
    let grafana = &yaml("deploy/observability.yaml")["services"]["grafana"];

    let mounted = strings(&grafana["volumes"]);
    assert!(mounted.contains(&format!("./grafana/dashboards:{folder}:ro").as_str()), "{mounted:?}");
    assert_eq!(
        grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"],
        format!("{folder}/shop.json")
    );
}

#[test]
fn variables_in_queries_are_the_dashboards_or_grafanas() {
    let dashboard = dashboard();
    let own: Vec<_> =
        dashboard["templating"]["list"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    for query in queries() {
        for rest in query.split('$').skip(1) {
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            assert!(name.starts_with("__") || own.iter().any(|one| **one == name), "${name} in {query}");
        }
    }
}
