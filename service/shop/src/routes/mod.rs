//! HTTP in, HTTP out: what each route takes, answers, and says about itself on the request's span.

pub(crate) mod body;
pub(crate) mod health;
pub(crate) mod orders;
pub(crate) mod users;
