//! What the repository promises beside its code: links that lead somewhere, dependencies with a reason.

use crate::command::Failure;
use std::io;
use std::path::{Path, PathBuf};

/// The files below `root` with this extension, sorted; without hidden folders, build results, and what npm fetched.
///
/// # Errors
/// When a folder cannot be read.
pub fn files(root: &Path, extension: &str) -> Result<Vec<PathBuf>, Failure> {
    walk(root, extension)
        .map_err(|error| Failure::new(format!("cannot list the files below {}: {error}", root.display())))
}

/// The text of one file.
///
/// # Errors
/// When it cannot be read or is not UTF-8.
pub fn read(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file)
        .map_err(|error| Failure::new(format!("cannot read {}: {error}", file.display())))
}

/// The links of a Markdown text that stay inside the repository, without their `#fragment`.
///
/// Links in code are left out, absolute URLs and links within the page too.
pub fn relative_links(markdown: &str) -> Vec<String> {
    let prose = without_code(markdown);
    // `[text](target "title")` and the definition `[name]: target`.
    let inline = prose.split("](").skip(1).filter_map(|rest| rest.split([')', ' ', '\n']).next());
    let definitions = prose
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix('[')?.split_once("]: "))
        .filter_map(|(_, target)| target.split_whitespace().next());
    inline
        .chain(definitions)
        .filter(|target| !target.contains("://") && !target.starts_with("mailto:"))
        .filter_map(|target| target.split('#').next())
        .filter(|path| !path.is_empty())
        .map(|path| path.trim_matches(['<', '>']).to_owned())
        .collect()
}

/// The text without fenced blocks and `code` on a line.
fn without_code(markdown: &str) -> String {
    let mut fenced = false;
    let mut prose = String::with_capacity(markdown.len());
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            // Every second piece between back quotes is code.
            prose.extend(line.split('`').step_by(2));
            prose.push('\n');
        }
    }
    prose
}

/// The entries of `[dependencies]` that no comment explains, by name.
///
/// A comment counts beside the entry, or above it: directly, or above the entries directly before it, so
/// that one reason can cover a few dependencies that come together. Tables for one target count as well,
/// development and build dependencies do not: users never build them.
pub fn unexplained_dependencies(manifest: &str) -> Vec<String> {
    let mut unexplained = Vec::new();
    let mut in_dependencies = false;
    let mut explained = false;
    for line in manifest.lines().map(str::trim) {
        if let Some(table) = line.strip_prefix('[') {
            let table = table.split(']').next().unwrap_or_default();
            // `[dependencies.name]` is an entry by itself.
            if let Some(name) = table.strip_prefix("dependencies.")
                && !explained
            {
                unexplained.push(name.to_owned());
            }
            in_dependencies = table == "dependencies" || table.ends_with(".dependencies");
            explained = false;
        } else if line.is_empty() {
            explained = false;
        } else if line.starts_with('#') {
            explained = true;
        } else if in_dependencies
            && !explained
            && !line.contains(" # ")
            && let Some((name, _)) = line.split_once('=')
        {
            let name = name.trim();
            unexplained.push(name.strip_suffix(".workspace").unwrap_or(name).to_owned());
        }
    }
    unexplained
}

fn walk(root: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            let path = entry.path();
            let name = entry.file_name();
            // file_type does not follow symbolic links, so a loop of them cannot hold us here.
            if entry.file_type()?.is_dir() {
                let name = name.to_string_lossy();
                if !name.starts_with('.') && name != "target" && name != "node_modules" {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|of_file| of_file == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_in_prose_but_not_in_code() {
        let markdown = "See [design](DESIGN.md#lanes \"why\"), [web](https://example.com) and [here](#below).\n\
                        `[not](a/link)` ![flow](docs/flow.svg)\n\
                        ```\n[nor](this)\n```\n\
                        [name]: crates/pilotlight/\n";

        assert_eq!(relative_links(markdown), ["DESIGN.md", "docs/flow.svg", "crates/pilotlight/"]);
    }

    #[test]
    fn a_dependency_without_a_reason_is_named() {
        let manifest = "[dependencies]\n\
                        # Headers.\n\
                        http = \"1\"\n\
                        http-body = \"1\"\n\
                        bytes = \"1\" # shared buffers\n\
                        \n\
                        rand = { version = \"0.10\" }\n\
                        opentelemetry.workspace = true\n\
                        [dev-dependencies]\n\
                        proptest = \"1\"\n\
                        [target.'cfg(unix)'.dependencies]\n\
                        libc = \"0.2\"\n\
                        [dependencies.tonic]\n\
                        version = \"0.14\"\n";

        assert_eq!(unexplained_dependencies(manifest), ["rand", "opentelemetry", "libc", "tonic"]);
    }
}
