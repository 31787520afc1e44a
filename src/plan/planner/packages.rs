//! What is written once, whoever uses it: the packages that the components of one language share.
//!
//! A package holds what the modules of all its components bring to it (`package/` in their folders), and no
//! more: a transport that no link uses is not there. No file of a package knows a component.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::json;

use super::Planner;
use super::scope::Scope;
use crate::catalogue::{PACKAGE_SCOPE, RUNTIMES, STREAMS, language, runtime};
use crate::error::Error;
use crate::plan::component::{Part, Parts};
use crate::plan::requirements::{npm_ranges, python_absent, python_requirements};
use crate::plan::runtime::concerns;
use crate::plan::view::{GenerateView, GroupView, Named, NpmView, PackagePythonView, PackageView};
use crate::template::files::TemplateFiles;
use crate::template::module::{MANIFEST, Manifest, Side};

/// Which package a module's `package/` goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Package {
    Gateways,
    Services,
    Console,
}

impl Package {
    fn of(part: &Part<'_>, side: Side) -> Self {
        match side {
            _ if part.folder.starts_with("console/") => Self::Console,
            Side::Gateway => Self::Gateways,
            Side::Service => Self::Services,
        }
    }

    /// Its folder below `packages/`.
    fn name(self) -> &'static str {
        match self {
            Self::Gateways => "gateway-runtime",
            Self::Services => "service-runtime",
            Self::Console => "console",
        }
    }

    /// Whose modules it is made of.
    fn side(self) -> Side {
        match self {
            Self::Gateways | Self::Console => Side::Gateway,
            Self::Services => Side::Service,
        }
    }
}

/// The packages of Node.js that a gateway is made of, by their folders below `packages/`.
pub fn used_by(gateway: &Parts<'_>, files: &TemplateFiles) -> BTreeSet<&'static str> {
    let parts = gateway.parts.iter();
    let used = parts.filter(|part| has_files(part, &gateway.needs, files));
    used.map(|part| Package::of(part, Side::Gateway).name())
        .collect()
}

/// Whether it brings something to a package.
fn has_files(part: &Part<'_>, needs: &BTreeSet<String>, files: &TemplateFiles) -> bool {
    let mut folders = part.scopes(PACKAGE_SCOPE, needs).into_iter();
    folders.any(|folder| files.below(&folder).next().is_some())
}

/// What a package is made of.
#[derive(Default)]
struct Contents<'a> {
    /// By folder, so that each is rendered once.
    parts: BTreeMap<String, Part<'a>>,
    /// What one of its components needs, the package has for all of them.
    needs: BTreeSet<String>,
    frameworks: BTreeSet<String>,
}

impl Planner<'_, '_> {
    /// The packages of all components; what they are, by name.
    ///
    /// # Errors
    /// As [`Self::add`] and [`Parts::of`] have them.
    pub fn plan_packages(&mut self) -> Result<Vec<PackageView>, Error> {
        let mut packages: BTreeMap<Package, Contents<'_>> = BTreeMap::new();
        let catalogue = self.catalogue;
        for service in self.blueprint.services.values() {
            let side = service.side();
            let Parts { parts, needs, .. } = Parts::of(self.blueprint, service, catalogue)?;
            for part in parts {
                let contents = packages.entry(Package::of(&part, side)).or_default();
                contents.frameworks.insert(service.framework.clone());
                contents.needs.extend(needs.iter().cloned());
                contents.parts.entry(part.folder.clone()).or_insert(part);
            }
        }
        let mut views = Vec::new();
        for (package, contents) in &packages {
            views.extend(self.plan_package(*package, contents)?);
        }
        Ok(views)
    }

    /// `None` where nothing is brought to the package.
    fn plan_package(
        &mut self,
        package: Package,
        contents: &Contents<'_>,
    ) -> Result<Option<PackageView>, Error> {
        let files = self.catalogue.files();
        let mut parts = contents.parts.values();
        if !parts.any(|part| has_files(part, &contents.needs, files)) {
            return Ok(None);
        }
        let view = self.package_view(package, contents)?;
        let context = Arc::new(self.views.context(json!({ "package": view })));
        for part in contents.parts.values() {
            for folder in part.scopes(PACKAGE_SCOPE, &contents.needs) {
                self.add(&Scope {
                    folder,
                    module: &part.folder,
                    manifest: part.manifest,
                    prefix: format!("packages/{}/", package.name()),
                    package: "",
                    context: Some(&context),
                    repeated: &[],
                })?;
            }
        }
        let lock = RUNTIMES.iter().find_map(|runtime| {
            let part = contents.parts.get(*runtime)?;
            part.manifest.lock.as_ref()
        });
        self.plan_lock(&format!("packages/{}", package.name()), lock, &context)?;
        Ok(Some(view))
    }

    fn package_view(
        &self,
        package: Package,
        contents: &Contents<'_>,
    ) -> Result<PackageView, Error> {
        let parts = || contents.parts.values();
        let names = |pick: fn(&Manifest) -> &[String]| -> BTreeSet<&str> {
            let all = parts().flat_map(|part| pick(part.manifest));
            all.map(String::as_str).collect()
        };
        let named = |parts: Vec<&Part<'_>>| -> Vec<Named> {
            let names: BTreeSet<&str> = parts.into_iter().map(Part::option).collect();
            let named = names.into_iter().map(|name| Named {
                name: name.to_owned(),
            });
            named.collect()
        };
        let dependencies = names(|manifest| &manifest.npm.package.dependencies);
        let mut dev = names(|manifest| &manifest.npm.package.dev_dependencies);
        dev.retain(|name| !dependencies.contains(name));

        let mut own = BTreeSet::new();
        let mut extras: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for part in parts() {
            let needed = part.manifest.python.package.dependencies.iter();
            let needed = needed.map(String::as_str);
            match part.has_extra() {
                true => extras.entry(part.option()).or_default().extend(needed),
                false => own.extend(needed),
            }
        }
        let extras = extras.into_iter().map(|(name, needed)| {
            Ok(GroupView {
                name: name.to_owned(),
                dependencies: python_requirements(needed, self.catalogue)?,
            })
        });
        Ok(PackageView {
            name: package.name().to_owned(),
            language: language(runtime(package.side())),
            npm: NpmView {
                dependencies: npm_ranges(dependencies, self.catalogue)?,
                dev_dependencies: npm_ranges(dev, self.catalogue)?,
            },
            python: PackagePythonView {
                dependencies: python_requirements(own, self.catalogue)?,
                dev: python_requirements(
                    names(|manifest| &manifest.python.package.dev),
                    self.catalogue,
                )?,
                extras: extras.collect::<Result<_, Error>>()?,
                without: python_absent(names(|manifest| &manifest.python.without)),
            },
            generate: self.package_steps(package, contents)?,
            streams: contents.needs.contains(STREAMS),
            transports: named(parts().filter(|part| part.is_transport).collect()),
            frameworks: contents
                .frameworks
                .iter()
                .map(|name| Named { name: name.clone() })
                .collect(),
            adapters: named(parts().filter(|part| self.views.is_adapter(part)).collect()),
        })
    }

    /// What makes source code in the package's own folder.
    fn package_steps(
        &self,
        package: Package,
        contents: &Contents<'_>,
    ) -> Result<Vec<GenerateView>, Error> {
        let context = self.views.context(json!({}));
        let mut steps = Vec::new();
        for part in contents.parts.values() {
            let path = format!("{}/{MANIFEST}", part.folder);
            let texts = |texts: &[String]| -> Result<Vec<String>, Error> {
                let fill = |text: &String| self.views.engine.render_text(&path, text, &context);
                texts.iter().map(fill).collect()
            };
            let of_package = part.manifest.generate.iter().filter(|step| step.package);
            for step in of_package.filter(|step| concerns(step.side, package.side())) {
                steps.push(GenerateView {
                    command: texts(&step.command)?,
                    inputs: texts(&step.inputs)?,
                    outputs: texts(&step.outputs)?,
                });
            }
        }
        Ok(steps)
    }
}
