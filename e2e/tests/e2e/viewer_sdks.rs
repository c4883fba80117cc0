//! What the SDKs of Python and JavaScript tell, as the viewer answers it: every signal, over each protocol, to the last digit.

use pilotlight_view::receive::PortRole;
use serde_json::{Value, json};

use crate::viewer::{Language, Viewer};

/// An order that was told, and all that differs between those who tell it.
struct Told {
    viewer: Viewer,
    service: &'static str,
    /// An integer at the end of what a double holds exactly; beyond it where the language has larger ones.
    exact: &'static str,
    exception: &'static str,
    /// Whether its SDK gives measurements their spans.
    exemplars: bool,
    temporality: &'static str,
}

impl Told {
    fn by(language: Language, protocol: &str, port: PortRole, variables: &[(&str, &str)]) -> Self {
        let viewer = Viewer::start();
        language.tell(protocol, &viewer.endpoint(port), variables);
        let temporality = if variables.contains(&DELTA) { "delta" } else { "cumulative" };
        match language {
            Language::Python => Self {
                viewer,
                service: "sdk-python",
                exact: "9007199254740993",
                exception: "ValueError",
                exemplars: true,
                temporality,
            },
            Language::JavaScript => Self {
                viewer,
                service: "sdk-javascript",
                exact: "9007199254740991",
                exception: "RangeError",
                exemplars: false,
                temporality,
            },
        }
    }

    /// All of it, which came over this protocol, and nothing was found about it but this.
    fn assert_is_whole(&self, protocol: &str, findings: &[&str]) {
        let trace = self.assert_trace();
        self.assert_request(&trace, protocol);
        self.assert_statement(&trace);
        self.assert_exception(&trace);
        self.assert_log(&trace);
        self.assert_sums();
        self.assert_histograms();
        self.assert_exemplars(&trace);
        self.assert_books();
        assert_eq!(self.findings(), findings);
    }

    fn assert_trace(&self) -> Value {
        let listed = self.viewer.ask("/api/traces", &[("filter", "http.route=/orders/{id}")]);
        assert_eq!(listed["matched"], 1, "{listed:#}");
        let id = listed["traces"][0]["trace_id"].as_str().unwrap().to_owned();
        let trace = self.viewer.ask(&format!("/api/traces/{id}"), &[]);
        let rows = trace["spans"].as_array().unwrap().iter();
        let row =
            |row: &Value| json!([row["depth"], row["name"], row["kind"], row["status"], row["placement"]]);
        assert_eq!(
            rows.map(row).collect::<Value>(),
            json!([
                [0, "GET /orders/{id}", "server", "unset", "inplace"],
                [1, "SELECT orders", "client", "error", "inplace"],
            ])
        );
        assert_eq!(trace["services"], json!([self.service]));
        assert_eq!(trace["faults"], json!([]));
        trace
    }

    fn span(&self, trace: &Value, at: usize) -> Value {
        let [of, id] = [&trace["trace_id"], &trace["spans"][at]["span_id"]].map(|id| id.as_str().unwrap());
        self.viewer.ask(&format!("/api/traces/{of}/spans/{id}"), &[])
    }

    fn assert_request(&self, trace: &Value, protocol: &str) {
        let span = self.span(trace, 0);
        let mut attributes = attributes(&span);
        attributes.sort_by_key(ToString::to_string);
        assert_eq!(
            Value::from(attributes),
            json!([
                ["http.request.method", "string", "GET"],
                ["http.response.status_code", "int", "500"],
                ["http.route", "string", "/orders/{id}"],
                ["order.exact", "int", self.exact],
                ["order.gift", "bool", "true"],
                ["order.items", "array", "[\"lamp\",\"oil\"]"],
                ["order.ratio", "double", "0.1"],
            ])
        );
        assert_eq!([&span["scope"]["name"], &span["scope"]["version"]], ["orders", "2.0"]);
        assert_eq!(span["resource"]["service"], self.service);
        let arrival = span["arrival"].as_str().unwrap();
        assert!(arrival.starts_with(protocol), "{arrival}");
    }

    fn assert_statement(&self, trace: &Value) {
        let span = self.span(trace, 1);
        assert_eq!(Value::from(attributes(&span)), json!([["db.system.name", "string", "postgresql"]]));
        assert_eq!(span["status_message"], "no such order");
        assert_eq!(span["events"][0]["name"], "cache miss");
        assert_eq!(Value::from(attributes(&span["events"][0])), json!([["key", "string", "42"]]));
        let link = &span["links"][0];
        assert_eq!(link["target"], format!("{}: import orders", self.service));
        assert_eq!(Value::from(attributes(link)), json!([["why", "string", "imported"]]));
        let [of, id] = [&link["trace_id"], &link["span_id"]].map(|id| id.as_str().unwrap());
        let linked = self.viewer.ask(&format!("/api/traces/{of}/spans/{id}"), &[]);
        assert_eq!(linked["linked_from"][0]["span_id"], span["span_id"], "{linked:#}");
    }

    fn assert_exception(&self, trace: &Value) {
        let told = self.viewer.ask("/api/exceptions", &[]);
        assert_eq!(told["total"], 1, "{told:#}");
        let group = &told["groups"][0];
        assert_eq!([&group["kind"], &group["message"]], [self.exception, "no such order"]);
        assert_eq!(group["operations"], json!(["SELECT orders"]));
        assert_eq!(group["examples"][0]["trace_id"], trace["trace_id"]);
    }

    fn assert_log(&self, trace: &Value) {
        let record = &trace["logs"][0];
        assert_eq!(record["span"], 1, "{trace:#}");
        let row = &record["log"];
        assert_eq!([&row["body"], &row["severity_text"]], ["the order is late", "WARN"]);
        let detail = self.viewer.ask(&format!("/api/logs/{}", row["id"].as_str().unwrap()), &[]);
        assert_eq!(Value::from(attributes(&detail)), json!([["order.id", "int", "42"]]));
        let filter = format!("service={} log.severity>=warn", self.service);
        assert_eq!(self.viewer.ask("/api/logs", &[("filter", &filter)])["matched"], 1);
    }

    fn metric(&self, name: &str, kind: &str) -> Value {
        let query = [("name", name), ("kind", kind), ("raw", "true"), ("group_by", "kind")];
        self.viewer.ask("/api/metrics/data", &query)
    }

    fn assert_sums(&self) {
        let created = self.metric("orders.created", "sum");
        assert_eq!([&created["unit"], &created["temporality"]], ["{order}", self.temporality]);
        assert_eq!(created["monotonic"], true);
        let [a, b] = [0, 1].map(|line| &created["lines"][line]);
        assert_eq!([&a["label"], &b["label"]], ["kind=a", "kind=b"], "{created:#}");
        assert_eq!([self.counted(a), self.counted(b)].map(f64::round), [2.0, 1.0]);
        let open = self.metric("orders.open", "sum");
        assert_eq!((&open["monotonic"], last(&open["lines"][0])), (&json!(false), -2.0));
        assert_eq!(last(&self.metric("stock", "gauge")["lines"][0]), 7.5);
    }

    /// What a counter came to: a total as it stands, or all of what each step adds.
    fn counted(&self, line: &Value) -> f64 {
        if self.temporality == "delta" { sum(&line["values"]) } else { last(line) }
    }

    fn assert_histograms(&self) {
        let duration = self.metric("order.duration", "histogram");
        assert_eq!([&duration["unit"], &duration["temporality"]], ["s", self.temporality]);
        let heatmap = &duration["heatmap"];
        assert_eq!(heatmap["bounds"], json!([0.1, 0.25, 1.0]));
        let counts = numbers(&heatmap["counts"]);
        let of_bucket = |bucket| counts.iter().skip(bucket).step_by(4).sum::<f64>().round();
        assert_eq!([0, 1, 2, 3].map(of_bucket), [1.0, 1.0, 1.0, 0.0], "{duration:#}");
        assert!((numbers(&duration["mean"])[0] - 0.17).abs() < 1e-9, "{duration:#}");
        let size = self.metric("order.size", "exponential_histogram");
        assert_eq!(sum(&size["heatmap"]["counts"]).round(), 4.0, "{size:#}");
        assert!((numbers(&size["mean"])[0] - 2775.0).abs() < 1e-6, "{size:#}");
    }

    fn assert_exemplars(&self, trace: &Value) {
        let duration = self.metric("order.duration", "histogram");
        let exemplars = duration["exemplars"].as_array().unwrap();
        assert_eq!(!exemplars.is_empty(), self.exemplars, "{exemplars:#?}");
        for exemplar in exemplars {
            let span = [&exemplar["trace_id"], &exemplar["span_id"]];
            assert_eq!(span, [&trace["trace_id"], &trace["spans"][1]["span_id"]]);
            assert_eq!(exemplar["known"], true);
        }
    }

    fn assert_books(&self) {
        let told = self.viewer.ask("/api/resources", &[]);
        let resource = &told["resources"][0];
        assert_eq!([&resource["service"], &resource["version"]], [self.service, "1.0"], "{told:#}");
        assert_eq!([&resource["spans"], &resource["logs"], &resource["series"]], [3, 1, 6]);
        assert_eq!(self.viewer.ask("/api/losses", &[])["losses"], json!([]));
        let state = self.viewer.ask("/api/state", &[]);
        assert_eq!([&state["received"]["rejected"], &state["dropped"]["spans"]], [0, 0], "{state:#}");
    }

    fn findings(&self) -> Vec<Value> {
        let told = self.viewer.ask("/api/findings", &[]);
        told["findings"].as_array().unwrap().iter().map(|finding| finding["id"].clone()).collect()
    }
}

/// Key, kind and text of each.
fn attributes(of: &Value) -> Vec<Value> {
    let all = of["attributes"].as_array().unwrap().iter();
    let all = all.filter(|attribute| !attribute["key"].as_str().unwrap().starts_with("exception."));
    all.map(|attribute| json!([attribute["key"], attribute["kind"], attribute["text"]])).collect()
}

fn numbers(of: &Value) -> Vec<f64> {
    of.as_array().unwrap().iter().filter_map(Value::as_f64).collect()
}

fn sum(of: &Value) -> f64 {
    numbers(of).iter().sum()
}

fn last(line: &Value) -> f64 {
    *numbers(&line["values"]).last().unwrap_or_else(|| panic!("{line:#}"))
}

const GZIP: (&str, &str) = ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip");
const DELTA: (&str, &str) = ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta");

#[test]
fn an_order_that_python_tells_over_grpc_is_shown_whole() {
    let told = Told::by(Language::Python, "grpc", PortRole::Grpc, &[GZIP]);

    told.assert_is_whole("grpc on port", &[]);
}

#[test]
fn an_order_that_python_tells_over_http_as_deltas_is_shown_whole() {
    let told = Told::by(Language::Python, "http/protobuf", PortRole::Http, &[GZIP, DELTA]);

    told.assert_is_whole("http/protobuf on port", &["delta-temporality"]);
}

#[test]
fn an_order_that_javascript_tells_over_grpc_is_shown_whole() {
    let told = Told::by(Language::JavaScript, "grpc", PortRole::Grpc, &[]);

    told.assert_is_whole("grpc on port", &[]);
}

#[test]
fn an_order_that_javascript_tells_over_http_is_shown_whole() {
    let told = Told::by(Language::JavaScript, "http/protobuf", PortRole::Http, &[GZIP]);

    told.assert_is_whole("http/protobuf on port", &[]);
}

#[test]
fn an_order_that_javascript_tells_in_json_as_deltas_is_shown_whole() {
    let told = Told::by(Language::JavaScript, "http/json", PortRole::Http, &[DELTA]);

    told.assert_is_whole("http/json on port", &["delta-temporality"]);
}

#[test]
fn an_order_that_is_told_to_the_other_port_is_shown_whole_and_the_port_is_noted() {
    let told = Told::by(Language::Python, "grpc", PortRole::Http, &[]);

    told.assert_is_whole("grpc on port", &["wrong-port"]);
}
