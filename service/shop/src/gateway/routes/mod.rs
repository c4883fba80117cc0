//! HTTP in, HTTP out: what each route takes, answers, and says about itself on the request's span.

mod body;
pub(crate) mod orders;
pub(crate) mod stock;
pub(crate) mod users;
