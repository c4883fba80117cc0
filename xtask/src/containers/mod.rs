//! The image, as far as it can be made and tried without a container engine.
//!
//! ```text
//!  Dockerfile ── dockerfile ─▶ build stage ── static_build ─▶ a static program, by the very commands of the Dockerfile
//!                         └──▶ last stage ─── image ────────▶ its files in a folder, served from there as another user
//! ```

pub mod dockerfile;
mod image;
mod musl;
mod static_build;

pub use static_build::run as static_build;
