//! A JSON request body, read within the limits of size and time.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;
use tracing::warn;

use crate::gateway::app::Gateway;
use crate::gateway::error::{Error, Kind};

/// The parsed body. Any content type will do, and whatever cannot be parsed is a 400: a missing field too.
#[derive(Debug)]
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Arc<Gateway>> for JsonBody<T> {
    type Rejection = Error;

    async fn from_request(request: Request, gateway: &Arc<Gateway>) -> Result<Self, Error> {
        let outcome = parsed(request, gateway).await.map(Self);
        outcome.inspect_err(|error| warn!(error = error.as_dyn(), "Failed to read the request"))
    }
}

async fn parsed<T: DeserializeOwned>(request: Request, gateway: &Arc<Gateway>) -> Result<T, Error> {
    let bytes =
        tokio::time::timeout(gateway.timeouts.read, read(request, gateway)).await.map_err(|_| {
            Error::new(Kind::BodyTimeout, "the request body did not arrive in time; send it again")
        })??;
    serde_json::from_slice(&bytes).map_err(|cause| {
        Error::new(Kind::InvalidBody, format!("the request body is not what this takes: {cause}"))
    })
}

/// Collects the body; the router's limit on its size applies here.
async fn read(request: Request, gateway: &Arc<Gateway>) -> Result<Bytes, Error> {
    Bytes::from_request(request, gateway).await.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Error::new(Kind::BodyTooLarge, "the request body is too large; send less")
        }
        _ => Error::new(
            Kind::InvalidBody,
            format!("the request body could not be read: {}", rejection.body_text()),
        ),
    })
}
