//! A second reader of SQL, which knows of each byte only whether it is in a literal or a comment. It shares nothing with the
//! one that is tested, and follows the servers' own lexers.

/// How a server reads, where servers and their settings differ.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Server {
    pub(crate) backslash_escapes: bool,
    pub(crate) double_quotes_literals: bool,
    pub(crate) backtick_names: bool,
    pub(crate) bracket_names: bool,
    pub(crate) comments_nest: bool,
    pub(crate) hash_comments: bool,
    pub(crate) code_in_comments: bool,
    /// `E'…'`, `U&'…'`, `$tag$…$tag$`.
    pub(crate) postgres_strings: bool,
    pub(crate) dashes_need_blank: bool,
}

const POSTGRES: Server = Server {
    backslash_escapes: false,
    double_quotes_literals: false,
    backtick_names: false,
    bracket_names: false,
    comments_nest: true,
    hash_comments: false,
    code_in_comments: false,
    postgres_strings: true,
    dashes_need_blank: false,
};
const MYSQL: Server = Server {
    backslash_escapes: true,
    double_quotes_literals: true,
    backtick_names: true,
    hash_comments: true,
    code_in_comments: true,
    dashes_need_blank: true,
    comments_nest: false,
    postgres_strings: false,
    bracket_names: false,
};
const SQLITE: Server = Server {
    backtick_names: true,
    bracket_names: true,
    backslash_escapes: false,
    double_quotes_literals: false,
    comments_nest: false,
    hash_comments: false,
    code_in_comments: false,
    postgres_strings: false,
    dashes_need_blank: false,
};

/// All ways in which servers of this kind may read.
pub(crate) fn servers(system: &str) -> Vec<Server> {
    match system {
        "postgresql" => vec![POSTGRES, Server { backslash_escapes: true, ..POSTGRES }],
        "mysql" => vec![
            MYSQL,
            Server { backslash_escapes: false, ..MYSQL },
            Server { double_quotes_literals: false, ..MYSQL },
            Server { backslash_escapes: false, double_quotes_literals: false, ..MYSQL },
        ],
        "sqlite" => vec![SQLITE],
        _ => ["postgresql", "mysql", "sqlite"].into_iter().flat_map(servers).collect(),
    }
}

/// Whether the server takes what stands at `place` for a part of a literal or a comment.
pub(crate) fn is_hidden(server: Server, text: &str, place: usize) -> bool {
    let mut reader = Reader { server, text: text.as_bytes(), at: 0, in_code: false };
    while reader.at <= place {
        let start = reader.at;
        let hidden = reader.step();
        assert!(reader.at > start);
        if reader.at > place {
            return hidden;
        }
    }
    false
}

struct Reader<'a> {
    server: Server,
    text: &'a [u8],
    at: usize,
    /// Within `/*! … */`, whose end is none elsewhere.
    in_code: bool,
}

impl Reader<'_> {
    /// Goes to the end of what begins here, and tells whether that is a literal or a comment.
    fn step(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let server = self.server;
        match rest {
            [b'\'', ..] => self.quoted(1, b'\'', server.backslash_escapes),
            [b'"', ..] if server.double_quotes_literals => self.quoted(1, b'"', server.backslash_escapes),
            [b'"', ..] => !self.quoted(1, b'"', false),
            [b'`', ..] if server.backtick_names => !self.quoted(1, b'`', false),
            [b'[', ..] if server.bracket_names => !self.until(b"]"),
            [b'-', b'-', after, ..] if !server.dashes_need_blank || *after <= b' ' => self.until(b"\n"),
            [b'#', ..] if server.hash_comments => self.until(b"\n"),
            [b'/', b'*', b'!', ..] if server.code_in_comments => {
                self.in_code = true;
                self.skip(3)
            }
            [b'*', b'/', ..] if self.in_code => {
                self.in_code = false;
                self.skip(2)
            }
            [b'/', b'*', ..] => self.comment(),
            [b'$', ..] if server.postgres_strings => self.dollar(),
            [first, ..] if first.is_ascii_alphabetic() || *first == b'_' || !first.is_ascii() => self.word(),
            _ => self.skip(1),
        }
    }

    fn skip(&mut self, bytes: usize) -> bool {
        self.at += bytes;
        false
    }

    fn until(&mut self, end: &[u8]) -> bool {
        let rest = &self.text[self.at + 1..];
        let found = rest.windows(end.len()).position(|window| window == end);
        self.at = found.map_or(self.text.len(), |found| self.at + 1 + found + end.len());
        true
    }

    /// Goes behind the quote that ends what one opens.
    fn quoted(&mut self, opening: usize, quote: u8, escapes: bool) -> bool {
        self.at += opening;
        while let Some(byte) = self.text.get(self.at) {
            self.at += 1;
            if *byte == b'\\' && escapes {
                self.at += 1;
            } else if *byte == quote {
                if self.text.get(self.at) != Some(&quote) {
                    return true;
                }
                self.at += 1;
            }
        }
        true
    }

    fn comment(&mut self) -> bool {
        self.at += 2;
        let mut depth = 1;
        while depth > 0 && self.at < self.text.len() {
            match &self.text[self.at..] {
                [b'*', b'/', ..] => (depth, self.at) = (depth - 1, self.at + 2),
                [b'/', b'*', ..] if self.server.comments_nest => (depth, self.at) = (depth + 1, self.at + 2),
                _ => self.at += 1,
            }
        }
        true
    }

    fn dollar(&mut self) -> bool {
        let rest = &self.text[self.at + 1..];
        let tag = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_' || !byte.is_ascii())
            .count();
        if rest.get(tag) != Some(&b'$') || rest[0].is_ascii_digit() {
            return self.skip(1);
        }
        let end = self.text[self.at..=self.at + 1 + tag].to_vec();
        self.at += tag + 1;
        self.until(&end)
    }

    fn word(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let is_part =
            |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || !byte.is_ascii();
        let length = rest.iter().take_while(is_part).count();
        let after = &rest[length..];
        match (rest[..length].to_ascii_lowercase().as_slice(), after) {
            (b"e", [b'\'', ..]) if self.server.postgres_strings => {
                self.quoted(2, b'\'', true);
                self.continued()
            }
            (b"u", [b'&', b'\'', ..]) if self.server.postgres_strings => self.quoted(3, b'\'', false),
            (b"x" | b"b", [b'\'', ..]) => self.quoted(2, b'\'', false),
            _ => self.skip(length),
        }
    }

    /// After a line end the same string goes on.
    fn continued(&mut self) -> bool {
        loop {
            let rest = &self.text[self.at..];
            let blank = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            if !rest[..blank].contains(&b'\n') || rest.get(blank) != Some(&b'\'') {
                return true;
            }
            self.quoted(blank + 1, b'\'', true);
        }
    }
}
