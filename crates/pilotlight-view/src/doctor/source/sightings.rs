//! What else the sources say for certain.

use std::collections::{BTreeMap, HashSet};

use super::calls;
use super::functions::{self, Function};
use super::tokens::{Kind, Token, Tokens};

/// More places than anybody is shown of one thing.
const PLACES_MAX: usize = 64;

/// What was seen, and where.
#[derive(Debug, Clone, Default)]
pub struct Sightings {
    /// `file:line`, the first [`PLACES_MAX`] of each.
    places: BTreeMap<What, Vec<String>>,
}

impl Sightings {
    /// The first places where `what` was seen, as `file:line`.
    pub fn places(&self, what: What) -> impl Iterator<Item = &str> {
        self.places.get(&what).into_iter().flatten().map(String::as_str)
    }

    pub(super) fn see(&mut self, what: What, place: impl FnOnce() -> String) {
        let places = self.places.entry(what).or_default();
        if places.len() < PLACES_MAX {
            places.push(place());
        }
    }
}

/// What can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// A runtime with one thread.
    CurrentThread,
    /// Spans are batched by opentelemetry-rust.
    BatchExporter,
    /// A provider of spans is built.
    ProviderBuilt,
    /// A provider of spans is made global.
    GlobalProvider,
    /// The layer that makes spans of those of `tracing`.
    SpanLayer,
    /// Something is flushed or shut down.
    Shutdown,
    /// A propagator is made global.
    Propagator,
    /// A value that has to be dropped is forgotten: a span.
    SpanForgotten,
    /// A value that has to be dropped is forgotten: what flushes at the end.
    GuardForgotten,
    /// The guard of Pilotlight is dropped in the statement that makes it.
    GuardDropped,
    /// The process is ended where only returning would flush.
    ExitBeforeFlush,
    /// A span's guard is held while the task waits.
    GuardAcrossAwait,
    /// A blocking client is made on an async thread.
    BlockingClient,
    /// A filter of `RUST_LOG` that lets only errors through when that is not set.
    FilterFromEnvironment,
    /// A filter for all layers of a registry.
    RegistryFilter,
    /// A filter for one layer.
    LayerFilter,
    /// A service has its name in code.
    ServiceName,
    /// Somebody else's function sets everything up.
    ForeignSetup,
    /// Without an endpoint, telemetry goes to the console.
    ConsoleWithoutEndpoint,
    /// The sampler is chosen in code, and records something, or perhaps.
    Sampler,
    /// The sampler is chosen in code whatever happens, and records nothing.
    SamplerOff,
}

/// Words that say it all wherever they stand.
const WORDS: [(&str, What); 14] = [
    ("with_batch_exporter", What::BatchExporter),
    ("set_tracer_provider", What::GlobalProvider),
    ("tracing_opentelemetry", What::SpanLayer),
    ("shutdown_tracer_provider", What::Shutdown),
    ("set_text_map_propagator", What::Propagator),
    ("with_filter", What::LayerFilter),
    ("with_service_name", What::ServiceName),
    ("service_name", What::ServiceName),
    ("default_service_name", What::ServiceName),
    ("SERVICE_NAME", What::ServiceName),
    ("init_tracing_opentelemetry", What::ForeignSetup),
    ("logfire", What::ForeignSetup),
    ("console_without_endpoint", What::ConsoleWithoutEndpoint),
    ("new_current_thread", What::CurrentThread),
];

/// Methods that flush. Functions of these names may be anything: those of a service wait for a signal.
const FLUSHING: [&str; 3] = ["shutdown", "shutdown_with_timeout", "force_flush"];

/// Methods that are given a sampler.
const SAMPLER_SETTERS: [&str; 2] = ["with_sampler", "traces_sampler"];

/// What builds a provider of spans.
const PROVIDERS: [[&str; 2]; 4] = [
    ["SdkTracerProvider", "builder"],
    ["TracerProvider", "builder"],
    ["pilotlight", "builder"],
    ["pilotlight", "init"],
];

/// Finds everything in `file`.
pub(super) fn find(file: &str, tokens: &Tokens<'_>, sightings: &mut Sightings) {
    let mut see = |what, at: usize| sightings.see(what, || format!("{file}:{}", tokens[at].line));
    for at in 0..tokens.len() {
        if let Some(what) = at_token(tokens, at) {
            see(what, at);
        }
    }
    let functions = functions::all(tokens);
    for function in &functions {
        in_function(tokens, function, &mut see);
    }
    samplers(tokens, &functions, &mut see);
}

fn at_token(tokens: &Tokens<'_>, at: usize) -> Option<What> {
    let token = &tokens[at];
    if token.kind == Kind::Text {
        return match token.text {
            "service.name" => Some(What::ServiceName),
            "current_thread" if at >= 2 && tokens[at - 2].is("flavor") => Some(What::CurrentThread),
            _ => None,
        };
    }
    let word = WORDS.iter().find(|(word, _)| token.is(word)).map(|(_, what)| *what);
    word.or_else(|| flushed(tokens, at))
        .or_else(|| forgotten(tokens, at))
        .or_else(|| filter(tokens, at))
        .or_else(|| registry_filter(tokens, at))
        .or_else(|| dropped_guard(tokens, at))
        .or_else(|| provider(tokens, at))
}

/// `provider.shutdown()`, `SdkTracerProvider::shutdown(&provider)`.
fn flushed(tokens: &Tokens<'_>, at: usize) -> Option<What> {
    FLUSHING.iter().find(|method| tokens[at].is(method))?;
    let is_method = match &tokens[..at] {
        [.., dot] if dot.is(".") => tokens.get(at + 1).is_some_and(|token| token.is("(")),
        [.., of, first, second] if first.is(":") && second.is(":") => of.text.starts_with(char::is_uppercase),
        _ => false,
    };
    is_method.then_some(What::Shutdown)
}

/// `mem::forget(span)`, `ManuallyDrop::new(guard)`: by the name of what is forgotten.
fn forgotten(tokens: &Tokens<'_>, at: usize) -> Option<What> {
    let length = calls::path_length(tokens, at, &["mem", "forget"])
        .or_else(|| calls::path_length(tokens, at, &["ManuallyDrop", "new"]))?;
    let open = at + length;
    tokens.get(open).filter(|token| token.is("("))?;
    let names = tokens[open..tokens.closing(open)].iter().take(100).filter(|token| token.kind == Kind::Word);
    names.map(|token| token.text.to_ascii_lowercase()).find_map(|name| match name {
        name if name.contains("span") => Some(What::SpanForgotten),
        name if ["telemetry", "provider", "otel", "pilotlight"].iter().any(|part| name.contains(part)) => {
            Some(What::GuardForgotten)
        }
        _ => None,
    })
}

/// `EnvFilter::from_default_env()`, unless a directive is added: without `RUST_LOG` only errors pass.
fn filter(tokens: &Tokens<'_>, at: usize) -> Option<What> {
    let length = ["from_default_env", "from_env"]
        .iter()
        .find_map(|name| calls::path_length(tokens, at, &["EnvFilter", name]))?;
    let calls = calls::after(tokens, tokens.closing(at + length));
    (!calls.iter().any(|call| call.name == "add_directive")).then_some(What::FilterFromEnvironment)
}

/// `registry().with(EnvFilter…)`: a filter between other layers is for all of them.
fn registry_filter(tokens: &Tokens<'_>, at: usize) -> Option<What> {
    let open = tokens.get(at).filter(|token| token.is("registry")).map(|_| at + 1)?;
    tokens.get(open).filter(|token| token.is("("))?;
    let calls = calls::after(tokens, tokens.closing(open));
    let is_filter = |token: &Token<'_>| {
        token.kind == Kind::Word && (token.text == "EnvFilter" || token.text.ends_with("filter"))
    };
    let found = calls.iter().filter(|call| call.name == "with").any(|call| {
        call.arguments.iter().any(is_filter) && !call.arguments.iter().any(|token| token.is("with_filter"))
    });
    found.then_some(What::RegistryFilter)
}

/// `let _ = pilotlight::init()…;`: dropped, and with it everything is shut down.
fn dropped_guard(tokens: &Tokens<'_>, at: usize) -> Option<What> {
    let [first, name, equals] = tokens.get(at..at + 3)? else { return None };
    if !(first.is("let") && name.is("_") && equals.is("=")) {
        return None;
    }
    let makes = calls::path_length(tokens, at + 3, &["pilotlight", "init"])
        .or_else(|| calls::path_length(tokens, at + 3, &["pilotlight", "builder"]))?;
    let calls = calls::after(tokens, tokens.closing(at + 3 + makes));
    (!calls.iter().any(|call| call.name == "shutdown")).then_some(What::GuardDropped)
}

fn provider(tokens: &Tokens<'_>, at: usize) -> Option<What> {
    let is_built = PROVIDERS.iter().any(|path| calls::is_path(tokens, at, path));
    is_built.then_some(What::ProviderBuilt)
}

/// A sampler that is set in braces of its own, such as those of an `if`, is not always the one.
fn samplers(tokens: &Tokens<'_>, functions: &[Function], see: &mut impl FnMut(What, usize)) {
    let sets = |at: &usize| SAMPLER_SETTERS.iter().any(|setter| tokens[*at].is(setter));
    let statements = functions
        .iter()
        .flat_map(|Function { body, .. }| tokens.outside(&["{"], body.start).take_while(|at| *at < body.end));
    let off: HashSet<usize> = statements.filter(|at| sets(at) && is_given_nothing(tokens, *at)).collect();
    for at in (0..tokens.len()).filter(sets) {
        see(if off.contains(&at) { What::SamplerOff } else { What::Sampler }, at);
    }
}

/// `with_sampler(Sampler::AlwaysOff)`, or with a ratio of 0.
fn is_given_nothing(tokens: &Tokens<'_>, setter: usize) -> bool {
    let open = setter + 1;
    if !tokens.get(open).is_some_and(|token| token.is("(")) {
        return false;
    }
    let argument = tokens.get(open + 1..tokens.closing(open)).unwrap_or_default();
    let is_of_path = |token: &&Token<'_>| token.kind == Kind::Word || token.is(":");
    let (path, rest) = argument.split_at(argument.iter().take_while(is_of_path).count());
    let rest: String = rest.iter().take(8).map(|token| token.text).collect();
    match (path.last().map(|token| token.text), rest.trim_end_matches(',')) {
        (Some("AlwaysOff"), "") => true,
        (Some("TraceIdRatioBased" | "TraceIdRatio"), ratio) => ["(0.0)", "(0.)"].contains(&ratio),
        _ => false,
    }
}

fn in_function(tokens: &Tokens<'_>, function: &Function, see: &mut impl FnMut(What, usize)) {
    // The end of the statement after which something has to be flushed: while it starts there is nothing yet, and it may fail.
    let mut started: Option<usize> = None;
    for at in function.body.clone() {
        let token = &tokens[at];
        if starts_telemetry(tokens, at) {
            started = tokens.statement_end(at);
        } else if ["shutdown", "force_flush", "drop"].iter().any(|word| token.is(word)) {
            started = None;
        } else if started.is_some_and(|end| at > end) && calls::is_path(tokens, at, &["process", "exit"]) {
            see(What::ExitBeforeFlush, at);
        } else if function.is_async && is_blocking_client(tokens, at) {
            see(What::BlockingClient, at);
        }
    }
}

fn starts_telemetry(tokens: &Tokens<'_>, at: usize) -> bool {
    tokens[at].is("set_tracer_provider")
        || ["init", "builder"].iter().any(|name| calls::is_path(tokens, at, &["pilotlight", name]))
}

fn is_blocking_client(tokens: &Tokens<'_>, at: usize) -> bool {
    tokens[at].is("with_http_client")
        && tokens.get(at + 1).is_some_and(|token| token.is("("))
        && tokens[at + 1..tokens.closing(at + 1)].iter().take(100).any(|token| token.is("blocking"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::source::Sources;

    fn seen(text: &str) -> Vec<What> {
        let mut sources = Sources::default();
        sources.add("a.rs", text);
        sources.sightings.places.keys().copied().collect()
    }

    #[test]
    fn what_is_looked_for_is_seen() {
        for (text, what) in [
            ("#[tokio::main(flavor = \"current_thread\")] async fn main() {}", What::CurrentThread),
            ("std::mem::forget(span);", What::SpanForgotten),
            ("mem::forget(telemetry);", What::GuardForgotten),
            ("let _ = pilotlight::init()?;", What::GuardDropped),
            ("fn main() { let t = pilotlight::init(); std::process::exit(1) }", What::ExitBeforeFlush),
            ("EnvFilter::from_default_env()", What::FilterFromEnvironment),
            (
                "tracing_subscriber::registry().with(fmt::layer()).with(EnvFilter::new(\"x\"))",
                What::RegistryFilter,
            ),
            ("async fn a() { b.with_http_client(reqwest::blocking::Client::new()) }", What::BlockingClient),
            ("KeyValue::new(\"service.name\", \"shop\")", What::ServiceName),
            ("fn a() { b.with_sampler(Sampler::AlwaysOff).build() }", What::SamplerOff),
            ("SdkTracerProvider::builder().build()", What::ProviderBuilt),
            ("let t = pilotlight::init()?;", What::ProviderBuilt),
            ("fn a() { b.traces_sampler(SamplerSetting::TraceIdRatio(0.0)) }", What::SamplerOff),
        ] {
            assert!(seen(text).contains(&what), "{text}: {:?}", seen(text));
        }
    }

    #[test]
    fn a_sampler_that_may_record_is_not_one_that_never_does() {
        for text in [
            "fn a() { b.with_sampler(Sampler::TraceIdRatioBased(0.05)) }",
            "fn a() { b.with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOff))) }",
            "fn a() { b.with_sampler(if quiet { Sampler::AlwaysOff } else { Sampler::AlwaysOn }) }",
            "fn a() { if quiet { b.with_sampler(Sampler::AlwaysOff) } else { b } }",
            "fn a() { b.with_sampler(sampler) }",
        ] {
            assert_eq!(seen(text), [What::Sampler], "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_it_is_not_seen() {
        for text in [
            "std::mem::forget(buffer);",
            "let _guard = pilotlight::init()?;",
            "let _ = pilotlight::init().unwrap().shutdown();",
            "fn main() { let t = pilotlight::init(); t.shutdown(); std::process::exit(1) }",
            "fn usage() { std::process::exit(2) }",
            "fn main() { let t = pilotlight::builder().start().unwrap_or_else(|e| { log(e); process::exit(1) }); }",
            "fn main() { let t = match pilotlight::init() { Ok(t) => t, Err(e) => process::exit(1) }; serve(); }",
            "EnvFilter::from_default_env().add_directive(x)",
            "registry().with(layer.with_filter(env_filter))",
            "fn a() { b.with_http_client(reqwest::blocking::Client::new()) }",
            "// mem::forget(span)\nlet x = \"mem::forget(span)\";",
        ] {
            let found = seen(text);
            let harmless = [What::Shutdown, What::LayerFilter, What::ProviderBuilt];
            assert!(found.iter().all(|what| harmless.contains(what)), "{text}: {found:?}");
        }
    }
}
