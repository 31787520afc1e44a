//! Imports of Python that name a module of a service.

use std::collections::BTreeMap;

/// The module as the line imports it, and as it is called now; `None` for any other line. `modules` are named from
/// the package of the service on: `service.call`. One that begins with a dot stays in the package.
pub fn renamed(
    path: &str,
    line: &str,
    modules: &BTreeMap<String, String>,
) -> Option<(String, String)> {
    let module = line.trim_start().strip_prefix("from ")?;
    let (module, _) = module.split_once(" import")?;
    let module = module.trim();
    let (package, inside) = package_of(path)?;
    let absolute = format!("{package}.");
    let (start, name) = match module.strip_prefix(&absolute) {
        Some(name) => (absolute.as_str(), name),
        None => {
            let name = module.trim_start_matches('.');
            let dots = &module[..module.len() - name.len()];
            // As many dots as lead from the file to the package.
            (dots.len() == inside).then_some((dots, name))?
        }
    };
    let now = modules.get(name)?;
    let now = match now.strip_prefix('.') {
        Some(now) => format!("{start}{now}"),
        None => now.clone(),
    };
    Some((module.to_owned(), now))
}

/// The package of a service that a file is in, and how many dots lead from the file to it. A test is in none, and
/// names it.
fn package_of(path: &str) -> Option<(String, usize)> {
    let names: Vec<&str> = path.split('/').collect();
    match names.as_slice() {
        ["services", _, "src", package, inside @ ..] => Some(((*package).to_owned(), inside.len())),
        ["services", service, ..] => Some((service.replace('-', "_"), 0)),
        _ => None,
    }
}
