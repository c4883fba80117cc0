//! The image without an engine: its files in a folder, and its program served from there.

use super::dockerfile::{self, Stage};
use crate::command::{Failure, output_of, show_and_run};
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

/// Where the build stage works, by its `WORKDIR`.
const WORKDIR: &str = "/src";

/// What the image is run as: compose.yaml's services.
const PROGRAMS: [&str; 3] = ["gateway", "inventory", "payments"];

/// Where they listen.
const ADDRESSES: [&str; 3] = ["SHOP_ADDR", "SHOP_INVENTORY_ADDR", "SHOP_PAYMENTS_ADDR"];

/// For the program to be healthy, and later to be gone: far longer than either takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// An image that was put together.
pub(super) struct Image {
    files: PathBuf,
    stage: Stage,
}

/// Puts the files of the last stage below `files`: what it copies from the build stage, and nothing else.
pub(super) fn assemble(stage: &Stage, built: &Path, files: &Path) -> Result<Image, Failure> {
    if files.exists() {
        fs::remove_dir_all(files).map_err(|error| failed("empty", files, &error))?;
    }
    fs::create_dir_all(files).map_err(|error| failed("create", files, &error))?;
    for copy in stage.iter().filter(|instruction| instruction.keyword == "COPY") {
        let [source, destination] = copy.words()[..] else {
            return Err(Failure::new(format!(
                "Dockerfile: COPY {} is not one source and its place",
                copy.rest
            )));
        };
        // What the base of the build stage brings is this machine's.
        let source = Path::new(source);
        let source = source.strip_prefix(WORKDIR).map_or_else(|_| source.to_owned(), |rest| built.join(rest));
        place(&source, &files.join(destination.trim_start_matches('/')), copy.option("chown"))?;
    }
    Ok(Image { files: files.to_owned(), stage: stage.clone() })
}

fn place(source: &Path, destination: &Path, owner: Option<&str>) -> Result<(), Failure> {
    if let Some(folder) = destination.parent() {
        fs::create_dir_all(folder).map_err(|error| failed("create", folder, &error))?;
    }
    output_of(Command::new("cp").args(["--recursive", "--dereference"]).arg(source).arg(destination))?;
    match owner {
        Some(owner) if is_root()? => output_of(Command::new("chown").arg(owner).arg(destination)).map(drop),
        _ => Ok(()),
    }
}

impl Image {
    /// The program that the image starts, where it is now.
    pub(super) fn program(&self) -> PathBuf {
        let words = self.words("ENTRYPOINT").unwrap_or_default();
        self.files.join(words.first().map_or("", |word| word.trim_start_matches('/')))
    }

    /// Starts each of the image's programs, asks its health check until it agrees, and stops it as an engine would.
    ///
    /// As root this happens with the image's files as the whole file system, and as its user; somebody else cannot do either.
    pub(super) fn try_out(&self) -> Result<(), Failure> {
        let of_itself = self.words("CMD")?;
        for program in PROGRAMS {
            let command = [self.words("ENTRYPOINT")?, vec![program.to_owned()]].concat();
            // What Compose says for the others: the same, with their names.
            let check = self.words("HEALTHCHECK")?.into_iter();
            let check: Vec<_> =
                check.map(|word| if of_itself.contains(&word) { program.into() } else { word }).collect();
            self.serve(program, &command, &check)?;
        }
        Ok(())
    }

    fn serve(&self, program: &str, command: &[String], check: &[String]) -> Result<(), Failure> {
        let port = free_port()?;
        let mut served = Served::start(self.command(command, port)?)?;
        served.until_healthy(|| self.command(check, port))?;
        let status = served.stop()?;
        if !status.success() {
            return Err(Failure::new(format!("{program} answered SIGTERM with {status}")));
        }
        println!("{program} served as {}, was healthy, and ended well on SIGTERM", self.whom()?);
        Ok(())
    }

    fn words(&self, keyword: &str) -> Result<Vec<String>, Failure> {
        let instruction = dockerfile::last(&self.stage, keyword);
        instruction.and_then(dockerfile::Instruction::exec_form).ok_or_else(|| {
            Failure::new(format!("Dockerfile: {keyword} is missing, or not a list such as [\"/shop\"]"))
        })
    }

    fn command(&self, words: &[String], port: u16) -> Result<Command, Failure> {
        let [program, arguments @ ..] = words else { return Err(Failure::new("an empty command")) };
        let mut command = if is_root()? {
            let mut command = Command::new("chroot");
            command.arg(format!("--userspec={}", self.user()?)).arg(&self.files).arg(program);
            command
        } else {
            Command::new(self.files.join(program.trim_start_matches('/')))
        };
        // Nothing of this environment is in a container, but the port would be its own there.
        command.args(arguments).env_clear();
        for address in ADDRESSES {
            command.env(address, format!("127.0.0.1:{port}"));
        }
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        // The last collection of a short life is not what is looked at here.
        command.env("OTEL_SDK_DISABLED", "true");
        Ok(command)
    }

    fn user(&self) -> Result<&str, Failure> {
        dockerfile::last(&self.stage, "USER")
            .map(|user| user.rest.as_str())
            .ok_or_else(|| Failure::new("Dockerfile: no USER; the image would run as root"))
    }

    fn whom(&self) -> Result<String, Failure> {
        Ok(if is_root()? {
            format!("{}, with nothing but the image's files", self.user()?)
        } else {
            "this user".into()
        })
    }
}

/// A program that serves; killed when this is dropped and it still runs.
struct Served {
    child: Child,
}

impl Served {
    fn start(mut command: Command) -> Result<Self, Failure> {
        let child = command
            .spawn()
            .map_err(|error| Failure::new(format!("the image's command cannot be started: {error}")))?;
        Ok(Self { child })
    }

    fn until_healthy(&mut self, check: impl Fn() -> Result<Command, Failure>) -> Result<(), Failure> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let checked = output_of(&mut check()?);
            let Err(unhealthy) = checked else { return Ok(()) };
            if let Some(status) = self.ended()? {
                return Err(Failure::new(format!(
                    "the image's command ended before it was healthy: {status}"
                )));
            }
            if Instant::now() >= deadline {
                return Err(Failure::new(format!("not healthy in {PATIENCE:?}: {unhealthy}")));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn stop(&mut self) -> Result<ExitStatus, Failure> {
        // `chroot` has become the program: the same process.
        show_and_run(Command::new("kill").arg("-TERM").arg(self.child.id().to_string()))?;
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.ended()? {
                return Ok(status);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(Failure::new(format!("the image's command still ran {PATIENCE:?} after SIGTERM")))
    }

    fn ended(&mut self) -> Result<Option<ExitStatus>, Failure> {
        self.child.try_wait().map_err(|error| Failure::new(format!("cannot look after the program: {error}")))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Both fail when it has ended, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16, Failure> {
    let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    Ok(address.map_err(|error| Failure::new(format!("no free port: {error}")))?.port())
}

fn is_root() -> Result<bool, Failure> {
    Ok(output_of(Command::new("id").arg("-u"))?.trim() == "0")
}

fn failed(verb: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot {verb} {}: {error}", path.display()))
}
