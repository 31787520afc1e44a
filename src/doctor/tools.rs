//! The programs that the tasks of a project call.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use semver::{Version, VersionReq};

use super::Check;
use crate::template::module::Versions;

/// Fetches Node.js and uv into `.tools/`.
const FETCH: &str = "make tools";

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

/// The versions that fit are those of `tools/ensure`, which takes them from the same place.
pub fn check(tools: &Tools, versions: &Versions, programs: &[String]) -> Check {
    let mut check = Check::new("tools");
    let wanted = |name: &str| versions.tools.get(name).map_or("", String::as_str);
    let engines = wanted("node_engines");
    let fits = |version: &Version| VersionReq::parse(engines).is_ok_and(|it| it.matches(version));
    match tools.node() {
        Some((version, true)) if fits(&version) => check.fine(format!("Node.js {version}")),
        Some((version, true)) => check.error(
            format!("Node.js {engines} is needed, and this is {version}"),
            FETCH,
        ),
        Some((version, false)) => check.error(
            format!("Node.js {version} does not run TypeScript; {engines} is needed"),
            FETCH,
        ),
        None => check.error(
            format!("Node.js {engines} with npm is needed, and there is none"),
            FETCH,
        ),
    }
    let oldest = wanted("uv_oldest");
    let fits = |version: &Version| Version::parse(oldest).is_ok_and(|it| *version >= it);
    match tools.uv() {
        Some(version) if fits(&version) => check.fine(format!("uv {version}")),
        Some(version) => check.error(
            format!("uv {oldest} or newer is needed, and this is {version}"),
            FETCH,
        ),
        None => check.error(
            format!("uv {oldest} or newer is needed, and there is none"),
            FETCH,
        ),
    }
    match tools.find("make") {
        Some(_) => check.fine("make"),
        None => check.error("the tasks need GNU make", install(tools, "make")),
    }
    match tools.find("git") {
        Some(_) => check.fine("git"),
        None => check.warning(
            "without git, `hybridge apply` cannot tell what is not committed yet",
            install(tools, "git"),
        ),
    }
    for program in programs {
        match tools.find(program) {
            Some(_) => check.fine(program),
            None => check.warning(
                format!("`{program}` is not there, which tasks of a deploy target call"),
                install(tools, program),
            ),
        }
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
