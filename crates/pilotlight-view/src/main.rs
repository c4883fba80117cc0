//! The program `pilotlight`.

fn main() -> std::process::ExitCode {
    pilotlight_view::program::main()
}
