//! Middlewares for [`reqwest`], by way of `reqwest-middleware`.
//!
//! ```text
//!  your request ─▶ [retries] ─▶ [FollowRedirects] ─▶ HttpClientMiddleware ─▶ [FirstByteEventLayer] ─▶ reqwest
//!                   numbers      each hop an          a span, and             an event                 the pool:
//!                   them, too    attempt              measurements                                     http::connect
//! ```
//!
//! ```
//! use pilotlight_instrument::http::reqwest::HttpClientMiddleware;
//! use pilotlight_instrument::http::UrlTemplate;
//! use reqwest_middleware::ClientBuilder;
//!
//! # async fn call() -> Result<(), Box<dyn std::error::Error>> {
//! let client = ClientBuilder::new(reqwest::Client::new()).with(HttpClientMiddleware::new()).build();
//! let user = client
//!     .get("https://shop.example/users/7")
//!     .with_extension(UrlTemplate::new("/users/{id}"))
//!     .send()
//!     .await?;
//! # Ok(())
//! # }
//! ```
//!
//! For what happens inside of the client (DNS, connections), see [`connect`](crate::http::connect), with
//! [`SystemResolver`] in `ClientBuilder::dns_resolver` and
//! [`ConnectEventsLayer::connection`](crate::http::connect::ConnectEventsLayer::connection) in
//! `ClientBuilder::connector_layer`.

mod attempt;
mod error_kind;
mod first_byte;
mod hop;
mod middleware;
mod redirects;
mod resolver;
mod response;

pub(crate) use error_kind::error_kind;
pub use middleware::HttpClientMiddleware;
pub use redirects::{FollowRedirects, TooManyRedirects};
pub use resolver::SystemResolver;
