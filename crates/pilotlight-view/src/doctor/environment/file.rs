//! Files with `NAME=value` lines, as shells and Docker Compose read them.

/// Reads names and values; what a line has in matching quotes is taken without them.
pub(super) fn parse(text: &str) -> Result<Vec<(String, String)>, String> {
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    lines
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(number, line)| pair(line).ok_or_else(|| format!("line {number} is not NAME=value")))
        .collect()
}

fn pair(line: &str) -> Option<(String, String)> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=')?;
    let name = name.trim();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
    is_name.then(|| (name.to_owned(), unquoted(value.trim()).to_owned()))
}

fn unquoted(value: &str) -> &str {
    let inner = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or_else(|| without_comment(value))
}

/// A `#` after a blank starts a comment, where the value is not in quotes.
fn without_comment(value: &str) -> &str {
    value.split_once(" #").map_or(value, |(value, _)| value.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_comments_and_export_are_understood() {
        let text = "\n# x\nA=1\nexport B=\"two words\"\nC='#3' \nD=4 # four\nE=\n";
        let pairs = [("A", "1"), ("B", "two words"), ("C", "#3"), ("D", "4"), ("E", "")];
        assert_eq!(parse(text), Ok(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()));
    }

    #[test]
    fn a_line_that_is_no_pair_is_named_by_its_number_and_not_repeated() {
        assert_eq!(parse("A=1\nsecret"), Err("line 2 is not NAME=value".to_owned()));
    }
}
