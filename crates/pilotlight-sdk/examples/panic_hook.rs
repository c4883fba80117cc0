//! The cases of `tests/panic_hook.rs` once more, for programs that abort: cargo builds tests to unwind whatever a profile says.
//!
//! ```text
//! CARGO_PROFILE_DEV_PANIC=abort cargo run -p pilotlight-sdk --example panic_hook
//! ```

#[path = "../tests/panic_hook.rs"]
mod cases;

fn main() {
    cases::main();
}
