//! Work that goes elsewhere (to a task, a thread, a pool, through a channel, to another process) and stays in its trace.
//!
//! ```text
//!  your code ── Context::current() ──▶ bind_future, bind_stream, bind, in_context ──▶ tasks, threads, pools
//!                      │
//!                      ├─▶ Carried ──▶ a channel ──▶ with_parent, with_link
//!                      │
//!                      └─▶ inject_into ──▶ a child's environment ──▶ from_env
//! ```
//!
//! The current [`Context`](opentelemetry::Context) belongs to a thread. What runs on another one, or later on the same one,
//! does not see it unless it is handed over: its spans would start traces of their own, without baggage.
//!
//! | What runs the work | Hand it over with |
//! |---|---|
//! | `.await`, `join!`, `select!`, `FuturesUnordered` in the same task | nothing: the task's context is there |
//! | `tokio::spawn`, `JoinSet::spawn` | [`bind_future`] |
//! | `select!`, `FuturesUnordered` over work of several callers | [`bind_future`], where each caller is current |
//! | a `Stream` that others poll | [`bind_stream`] |
//! | `spawn_blocking`, `std::thread::spawn`, a pool that takes a closure | [`bind`] |
//! | `rayon::join`, `rayon::scope`, `par_iter`, `std::thread::scope` | [`in_context`], inside of each closure |
//! | a channel, when the message is the reason for the work | [`Carried`], and [`with_parent`](Carried::with_parent) |
//! | a channel, when the work has a life of its own | [`Carried`], and [`with_link`](Carried::with_link) |
//! | a channel that is emptied in batches | [`Carried`], and [`links`] |
//! | a child process | [`inject_into`] |
//! | this process, when it is somebody's child | [`from_env`], once, in `main` |
//!
//! Where spans are made with `tracing`, `pilotlight::tracing::carry` and `carry_context` are what to use in place of
//! [`bind_future`] and [`bind`]: they carry the `tracing::Span` as well, which events and filters of `tracing` look for. The other
//! helpers here are as good for `tracing`, whose layer finds its parents in the current context.
//!
//! A future's own children are its children: `select!` and `FuturesUnordered` poll on the task that waits for them. What is bound
//! keeps its span open until it is dropped; what is [`Carried`] does not.
//!
//! # No guard over `await`
//!
//! [`Context::attach`](opentelemetry::Context::attach) returns a guard, and what is attached is attached to the *thread*. Held
//! over an `await` it would give the context to whatever else that thread does meanwhile, and be taken off another's. So it is not
//! `Send`, and spawning such a future does not compile:
//!
//! ```compile_fail
//! # let context = opentelemetry::Context::new();
//! # async fn work() {}
//! let task = async move {
//!     let _attached = context.attach();
//!     work().await;
//! };
//! tokio::spawn(task); // error: future cannot be sent between threads safely
//! ```
//!
//! The helpers here take the work and keep the guard, so there is none to hold. This does the same and compiles:
//!
//! ```
//! # async fn spawns() {
//! # let context = opentelemetry::Context::new();
//! # async fn work() {}
//! use pilotlight_instrument::context::{bind_future, in_context};
//!
//! let task = in_context(&context, || bind_future(async move {
//!     work().await;
//! }));
//! tokio::spawn(task);
//! # }
//! ```
//!
//! Nothing can be awaited while [`in_context`] has a context attached:
//!
//! ```compile_fail,E0728
//! # async fn waits() {
//! # let context = opentelemetry::Context::new();
//! # async fn work() {}
//! use pilotlight_instrument::context::in_context;
//!
//! in_context(&context, || work().await);
//! # }
//! ```
//!
//! Two things the compiler lets pass. A guard over an `await` of a future that never leaves its thread (`block_on`,
//! `spawn_local`): Clippy refuses it with `await-holding-invalid-types = ["opentelemetry::ContextGuard"]` in `clippy.toml`. And
//! a closure that only *makes* a future: `in_context(&context, || work()).await` polls it outside of the context.

mod bound;
mod carried;
mod environment;
#[cfg(test)]
mod testing;
mod thread;
mod work;

pub use bound::{Bound, bind_future, bind_stream};
pub use carried::{Carried, links};
pub use environment::{EnvExtractor, EnvInjector, from_env, inject_into};
pub use work::{bind, in_context};
