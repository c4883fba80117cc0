//! The page, built from `ui/` and part of the program; and what a browser is held to.
//!
//! ```text
//!  a request   guard.rs   headers that every answer has
//!              host.rs    is it for us, or was a name of somebody else's made to point here?
//!              token.rs   may whoever asks see this at all?
//!              origin.rs  is it our own page that asks, or another one in the same browser?
//!      ────────────────────────────────────────────────────────────────────────────────────
//!              /api/…     the questions: `crate::api`
//!              files.rs   everything else: the page's files, and the page itself for its own paths
//! ```
//!
//! Nothing that was received is ever written into HTML here: the page asks for it as JSON.

mod access;
mod files;
mod guard;
mod host;
mod origin;
mod token;

pub use access::Access;
pub use token::Token;

use axum::Router;
use axum::middleware::from_fn_with_state;

/// The page and the API on one port, behind the checks that `access` asks for.
pub fn router(context: crate::api::Context, access: Access) -> Router {
    crate::api::router(context).fallback(files::file).layer(from_fn_with_state(access, guard::guard))
}
