//! What a system has once: the files at the root of the project, of its targets and of each transport in use.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::Planner;
use super::scope::Scope;
use crate::catalogue::{Axis, RUNTIMES, language};
use crate::error::Error;
use crate::plan::needs::Needs;
use crate::plan::requirements::npm_ranges;
use crate::plan::system::{secrets, shared, starts, volumes};
use crate::plan::variables;
use crate::plan::view::{GatewayView, LinkView, Named, PackageView, Runtime, ServiceView};
use crate::template::module::Manifest;
use crate::template::path::{CONTAINER, GATEWAY, SERVICE};

impl Planner<'_, '_> {
    /// The files that a transport has once in a system.
    pub fn plan_shared(
        &mut self,
        gateways: &[GatewayView],
        services: &[ServiceView],
    ) -> Result<(), Error> {
        let used: BTreeSet<&Named> = services.iter().flat_map(|view| &view.transports).collect();
        for transport in used {
            let Some(module) = self.catalogue.get(Axis::TRANSPORT, &transport.name) else {
                continue;
            };
            let linked: Vec<&ServiceView> = services
                .iter()
                .filter(|view| view.transports.contains(transport))
                .collect();
            let own = json!({
                "gateways": gateways,
                "services": linked,
                "link": { "transport": transport.name },
            });
            let context = Arc::new(self.views.context(own));
            self.add(&Scope {
                folder: format!("{}/shared/", module.folder()),
                module: &module.folder(),
                manifest: &module.manifest,
                prefix: String::new(),
                package: "",
                context: Some(&context),
                repeated: &[],
            })?;
        }
        Ok(())
    }

    /// The files of the base and of the targets.
    pub fn plan_project(
        &mut self,
        gateways: &[GatewayView],
        services: &[ServiceView],
        packages: &[PackageView],
    ) -> Result<(), Error> {
        let runtimes: Vec<&Runtime> = gateways
            .iter()
            .map(|view| &view.runtime)
            .chain(services.iter().map(|view| &view.runtime))
            .collect();
        let containers = self.views.containers(&runtimes)?;
        let offers = self.views.offers(&runtimes)?;
        self.needs = Needs::of(gateways, services, &containers);
        for target in &self.blueprint.targets {
            if let Some(module) = self.catalogue.get(Axis::DEPLOY, target) {
                self.needs.programs.extend(module.manifest.programs.clone());
            }
        }
        let links = self.views.links();
        let shared = shared(&runtimes);
        let required: Vec<_> = shared.iter().filter(|view| view.required).collect();
        let secrets = secrets(&runtimes, &containers);
        let settings = self.views.settings(&runtimes, &containers);
        let common = secrets.iter().filter_map(|secret| secret["name"].as_str());
        let common = common.chain(settings.iter().map(|setting| setting.name.as_str()));
        self.clashes = variables::clashes(
            common.map(str::to_owned),
            gateways
                .iter()
                .map(|view| (&view.identity, &view.runtime))
                .chain(services.iter().map(|view| (&view.identity, &view.runtime))),
        );
        let mut own = json!({
            "gateways": gateways,
            "services": services,
            "links": links,
            "env": { "secrets": secrets, "settings": settings },
            "shared": shared,
            "required": required,
            "volumes": volumes(services, containers.iter().chain(&offers)),
            "starts": starts(&containers),
            "containers": containers,
            "offers": offers,
        });
        for language in RUNTIMES.map(language) {
            let written_in = |view: &&PackageView| view.language == language;
            let packages: Vec<&PackageView> = packages.iter().filter(written_in).collect();
            own[format!("{language}_packages")] = json!(packages);
        }
        let links_of = |end: fn(&LinkView) -> &str, name: &str| -> Vec<&LinkView> {
            links.iter().filter(|link| end(link) == name).collect()
        };
        let each_gateway = self.each(gateways, |view| {
            let name = view.identity.name.as_str();
            let links = links_of(|link| &link.gateway, name);
            (name, json!({ "gateway": view, "links": links }))
        });
        let each_service = self.each(services, |view| {
            let name = view.identity.name.as_str();
            let links = links_of(|link| &link.service, name);
            (name, json!({ "service": view, "links": links }))
        });
        let each_container = self.each(&containers, |view| {
            (view.name.as_str(), json!({ "container": view }))
        });
        let mut scopes = vec!["files"];
        if !containers.is_empty() {
            scopes.push("containers");
        }
        if !shared.is_empty() {
            scopes.push("shared");
        }
        if !required.is_empty() {
            scopes.push("required");
        }
        if services.iter().any(|view| !view.runtime.scalers.is_empty()) {
            scopes.push("scalers");
        }
        let mut parts = vec![("base".to_owned(), self.catalogue.base("base"))];
        for target in &self.blueprint.targets {
            if let Some(module) = self.catalogue.get(Axis::DEPLOY, target) {
                parts.push((module.folder(), &module.manifest));
            }
        }
        for (folder, manifest) in parts {
            let mut own = own.clone();
            own["npm"] = self.project_npm(&folder, manifest, services)?;
            let context = Arc::new(self.views.context(own));
            for scope in &scopes {
                self.add(&Scope {
                    folder: format!("{folder}/{scope}/"),
                    module: &folder,
                    manifest,
                    prefix: String::new(),
                    package: "",
                    context: Some(&context),
                    repeated: &[
                        (GATEWAY, &each_gateway),
                        (SERVICE, &each_service),
                        (CONTAINER, &each_container),
                    ],
                })?;
            }
            self.plan_lock("", manifest.lock.as_ref(), &context)?;
        }
        Ok(())
    }

    /// The packages of a module at the root of the project; of the base, with those that the transports
    /// in use add.
    fn project_npm(
        &self,
        folder: &str,
        manifest: &Manifest,
        services: &[ServiceView],
    ) -> Result<Value, Error> {
        let transports = services
            .iter()
            .filter(|_| folder == "base")
            .flat_map(|view| &view.transports)
            .filter_map(|transport| self.catalogue.get(Axis::TRANSPORT, &transport.name));
        let mut names: BTreeSet<&str> = manifest
            .npm
            .dev_dependencies
            .iter()
            .map(String::as_str)
            .collect();
        names.extend(
            transports
                .flat_map(|module| &module.manifest.project.npm)
                .map(String::as_str),
        );
        let dependencies = manifest.npm.dependencies.iter().map(String::as_str);
        Ok(json!({
            "dependencies": npm_ranges(dependencies, self.catalogue)?,
            "devDependencies": npm_ranges(names, self.catalogue)?,
        }))
    }
}
