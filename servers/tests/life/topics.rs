//! As much of Kafka's protocol as it takes to create a topic and to find it.

use std::io::{Read, Write};
use std::net::TcpStream;

use servers::Kraft;

use crate::clients::Client;

const TOPIC: &[u8] = b"lamps";

impl Client for Kraft {
    fn store(url: &str) {
        let name = [&[0, 5], TOPIC].concat();
        // One topic: a partition, kept once, nothing else said of it. Ten seconds are enough, and it is meant.
        let topic = [&[0, 0, 0, 1], &name[..], &[0, 0, 0, 1], &[0, 1], &[0; 8]].concat();
        let answer = ask(url, [0, 19, 0, 2], &[&topic[..], &10_000_u32.to_be_bytes(), &[0]].concat());
        // That it did not wait, one topic, its name, and no error.
        assert_eq!(answer[..4 + 4 + 7 + 2], [&[0; 4], &[0, 0, 0, 1], &name[..], &[0, 0]].concat());
    }

    fn has_stored(url: &str) -> bool {
        let all_topics = [0xff; 4];
        ask(url, [0, 3, 0, 1], &all_topics).windows(TOPIC.len()).any(|name| name == TOPIC)
    }
}

/// Sends a request of this kind and version, and returns what comes after the number of the request.
fn ask(url: &str, kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    let (number, no_client) = ([0, 0, 0, 7], [0xff, 0xff]);
    let request = [&kind[..], &number, &no_client, body].concat();
    let mut stream = TcpStream::connect(url).unwrap();
    stream.write_all(&u32::try_from(request.len()).unwrap().to_be_bytes()).unwrap();
    stream.write_all(&request).unwrap();
    let mut length = [0; 4];
    stream.read_exact(&mut length).unwrap();
    let mut answer = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut answer).unwrap();
    answer.split_off(number.len())
}
