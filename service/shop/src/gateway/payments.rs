//! The gateway's client of the payments.

use std::time::Duration;

use axum::http::StatusCode;
use pilotlight_instrument::http::UrlTemplate;
use pilotlight_instrument::http::reqwest::HttpClientMiddleware;
use reqwest::{Client, Response, Url, redirect};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use reqwest_retry::RetryTransientMiddleware;
use reqwest_retry::policies::ExponentialBackoff;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::error::{Error, Kind};
use super::orders::OTHER_ORDER;

/// The one currency that the shop takes.
pub(crate) const CURRENCY: &str = "USD";

/// Where payments are made.
const PATH: &str = "/api/payments";

/// How often a payment is tried again that could not be made for lack of an answer. With the first, three attempts.
const RETRIES: u32 = 2;

/// What lies between two attempts: a random time up to the first of these, then up to twice as much, never more than the second.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(500));

/// How long an unused connection is kept: less than the payments keep it, so that none is used which they are about to close.
const IDLE_CONNECTION: Duration = Duration::from_secs(30);

/// Charges cards, over HTTP.
#[derive(Clone, Debug)]
pub(crate) struct Payments {
    client: ClientWithMiddleware,
    url: Url,
}

#[derive(Serialize)]
struct Payment<'a> {
    amount: f64,
    currency: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    card: Option<&'a str>,
}

#[derive(Deserialize)]
struct Receipt {
    payment_id: String,
}

#[derive(Deserialize)]
struct Refusal {
    reason: String,
}

impl Payments {
    pub(crate) fn new(url: &Url, timeout: Duration) -> Result<Self, Error> {
        let failed = |cause: reqwest::Error| {
            Error::call(Kind::PaymentsUnavailable, "the client of the payments cannot be made", cause)
        };
        let mut url = url.clone();
        url.set_path(PATH);
        Ok(Self { client: client(timeout).map_err(failed)?, url })
    }

    /// Charges an amount in [`CURRENCY`] to a card, or to the one that is on file, and returns the payment's id. However often it is
    /// tried, it is paid once: all attempts have the same key, and so has an order that its client sends again.
    pub(crate) async fn charge(&self, key: &str, amount: f64, card: Option<&str>) -> Result<String, Error> {
        let payment = Payment { amount, currency: CURRENCY, card };
        let request = self
            .client
            .post(self.url.clone())
            .header("idempotency-key", key)
            .with_extension(UrlTemplate::new(PATH))
            .json(&payment);
        let answer = request.send().await.map_err(|cause| unavailable(cause.without_url()))?;
        match answer.status() {
            StatusCode::CREATED => {
                let Receipt { payment_id } = read(answer).await?;
                Ok(payment_id)
            }
            StatusCode::PAYMENT_REQUIRED => {
                let Refusal { reason } = read(answer).await?;
                let message = format!("the payment of {amount} {CURRENCY} was declined: {reason}");
                Err(Error::new(Kind::PaymentDeclined, message))
            }
            StatusCode::UNPROCESSABLE_ENTITY => Err(Error::new(Kind::InvalidKey, OTHER_ORDER)),
            status => Err(unavailable(format!("they answered {status}"))),
        }
    }
}

async fn read<T: DeserializeOwned>(answer: Response) -> Result<T, Error> {
    answer.json().await.map_err(|cause| unavailable(cause.without_url()))
}

/// The timeout is that of each attempt.
fn client(timeout: Duration) -> reqwest::Result<ClientWithMiddleware> {
    let client = Client::builder()
        .timeout(timeout)
        .pool_idle_timeout(IDLE_CONNECTION)
        .redirect(redirect::Policy::none())
        // The way to the outside is not the way to the program next door.
        .no_proxy()
        .build()?;
    let policy =
        ExponentialBackoff::builder().retry_bounds(BACKOFF.0, BACKOFF.1).build_with_max_retries(RETRIES);
    let retries = RetryTransientMiddleware::new_with_policy(policy);
    // In this order each attempt has a span of its own.
    Ok(ClientBuilder::new(client).with(retries).with(HttpClientMiddleware::new()).build())
}

fn unavailable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::call(Kind::PaymentsUnavailable, "the payments do not answer", cause)
}
