//! MariaDB.

use std::fs;
use std::io::{self, Read};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::server::process::{self, run};
use crate::server::{Kind, Server, template};
use crate::tools::MARIADB;

const USER: &str = "clerk";
const PASSWORD: &str = "s3cret-mariadb";
const DATABASE: &str = "shop";

/// A MariaDB server. Its user `clerk` may do everything, its password is `s3cret-mariadb`, and its database `shop` is empty.
///
/// What it acknowledged is there after [`Server::kill`].
pub type MariaDb = Server<Mariadbd>;

/// What is different about MariaDB.
#[derive(Debug)]
pub struct Mariadbd;

impl Kind for Mariadbd {
    const NAME: &'static str = "mariadb";

    fn prepare(folder: &Path) {
        let version = run(program(folder).arg("--version"), "");
        let recipe = (version, SETTINGS, statements());
        template::copy_or_make(Self::NAME, &recipe, &data(folder), |data| make(folder, data));
    }

    fn command(folder: &Path, port: u16) -> Command {
        let mut command = program(folder);
        command.args(["--bind-address=127.0.0.1", &format!("--port={port}")]);
        command
    }

    fn answers(port: u16) -> io::Result<bool> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        let mut greeting = [0; 5];
        stream.read_exact(&mut greeting)?;
        // The length in three bytes, the number of the message, and the version of the protocol; an error would have 255 there.
        Ok(greeting[4] == 10)
    }

    fn url(port: u16) -> String {
        format!("mysql://{USER}:{PASSWORD}@127.0.0.1:{port}/{DATABASE}")
    }
}

/// Small, and without forcing anything to the disk at each commit: what is committed was given to the system, which outlives the process.
/// Names of hosts are of no use here, and without them our questions whether it answers do not count as failed logins.
const SETTINGS: [&str; 6] = [
    "--innodb-flush-log-at-trx-commit=2",
    "--innodb-buffer-pool-size=16M",
    "--innodb-log-file-size=8M",
    "--innodb-buffer-pool-dump-at-shutdown=OFF",
    "--skip-name-resolve",
    "--skip-log-bin",
];

/// The files, of those that come with it, that make the tables without which it does not start.
const SYSTEM_TABLES: [&str; 2] = ["mysql_system_tables.sql", "mysql_performance_tables.sql"];

/// The server, which needs to be told where all that belongs to it is.
fn program(folder: &Path) -> Command {
    let mut command = process::command(&mariadbd(), Mariadbd::END);
    // What is set up for this machine's own server is not for this one.
    command.arg("--no-defaults").args(SETTINGS);
    command.arg(with("--basedir=", &base())).arg(with("--lc-messages-dir=", &share()));
    command.arg(with("--datadir=", &data(folder))).arg(with("--tmpdir=", folder));
    command.arg(with("--socket=", &folder.join("socket"))).arg(with("--pid-file=", &folder.join("pid")));
    if rustix::process::geteuid().is_root() {
        command.arg("--user=root");
    }
    command
}

fn with(option: &str, path: &Path) -> String {
    format!("{option}{}", path.display())
}

/// Makes a data directory with our user and our database: without a server, the program itself reads what makes them.
fn make(folder: &Path, data: &Path) {
    fs::create_dir(data).unwrap_or_else(|error| panic!("{} cannot be made: {error}", data.display()));
    run(program(folder).arg("--bootstrap"), &statements());
}

/// One statement has to end with its line.
fn statements() -> String {
    let tables = system_tables();
    format!(
        "CREATE DATABASE mysql;\nUSE mysql;\n{tables}\nFLUSH PRIVILEGES;\n\
         CREATE USER {USER} IDENTIFIED BY '{PASSWORD}';\nGRANT ALL ON *.* TO {USER} WITH GRANT OPTION;\n\
         CREATE DATABASE {DATABASE};\n"
    )
}

fn system_tables() -> String {
    let read = |file: &str| {
        let file = share().join(file);
        fs::read_to_string(&file).unwrap_or_else(|error| panic!("{} cannot be read: {error}", file.display()))
    };
    SYSTEM_TABLES.map(read).join("\n")
}

fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

fn mariadbd() -> PathBuf {
    let program = MARIADB.program("mariadbd");
    // What belongs to it is beside the program, not beside a link to it.
    program.canonicalize().unwrap_or(program)
}

/// Above `bin` or `sbin`.
fn base() -> PathBuf {
    mariadbd().ancestors().nth(2).unwrap_or(Path::new("/")).to_owned()
}

/// Where its messages and system tables are: not every system has them in the same place.
fn share() -> PathBuf {
    let folders = ["share/mysql", "share/mariadb", "share"].map(|folder| base().join(folder));
    let found = folders.into_iter().find(|folder| folder.join(SYSTEM_TABLES[0]).is_file());
    found.unwrap_or_else(|| panic!("{} is not in `share` below {}", SYSTEM_TABLES[0], base().display()))
}
