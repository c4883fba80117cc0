//! Real servers for the tests: databases, message brokers, Prometheus; their programs found or fetched.
//!
//! Nothing is installed. Where programs are missing, Debian's packages are unpacked below the target directory, or Maven copies jars
//! there, which needs no root and starts no service. Which programs these are, and where they may be, is in the crate `servers`, which starts them.

use crate::command::Failure;
use crate::{debian, maven, workspace};
use servers::tools::{self, Misled, Source, Tool};
use std::path::{Path, PathBuf};

/// Where the programs of one tool are, and the variable that tells the tests.
#[derive(Debug)]
pub struct Found {
    /// What is found there.
    pub tool: &'static Tool,
    /// The folder of its programs.
    pub folder: PathBuf,
}

/// All that the tests need: where the variables say, installed, or in `tools` in the target directory, where they are fetched
/// to the first time.
///
/// # Errors
/// When programs are nowhere and cannot be fetched; the message says what to install.
pub fn find_or_fetch(root: &Path) -> Result<Vec<Found>, Failure> {
    let target_directory = workspace::target_directory(root)?;
    let found = |tool| Ok(Found { tool, folder: folder(tool, &target_directory)? });
    tools::ALL.into_iter().map(found).collect()
}

/// The folder of one of them, found or fetched in the same way.
///
/// # Errors
/// When it is nowhere and cannot be fetched.
pub fn folder_of(root: &Path, tool: &Tool) -> Result<PathBuf, Failure> {
    folder(tool, &workspace::target_directory(root)?)
}

fn folder(tool: &Tool, target_directory: &Path) -> Result<PathBuf, Failure> {
    if let Some(folder) = tool.installed().map_err(|misled| misleading(tool, &misled))? {
        return Ok(folder);
    }
    let unpacked = tool.unpacked(target_directory);
    if let Some(folder) = tool.below(&unpacked) {
        return Ok(folder);
    }
    eprintln!(
        "\nThe tests need {}, and there is none on this machine: fetching it into {}. Nothing is installed.",
        tool.names(),
        unpacked.display()
    );
    let fetched = match tool.source {
        Source::Debian(packages) => debian::unpack_once(packages, &unpacked),
        Source::Maven(artifacts) => maven::fetch_once(artifacts, &unpacked.join(tool.place)),
    };
    fetched.map_err(|failure| not_to_be_had(tool, &failure))?;
    tool.below(&unpacked).ok_or_else(|| not_to_be_had(tool, &incomplete(tool, &unpacked)))
}

fn misleading(tool: &Tool, misled: &Misled) -> Failure {
    Failure::new(format!(
        "{} says {}, which does not hold {}",
        tool.variable,
        misled.folder.display(),
        tool.names()
    ))
}

fn incomplete(tool: &Tool, unpacked: &Path) -> Failure {
    Failure::new(format!(
        "{} does not hold {}; remove it to fetch it again",
        unpacked.display(),
        tool.names()
    ))
}

fn not_to_be_had(tool: &Tool, cause: &Failure) -> Failure {
    let install = match tool.source {
        Source::Debian(packages) => format!(
            "Install them so that they are on the PATH (Debian and Ubuntu: `apt install {}`)",
            packages.join(" ")
        ),
        Source::Maven(_) => "Install Java and Maven (Debian and Ubuntu: `apt install maven`)".to_owned(),
    };
    Failure::new(format!(
        "the tests need {}, which could not be fetched: {cause}\n{install}, or name the folder that holds them in {}.",
        tool.names(),
        tool.variable,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::show_and_run;
    use std::process::Command;

    #[test]
    fn a_command_that_is_not_there_is_named() {
        let failure = show_and_run(Command::new("no-such-program").arg("argument")).unwrap_err();

        let told = not_to_be_had(&tools::PROMETHEUS, &failure).to_string();
        assert!(
            told.contains("no-such-program argument") && told.contains("apt install prometheus"),
            "{told}"
        );
    }

    #[test]
    fn what_is_unpacked_already_is_not_fetched_again() {
        let target = std::env::temp_dir().join(format!("xtask-servers-{}", std::process::id()));
        // Nowhere but there, on any machine.
        let tool = Tool { programs: &["program-of-a-test"], variable: "PROGRAM_OF_A_TEST", ..tools::NATS };
        let bin = tool.unpacked(&target).join("usr/sbin");
        std::fs::create_dir_all(&bin).unwrap();
        std::fs::write(bin.join("program-of-a-test"), "").unwrap();

        let found = folder(&tool, &target);

        std::fs::remove_dir_all(&target).unwrap();
        assert_eq!(found.unwrap(), bin);
    }
}
