//! The programs that tests run: their names, the Debian packages that have them, and where they are.

use std::env;
use std::path::{Path, PathBuf};

/// Programs that are found together, or unpacked together.
#[derive(Debug)]
pub struct Tool {
    /// What the tool is called in messages, and its folder in `tools` below the target directory.
    pub name: &'static str,
    /// The environment variable that names the folder of the programs. Whoever sets it is believed.
    pub variable: &'static str,
    /// All of these have to be there.
    pub programs: &'static [&'static str],
    /// Where their source puts them, from the root; a `*` stands for one folder of any name, of which the last is taken.
    pub place: &'static str,
    /// Who has them.
    pub source: Source,
}

/// Where programs come from when they are not installed.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// These packages of Debian.
    Debian(&'static [&'static str]),
    /// These artifacts of Java's, `group:artifact:version`, which Maven fetches with all that they need.
    Maven(&'static [&'static str]),
}

/// PostgreSQL, with what makes a data directory.
pub const POSTGRESQL: Tool = Tool {
    name: "postgresql",
    variable: "PILOTLIGHT_POSTGRES_BIN",
    programs: &["postgres", "initdb"],
    place: "usr/lib/postgresql/*/bin",
    source: Source::Debian(&["postgresql"]),
};

/// MariaDB's server, which makes its data directory itself.
pub const MARIADB: Tool = Tool {
    name: "mariadb",
    variable: "PILOTLIGHT_MARIADB_BIN",
    programs: &["mariadbd"],
    place: "usr/sbin",
    source: Source::Debian(&["mariadb-server-core"]),
};

/// NATS with JetStream.
pub const NATS: Tool = Tool {
    name: "nats",
    variable: "PILOTLIGHT_NATS_BIN",
    programs: &["nats-server"],
    place: "usr/sbin",
    source: Source::Debian(&["nats-server"]),
};

/// Redis.
pub const REDIS: Tool = Tool {
    name: "redis",
    variable: "PILOTLIGHT_REDIS_BIN",
    programs: &["redis-server"],
    place: "usr/bin",
    // The server is a link to a program of its tools.
    source: Source::Debian(&["redis-server", "redis-tools"]),
};

/// Prometheus, and its checker.
pub const PROMETHEUS: Tool = Tool {
    name: "prometheus",
    variable: "PILOTLIGHT_PROMETHEUS_BIN",
    programs: &["prometheus", "promtool"],
    place: "usr/bin",
    source: Source::Debian(&["prometheus"]),
};

/// Chromium, for the tests of the viewer's page.
pub const CHROMIUM: Tool = Tool {
    name: "chromium",
    variable: "PILOTLIGHT_CHROMIUM_BIN",
    programs: &["chromium"],
    place: "usr/lib/chromium",
    source: Source::Debian(&["chromium", "chromium-common"]),
};

/// Kafka: jars, which need Java to run. No distribution has them, so it is Maven that fetches them, once.
pub const KAFKA: Tool = Tool {
    name: "kafka",
    variable: "PILOTLIGHT_KAFKA_JARS",
    programs: &["kafka_2.13-3.9.1.jar", "slf4j-simple-1.7.36.jar"],
    place: "jars",
    // The second says what goes wrong when it starts.
    source: Source::Maven(&["org.apache.kafka:kafka_2.13:3.9.1", "org.slf4j:slf4j-simple:1.7.36"]),
};

/// All that the tests need.
pub const ALL: [&Tool; 7] = [&POSTGRESQL, &MARIADB, &NATS, &REDIS, &KAFKA, &PROMETHEUS, &CHROMIUM];

/// What a variable says that is not so.
#[derive(Debug, PartialEq, Eq)]
pub struct Misled {
    /// The folder that it names.
    pub folder: PathBuf,
}

impl Tool {
    /// The folder that holds the programs: the one that the variable names, else one on the PATH, else the system's usual place.
    /// None when they are in none of these.
    ///
    /// # Errors
    /// When the variable names a folder that does not hold them.
    pub fn installed(&self) -> Result<Option<PathBuf>, Misled> {
        if let Some(folder) = env::var_os(self.variable).map(PathBuf::from) {
            return if self.is_in(&folder) { Ok(Some(folder)) } else { Err(Misled { folder }) };
        }
        let path = env::var_os("PATH").unwrap_or_default();
        let on_path = env::split_paths(&path).find(|folder| self.is_in(folder));
        Ok(on_path.or_else(|| self.below(Path::new("/"))))
    }

    /// The folder that holds the programs in a tree of Debian's packages that begins at `root`.
    pub fn below(&self, root: &Path) -> Option<PathBuf> {
        let mut folders = vec![root.to_owned()];
        for part in self.place.split('/') {
            folders = folders.iter().flat_map(|folder| entries(folder, part)).collect();
        }
        folders.into_iter().rfind(|folder| self.is_in(folder))
    }

    /// Where the packages are unpacked, in a target directory.
    pub fn unpacked(&self, target_directory: &Path) -> PathBuf {
        target_directory.join("tools").join(self.name)
    }

    /// One of the programs: installed, or unpacked earlier in the target directory that this very program was built in, or in
    /// that of a workspace around it, as for `bench/`.
    ///
    /// # Panics
    /// When it is nowhere. The message says how to get it.
    pub fn program(&self, name: &str) -> PathBuf {
        let installed = self.installed().unwrap_or_else(|Misled { folder }| {
            panic!("{} says {}, which does not hold {}", self.variable, folder.display(), self.names())
        });
        let folder = installed.or_else(|| self.unpacked_beside_us()).unwrap_or_else(|| {
            panic!(
                "the programs of {} are not here ({}); `cargo xtask test` and `cargo xtask servers` find or fetch them",
                self.name,
                self.names()
            )
        });
        folder.join(name)
    }

    /// The names of the programs, for messages.
    pub fn names(&self) -> String {
        self.programs.join(" and ")
    }

    /// Whether a folder holds all of the programs.
    pub fn is_in(&self, folder: &Path) -> bool {
        self.programs.iter().all(|program| folder.join(program).is_file())
    }

    fn unpacked_beside_us(&self) -> Option<PathBuf> {
        // A test's own program lies somewhere in the target directory; a benchmark's in one of its own, beside or below that.
        let test = env::current_exe().ok()?;
        let targets = test.ancestors().flat_map(|folder| [folder.to_owned(), folder.join("target")]);
        targets.into_iter().find_map(|target| self.below(&self.unpacked(&target)))
    }
}

/// The folders that `part` means in `folder`, in order.
fn entries(folder: &Path, part: &str) -> Vec<PathBuf> {
    if part != "*" {
        return vec![folder.join(part)];
    }
    let mut all: Vec<_> =
        folder.read_dir().into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect();
    all.sort();
    all
}

/// The folders of the libraries that were unpacked together with the programs of `folder`; none where these are installed.
pub fn libraries(folder: &Path) -> Vec<PathBuf> {
    let above = folder.ancestors().skip(1).filter(|root| root.parent().is_some());
    let Some(root) =
        above.into_iter().find(|root| root.join("usr/lib").is_dir() || root.join("usr/share").is_dir())
    else {
        return Vec::new();
    };
    let both = ["usr/lib", "lib"].map(|lib| root.join(lib));
    let of_machines = both.iter().flat_map(|lib| entries(lib, "*"));
    let of_machines = of_machines.filter(|lib| lib.to_string_lossy().contains("-linux-"));
    // Some keep what only they share in a folder of their own.
    of_machines.flat_map(|lib| [vec![lib.clone()], private(&lib)].concat()).collect()
}

/// The folders in a folder of libraries that hold libraries themselves.
fn private(lib: &Path) -> Vec<PathBuf> {
    let is_library = |file: &PathBuf| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("lib") && name.contains(".so")
    };
    let folders = entries(lib, "*").into_iter().filter(|entry| entry.is_dir());
    folders.filter(|folder| entries(folder, "*").iter().any(is_library)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let tree = tempfile::tempdir().unwrap();
        for file in files.iter().map(|file| tree.path().join(file)) {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
        }
        tree
    }

    #[test]
    fn a_folder_counts_when_it_holds_all_of_the_programs() {
        let (one, both) = (tree(&["initdb"]), tree(&["initdb", "postgres"]));

        assert_eq!((POSTGRESQL.is_in(one.path()), POSTGRESQL.is_in(both.path())), (false, true));
    }

    #[test]
    fn of_several_versions_the_last_whole_one_is_taken() {
        let bin = |version: &str, program: &str| format!("usr/lib/postgresql/{version}/bin/{program}");
        let files = [
            bin("14", "postgres"),
            bin("14", "initdb"),
            bin("15", "postgres"),
            bin("15", "initdb"),
            bin("16", "initdb"),
        ];
        let tree = tree(&files.each_ref().map(String::as_str));

        assert_eq!(POSTGRESQL.below(tree.path()), Some(tree.path().join("usr/lib/postgresql/15/bin")));
    }

    #[test]
    fn libraries_are_looked_for_beside_unpacked_programs_and_not_beside_installed_ones() {
        let tree = tree(&[
            "usr/sbin/mariadbd",
            "usr/lib/some-linux-gnu/libaio.so.1",
            "usr/lib/some-linux-gnu/sound/libcommon.so",
            "usr/lib/some-linux-gnu/locale/de",
            "usr/lib/mysql/plugin.so",
        ]);

        let lib = tree.path().join("usr/lib/some-linux-gnu");
        assert_eq!(libraries(&tree.path().join("usr/sbin")), [lib.clone(), lib.join("sound")]);
        assert!(libraries(Path::new("/usr/sbin")).is_empty());
    }
}
