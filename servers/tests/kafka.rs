//! A real Kafka broker.

#![allow(clippy::unwrap_used)]

use servers::Kafka;
use std::net::TcpStream;

fn is_served(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

#[test]
fn kafka_starts_is_killed_and_starts_again_at_the_same_address_beside_another() {
    let mut kafka = Kafka::start();
    let other = Kafka::start();
    let (url, ports) = (kafka.url(), [kafka.port(), other.port()]);
    assert_ne!(ports[0], ports[1]);
    assert_eq!(url, format!("127.0.0.1:{}", ports[0]));

    kafka.kill();
    assert_eq!(ports.map(is_served), [false, true]);
    kafka.start_again();
    assert_eq!(ports.map(is_served), [true, true]);
    kafka.stop();
    drop(other);
    assert_eq!(ports.map(is_served), [false, false]);
    let left = std::env::temp_dir().read_dir().unwrap().flatten().filter(|entry| {
        let (name, ours) = (entry.file_name(), format!("pilotlight-kafka-{}-", std::process::id()));
        name.to_string_lossy().starts_with(&ours)
    });
    // The one that can still be started again.
    assert_eq!(left.count(), 1);
}
