//! The programs that the tasks of a project call.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use semver::{Version, VersionReq};

use super::{Check, Finding};
use crate::template::module::Versions;

/// The programs as the tasks of a project find them: what `tools/ensure` fetched comes first.
pub struct Tools {
    folder: PathBuf,
    path: OsString,
}

impl Tools {
    pub fn of(project: &Path) -> Self {
        let own = [project.join(".tools/bin")];
        let system = std::env::var_os("PATH").unwrap_or_default();
        let all = own.into_iter().chain(std::env::split_paths(&system));
        Self {
            folder: project.to_owned(),
            // A folder with a separator in its name cannot stand on a PATH; the system's stays.
            path: std::env::join_paths(all).unwrap_or(system.clone()),
        }
    }

    pub fn find(&self, program: &str) -> Option<PathBuf> {
        which::which_in(program, Some(&self.path), &self.folder).ok()
    }

    /// What the program says on stdout when it ends well.
    fn ask(&self, program: &str, arguments: &[&str]) -> Option<String> {
        let output = self.command(program)?.args(arguments).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        output.status.success().then_some(text)
    }

    /// The program with the PATH of the project; `None` where there is none.
    pub fn command(&self, program: &str) -> Option<Command> {
        let mut command = Command::new(self.find(program)?);
        command.env("PATH", &self.path).stdin(Stdio::null());
        Some(command)
    }

    /// The version of uv, where uv and uvx are there.
    pub fn uv(&self) -> Option<Version> {
        self.find("uvx")?;
        // `uv 0.13.9 (...)`
        let said = self.ask("uv", &["--version"])?;
        Version::parse(said.split_whitespace().nth(1)?).ok()
    }

    /// The version of Node.js, where npm is there, and whether it takes TypeScript.
    fn node(&self) -> Option<(Version, bool)> {
        self.find("npm")?;
        let script = "console.log(process.versions.node, Boolean(process.features.typescript))";
        let said = self.ask("node", &["-e", script])?;
        let (version, is_typed) = said.split_once(' ')?;
        Some((Version::parse(version).ok()?, is_typed == "true"))
    }
}

/// The version of uv, where its lock files can be believed to be as the project's own uv makes them.
pub fn fitting_uv(tools: &Tools, versions: &Versions) -> Option<Version> {
    let oldest = Version::parse(versions.tools.get("uv_oldest")?).ok()?;
    tools.uv().filter(|it| *it >= oldest)
}

/// The versions that fit are those of `tools/ensure`, which takes them from the same place.
pub fn check(tools: &Tools, versions: &Versions, programs: &[String]) -> Check {
    let mut check = Check::new("tools");
    let wanted = |name: &str| versions.tools.get(name).map_or("", String::as_str);
    let engines = wanted("node_engines");
    let fits = |version: &Version| VersionReq::parse(engines).is_ok_and(|it| it.matches(version));
    let wanted_node = || engines.to_owned();
    match tools.node() {
        Some((version, true)) if fits(&version) => check.fine(format!("Node.js {version}")),
        Some((found, true)) => check.find(Finding::OtherNode {
            wanted: wanted_node(),
            found,
        }),
        Some((found, false)) => check.find(Finding::UntypedNode {
            wanted: wanted_node(),
            found,
        }),
        None => check.find(Finding::NoNode {
            wanted: wanted_node(),
        }),
    }
    let oldest = wanted("uv_oldest").to_owned();
    match (fitting_uv(tools, versions), tools.uv()) {
        (Some(version), _) => check.fine(format!("uv {version}")),
        (None, Some(found)) => check.find(Finding::OldUv { oldest, found }),
        (None, None) => check.find(Finding::NoUv { oldest }),
    }
    let mut look = |program: &str, missing: fn(String, String) -> Finding| match tools.find(program)
    {
        Some(_) => check.fine(program),
        None => check.find(missing(program.to_owned(), install(tools, program))),
    };
    look("make", |_, install| Finding::NoMake { install });
    look("git", |_, install| Finding::NoGit { install });
    for program in programs {
        look(program, |program, install| Finding::NoProgram {
            program,
            install,
        });
    }
    check
}

/// The command of this machine's package manager.
fn install(tools: &Tools, program: &str) -> String {
    const MANAGERS: [(&str, &str); 5] = [
        ("brew", "brew install"),
        ("apt-get", "sudo apt-get install"),
        ("dnf", "sudo dnf install"),
        ("pacman", "sudo pacman -S"),
        ("apk", "sudo apk add"),
    ];
    let found = MANAGERS.iter().find(|(it, _)| tools.find(it).is_some());
    let package = match (program, found) {
        // As Debian calls the engine.
        ("docker", Some(("apt-get", _))) => "docker.io docker-compose",
        _ => program,
    };
    match found {
        Some((_, command)) => format!("{command} {package}"),
        None => format!("install `{program}` and put it on PATH"),
    }
}
