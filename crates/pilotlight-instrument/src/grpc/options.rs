//! Everything a layer was told, shared by its clones.

use super::instruments::Instruments;
use super::metadata::CapturedMetadata;
use super::method::Methods;
use super::side::Side;
use super::stability::{Names, VARIABLE};
use crate::telemetry::names::SharedNames;
use crate::telemetry::text::VALUE_BYTES_MAX;
use crate::telemetry::{MeterSource, Propagator, TracerSource};
use http::{HeaderName, request};
use opentelemetry::StringValue;

pub(super) type Decision = Box<dyn Fn(&request::Parts) -> bool + Send + Sync>;

/// `server.address` and `server.port`.
pub(super) type Server = (StringValue, Option<u16>);

pub(super) struct Options {
    pub(super) side: Side,
    pub(super) names: Names,
    pub(super) tracer: TracerSource,
    pub(super) meter: MeterSource<Instruments>,
    pub(super) propagator: Propagator,
    pub(super) methods: Methods,
    pub(super) server: Option<Server>,
    pub(super) hosts: SharedNames,
    pub(super) filters: Vec<Decision>,
    pub(super) public_endpoint: Option<Decision>,
    pub(super) request_metadata: CapturedMetadata,
    pub(super) response_metadata: CapturedMetadata,
    pub(super) message_events: bool,
    pub(super) value_bytes_max: usize,
}

impl Options {
    pub(super) fn from_env(side: Side) -> Self {
        Self {
            side,
            // A value that is not Unicode asks for nothing.
            names: Names::from_list(&std::env::var(VARIABLE).unwrap_or_default()),
            tracer: TracerSource::global(),
            meter: MeterSource::global(),
            propagator: Propagator::default(),
            methods: match side {
                Side::Server => Methods::default(),
                Side::Client => Methods::trusted(),
            },
            server: None,
            hosts: SharedNames::default(),
            filters: Vec::new(),
            public_endpoint: None,
            request_metadata: CapturedMetadata::default(),
            response_metadata: CapturedMetadata::default(),
            message_events: false,
            value_bytes_max: VALUE_BYTES_MAX,
        }
    }

    pub(super) fn accepts(&self, parts: &request::Parts) -> bool {
        self.filters.iter().all(|filter| filter(parts))
    }

    pub(super) fn is_public(&self, parts: &request::Parts) -> bool {
        self.public_endpoint.as_ref().is_some_and(|public| public(parts))
    }

    pub(super) fn captured(
        &self,
        direction: &str,
        keys: impl IntoIterator<Item = HeaderName>,
    ) -> CapturedMetadata {
        CapturedMetadata::new(self.names, direction, keys)
    }
}
