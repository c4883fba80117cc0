//! Everything a layer was told, shared by its clones.

use super::instruments::Instruments;
use super::route::HttpRoute;
use crate::http::capture::CapturedHeaders;
use crate::http::method::{KnownMethods, VARIABLE};
use crate::http::query::SENSITIVE_KEYS;
use crate::telemetry::names::SharedNames;
use crate::telemetry::text::VALUE_BYTES_MAX;
use crate::telemetry::{MeterSource, Propagator, TracerSource};
use http::{request, response};
use opentelemetry::{KeyValue, StringValue};
use std::borrow::Cow;

pub(super) type OfRequest<T> = Box<dyn Fn(&request::Parts) -> T + Send + Sync>;
pub(super) type Adding<P> = Box<dyn Fn(&P, &mut Vec<KeyValue>) + Send + Sync>;

pub(super) struct Options {
    pub(super) tracer: TracerSource,
    pub(super) meter: MeterSource<Instruments>,
    pub(super) propagator: Propagator,
    pub(super) known_methods: KnownMethods,
    pub(super) sensitive_query_keys: Vec<Box<str>>,
    pub(super) scheme: StringValue,
    pub(super) server: Option<(StringValue, Option<u16>)>,
    pub(super) hosts: SharedNames,
    pub(super) trust_forwarded: bool,
    pub(super) request_headers: CapturedHeaders,
    pub(super) response_headers: CapturedHeaders,
    pub(super) filters: Vec<OfRequest<bool>>,
    pub(super) route: Option<OfRequest<Option<HttpRoute>>>,
    pub(super) span_name: Option<OfRequest<Cow<'static, str>>>,
    pub(super) public_endpoint: Option<OfRequest<bool>>,
    pub(super) request_attributes: Option<Adding<request::Parts>>,
    pub(super) response_attributes: Option<Adding<response::Parts>>,
    pub(super) read_events: bool,
    pub(super) write_events: bool,
    pub(super) body_sizes: bool,
    pub(super) server_in_metrics: bool,
    pub(super) disconnect_is_error: bool,
    pub(super) value_bytes_max: usize,
}

impl Options {
    pub(super) fn from_env() -> Self {
        Self {
            tracer: TracerSource::global(),
            meter: MeterSource::global(),
            propagator: Propagator::default(),
            // A value that is not Unicode names no method.
            known_methods: KnownMethods::from_list(&std::env::var(VARIABLE).unwrap_or_default()),
            sensitive_query_keys: SENSITIVE_KEYS.map(Box::from).into(),
            scheme: "http".into(),
            server: None,
            hosts: SharedNames::default(),
            trust_forwarded: false,
            request_headers: CapturedHeaders::default(),
            response_headers: CapturedHeaders::default(),
            filters: Vec::new(),
            route: None,
            span_name: None,
            public_endpoint: None,
            request_attributes: None,
            response_attributes: None,
            read_events: false,
            write_events: false,
            body_sizes: false,
            server_in_metrics: false,
            disconnect_is_error: true,
            value_bytes_max: VALUE_BYTES_MAX,
        }
    }

    pub(super) fn accepts(&self, parts: &request::Parts) -> bool {
        self.filters.iter().all(|filter| filter(parts))
    }

    pub(super) fn is_public(&self, parts: &request::Parts) -> bool {
        self.public_endpoint.as_ref().is_some_and(|public| public(parts))
    }
}
