//! The payments put together: their parts, and their routes.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::post;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, KeyValue};
use pilotlight_instrument::http::HttpServerLayer;
use tracing::{info, instrument, warn};

use super::error::Error;
use super::ledger::{Known, Ledger};
use super::metrics::Metrics;
use super::payment::{Outcome, Payment};
use super::provider::Provider;
use super::routes;
use super::settings::Settings;
use crate::serving::{Readiness, Role, Timeouts, health};

/// A payment is a line of text.
const BODY_BYTES_MAX: usize = 4096;

/// Payments that serve.
#[derive(Debug)]
pub struct Payments {
    ledger: Ledger,
    provider: Provider,
    metrics: Metrics,
    readiness: Readiness,
    timeouts: Timeouts,
}

impl Payments {
    /// Payments of which none has been made yet. Their metrics go to the provider that is installed now: install it first.
    #[must_use]
    pub fn open(settings: &Settings, timeouts: Timeouts) -> Arc<Self> {
        Arc::new(Self {
            ledger: Ledger::default(),
            provider: Provider::new(settings),
            metrics: Metrics::from_global(),
            readiness: Readiness::default(),
            timeouts,
        })
    }

    /// Makes a payment, unless it has been made: then the answer is the same again.
    #[instrument(name = "chargeCard", skip_all, fields(payment.amount = payment.amount, payment.currency = payment.currency))]
    pub(super) async fn charge(&self, key: &str, payment: &Payment) -> Result<Outcome, Error> {
        let first = match self.ledger.begin(key, payment) {
            Known::Answered(outcome) => return Ok(outcome),
            Known::Different => {
                let message = "this Idempotency-Key was used for another payment; take a new one";
                return Err(Error::new(StatusCode::UNPROCESSABLE_ENTITY, message));
            }
            Known::New => true,
            Known::Tried => false,
        };
        let outcome = self.provider.charge(payment, first).await;
        match self.ledger.settle(key, &outcome) {
            Ok(()) => {
                self.tell(&outcome);
                Ok(outcome)
            }
            Err(earlier) => Ok(earlier),
        }
    }

    fn tell(&self, outcome: &Outcome) {
        self.metrics.count(outcome);
        Context::current().span().set_attribute(KeyValue::new("payment.status", outcome.status()));
        match outcome {
            Outcome::Approved { payment_id } => info!(payment.id = payment_id, "Payment approved"),
            Outcome::Declined { reason } => warn!(reason, "Payment declined"),
        }
    }
}

impl Role for Payments {
    const TITLE: &'static str = "payments";

    fn router(self: Arc<Self>) -> Router {
        Router::new()
            .merge(health(self.readiness(), None))
            .route("/api/payments", post(routes::create))
            .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
            .with_state(self)
            .layer(HttpServerLayer::new())
    }

    fn readiness(&self) -> Readiness {
        self.readiness.clone()
    }

    fn timeouts(&self) -> Timeouts {
        self.timeouts
    }
}
