//! What a reader of the repository may rely on.

use std::path::Path;
use xtask::{repository, rust_source, workspace};

fn shown(file: &Path) -> String {
    file.strip_prefix(workspace::root()).unwrap_or(file).display().to_string()
}

#[test]
fn the_pages_a_newcomer_looks_for_exist() {
    let pages = ["README.md", "ARCHITECTURE.md", "DESIGN.md", "CONTRIBUTING.md", "CHANGELOG.md"];
    let missing: Vec<_> = pages.iter().filter(|page| !workspace::root().join(page).is_file()).collect();

    assert!(missing.is_empty(), "missing: {missing:?}");
}

#[test]
fn links_between_pages_lead_somewhere() {
    let mut broken = Vec::new();
    for page in repository::files(&workspace::root(), "md").unwrap() {
        let folder = page.parent().unwrap();
        let links = repository::relative_links(&repository::read(&page).unwrap());
        let dead = links.into_iter().filter(|link| !folder.join(link).exists());
        broken.extend(dead.map(|link| format!("{}: {link}", shown(&page))));
    }

    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_dependency_that_users_build_has_a_reason() {
    let mut unexplained = Vec::new();
    for published in workspace::published(&workspace::root()).unwrap() {
        let dependencies =
            repository::unexplained_dependencies(&repository::read(&published.manifest).unwrap());
        unexplained.extend(dependencies.into_iter().map(|name| format!("{}: {name}", published.name)));
    }

    assert!(unexplained.is_empty(), "no comment above or beside:\n{}", unexplained.join("\n"));
}

#[test]
fn nothing_is_left_unfinished() {
    let mut leftovers = Vec::new();
    for file in repository::files(&workspace::root(), "rs").unwrap() {
        let source = repository::read(&file).unwrap();
        let found =
            rust_source::leftovers(&source).unwrap_or_else(|error| panic!("{}: {error}", shown(&file)));
        leftovers.extend(found.into_iter().map(|leftover| format!("{}: {leftover}", shown(&file))));
    }

    assert!(leftovers.is_empty(), "{}", leftovers.join("\n"));
}
