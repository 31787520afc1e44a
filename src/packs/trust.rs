//! What a pack from elsewhere would do that deserves a look before it is used for the first time.

use std::collections::BTreeMap;
use std::{fmt, fs};

use crate::disk::write_file;
use crate::fault::Fault;
use crate::pack::Pack;
use crate::template::module::{MANIFEST, Manifest, VERSIONS, Versions};
use crate::template::path::TemplatePath;
use crate::user_dirs::{Place, folder};

/// Why a file deserves a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    Executable,
    Ci,
    Container,
    Packages,
    Commands,
    Editor,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Why::Executable => "can be run",
            Why::Ci => "runs in CI",
            Why::Container => "says what containers are made of",
            Why::Packages => "says where packages come from, or runs when they are installed",
            Why::Commands => "is run by make",
            Why::Editor => "is run by editors and git tools",
        })
    }
}

/// A file that deserves a look.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Advisory {
    /// Below the pack's folder.
    pub path: String,
    pub why: Why,
}

/// Everything in a pack that deserves a look, by path.
pub fn advisories(pack: &Pack) -> Vec<Advisory> {
    let mut found = Vec::new();
    for (path, file) in pack.content.templates() {
        let mut see = |why| {
            found.push(Advisory {
                path: format!("templates/{path}"),
                why,
            });
        };
        if file.executable {
            see(Why::Executable);
        }
        if let Some(why) = by_name(path) {
            see(why);
        }
        let text = std::str::from_utf8(&file.bytes).unwrap_or_default();
        if path == VERSIONS
            && let Ok(versions) = serde_yaml::from_str::<Versions>(text)
        {
            if !versions.images.is_empty() {
                see(Why::Container);
            }
            if !versions.actions.is_empty() {
                see(Why::Ci);
            }
        }
        if path.rsplit('/').next() == Some(MANIFEST)
            && let Ok(manifest) = serde_yaml::from_str::<Manifest>(text)
        {
            if !manifest.executable.is_empty() {
                see(Why::Executable);
            }
            if !manifest.containers.is_empty() {
                see(Why::Container);
            }
            let npm = &manifest.npm;
            let python = &manifest.python;
            let packages = [
                &npm.dependencies,
                &npm.dev_dependencies,
                &npm.package.dependencies,
                &npm.package.dev_dependencies,
                &python.dependencies,
                &python.dev,
                &python.package.dependencies,
                &python.package.dev,
                &manifest.project.npm,
            ];
            if packages.iter().any(|names| !names.is_empty()) || !python.groups.is_empty() {
                see(Why::Packages);
            }
            if !manifest.prepare.is_empty()
                || !manifest.jobs.is_empty()
                || !manifest.generate.is_empty()
                || !manifest.start.is_empty()
            {
                see(Why::Commands);
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// What the file at a template's path is taken for by other tools.
fn by_name(path: &str) -> Option<Why> {
    let output = TemplatePath::read(path).output.to_ascii_lowercase();
    let name = output.rsplit('/').next().unwrap_or(&output);
    let has_folder = |folders: &[&str]| output.split('/').any(|segment| folders.contains(&segment));
    let is_ci = has_folder(&[
        ".github",
        ".gitlab",
        ".circleci",
        ".woodpecker",
        ".buildkite",
        ".azuredevops",
        ".ci",
    ]) || matches!(
        name,
        "jenkinsfile" | ".travis.yml" | "azure-pipelines.yml" | "bitbucket-pipelines.yml"
    ) || name.starts_with(".gitlab-ci")
        || (output.starts_with("blocks/") && name.starts_with("ci-"));
    let is_container = name.contains("dockerfile")
        || name.contains("containerfile")
        || name.starts_with("compose.")
        || name.starts_with("docker-compose")
        || output.starts_with("deploy/")
        || (output.starts_with("blocks/") && name.contains("image"));
    let is_packages = name.starts_with(".npmrc")
        || name.starts_with(".yarnrc")
        || name.starts_with(".pnpm")
        || matches!(
            name,
            "package.json"
                | "package-lock.json"
                | "pyproject.toml"
                | "uv.toml"
                | "uv.lock"
                | "pip.conf"
                | ".pypirc"
                | ".netrc"
                | "setup.py"
                | "setup.cfg"
                | "requirements.txt"
                | "bunfig.toml"
        );
    let is_commands = name == "makefile" || name.ends_with(".mk") || name.starts_with("make-");
    let is_editor = has_folder(&[".vscode", ".idea", ".devcontainer", ".husky"])
        || matches!(
            name,
            ".envrc"
                | ".gitattributes"
                | ".gitmodules"
                | ".pre-commit-config.yaml"
                | "lefthook.yml"
        );
    [
        (is_ci, Why::Ci),
        (is_container, Why::Container),
        (is_packages, Why::Packages),
        (is_commands, Why::Commands),
        (is_editor, Why::Editor),
    ]
    .into_iter()
    .find_map(|(is, why)| is.then_some(why))
}

/// The contents that the user has agreed to, by their SHA-256.
#[derive(Debug, Default)]
pub struct Trusted(BTreeMap<String, String>);

const FILE: &str = "trusted-packs.json";

impl Trusted {
    /// What was agreed to so far; nothing where that cannot be read.
    pub fn read() -> Self {
        let text = folder(Place::Data)
            .ok()
            .and_then(|it| fs::read_to_string(it.join(FILE)).ok());
        Self(
            text.and_then(|text| serde_json::from_str(&text).ok())
                .unwrap_or_default(),
        )
    }

    pub fn holds(&self, digest: &str) -> bool {
        self.0.contains_key(digest)
    }

    /// Remembers a pack as it is now.
    ///
    /// # Errors
    /// [`Fault::Missing`] when that cannot be written.
    pub fn add(&mut self, pack: &Pack) -> Result<(), Fault> {
        let shown = format!("{} from {}", pack.id, pack.from);
        self.0.insert(pack.content.digest().to_owned(), shown);
        let text =
            serde_json::to_vec_pretty(&self.0).map_err(|error| Fault::missing(FILE, error))?;
        let folder = folder(Place::Data).map_err(|error| Fault::missing(FILE, error))?;
        write_file(&folder.join(FILE), &text).map_err(|error| Fault::missing(FILE, error))
    }
}
