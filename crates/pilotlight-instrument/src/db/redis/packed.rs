//! Commands as they go over the wire, which is all that redis's blocking pipelines and iterators hand on.
//!
//! ```text
//!  *2\r\n  $3\r\nGET\r\n  $4\r\nuser\r\n  *1\r\n …
//!  command  argument       argument       next command
//! ```

/// The commands in a buffer, one after the other; none from the first byte on that is not of a command.
pub(super) struct PackedCommands<'a>(&'a [u8]);

/// The arguments of one command, the name first.
#[derive(Clone)]
pub(super) struct PackedArguments<'a> {
    left: usize,
    rest: &'a [u8],
}

impl<'a> PackedCommands<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }
}

impl<'a> Iterator for PackedCommands<'a> {
    type Item = PackedArguments<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (left, rest) = header(self.0, b'*')?;
        let arguments = PackedArguments { left, rest };
        let mut skipped = arguments.clone();
        skipped.by_ref().for_each(drop);
        self.0 = skipped.rest;
        Some(arguments)
    }
}

impl<'a> Iterator for PackedArguments<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        self.left = self.left.checked_sub(1)?;
        let argument = argument(self.rest);
        match argument {
            Some((_, rest)) => self.rest = rest,
            // Nothing behind this can be told apart.
            None => (self.left, self.rest) = (0, &[]),
        }
        argument.map(|(argument, _)| argument)
    }
}

/// `$4\r\nuser\r\n`, and what comes behind it.
fn argument(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = header(bytes, b'$')?;
    let (argument, rest) = rest.split_at_checked(length)?;
    Some((argument, rest.strip_prefix(b"\r\n")?))
}

/// A sign and a number on a line, and what comes behind it.
fn header(bytes: &[u8], sign: u8) -> Option<(usize, &[u8])> {
    let rest = bytes.strip_prefix(&[sign])?;
    let end = rest.iter().position(|byte| *byte == b'\r')?;
    let number = std::str::from_utf8(&rest[..end]).ok()?.parse().ok()?;
    Some((number, rest[end..].strip_prefix(b"\r\n")?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use redis::{cmd, pipe};

    fn read(bytes: &[u8]) -> Vec<Vec<&[u8]>> {
        PackedCommands::new(bytes).map(Iterator::collect).collect()
    }

    #[test]
    fn a_pipeline_is_read_as_it_was_written() {
        let packed = pipe().cmd("SET").arg("a\r\n$1").arg(b"\0\xff").cmd("PING").get_packed_pipeline();
        assert_eq!(read(&packed), [vec![&b"SET"[..], b"a\r\n$1", b"\0\xff"], vec![b"PING"]]);
    }

    #[test]
    fn what_is_cut_short_ends_there() {
        let packed = cmd("SET").arg("key").arg("value").get_packed_command();
        assert_eq!(read(&packed[..packed.len() - 3]), [[&b"SET"[..], b"key"]]);
        assert_eq!(read(b"*3\r\n$3\r\nSET"), [[b""; 0]]);
        assert!(read(b"*99999999999999999999\r\n").is_empty());
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange(bytes: Vec<u8>) {
            for command in PackedCommands::new(&bytes) {
                command.for_each(drop);
            }
        }

        #[test]
        fn any_arguments_are_read_as_they_were_written(arguments: Vec<Vec<u8>>) {
            let mut command = cmd("ECHO");
            for argument in &arguments {
                command.arg(argument.as_slice());
            }
            let packed = command.get_packed_command();
            let read = PackedCommands::new(&packed).next().unwrap();
            prop_assert!(read.skip(1).eq(arguments));
        }
    }
}
