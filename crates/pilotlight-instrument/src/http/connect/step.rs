//! One step on the way to a connection, told to the span that asked for it.

use super::BoxError;
use super::failure::error_type;
use super::stage::Stage;
use http::uri::Scheme;
use http::{Extensions, Uri};
use hyper_util::client::legacy::connect::{Connected, HttpInfo};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, KeyValue};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A step under way. There is none when nobody listens.
pub(super) struct Step {
    stage: Stage,
    /// With the span, and current while the connector works: it may be polled outside of the request that asked.
    context: Context,
    /// For TLS only.
    handshake: Option<Handshake>,
}

impl Step {
    pub(super) fn begin(stage: Stage, uri: Option<&Uri>) -> Option<Self> {
        let context = recording()?;
        let mut step = Self { stage, context, handshake: None };
        if stage == Stage::Tls {
            step.expect_handshake(uri);
        } else {
            step.add(stage.start(), Vec::new());
        }
        Some(step)
    }

    /// TLS starts when TCP is done, which the layer around TCP sees, further in.
    fn expect_handshake(&mut self, uri: Option<&Uri>) {
        if uri.and_then(Uri::scheme) == Some(&Scheme::HTTPS) {
            let handshake = Handshake::default();
            self.context = self.context.with_value(handshake.clone());
            self.handshake = Some(handshake);
        }
    }

    /// Runs a part of the connector's work in the context of whoever asked for it.
    pub(super) fn run<T>(&self, work: impl FnOnce() -> T) -> T {
        let _current = self.context.clone().attach();
        work()
    }

    pub(super) fn done(&self, connected: &Connected) {
        self.end(|| self.facts(connected));
        if self.stage == Stage::Tcp
            && let Some(handshake) = self.context.get::<Handshake>()
        {
            handshake.start();
            self.add(Stage::Tls.start(), Vec::new());
        }
    }

    pub(super) fn failed(&self, error: &BoxError) {
        self.end(|| vec![KeyValue::new("error.type", error_type(error))]);
    }

    fn end(&self, facts: impl FnOnce() -> Vec<KeyValue>) {
        let started = match &self.handshake {
            Some(handshake) => handshake.has_started(),
            None => self.stage != Stage::Tls,
        };
        if started {
            self.add(self.stage.done(), facts());
        }
    }

    fn facts(&self, connected: &Connected) -> Vec<KeyValue> {
        let mut facts = Vec::new();
        if self.stage.tells_peer() {
            facts.extend(peer(connected));
        }
        if self.stage.tells_protocol() && connected.is_negotiated_h2() {
            facts.push(KeyValue::new("network.protocol.version", "2"));
        }
        facts
    }

    fn add(&self, name: &'static str, attributes: Vec<KeyValue>) {
        self.context.span().add_event(name, attributes);
    }
}

/// The current context, if its span wants to know.
pub(super) fn recording() -> Option<Context> {
    Context::map_current(|current| current.span().is_recording().then(|| current.clone()))
}

fn peer(connected: &Connected) -> Vec<KeyValue> {
    let mut extras = Extensions::new();
    connected.get_extras(&mut extras);
    let Some(info) = extras.get::<HttpInfo>() else { return Vec::new() };
    let peer = info.remote_addr();
    vec![
        KeyValue::new("network.peer.address", peer.ip().to_string()),
        KeyValue::new("network.peer.port", i64::from(peer.port())),
    ]
}

/// In the context of a TCP connection that TLS is to follow on: whether it has begun.
///
/// Set and read by whoever polls the one connection, one after the other; it publishes nothing else.
#[derive(Clone, Default)]
struct Handshake(Arc<AtomicBool>);

impl Handshake {
    fn start(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn has_started(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
