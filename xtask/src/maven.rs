//! Programs in Java without installing them: Maven fetches their jars below the target directory.

use crate::command::{Failure, show_and_run};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Copies these artifacts, `group:artifact:version`, and all that they need at run time to the folder `jars`, unless that is there.
///
/// It is written beside its place and moved there when it is whole: a run that is interrupted, or another one at the same time,
/// leaves nothing half done in its place. Maven asks whom its own settings name, and keeps what it fetched where it always does.
///
/// # Errors
/// When there is no Maven, it cannot fetch an artifact, or nothing can be written there.
pub fn fetch_once(artifacts: &[&str], jars: &Path) -> Result<(), Failure> {
    if jars.is_dir() {
        return Ok(());
    }
    let workplace = jars.with_extension(std::process::id().to_string());
    fs::create_dir_all(&workplace).map_err(|error| io_failure("create", &workplace, &error))?;
    let outcome = fetch(artifacts, &workplace).and_then(|()| move_in(&workplace.join("jars"), jars));
    // What is left over costs nothing but space.
    let _ = fs::remove_dir_all(&workplace);
    outcome
}

fn fetch(artifacts: &[&str], workplace: &Path) -> Result<(), Failure> {
    let project = workplace.join("pom.xml");
    fs::write(&project, project_of(artifacts)).map_err(|error| io_failure("write", &project, &error))?;
    let mut maven = Command::new("mvn");
    maven.args(["--quiet", "--batch-mode", "--file"]).arg(&project);
    maven.args(["dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=jars"]);
    show_and_run(&mut maven)
}

/// A project of which Maven wants to know nothing but what it depends on.
fn project_of(artifacts: &[&str]) -> String {
    let dependencies: String = artifacts.iter().map(|artifact| dependency(artifact)).collect();
    format!(
        "<project xmlns=\"http://maven.apache.org/POM/4.0.0\">\n  <modelVersion>4.0.0</modelVersion>\n  \
         <groupId>tests</groupId>\n  <artifactId>tools</artifactId>\n  <version>1</version>\n  \
         <dependencies>\n{dependencies}  </dependencies>\n</project>\n"
    )
}

fn dependency(artifact: &str) -> String {
    let names = ["groupId", "artifactId", "version"].into_iter().zip(artifact.split(':'));
    let elements: String = names.map(|(name, value)| format!("<{name}>{value}</{name}>")).collect();
    format!("    <dependency>{elements}</dependency>\n")
}

fn move_in(fetched: &Path, jars: &Path) -> Result<(), Failure> {
    match fs::rename(fetched, jars) {
        // Another run was quicker.
        Err(_) if jars.is_dir() => Ok(()),
        moved => moved.map_err(|error| io_failure("write", jars, &error)),
    }
}

fn io_failure(verb: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot {verb} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_artifact_is_named_by_its_three_parts() {
        let project = project_of(&["org.example:server_2.13:1.2.3"]);

        let expected =
            "<groupId>org.example</groupId><artifactId>server_2.13</artifactId><version>1.2.3</version>";
        assert!(project.contains(&format!("<dependency>{expected}</dependency>")), "{project}");
    }
}
