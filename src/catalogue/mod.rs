//! Every active module: the options of each axis, read from `templates/`.
//!
//! The prompts, `list`, the values in `--help`, the JSON Schema and the test matrix all read this;
//! adding an option is adding a folder.

pub mod axis;
pub mod error;
pub mod kind;
pub mod merge;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

pub use axis::Axis;
use error::CatalogueError;
use rayon::prelude::*;

use crate::document::Document;
use crate::document::source::Source;
use crate::document::yaml::YamlError;
use crate::error::Error;
use crate::fault::Cause;
use crate::pack::Pack;
use crate::render::threads;
use crate::template::files::{TemplateFiles, Version};
use crate::template::includes;
use crate::template::module::{MANIFEST, Manifest, Side, VERSIONS, Versions};

/// The folder of a module whose files go to the folder of each component that has the module.
pub const SERVICE_SCOPE: &str = "service";

/// The folder of a module whose files go to the package that the components share.
pub const PACKAGE_SCOPE: &str = "package";

/// What answers in parts need: of the service that gives them, of the gateways that ask it, of the transport
/// between them.
pub const STREAMS: &str = "streams";

/// What every gateway and every Python service has, whatever its options.
pub const RUNTIMES: [&str; 2] = ["runtime/node", "runtime/python"];

/// The runtime of the components on a side of a link.
pub fn runtime(side: Side) -> &'static str {
    match side {
        Side::Gateway => RUNTIMES[0],
        Side::Service => RUNTIMES[1],
    }
}

/// The language of a runtime, as its folder is called.
pub fn language(runtime: &str) -> &str {
    runtime.rsplit('/').next().unwrap_or(runtime)
}

/// One option of one axis.
#[derive(Debug, Clone)]
pub struct Module {
    pub axis: Axis,
    pub name: String,
    pub label: String,
    pub help: String,
    pub is_default: bool,
    /// Capabilities that another active module must provide (a kind that needs `sql` has a store).
    pub needs: Vec<String>,
    pub provides: Vec<String>,
    /// It has a folder [`STREAMS`]: of a transport, it brings answers in parts.
    pub streams: bool,
    /// `contract.yaml` of a kind, as text.
    pub contract: Option<String>,
    /// All that it contributes.
    pub manifest: Manifest,
}

impl Module {
    /// Its folder below `templates/`, as `explain` and the state file name it.
    pub fn folder(&self) -> String {
        format!("{}/{}", self.axis, self.name)
    }
}

/// All active modules, with the files that they are made of.
#[derive(Debug)]
pub struct Catalogue {
    modules: Vec<Module>,
    /// `base`, the runtimes and their capabilities, by folder.
    base: BTreeMap<String, Manifest>,
    versions: Versions,
    files: TemplateFiles,
    /// In the order in which they stack.
    packs: Vec<Pack>,
}

impl Catalogue {
    /// What the binary carries, read once.
    ///
    /// # Errors
    /// [`Error::BrokenTemplate`] when a `module.yaml` cannot be read: a bug of ours.
    pub fn built_in() -> Result<&'static Self, Error> {
        static BUILT_IN: OnceLock<Catalogue> = OnceLock::new();
        if let Some(catalogue) = BUILT_IN.get() {
            return Ok(catalogue);
        }
        let catalogue = Self::from_files(TemplateFiles::built_in())?;
        Ok(BUILT_IN.get_or_init(|| catalogue))
    }

    /// The built-in modules with packs stacked on them, the first one lowest.
    ///
    /// # Errors
    /// The error for the first file of a pack that does not fit what it stands on.
    pub fn with_packs(packs: Vec<Pack>) -> Result<Self, Error> {
        let mut files = TemplateFiles::built_in();
        for pack in &packs {
            let removed = pack.manifest.removed();
            let brought = pack.content.templates();
            files.stack(
                &pack.id,
                |path| removed.iter().any(|glob| glob.matches(path)),
                brought.map(|(path, file)| {
                    (path.to_owned(), Arc::clone(&file.bytes), file.executable)
                }),
            );
        }
        includes::check(&files)?;
        let mut catalogue = Self::over(files, Some(Self::built_in()?))?;
        catalogue.packs = packs;
        catalogue.check_contracts()?;
        Ok(catalogue)
    }

    /// The name of a container is its host name, so that two modules cannot have one of the same name.
    ///
    /// # Errors
    /// The error for the second of them.
    fn check_containers(&self) -> Result<(), Error> {
        let mut owners: BTreeMap<&str, String> = BTreeMap::new();
        // What a pack brings stands where it does; who was first is told by layers, not by the alphabet.
        let is_pack = |module: &&Module| {
            let path = format!("{}/{MANIFEST}", module.folder());
            self.files.origin(&path).is_pack()
        };
        let (of_packs, own): (Vec<&Module>, Vec<&Module>) = self.modules.iter().partition(is_pack);
        for module in own.into_iter().chain(of_packs) {
            let folder = module.folder();
            for container in &module.manifest.containers {
                if let Some(first) = owners.insert(&container.name, folder.clone()) {
                    let name = container.name.clone();
                    let why = CatalogueError::ContainerTwice { name, first };
                    return Err(self.broken_container(&folder, &container.name, why));
                }
            }
        }
        Ok(())
    }

    /// The error for a container, where the highest layer that has it names it.
    fn broken_container(&self, folder: &str, name: &str, why: CatalogueError) -> Error {
        let path = format!("{folder}/{MANIFEST}");
        let place = |version: &Version| {
            let text = std::str::from_utf8(&version.bytes).ok()?;
            let source = Source {
                name: path.clone(),
                text: text.to_owned(),
            };
            let document = Document::parse(source).ok()?;
            let containers = document.root.get("containers")?.as_list()?;
            let mut names = containers.iter().filter_map(|it| it.get("name"));
            let found = names.rfind(|it| it.as_text() == Some(name))?;
            Some((version.clone(), found.place.in_text()?))
        };
        let versions = self.files.versions(&path);
        match versions.iter().rev().find_map(place) {
            Some((version, at)) => self
                .files
                .broken_version(&path, Some(&version), Some(at), why),
            None => self.files.broken(&path, None, why),
        }
    }

    /// # Errors
    /// The error for the first contract of a pack that is wrong.
    fn check_contracts(&self) -> Result<(), Error> {
        for module in self.options(Axis::KIND) {
            let path = format!("{}/contract.yaml", module.folder());
            if !self.files.origin(&path).is_pack() {
                continue;
            }
            if let Err(mut errors) = kind::contract_of(module) {
                let finding = errors.findings.swap_remove(0);
                let at = finding.place.in_text();
                return Err(self.files.broken(&path, at, finding.mistake));
            }
        }
        Ok(())
    }

    /// Reads every `module.yaml` and `versions.yaml` among the files.
    ///
    /// # Errors
    /// [`Error::BrokenTemplate`] with the path of the file that cannot be read.
    pub fn from_files(files: TemplateFiles) -> Result<Self, Error> {
        Self::over(files, None)
    }

    /// What of `files` is as the binary carries it is taken from `built_in`, where it has been read.
    fn over(files: TemplateFiles, built_in: Option<&Self>) -> Result<Self, Error> {
        let manifest = |folder: &str| {
            let path = format!("{folder}/{MANIFEST}");
            match built_in.and_then(|it| it.manifest(folder)) {
                Some(known) if files.is_untouched(&path) => Ok(known.clone()),
                _ => read(&files, &path),
            }
        };
        let mut options = Vec::new();
        for axis in Axis::all() {
            let folder = format!("{axis}/");
            let found = files.below(&folder).filter_map(|(_, rest)| {
                let name = rest.strip_suffix("/module.yaml")?;
                (!name.contains('/')).then_some(name)
            });
            options.extend(found.map(|name| (axis, name.to_owned())));
        }
        // Side by side, for every command waits for it: its flags have the options.
        let module = |(axis, name): (Axis, String)| {
            let folder = format!("{axis}/{name}");
            let manifest = manifest(&folder)?;
            Ok(Module {
                axis,
                name,
                label: manifest.label.clone(),
                help: manifest.help.clone(),
                is_default: manifest.default,
                needs: manifest.needs.clone(),
                provides: manifest.provides.clone(),
                streams: files
                    .below(&format!("{folder}/"))
                    .any(|(_, path)| path.split('/').any(|word| word == STREAMS)),
                contract: files
                    .text(&format!("{folder}/contract.yaml"))
                    .map(str::to_owned),
                manifest,
            })
        };
        // All of them, so that it is the first in order that an error is about.
        let modules: Vec<Result<Module, Error>> =
            threads::start()?.run(|| options.into_par_iter().map(module).collect());
        let modules = modules.into_iter().collect::<Result<_, _>>()?;
        let mut base = BTreeMap::new();
        for folder in ["base"].into_iter().chain(RUNTIMES) {
            base.insert(folder.to_owned(), manifest(folder)?);
        }
        for folder in runtime_capabilities(&files) {
            let manifest = match files.get(&format!("{folder}/{MANIFEST}")) {
                Some(_) => manifest(&folder)?,
                None => Manifest::default(),
            };
            base.insert(folder, manifest);
        }
        let versions = match built_in {
            Some(built_in) if files.is_untouched(VERSIONS) => built_in.versions.clone(),
            _ => read(&files, VERSIONS)?,
        };
        let mut catalogue = Self::from_modules(modules, versions);
        catalogue.base = base;
        catalogue.files = files;
        catalogue.check_containers()?;
        Ok(catalogue)
    }

    /// A catalogue of these options and versions only, without files.
    pub fn from_modules(mut modules: Vec<Module>, versions: Versions) -> Self {
        modules.sort_by(|a, b| {
            let key = |m: &Module| (m.axis, m.manifest.order.unwrap_or(100));
            key(a).cmp(&key(b)).then_with(|| a.name.cmp(&b.name))
        });
        Self {
            modules,
            base: BTreeMap::new(),
            versions,
            files: TemplateFiles::default(),
            packs: Vec::new(),
        }
    }

    /// The options of an axis, in the order in which they are listed.
    pub fn options(&self, axis: Axis) -> impl Iterator<Item = &Module> {
        self.modules
            .iter()
            .filter(move |module| module.axis == axis)
    }

    /// The option of that name.
    pub fn get(&self, axis: Axis, name: &str) -> Option<&Module> {
        self.options(axis).find(|module| module.name == name)
    }

    /// What the module in a folder below `templates/` contributes.
    fn manifest(&self, folder: &str) -> Option<&Manifest> {
        let of_axis = || self.modules.iter().find(|module| module.folder() == folder);
        self.base
            .get(folder)
            .or_else(|| of_axis().map(|module| &module.manifest))
    }

    /// What `base` or a runtime contributes.
    pub fn base(&self, folder: &str) -> &Manifest {
        self.base
            .get(folder)
            .expect("base and the two runtimes are always there")
    }

    /// What a capability of a runtime contributes; `None` where that runtime does not have it.
    pub fn runtime_capability(&self, runtime: &str, name: &str) -> Option<&Manifest> {
        self.base.get(&format!("{runtime}/{name}"))
    }

    /// One of the runtimes has it.
    pub fn is_runtime_capability(&self, name: &str) -> bool {
        RUNTIMES
            .iter()
            .any(|runtime| self.runtime_capability(runtime, name).is_some())
    }

    pub fn versions(&self) -> &Versions {
        &self.versions
    }

    pub fn files(&self) -> &TemplateFiles {
        &self.files
    }

    /// The active packs, in the order in which they stack.
    pub fn packs(&self) -> &[Pack] {
        &self.packs
    }

    /// The pack of that name.
    pub fn pack(&self, name: &str) -> Option<&Pack> {
        self.packs.iter().find(|pack| pack.id.name == name)
    }
}

/// The folders below the runtimes beside what is rendered for every component and package.
fn runtime_capabilities(files: &TemplateFiles) -> BTreeSet<String> {
    let below = RUNTIMES.into_iter().flat_map(|runtime| {
        let folder = format!("{runtime}/");
        files
            .paths()
            .filter_map(|path| path.strip_prefix(&folder)?.split_once('/'))
            .filter(|(name, _)| ![SERVICE_SCOPE, PACKAGE_SCOPE].contains(name))
            .map(|(name, _)| format!("{runtime}/{name}"))
            .collect::<Vec<_>>()
    });
    below.collect()
}

/// The YAML file at a path, what packs say of it merged into what is below.
fn read<T: serde::de::DeserializeOwned>(files: &TemplateFiles, path: &str) -> Result<T, Error> {
    let (lowest, upper) = match files.versions(path) {
        [lowest, upper @ ..] => (lowest, upper),
        [] => return Err(files.broken(path, None, CatalogueError::Missing)),
    };
    if upper.is_empty() {
        return parse(files, path, lowest);
    }
    let mut merged: serde_yaml::Value = parse(files, path, lowest)?;
    for version in upper {
        // By itself first, so that a mistake has a line.
        parse::<T>(files, path, version)?;
        merge::merge(&mut merged, parse(files, path, version)?);
    }
    serde_yaml::from_value(merged).map_err(|error| files.broken(path, None, YamlError::from(error)))
}

fn parse<T: serde::de::DeserializeOwned>(
    files: &TemplateFiles,
    path: &str,
    version: &Version,
) -> Result<T, Error> {
    let broken = |place, why: Cause| files.broken_version(path, Some(version), place, why);
    let text = std::str::from_utf8(&version.bytes)
        .map_err(|_| broken(None, CatalogueError::NotUtf8.into()))?;
    serde_yaml::from_str(text).map_err(|error| {
        let error = YamlError::from(error);
        broken(error.place(), error.into())
    })
}
