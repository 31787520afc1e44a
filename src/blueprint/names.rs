//! What a system and its services may be called: a name stands in many places, and must be right
//! in all of them.

use crate::catalogue::{Axis, Catalogue};
use crate::document::name::{Form, NameError, Rule, Taken, check_length, is_joined, reject};
use crate::reserved::{
    GATEWAY_ROUTES, JAVASCRIPT_RESERVED, LOCALHOST, NODE_MODULES, OWN_PACKAGES, PYTHON_BUILTINS,
    PYTHON_KEYWORDS, PYTHON_MODULES, PYTHON_PACKAGES, PYTHON_PROJECT, SERVICE_FILES,
    SKIPPED_FOLDERS, WINDOWS_DEVICES,
};
use crate::template::module::Versions;

const EVERYWHERE: [Rule; 2] = [
    (WINDOWS_DEVICES, Taken::WindowsFolder),
    (JAVASCRIPT_RESERVED, Taken::JavaScriptWord),
];

const SYSTEM: [Rule; 1] = [(NODE_MODULES, Taken::NodeModule)];

const SERVICE: [Rule; 4] = [
    (OWN_PACKAGES, Taken::OwnPackage),
    (GATEWAY_ROUTES, Taken::Route),
    (LOCALHOST, Taken::Localhost),
    (SERVICE_FILES, Taken::ServiceFile),
];

const PYTHON: [Rule; 6] = [
    (PYTHON_KEYWORDS, Taken::PythonWordOfPackage),
    (PYTHON_BUILTINS, Taken::PythonBuiltin),
    (PYTHON_MODULES, Taken::PythonModule),
    (PYTHON_PACKAGES, Taken::PythonPackage),
    (PYTHON_PROJECT, Taken::PythonFolder),
    (SKIPPED_FOLDERS, Taken::SkippedFolder),
];

/// What is wrong with the name of a system.
///
/// # Errors
/// The rule that the name breaks.
pub fn system(name: &str, versions: &Versions) -> Result<(), NameError> {
    label(name)?;
    reject(name, &EVERYWHERE)?;
    reject(name, &SYSTEM)?;
    if name.starts_with("kube-") {
        return Err(NameError::taken(name, Taken::Kubernetes));
    }
    npm_package(name, versions)
}

/// What is wrong with the name of a gateway.
///
/// # Errors
/// The rule that the name breaks.
pub fn gateway(name: &str, versions: &Versions) -> Result<(), NameError> {
    label(name)?;
    reject(name, &EVERYWHERE)?;
    reject(name, &SYSTEM)?;
    reject(name, &SERVICE)?;
    npm_package(name, versions)
}

/// What is wrong with the name of a Python service.
///
/// # Errors
/// The rule that the name breaks.
pub fn python_service(name: &str, versions: &Versions) -> Result<(), NameError> {
    service(name)?;
    let package = name.replace('-', "_");
    let installed = versions
        .pypi
        .keys()
        .any(|known| known.replace('-', "_") == package);
    if installed {
        return Err(NameError::taken(name, Taken::PythonPackage));
    }
    Ok(())
}

/// What is wrong with a name, whatever it will be the name of. Prompts ask this.
///
/// # Errors
/// The rule that the name breaks.
pub fn service(name: &str) -> Result<(), NameError> {
    label(name)?;
    reject(name, &EVERYWHERE)?;
    reject(name, &SERVICE)?;
    let package = name.replace('-', "_");
    reject(&package, &PYTHON)
}

/// Whether a module brings a host of that name, a container or another, which stands beside the services.
///
/// # Errors
/// [`NameError::Container`], or [`NameError::Taken`] for a host that is none.
pub fn host(name: &str, catalogue: &Catalogue) -> Result<(), NameError> {
    let modules = || Axis::all().flat_map(|axis| catalogue.options(axis));
    if modules().any(|module| module.manifest.hosts.iter().any(|host| host == name)) {
        return Err(NameError::taken(name, Taken::Host));
    }
    let owner = modules().find(|module| {
        let mut containers = module.manifest.containers.iter();
        containers.any(|container| container.name == name)
    });
    match owner {
        Some(module) => Err(NameError::Container {
            name: name.to_owned(),
            module: module.label.clone(),
        }),
        None => Ok(()),
    }
}

/// A DNS label (RFC 1123) that begins with a letter, as Kubernetes wants of Services, with single
/// hyphens, as Docker wants of images. Then it is an npm package and a folder too.
fn label(name: &str) -> Result<(), NameError> {
    if !is_joined(name, '-') {
        return Err(NameError::form(name, Form::DnsLabel));
    }
    check_length(name)
}

fn npm_package(name: &str, versions: &Versions) -> Result<(), NameError> {
    if versions.npm.contains_key(name) {
        return Err(NameError::taken(name, Taken::NpmPackage));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use super::*;

    fn versions() -> Versions {
        let one = |name: &str| [(name.to_owned(), "1.0.0".to_owned())].into();
        Versions {
            npm: one("fastify"),
            pypi: one("prometheus-client"),
            ..Versions::default()
        }
    }

    #[test]
    fn each_refusal_names_its_rule() {
        let told = |names: &[&str], check: fn(&str, &Versions) -> Result<(), NameError>| {
            let refusals = names
                .iter()
                .map(|name| check(name, &versions()).unwrap_err());
            refusals
                .map(|error| format!("{error}\n"))
                .collect::<String>()
        };
        let names = [
            "Shop",
            "1shop",
            "shop_api",
            "shop-",
            "a--b",
            "",
            "1e3",
            "größe",
            "con",
            "new",
            "fs",
            "fastify",
            "kube-system",
        ];
        assert_data_eq!(
            told(&names, system),
            str![[r#"
`Shop` is not a DNS label: lower-case letters and digits, in words joined by single hyphens, a letter first
`1shop` is not a DNS label: lower-case letters and digits, in words joined by single hyphens, a letter first
`shop_api` is not a DNS label: lower-case letters and digits, in words joined by single hyphens, a letter first
`shop-` is not a DNS label: lower-case letters and digits, in words joined by single hyphens, a letter first
`a--b` is not a DNS label: lower-case letters and digits, in words joined by single hyphens, a letter first
`` is not a DNS label: lower-case letters and digits, in words joined by single hyphens, a letter first
`1e3` is not a DNS label: lower-case letters and digits, in words joined by single hyphens, a letter first
`größe` is not a DNS label: lower-case letters and digits, in words joined by single hyphens, a letter first
`con` is a device on Windows, where no folder can be called so
`new` is a reserved word of JavaScript
`fs` is a module of Node.js, which no npm package may be called
`fastify` is an npm package that gateways depend on, and no package depends on its own name
`kube-system` begins with `kube-`, which Kubernetes keeps for its own namespaces

"#]]
        );
        let names = [
            "lambda",
            "json",
            "list",
            "numpy",
            "prometheus-client",
            "jobs",
            "localhost",
            "tests",
            "node-modules",
        ];
        assert_data_eq!(
            told(&names, python_service),
            str![[r#"
`lambda` is a keyword of Python, which no package may be called
`json` is a module of Python's standard library, which the service's package would hide
`list` is a builtin of Python, which the service's package would hide
`numpy` is a Python package that services depend on, which the service's own would hide
`prometheus_client` is a Python package that services depend on, which the service's own would hide
`jobs` is a route of the gateway, under `/api/` beside the services
`localhost` is the host name by which every machine knows itself
`tests` is a folder of every Python project, beside the service's package
`node_modules` is a folder that git and linters leave out

"#]]
        );
        assert!(gateway("events", &versions()).is_err());
        assert_eq!(
            system(&"x".repeat(41), &versions())
                .unwrap_err()
                .to_string(),
            format!("`{}` has 41 characters, more than 40", "x".repeat(41))
        );
    }

    #[test]
    fn ordinary_names_pass() {
        for name in ["shop", "my-shop-2", "no", "on", &"x".repeat(40)] {
            assert_eq!(system(name, &versions()), Ok(()), "{name}");
            assert_eq!(python_service(name, &versions()), Ok(()), "{name}");
        }
        assert_eq!(gateway("json", &versions()), Ok(()));
    }
}
