//! PostgreSQL.

use std::fs::{self, Metadata};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;

use crate::server::process::{self, run};
use crate::server::{Kind, Server, template};
use crate::tools::POSTGRESQL;

const USER: &str = "clerk";
const PASSWORD: &str = "s3cret-postgres";
const DATABASE: &str = "shop";

/// A PostgreSQL server. Its user `clerk` may do everything, its password is `s3cret-postgres`, and its database `shop` is empty.
///
/// It does not run as root: for root, it runs as `nobody`, who has to be let in where its programs and temporary folders are. What it acknowledged is there after [`Server::kill`]. A client that asks for a
/// time zone, as some do for `UTC`, needs those of the system: Debian's package `tzdata`.
pub type Postgres = Server<PostgreSql>;

/// What is different about PostgreSQL.
#[derive(Debug)]
pub struct PostgreSql;

impl Kind for PostgreSql {
    const NAME: &'static str = "postgresql";
    // "Fast": does not wait for clients.
    const STOP: Signal = Signal::INT;
    // "Immediate": as a crash, and gives back the shared memory that it holds.
    const END: Signal = Signal::QUIT;

    fn prepare(folder: &Path) {
        assert_open(&POSTGRESQL.program("postgres"));
        assert_open(folder);
        let version = run(program("postgres").arg("--version"), "");
        let recipe = (version, INITDB, SETTINGS, USER, PASSWORD, DATABASE);
        hand_over(folder);
        template::copy_or_make(Self::NAME, &recipe, &data(folder), make);
        hand_over_all(folder);
    }

    fn command(folder: &Path, port: u16) -> Command {
        let mut command = program("postgres");
        command.arg("-D").arg(data(folder)).arg("-p").arg(port.to_string());
        command
    }

    fn answers(port: u16) -> io::Result<bool> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        // One that is starting may accept and not answer yet.
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.write_all(&startup_message())?;
        let mut kind = [0];
        stream.read_exact(&mut kind)?;
        // It asks for the password. While it starts or recovers, the answer is an error instead.
        Ok(kind == *b"R")
    }

    fn url(port: u16) -> String {
        format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{port}/{DATABASE}")
    }

    fn tidy(folder: &Path) {
        // A killed server leaves a few bytes of shared memory, and in this file their number.
        let file = fs::read_to_string(data(folder).join("postmaster.pid")).unwrap_or_default();
        if let Some(id) = file.lines().nth(6).and_then(|line| line.split_whitespace().nth(1)) {
            let _ = Command::new("ipcrm").args(["-m", id]).output();
        }
    }
}

/// Each user has to tell the password. Nothing is forced to the disk: only the power could take what the system has.
const INITDB: [&str; 5] =
    ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"];

/// `fsync` is about a loss of power, not of a process. Compiling queries needs a library that is large and here of no use. Shared memory is
/// in the data directory, which is removed in any case. Time zones need files that a small system does not have.
const SETTINGS: &str = "\
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = off
full_page_writes = off
jit = off
dynamic_shared_memory_type = mmap
shared_buffers = 32MB
max_wal_senders = 0
wal_level = minimal
timezone = 'GMT'
log_timezone = 'GMT'
";

/// Makes a data directory with our user and our database.
fn make(data: &Path) {
    let password = data.with_extension("password");
    fs::write(&password, PASSWORD)
        .unwrap_or_else(|error| panic!("{} cannot be written: {error}", password.display()));
    hand_over(&password);
    run(
        program("initdb")
            .args(INITDB)
            .arg(format!("--username={USER}"))
            .arg(format!("--pwfile={}", password.display()))
            .arg("-D")
            .arg(data),
        "",
    );
    let settings = data.join("postgresql.conf");
    fs::write(&settings, SETTINGS)
        .unwrap_or_else(|error| panic!("{} cannot be written: {error}", settings.display()));
    // Without a server, as the one user there is.
    run(
        program("postgres").args(["--single", "-D"]).arg(data).arg("postgres"),
        &format!("CREATE DATABASE {DATABASE}\n"),
    );
}

fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

/// One of PostgreSQL's programs, as somebody who may run it.
fn program(name: &str) -> Command {
    let mut command = process::command(&POSTGRESQL.program(name), PostgreSql::END);
    if let Some(nobody) = instead_of_root() {
        command.uid(nobody.user).gid(nobody.group);
        // The folder that we are in may be closed to others.
        command.current_dir(std::env::temp_dir());
    }
    command
}

/// Who runs it when root runs the tests.
struct Nobody {
    user: u32,
    group: u32,
}

fn instead_of_root() -> Option<Nobody> {
    rustix::process::geteuid().is_root().then(|| {
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        nobody(&users)
            .expect("/etc/passwd has a user `nobody`, as whom PostgreSQL can run: it refuses to run as root")
    })
}

fn nobody(users: &str) -> Option<Nobody> {
    let line = users.lines().find_map(|line| line.strip_prefix("nobody:"))?;
    let mut fields = line.split(':').skip(1);
    Some(Nobody { user: fields.next()?.parse().ok()?, group: fields.next()?.parse().ok()? })
}

/// Says what the system would only call "permission denied".
fn assert_open(path: &Path) {
    if let Some(closed) = instead_of_root().and_then(|nobody| closed(path, &nobody)) {
        panic!(
            "PostgreSQL runs as `nobody` where root runs the tests, and nobody may not enter {}, on the way to {}; open it with \
             `chmod o+x`, have programs and temporary folders elsewhere (CARGO_TARGET_DIR or {}, TMPDIR), or do not be root",
            closed.display(),
            path.display(),
            POSTGRESQL.variable
        );
    }
}

/// The first folder on the way to `path` that somebody may not enter.
fn closed(path: &Path, who: &Nobody) -> Option<PathBuf> {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut way: Vec<_> = path.ancestors().skip(1).collect();
    way.reverse();
    way.into_iter()
        .find(|folder| fs::metadata(folder).is_ok_and(|it| !may_enter(who, &it)))
        .map(Path::to_owned)
}

fn may_enter(who: &Nobody, folder: &Metadata) -> bool {
    let bit = match (folder.uid() == who.user, folder.gid() == who.group) {
        (true, _) => 0o100,
        (false, true) => 0o010,
        (false, false) => 0o001,
    };
    folder.mode() & bit != 0
}

fn hand_over(path: &Path) {
    if let Some(nobody) = instead_of_root() {
        chown(path, Some(nobody.user), Some(nobody.group))
            .unwrap_or_else(|error| panic!("{} cannot be given to nobody: {error}", path.display()));
    }
}

fn hand_over_all(folder: &Path) {
    hand_over(folder);
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder { hand_over_all(&entry.path()) } else { hand_over(&entry.path()) }
    }
}

/// The first message of a client, protocol 3.0.
fn startup_message() -> Vec<u8> {
    let parameters = format!("user\0{USER}\0database\0{DATABASE}\0\0");
    let length = u32::try_from(8 + parameters.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes()[..], &[0, 3, 0, 0], parameters.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn nobody_is_found_among_the_users() {
        let nobody =
            nobody("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65533:nobody:/:/bin/false\n").unwrap();

        assert_eq!((nobody.user, nobody.group), (65534, 65533));
    }

    #[test]
    fn a_folder_that_may_not_be_entered_is_named() {
        let way = tempfile::tempdir().unwrap();
        let folder = way.path().canonicalize().unwrap().join("target");
        fs::create_dir(&folder).unwrap();
        let (user, group) = (rustix::process::geteuid(), rustix::process::getegid());
        let owner = Nobody { user: user.as_raw(), group: group.as_raw() };
        let set = |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();

        assert_eq!(closed(&folder.join("postgres"), &owner), None);
        set(0o077);
        let found = closed(&folder.join("postgres"), &owner);
        set(0o700);

        assert_eq!(found, Some(folder));
    }
}
