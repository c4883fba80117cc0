//! Where OTLP exporters are built, and with what.

use super::calls::{self, Call};
use super::tokens::{Kind, Token, Tokens};
use crate::doctor::settings::Signal;

/// One place that builds an exporter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// For which signal; none for all of them.
    pub signal: Option<Signal>,
    /// How it sends, when that is said.
    pub transport: Option<Transport>,
    /// Where to, when that is said.
    pub endpoint: Option<Endpoint>,
    /// `file:line`.
    pub place: String,
}

/// How it sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// gRPC.
    Grpc,
    /// HTTP.
    Http,
}

/// Where it sends to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// There.
    Literal(String),
    /// Only the running program knows.
    Computed,
}

impl Built {
    /// Whether both build the same exporter, in different places.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        (self.transport, &self.endpoint) == (other.transport, &other.endpoint)
    }
}

const BUILDERS: [(&str, Signal); 3] =
    [("SpanExporter", Signal::Traces), ("MetricExporter", Signal::Metrics), ("LogExporter", Signal::Logs)];

/// What an [`Otlp`](https://docs.rs/pilotlight-sdk) is handed to.
const SETTERS: [(&str, Option<Signal>); 4] = [
    ("otlp", None),
    ("otlp_traces", Some(Signal::Traces)),
    ("otlp_metrics", Some(Signal::Metrics)),
    ("otlp_logs", Some(Signal::Logs)),
];

/// Finds every place of `file` that builds an exporter.
pub(super) fn find(file: &str, tokens: &Tokens<'_>, exporters: &mut Vec<Built>) {
    for (at, token) in tokens.iter().enumerate().filter(|(_, token)| token.kind == Kind::Word) {
        let place = || format!("{file}:{}", token.line);
        if let Some((_, signal)) = BUILDERS.iter().find(|(name, _)| token.is(name)) {
            exporters.extend(of_opentelemetry(tokens, at, *signal, place()));
        } else if token.is("Otlp") {
            exporters.extend(of_pilotlight(tokens, at, place()));
        }
    }
}

fn of_opentelemetry(tokens: &Tokens<'_>, at: usize, signal: Signal, place: String) -> Option<Built> {
    let length = calls::path_length(tokens, at, &[tokens[at].text, "builder"])?;
    let open = at + length;
    let calls =
        tokens.get(open).filter(|token| token.is("(")).map(|_| calls::after(tokens, tokens.closing(open)))?;
    let transport = calls.iter().find_map(|call| match call.name {
        "with_tonic" => Some(Transport::Grpc),
        "with_http" => Some(Transport::Http),
        _ => None,
    });
    let endpoint = calls.iter().rfind(|call| call.name == "with_endpoint").map(endpoint);
    Some(Built { signal: Some(signal), transport, endpoint, place })
}

fn of_pilotlight(tokens: &Tokens<'_>, at: usize, place: String) -> Option<Built> {
    let open = at + calls::path_length(tokens, at, &["Otlp", "new"])?;
    let calls =
        tokens.get(open).filter(|token| token.is("(")).map(|_| calls::after(tokens, tokens.closing(open)))?;
    let setter = setter(tokens, at);
    let transport = calls.iter().find(|call| call.name == "protocol").and_then(|call| {
        match call.arguments.last()?.text {
            "Grpc" => Some(Transport::Grpc),
            "HttpProtobuf" => Some(Transport::Http),
            _ => None,
        }
    });
    let endpoint = calls.iter().rfind(|call| call.name == "endpoint").map(endpoint);
    // What one signal's setter, or something else, does with it is not certain enough to be computed.
    let endpoint = match setter {
        Some(None) => endpoint,
        _ => endpoint.map(|_| Endpoint::Computed),
    };
    Some(Built { signal: setter.flatten(), transport, endpoint, place })
}

/// Whom the value that begins at `at` is handed to, paths such as `config::Otlp` included.
fn setter(tokens: &[Token<'_>], at: usize) -> Option<Option<Signal>> {
    let mut before = tokens[at.saturating_sub(16)..at]
        .iter()
        .rev()
        .skip_while(|token| token.is(":") || (token.kind == Kind::Word && !is_setter(token)));
    if !before.next()?.is("(") {
        return None;
    }
    let name = before.next()?;
    SETTERS.iter().find(|(setter, _)| name.is(setter)).map(|(_, signal)| *signal)
}

fn is_setter(token: &Token<'_>) -> bool {
    SETTERS.iter().any(|(setter, _)| token.is(setter))
}

fn endpoint(call: &Call<'_, '_>) -> Endpoint {
    match call.arguments {
        [Token { kind: Kind::Text, text, .. }] if !text.contains(['\\', '{']) => {
            Endpoint::Literal((*text).to_owned())
        }
        _ => Endpoint::Computed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::source::Sources;

    fn exporters(text: &str) -> Vec<Built> {
        let mut sources = Sources::default();
        sources.add("main.rs", text);
        sources.exporters
    }

    fn built(signal: Option<Signal>, transport: Option<Transport>, endpoint: Option<Endpoint>) -> Vec<Built> {
        vec![Built { signal, transport, endpoint, place: "main.rs:1".to_owned() }]
    }

    #[test]
    fn a_chain_tells_transport_and_endpoint() {
        let text = r#"let e = opentelemetry_otlp::SpanExporter::builder().with_tonic().with_timeout(T).with_endpoint("http://c:4317").build()?;"#;
        let endpoint = Endpoint::Literal("http://c:4317".to_owned());
        assert_eq!(exporters(text), built(Some(Signal::Traces), Some(Transport::Grpc), Some(endpoint)));
    }

    #[test]
    fn what_the_program_computes_is_said_to_be_computed() {
        for argument in ["url", "format!(\"http://{host}\")", "&config.url", "\"http://{}\""] {
            let text = format!("LogExporter::builder().with_http().with_endpoint({argument}).build()");
            assert_eq!(
                exporters(&text),
                built(Some(Signal::Logs), Some(Transport::Http), Some(Endpoint::Computed))
            );
        }
    }

    #[test]
    fn pilotlights_settings_are_read_when_they_are_for_all_signals() {
        let text = r#"pilotlight::builder().otlp(Otlp::new().endpoint("http://c:4318").protocol(Protocol::Grpc)).start()"#;
        let endpoint = Endpoint::Literal("http://c:4318".to_owned());
        assert_eq!(exporters(text), built(None, Some(Transport::Grpc), Some(endpoint)));
        let text = r#"builder.otlp_logs(sdk::config::Otlp::new().endpoint("http://c:4318"))"#;
        assert_eq!(exporters(text), built(Some(Signal::Logs), None, Some(Endpoint::Computed)));
    }

    #[test]
    fn places_that_disagree_leave_it_undecided() {
        let mut sources = Sources::default();
        let text =
            "SpanExporter::builder().with_tonic(); SpanExporter::builder().with_http().with_endpoint(url);";
        sources.add("main.rs", text);
        assert_eq!(sources.exporter(Signal::Traces), None);
        assert_eq!(sources.undecided(Signal::Traces), Some("main.rs:1"));
        assert_eq!(sources.undecided(Signal::Logs), None);
        assert!(sources.leaves_out(Signal::Logs) && !sources.leaves_out(Signal::Traces));
    }
}
