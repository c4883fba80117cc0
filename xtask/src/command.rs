//! Running cargo, and how a task fails.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

/// Why a task stopped, and what the process answers its caller.
#[derive(Debug)]
pub struct Failure {
    message: String,
    exit_code: u8,
}

impl Failure {
    /// A failure that exits with 1.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit_code: 1 }
    }

    /// The same failure with another exit code.
    pub fn with_exit_code(self, exit_code: u8) -> Self {
        Self { exit_code, ..self }
    }

    /// What the process should exit with; never 0.
    pub fn exit_code(&self) -> u8 {
        self.exit_code
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// One call of cargo in the workspace, shown as a person would type it.
pub struct Cargo {
    root: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(&'static str, String)>,
}

impl Cargo {
    /// `cargo` with these arguments, separated by white space.
    pub fn new(root: &Path, arguments: &str) -> Self {
        Self {
            root: root.to_owned(),
            arguments: arguments.split_whitespace().map(str::to_owned).collect(),
            environment: Vec::new(),
        }
    }

    /// One more argument, white space and all.
    pub fn argument(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Sets an environment variable for this call.
    pub fn env(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.environment.push((name, value.into()));
        self
    }

    /// Shows the command on standard error and runs it with its output untouched.
    ///
    /// # Errors
    /// When cargo cannot be started, or with cargo's own exit code when it fails.
    pub fn run(&self) -> Result<(), Failure> {
        eprintln!("\n$ {self}");
        let status = self.command().status().map_err(|error| self.not_started(&error))?;
        if status.success() { Ok(()) } else { Err(self.failed(status, "")) }
    }

    /// Runs the command and returns what it wrote to standard output.
    ///
    /// # Errors
    /// When cargo cannot be started, or with cargo's own exit code when it fails; its standard error is part of
    /// the message.
    pub fn output(&self) -> Result<String, Failure> {
        let output = self.command().output().map_err(|error| self.not_started(&error))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(self.failed(output.status, &String::from_utf8_lossy(&output.stderr)))
    }

    fn command(&self) -> Command {
        // Under `cargo xtask` this is the cargo that started us, so one toolchain builds everything.
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        // Cargo also describes this package to us. Passed on, that makes build scripts which watch these
        // variables (ring's does) run again each time somebody alternates between `cargo` and `cargo xtask`.
        for (name, _) in std::env::vars_os() {
            let described = name.to_string_lossy();
            if described.starts_with("CARGO_PKG_") || described.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&name);
            }
        }
        command
            .current_dir(&self.root)
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    fn failed(&self, status: ExitStatus, said: &str) -> Failure {
        // Killed by a signal: there is no code to pass on.
        let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
        Failure::new(format!("failed ({status}): {self}\n{said}")).with_exit_code(code)
    }

    fn not_started(&self, error: &std::io::Error) -> Failure {
        Failure::new(format!("cannot start cargo ({error}); is it on the PATH? {self}"))
    }
}

impl fmt::Display for Cargo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.environment {
            write!(f, "{name}='{value}' ")?;
        }
        write!(f, "cargo")?;
        for argument in &self.arguments {
            let quote = if argument.contains(' ') { "'" } else { "" };
            write!(f, " {quote}{argument}{quote}")?;
        }
        Ok(())
    }
}

/// Shows a command on standard error and runs it with its output untouched.
///
/// # Errors
/// When it cannot be started, or fails.
pub fn show_and_run(command: &mut Command) -> Result<(), Failure> {
    let shown = shown(command);
    eprintln!("\n$ {shown}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::new(format!("failed ({status}): {shown}"))),
        Err(error) => Err(Failure::new(format!("cannot be started ({error}): {shown}"))),
    }
}

/// Runs a command, quietly, and returns what it wrote to standard output.
///
/// # Errors
/// When it cannot be started, or fails; its standard error is part of the message.
pub fn output_of(command: &mut Command) -> Result<String, Failure> {
    let shown = shown(command);
    let output =
        command.output().map_err(|error| Failure::new(format!("cannot be started ({error}): {shown}")))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(Failure::new(format!("failed ({}): {shown}\n{said}", output.status)))
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_a_person_would_type_it() {
        let cargo =
            Cargo::new(Path::new("."), "test --lib").argument("two words").env("RUSTFLAGS", "--cfg loom");

        assert_eq!(cargo.to_string(), "RUSTFLAGS='--cfg loom' cargo test --lib 'two words'");
    }

    #[test]
    fn a_failing_command_passes_its_exit_code_on() {
        let failure = Cargo::new(Path::new("."), "no-such-subcommand").output().unwrap_err();

        assert_eq!(failure.exit_code(), 101);
        assert!(failure.to_string().contains("cargo no-such-subcommand"), "{failure}");
    }
}
