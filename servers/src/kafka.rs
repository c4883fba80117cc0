//! Kafka.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::server::process::{self, run};
use crate::server::{Kind, Server, template};
use crate::tools::KAFKA;

/// A Kafka broker, which is its own controller: a cluster of one, without ZooKeeper. Its [`url`](Server::url) is what clients call
/// `bootstrap.servers`. It needs no password, and topics have to be created.
///
/// What it acknowledged is there after [`Server::kill`]. It takes some seconds to start, on a machine that is busy more: tests that can
/// should share one, with topics of their own.
pub type Kafka = Server<Kraft>;

/// What is different about Kafka.
#[derive(Debug)]
pub struct Kraft;

impl Kind for Kraft {
    const NAME: &'static str = "kafka";

    fn prepare(folder: &Path) {
        template::copy_or_make(Self::NAME, &(KAFKA.programs, SETTINGS), &data(folder), format);
    }

    fn command(folder: &Path, port: u16) -> Command {
        let settings = write_settings(&data(folder), port);
        let mut command = java();
        command.arg("kafka.Kafka").arg(settings);
        command
    }

    fn answers(port: u16) -> io::Result<bool> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        // One that is starting may accept and not answer yet.
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.write_all(&api_versions_request())?;
        let mut head = [0; 10];
        stream.read_exact(&mut head)?;
        // Length, then the number of the request, then no error.
        Ok(head[4..] == [CORRELATION.as_slice(), &[0, 0]].concat())
    }

    fn url(port: u16) -> String {
        format!("127.0.0.1:{port}")
    }
}

/// One node with everything once. A group waits for nobody when its first member joins, and forgets one that is silent after its session
/// ends: tests wait for both. Nothing is compacted in a test's time.
const SETTINGS: &str = "\
process.roles=broker,controller
node.id=1
listener.security.protocol.map=CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=CLIENT
controller.listener.names=CONTROLLER
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
log.cleaner.enable=false
num.network.threads=1
num.io.threads=2
background.threads=1
";

/// The controller is at another of the machine's own addresses, where no other server looks for a port, at the number after the
/// broker's, which is the broker's alone: a second port would have to be reserved as well. Kafka does not take the same number twice.
/// Only Linux gives all of 127.0.0.0/8 to every machine.
const CONTROLLER_HOST: &str = if cfg!(target_os = "linux") { "127.0.0.2" } else { "[::1]" };

/// Makes an empty data directory.
fn format(data: &Path) {
    // Any port: none of it is kept.
    let settings = write_settings(data, 9092);
    run(java().args(["kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c"]).arg(&settings), "");
}

/// Sixteen bytes in base64: whoever has one of these servers has no other cluster to mistake it for.
const CLUSTER: &str = "cGlsb3RsaWdodC10ZXN0cw";

/// Writes the settings of a broker beside its data, and says where.
fn write_settings(data: &Path, port: u16) -> PathBuf {
    let controller = format!("{CONTROLLER_HOST}:{}", port.saturating_add(1));
    let file = data.with_extension("properties");
    let written = fs::write(
        &file,
        format!(
            "{SETTINGS}\
             log.dirs={data}\n\
             listeners=CLIENT://127.0.0.1:{port},CONTROLLER://{controller}\n\
             advertised.listeners=CLIENT://127.0.0.1:{port}\n\
             controller.quorum.voters=1@{controller}\n",
            data = data.display()
        ),
    );
    written.unwrap_or_else(|error| panic!("{} cannot be written: {error}", file.display()));
    file
}

/// Java with Kafka's classes: little memory, and no time spent on making code faster than tests need it.
fn java() -> Command {
    let jars = KAFKA.program(KAFKA.programs[0]);
    let jars = jars.parent().unwrap_or(&jars).join("*");
    let mut command = process::command(Path::new("java"), Kraft::END);
    command.args(["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"]);
    command.arg("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
    command.arg("-cp").arg(jars);
    command
}

fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

/// The number that the answer to a request has.
const CORRELATION: [u8; 4] = *b"test";

/// What a client asks first: which versions the broker speaks. Version 0, which all of them understand.
fn api_versions_request() -> Vec<u8> {
    let api_versions = [0, 18, 0, 0];
    let no_client_id = [0xff, 0xff];
    let request = [api_versions.as_slice(), &CORRELATION, &no_client_id].concat();
    let length = u32::try_from(request.len()).unwrap_or(u32::MAX);
    [length.to_be_bytes().as_slice(), &request].concat()
}
