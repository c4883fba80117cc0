//! The event for the response's head, in a middleware chain.

use crate::http::connect::{FirstByteEventLayer, first_byte};
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Middleware, Next, Result};

#[async_trait::async_trait]
impl Middleware for FirstByteEventLayer {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let answer = next.run(request, extensions).await;
        if answer.is_ok() {
            first_byte();
        }
        answer
    }
}
