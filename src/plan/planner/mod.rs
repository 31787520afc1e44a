//! Which template becomes which file: of each service and gateway here, of what they share in `packages`, of
//! the whole in `project`.

mod packages;
mod project;
mod scope;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use handlebars::Context;
use serde_json::{Value, json};

use self::packages::used_by;
use self::scope::{Repeated, Scope};
use super::needs::Needs;
use super::variables::Clash;
use super::views::{Views, to_value};
use super::{LockStep, PlannedFile};
use crate::blueprint::model::{Blueprint, Role, Service};
use crate::catalogue::{Catalogue, SERVICE_SCOPE};
use crate::error::Error;
use crate::plan::component::{Part, Parts};
use crate::plan::view::{GatewayView, LinkedService, PackageView, ServiceView};
use crate::template::module::Lock;
use crate::template::path::{OPERATION, SERVICE};

/// Of every package that a system has for itself.
const PACKAGE_VERSION: &str = "0.1.0";

/// What a system consists of.
pub struct Planned {
    /// By path.
    pub files: BTreeMap<String, PlannedFile>,
    /// How the lock files are made.
    pub locks: Vec<LockStep>,
    /// Variables of `.env` that would belong to two components.
    pub clashes: Vec<Clash>,
    /// What it needs of a machine.
    pub needs: Needs,
    /// The keys of the views of components and packages.
    pub view_keys: BTreeSet<String>,
}

/// Collects the files of a system.
pub struct Planner<'a, 'v> {
    blueprint: &'v Blueprint,
    catalogue: &'a Catalogue,
    views: &'v Views<'v>,
    files: BTreeMap<String, PlannedFile>,
    locks: Vec<LockStep>,
    clashes: Vec<Clash>,
    needs: Needs,
}

impl<'a, 'v> Planner<'a, 'v> {
    pub fn new(blueprint: &'v Blueprint, catalogue: &'a Catalogue, views: &'v Views<'v>) -> Self {
        Self {
            blueprint,
            catalogue,
            views,
            files: BTreeMap::new(),
            locks: Vec::new(),
            clashes: Vec::new(),
            needs: Needs::default(),
        }
    }

    /// Every file by its path, how the lock files are made, what the system needs, and what would meet in it.
    pub fn plan(mut self) -> Result<Planned, Error> {
        let (gateways, services): (Vec<&Service>, Vec<&Service>) = self
            .blueprint
            .services
            .values()
            .partition(|service| matches!(service.role, Role::Gateway));
        let packages = self.plan_packages()?;
        let mut service_views = BTreeMap::new();
        for service in &services {
            let view = self.plan_service(service)?;
            service_views.insert(service.name.clone(), view);
        }
        let mut gateway_views = Vec::new();
        for gateway in gateways {
            gateway_views.push(self.plan_gateway(gateway, &service_views, &packages)?);
        }
        let service_views: Vec<ServiceView> = services
            .iter()
            .filter_map(|service| service_views.remove(&service.name))
            .collect();
        self.plan_shared(&gateway_views, &service_views)?;
        self.plan_project(&gateway_views, &service_views, &packages)?;
        let views = [
            gateway_views.first().map(to_value),
            service_views.first().map(to_value),
            packages.first().map(to_value),
        ];
        let objects = views.iter().flatten().filter_map(Value::as_object);
        Ok(Planned {
            view_keys: objects.flat_map(|view| view.keys().cloned()).collect(),
            clashes: self.clashes,
            files: self.files,
            locks: self.locks,
            needs: self.needs,
        })
    }

    fn plan_service(&mut self, service: &Service) -> Result<ServiceView, Error> {
        let parts = Parts::of(self.blueprint, service, self.catalogue)?;
        let view = self.views.service(service, &parts)?;
        let context = Arc::new(self.views.context(json!({ "service": view })));
        let operations = self.each(&view.own_operations, |operation| {
            let own = json!({ "service": view.identity, "operation": operation });
            (operation.name.as_str(), own)
        });
        for part in &parts.parts {
            for folder in part.scopes(SERVICE_SCOPE, &parts.needs) {
                self.add(&Scope {
                    folder,
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

    fn plan_gateway(
        &mut self,
        service: &Service,
        services: &BTreeMap<String, ServiceView>,
        packages: &[PackageView],
    ) -> Result<GatewayView, Error> {
        let parts = Parts::of(self.blueprint, service, self.catalogue)?;
        let mut view = self.views.gateway(service, &parts, services)?;
        let used = used_by(&parts, self.catalogue.files());
        let packages: Vec<&PackageView> = packages
            .iter()
            .filter(|package| used.contains(package.name.as_str()))
            .collect();
        for package in &packages {
            let name = format!("@{}/{}", self.blueprint.name, package.name);
            let range = format!("^{PACKAGE_VERSION}");
            view.npm.dependencies.insert(name, range);
        }
        let context = Arc::new(self.views.context(json!({
            "gateway": view,
            "packages": packages,
            "generates": packages.iter().any(|package| !package.generate.is_empty()),
        })));
        let all = self.each(&view.services, |linked| {
            let own = json!({ "gateway": view.identity, "service": linked });
            (linked.service.identity.name.as_str(), own)
        });
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
            for folder in part.scopes(SERVICE_SCOPE, &parts.needs) {
                self.add(&Scope {
                    folder,
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

    /// Adds how the lock file of a folder of the project is made.
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
}
