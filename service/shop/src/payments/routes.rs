//! `POST /api/payments`: a new payment, or the answer to one that was asked for before.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, StatusCode};

use super::app::Payments;
use super::error::Error;
use super::payment::{Outcome, Payment};

/// The longest key that is taken: the ledger keeps them.
const KEY_BYTES_MAX: usize = 128;

/// 201 when the payment is approved, 402 with the reason when it is declined; 400 for what is no payment or has no key, 422 for a key
/// that was another payment's.
pub(super) async fn create(
    State(payments): State<Arc<Payments>>,
    headers: HeaderMap,
    body: Result<Json<Payment>, JsonRejection>,
) -> Result<(StatusCode, Json<Outcome>), Error> {
    let key = key(&headers)?;
    let Json(payment) = body.map_err(|rejection| Error::new(rejection.status(), rejection.body_text()))?;
    if let Some(complaint) = payment.complaint() {
        return Err(Error::new(StatusCode::BAD_REQUEST, complaint));
    }
    let outcome = payments.charge(key, &payment).await?;
    let status = match outcome {
        Outcome::Approved { .. } => StatusCode::CREATED,
        Outcome::Declined { .. } => StatusCode::PAYMENT_REQUIRED,
    };
    Ok((status, Json(outcome)))
}

fn key(headers: &HeaderMap) -> Result<&str, Error> {
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok()).unwrap_or_default();
    match key.len() {
        1..=KEY_BYTES_MAX => Ok(key),
        _ => {
            let message =
                "the header Idempotency-Key is missing or too long; send one that no other payment has";
            Err(Error::new(StatusCode::BAD_REQUEST, message))
        }
    }
}
