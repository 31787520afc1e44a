//! Which template becomes which file.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use glob::Pattern;
use handlebars::Context;
use serde_json::{Value, json};

use super::paths::{CONTAINER, GATEWAY, OPERATION, PACKAGE, SERVICE, TemplatePath};
use super::views::Views;
use super::whole::{secrets, shared, starts, volumes};
use super::{LockStep, Owner, PlannedFile, guard};
use crate::blueprint::model::{Blueprint, Role, Service};
use crate::catalogue::manifest::{Lock, Manifest};
use crate::catalogue::resolve::{Part, Parts, npm_ranges};
use crate::catalogue::{Axis, Catalogue, MANIFEST};
use crate::error::Error;
use crate::render::view::{GatewayView, LinkView, LinkedService, Named, Runtime, ServiceView};

/// What stands beside files and is read, not rendered.
const DATA: [&str; 3] = [MANIFEST, "asyncapi.yaml", "openapi.yaml"];

/// Placeholders that repeat a file.
const PLACEHOLDERS: [&str; 4] = [OPERATION, SERVICE, GATEWAY, CONTAINER];

/// A name, and what a file that is made for it sees.
type Repeated = Vec<(String, Arc<Context>)>;

/// One folder of templates, and where its files go.
struct Scope<'s> {
    /// Below `templates/`.
    folder: String,
    module: &'s str,
    manifest: &'s Manifest,
    /// Before each output path: `""` or a folder that ends in `/`.
    prefix: String,
    /// What `__package__` stands for.
    package: &'s str,
    /// What a file sees that is not repeated; without it, only repeated ones are rendered.
    context: Option<&'s Arc<Context>>,
    /// What a placeholder in a path repeats the file over.
    repeated: &'s [(&'static str, &'s Repeated)],
}

pub struct Planner<'a, 'v> {
    blueprint: &'v Blueprint,
    catalogue: &'a Catalogue,
    views: &'v Views<'v>,
    files: BTreeMap<String, PlannedFile>,
    locks: Vec<LockStep>,
}

impl<'a, 'v> Planner<'a, 'v> {
    pub fn new(blueprint: &'v Blueprint, catalogue: &'a Catalogue, views: &'v Views<'v>) -> Self {
        Self {
            blueprint,
            catalogue,
            views,
            files: BTreeMap::new(),
            locks: Vec::new(),
        }
    }

    /// Every file by its path, and how the lock files are made.
    pub fn plan(mut self) -> Result<(BTreeMap<String, PlannedFile>, Vec<LockStep>), Error> {
        let (gateways, services): (Vec<&Service>, Vec<&Service>) = self
            .blueprint
            .services
            .values()
            .partition(|service| matches!(service.role, Role::Gateway { .. }));
        let mut service_views = BTreeMap::new();
        for service in &services {
            let view = self.plan_service(service)?;
            service_views.insert(service.name.clone(), view);
        }
        let mut gateway_views = Vec::new();
        for gateway in gateways {
            gateway_views.push(self.plan_gateway(gateway, &service_views)?);
        }
        let service_views: Vec<ServiceView> = services
            .iter()
            .filter_map(|service| service_views.remove(&service.name))
            .collect();
        self.plan_shared(&gateway_views, &service_views)?;
        self.plan_project(&gateway_views, &service_views)?;
        Ok((self.files, self.locks))
    }

    fn plan_service(&mut self, service: &Service) -> Result<ServiceView, Error> {
        let parts = Parts::of(self.blueprint, service, self.catalogue)?;
        let view = self.views.service(service, &parts)?;
        let context = Arc::new(self.views.context(json!({ "service": view })));
        let operations = view
            .own_operations
            .iter()
            .map(|operation| {
                let own = json!({ "service": view.identity, "operation": operation });
                (operation.name.clone(), Arc::new(self.views.context(own)))
            })
            .collect();
        for part in &parts.parts {
            for scope in &part.scopes {
                self.add(&Scope {
                    folder: folder(&part.folder, scope),
                    module: &part.folder,
                    manifest: part.manifest,
                    prefix: format!("services/{}/", service.name),
                    package: &view.identity.package,
                    context: Some(&context),
                    repeated: &[(OPERATION, &operations)],
                })?;
            }
            if part.is_transport {
                self.plan_contract(part, &view, &parts)?;
            }
        }
        self.plan_lock(
            &format!("services/{}", service.name),
            parts.lock(),
            &context,
        )?;
        Ok(view)
    }

    /// The contract files of a transport for one service.
    fn plan_contract(
        &mut self,
        part: &Part<'_>,
        view: &ServiceView,
        parts: &Parts<'_>,
    ) -> Result<(), Error> {
        let mut own = json!({ "service": view, "link": { "transport": part.option() } });
        if let Some(document) = self.views.service_api(&view.identity.name, part)? {
            own["service"]["openapi"] = document;
        }
        if let Some(document) = self.views.message_api(&view.identity.name, part, parts)? {
            own["service"]["asyncapi"] = document;
        }
        let context = Arc::new(self.views.context(own));
        self.add(&Scope {
            folder: format!("{}/shared/", part.folder),
            module: &part.folder,
            manifest: part.manifest,
            prefix: String::new(),
            package: &view.identity.package,
            context: None,
            repeated: &[(SERVICE, &vec![(view.identity.name.clone(), context)])],
        })
    }

    /// The files that a transport has once in a system.
    fn plan_shared(
        &mut self,
        gateways: &[GatewayView],
        services: &[ServiceView],
    ) -> Result<(), Error> {
        let used: BTreeSet<&Named> = services.iter().flat_map(|view| &view.transports).collect();
        for transport in used {
            let Some(module) = self.catalogue.get(Axis::Transport, &transport.name) else {
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

    fn plan_gateway(
        &mut self,
        service: &Service,
        services: &BTreeMap<String, ServiceView>,
    ) -> Result<GatewayView, Error> {
        let parts = Parts::of(self.blueprint, service, self.catalogue)?;
        let view = self.views.gateway(service, &parts, services)?;
        let context = Arc::new(self.views.context(json!({ "gateway": view })));
        let all: Repeated = view
            .services
            .iter()
            .map(|linked| {
                let own = json!({ "gateway": view.identity, "service": linked });
                (
                    linked.service.identity.name.clone(),
                    Arc::new(self.views.context(own)),
                )
            })
            .collect();
        for part in &parts.parts {
            // A transport sees the services that it reaches, anything else all of them.
            let is_reached =
                |one: &LinkedService| !part.is_transport || one.link.transport == part.option();
            let (linked, reached): (Repeated, Vec<&LinkedService>) = all
                .iter()
                .zip(&view.services)
                .filter(|(_, one)| is_reached(one))
                .map(|(repeated, one)| (repeated.clone(), one))
                .unzip();
            let context = match part.is_transport {
                true => {
                    let own = json!({ "gateway": view, "linked": reached });
                    Arc::new(self.views.context(own))
                }
                false => Arc::clone(&context),
            };
            for scope in &part.scopes {
                self.add(&Scope {
                    folder: folder(&part.folder, scope),
                    module: &part.folder,
                    manifest: part.manifest,
                    prefix: format!("services/{}/", service.name),
                    package: &view.identity.package,
                    context: Some(&context),
                    repeated: &[(SERVICE, &linked)],
                })?;
            }
        }
        self.plan_lock(
            &format!("services/{}", service.name),
            parts.lock(),
            &context,
        )?;
        Ok(view)
    }

    fn plan_project(
        &mut self,
        gateways: &[GatewayView],
        services: &[ServiceView],
    ) -> Result<(), Error> {
        let runtimes: Vec<&Runtime> = gateways
            .iter()
            .map(|view| &view.runtime)
            .chain(services.iter().map(|view| &view.runtime))
            .collect();
        let containers = self.views.containers(&runtimes)?;
        let links = self.views.links();
        let shared = shared(&runtimes);
        let own = json!({
            "gateways": gateways,
            "services": services,
            "links": links,
            "secrets": secrets(&runtimes, &containers),
            "settings": self.views.settings(&runtimes, &containers),
            "shared": shared,
            "volumes": volumes(services, &containers),
            "starts": starts(&containers),
            "containers": containers,
        });
        let each_of = |name: &str, own: Value| (name.to_owned(), Arc::new(self.views.context(own)));
        let of = |is_of: &dyn Fn(&LinkView) -> bool| -> Vec<&LinkView> {
            links.iter().filter(|link| is_of(link)).collect()
        };
        let each_gateway: Repeated = gateways
            .iter()
            .map(|view| {
                let name = &view.identity.name;
                let links = of(&|link| link.gateway == *name);
                each_of(name, json!({ "gateway": view, "links": links }))
            })
            .collect();
        let each_service: Repeated = services
            .iter()
            .map(|view| {
                let name = &view.identity.name;
                let links = of(&|link| link.service == *name);
                each_of(name, json!({ "service": view, "links": links }))
            })
            .collect();
        let each_container: Repeated = containers
            .iter()
            .map(|view| each_of(&view.name, json!({ "container": view })))
            .collect();
        let mut scopes = vec!["files"];
        if !containers.is_empty() {
            scopes.push("containers");
        }
        if !shared.is_empty() {
            scopes.push("shared");
        }
        if services.iter().any(|view| !view.runtime.scalers.is_empty()) {
            scopes.push("scalers");
        }
        let mut parts = vec![("base".to_owned(), self.catalogue.base("base"))];
        for target in &self.blueprint.targets {
            if let Some(module) = self.catalogue.get(Axis::Deploy, target) {
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
            .filter_map(|transport| self.catalogue.get(Axis::Transport, &transport.name));
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

    fn plan_lock(
        &mut self,
        folder: &str,
        lock: Option<&Lock>,
        context: &Context,
    ) -> Result<(), Error> {
        if let Some(lock) = lock {
            let word = |word: &String| self.views.engine.render_text("module.yaml", word, context);
            self.locks.push(LockStep {
                folder: folder.to_owned(),
                command: lock.command.iter().map(word).collect::<Result<_, _>>()?,
                output: lock.output.clone(),
                is_guarded: !self.catalogue.packs().is_empty(),
            });
        }
        Ok(())
    }

    /// Plans every file of a scope.
    fn add(&mut self, scope: &Scope<'_>) -> Result<(), Error> {
        let seeded: Vec<Pattern> = scope
            .manifest
            .seeded
            .iter()
            .map(|glob| {
                let path = format!("{}/{MANIFEST}", scope.module);
                let broken = |error| format!("`{glob}`: {error}");
                Pattern::new(glob)
                    .map_err(|error| self.catalogue.files().broken(&path, None, broken(error)))
            })
            .collect::<Result<_, _>>()?;
        let catalogue = self.catalogue;
        for (template, rest) in catalogue.files().below(&scope.folder) {
            if DATA.contains(&rest) || self.is_left_out(template) {
                continue;
            }
            let path = TemplatePath::read(rest);
            let owner = match seeded.iter().any(|glob| glob.matches(&path.output)) {
                true => Owner::Seeded,
                false => Owner::Managed,
            };
            let executable = scope.manifest.executable.contains(&path.output)
                || catalogue
                    .files()
                    .version(template)
                    .is_some_and(|it| it.executable);
            let once: Repeated = scope
                .context
                .map(|context| (String::new(), Arc::clone(context)))
                .into_iter()
                .collect();
            let found = PLACEHOLDERS.into_iter().find(|it| path.has(it));
            let Some((placeholder, each)) = repeat(found, &once, scope.repeated) else {
                continue;
            };
            for (name, context) in each {
                let output = path
                    .output
                    .replace(placeholder, name)
                    .replace(PACKAGE, scope.package);
                let file = PlannedFile {
                    template: template.to_owned(),
                    context: path.is_template.then(|| Arc::clone(context)),
                    executable,
                    owner,
                    module: scope.module.to_owned(),
                };
                self.insert(format!("{}{output}", scope.prefix), file)?;
            }
        }
        Ok(())
    }

    /// A pack takes it away while the answers are these.
    fn is_left_out(&self, template: &str) -> bool {
        self.catalogue.packs().iter().any(|pack| {
            let Some(used) = self.blueprint.packs.get(&pack.id.name) else {
                return false;
            };
            pack.manifest.remove.iter().any(|remove| {
                let holds = remove
                    .condition()
                    .is_some_and(|when| when.holds(&used.answers));
                holds && Pattern::new(remove.path()).is_ok_and(|glob| glob.matches(template))
            })
        })
    }

    fn insert(&mut self, path: String, file: PlannedFile) -> Result<(), Error> {
        if let Some(other) = self.files.get(&path) {
            return Err(guard::two_writers(
                path,
                other,
                &file,
                self.catalogue.files(),
            ));
        }
        self.files.insert(path, file);
        Ok(())
    }
}

/// What a file is rendered for: once, or each of what its placeholder stands for; `None` where the scope has
/// nothing of that name.
fn repeat<'s>(
    placeholder: Option<&'static str>,
    once: &'s Repeated,
    repeated: &[(&'static str, &'s Repeated)],
) -> Option<(&'static str, &'s Repeated)> {
    let Some(placeholder) = placeholder else {
        // Not in the path: nothing is put in its place.
        return Some((SERVICE, once));
    };
    let found = repeated.iter().find(|(name, _)| *name == placeholder);
    found.copied()
}

/// The folder of a scope of a module, with `/` at its end.
fn folder(module: &str, scope: &str) -> String {
    match scope {
        "" => format!("{module}/"),
        scope => format!("{module}/{scope}/"),
    }
}
