//! Messages that no client of ours would send: written by hand.

use std::io::{Read, Write};
use std::net::TcpStream;

/// Produces one message with these headers, whose names and values are any bytes, to partition 0 of a topic.
pub(crate) fn produce(bootstrap: &str, topic: &str, headers: &[(&[u8], &[u8])]) {
    let request = request(topic, &batch(&record(headers)));
    let mut stream = TcpStream::connect(bootstrap).unwrap();
    stream.write_all(&length(&request)).unwrap();
    stream.write_all(&request).unwrap();
    let mut size = [0; 4];
    stream.read_exact(&mut size).unwrap();
    let mut answer = vec![0; u32::from_be_bytes(size) as usize];
    stream.read_exact(&mut answer).unwrap();
    // The request's number, one topic with its name, one partition with its number; then the error.
    let error = 4 + 4 + 2 + topic.len() + 4 + 4;
    assert_eq!(answer[error..error + 2], [0, 0], "the broker does not take it");
}

/// Produce, version 3.
fn request(topic: &str, batch: &[u8]) -> Vec<u8> {
    let head: [&[u8]; 3] = [&[0, 0, 0, 3], b"test", &[0xff, 0xff]];
    let no_transaction = [0xff, 0xff];
    let (acknowledgements, patience) = ([0, 1], 10_000_u32.to_be_bytes());
    let topic: [&[u8]; 3] = [&[0, 0, 0, 1], &(topic.len() as u16).to_be_bytes(), topic.as_bytes()];
    let partition: [&[u8]; 4] = [&[0, 0, 0, 1], &[0; 4], &length(batch), batch];
    [&head.concat(), &no_transaction[..], &acknowledgements, &patience, &topic.concat(), &partition.concat()]
        .concat()
}

/// A batch of one record, format 2.
fn batch(record: &[u8]) -> Vec<u8> {
    let no_producer = [0xff; 14];
    let attributes_and_last_offset = [0; 6];
    let both_timestamps = [0; 16];
    let checked =
        [&attributes_and_last_offset[..], &both_timestamps, &no_producer, &[0, 0, 0, 1], record].concat();
    let no_leader = [0xff; 4];
    let rest = [&no_leader[..], &[2], &crc32c(&checked).to_be_bytes(), &checked].concat();
    let first_offset = [0; 8];
    [&first_offset[..], &length(&rest), &rest].concat()
}

fn record(headers: &[(&[u8], &[u8])]) -> Vec<u8> {
    let attributes_timestamp_and_offset = [0; 3];
    let no_key = [1];
    let mut record = [&attributes_timestamp_and_offset[..], &no_key, &counted(b"created")].concat();
    record.extend(number(headers.len()));
    for (name, value) in headers {
        record.extend([counted(name), counted(value)].concat());
    }
    counted(&record)
}

/// With their length in front.
fn counted(bytes: &[u8]) -> Vec<u8> {
    [number(bytes.len()), bytes.to_vec()].concat()
}

/// Seven bits a byte, the last ones first; a negative number would be odd when doubled.
fn number(number: usize) -> Vec<u8> {
    let (mut rest, mut bytes) = (number * 2, Vec::new());
    while rest >= 0x80 {
        bytes.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    bytes.push(rest as u8);
    bytes
}

fn length(bytes: &[u8]) -> [u8; 4] {
    u32::try_from(bytes.len()).unwrap().to_be_bytes()
}

/// Castagnoli's checksum, bit by bit.
fn crc32c(bytes: &[u8]) -> u32 {
    let bit = |crc: u32, _| (crc >> 1) ^ (0x82f6_3b78 * (crc & 1));
    let byte = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), bit);
    !bytes.iter().fold(!0, byte)
}
