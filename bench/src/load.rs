//! Loads a service over keep-alive connections, as fast as it answers.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::shop;

/// An answer that takes longer is a failure.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);

/// Sends `requests` over `connections`, each from a thread of its own with one request in flight.
///
/// # Errors
///
/// When a connection breaks or an answer is not 200.
pub fn requests(address: &str, requests: u64, connections: u64) -> Result<()> {
    ensure!(connections > 0, "a load needs a connection at least");
    let load = |index| {
        let share = requests / connections + u64::from(index < requests % connections);
        let address = address.to_owned();
        thread::spawn(move || connection(&address, share))
    };
    let threads: Vec<_> = (0..connections).map(load).collect();
    threads.into_iter().try_for_each(|thread| match thread.join() {
        Ok(result) => result,
        Err(_) => bail!("a connection's thread panicked"),
    })
}

fn connection(address: &str, requests: u64) -> Result<()> {
    let mut connection =
        TcpStream::connect(address).with_context(|| format!("cannot connect to {address}"))?;
    connection.set_nodelay(true)?;
    connection.set_read_timeout(Some(ANSWER_TIME_MAX))?;
    // What a browser or another service sends at the least.
    let request = format!(
        "GET {} HTTP/1.1\r\nhost: {address}\r\nuser-agent: load/1\r\naccept: application/json\r\n\r\n",
        shop::PATH
    );
    let mut buffer = [0; 4096];
    for _ in 0..requests {
        connection.write_all(request.as_bytes())?;
        answer(&mut connection, &mut buffer)?;
    }
    Ok(())
}

/// Reads one answer to its end.
fn answer(connection: &mut impl Read, buffer: &mut [u8]) -> Result<()> {
    let mut filled = 0;
    loop {
        let read = connection.read(&mut buffer[filled..])?;
        ensure!(read > 0, "the service closed the connection in the middle of an answer");
        filled += read;
        match length(&buffer[..filled])? {
            Some(length) if filled == length => return Ok(()),
            Some(length) if filled > length => bail!("more came than was asked for"),
            _ => {}
        }
    }
}

/// How long the answer is, headers included, once all of its headers are there.
fn length(answer: &[u8]) -> Result<Option<usize>> {
    const END: &[u8] = b"\r\n\r\n";
    let Some(head) = answer.windows(END.len()).position(|window| window == END) else {
        return Ok(None);
    };
    let text = str::from_utf8(&answer[..head])?;
    ensure!(text.starts_with("HTTP/1.1 200"), "the service did not answer 200: {text}");
    let body = text.lines().find_map(|line| line.strip_prefix("content-length: "));
    let body: usize = body.with_context(|| format!("no content-length in {text}"))?.parse()?;
    Ok(Some(head + END.len() + body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_to_its_end_however_it_is_cut() {
        let whole = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
        for cut in 0..whole.len() {
            let mut parts = whole[..cut].chain(&whole[cut..]);
            assert!(answer(&mut parts, &mut [0; 64]).is_ok() || cut == 0);
        }
    }

    #[test]
    fn anything_but_200_is_a_failure() {
        let refused = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
        assert!(answer(&mut &refused[..], &mut [0; 64]).is_err());
    }
}
