//! The address that a connection went to.

use http::Extensions;
use opentelemetry::trace::SpanRef;

/// Adds `network.peer.*`, where the client says it: `hyper_util`'s does, in the response.
#[cfg(feature = "hyper-util")]
pub(super) fn record(extensions: &Extensions, span: &SpanRef<'_>) {
    use crate::http::address::shared;
    use opentelemetry::KeyValue;

    if let Some(info) = extensions.get::<hyper_util::client::legacy::connect::HttpInfo>() {
        let peer = info.remote_addr();
        span.set_attribute(KeyValue::new("network.peer.address", shared(peer.ip())));
        span.set_attribute(KeyValue::new("network.peer.port", i64::from(peer.port())));
    }
}

#[cfg(not(feature = "hyper-util"))]
pub(super) fn record(_: &Extensions, _: &SpanRef<'_>) {}
