//! A system as a small drawing.

use crate::blueprint::model::{Blueprint, Role, Service};

/// Each gateway with the services behind it, one a line, and how it reaches them.
pub fn drawing(blueprint: &Blueprint) -> String {
    let names = blueprint.links.iter().map(|link| link.to.chars().count());
    let name_width = names.max().unwrap_or_default();
    let ways = blueprint.links.iter().map(|link| link.via.chars().count());
    let way_width = ways.max().unwrap_or_default();
    let mut lines = vec![String::new(), blueprint.name.clone()];
    for gateway in blueprint.services.values() {
        if !matches!(gateway.role, Role::Gateway) {
            continue;
        }
        lines.push(format!("  {}  {}", gateway.name, parts(gateway)));
        let links: Vec<_> = blueprint
            .links
            .iter()
            .filter(|link| link.from == gateway.name)
            .collect();
        for (index, link) in links.iter().enumerate() {
            let branch = match index + 1 == links.len() {
                true => '└',
                false => '├',
            };
            let line = "─".repeat(way_width - link.via.chars().count() + 1);
            lines.push(format!(
                "  {branch}─ {} {line} {:name_width$}  {}",
                link.via,
                link.to,
                parts(&blueprint.services[&link.to]),
            ));
        }
    }
    let targets = match blueprint.targets.as_slice() {
        [] => "nothing".to_owned(),
        targets => targets.join(" and "),
    };
    lines.push(format!("  deployed with {targets}"));
    lines.join("\n")
}

/// What a component is made of.
fn parts(service: &Service) -> String {
    let mut parts = Vec::new();
    if let Role::Python { kind, store, .. } = &service.role {
        parts.extend([kind.as_str(), store]);
    }
    parts.push(&service.framework);
    let many = service.choices.iter().filter(|(axis, _)| axis.is_many());
    parts.extend(many.flat_map(|(_, words)| words.iter().map(String::as_str)));
    parts.retain(|part| !part.is_empty());
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blueprint;
    use crate::blueprint::overrides::Overrides;
    use crate::catalogue::Catalogue;

    fn drawn(services: &[&str], via: &[&str]) -> String {
        let given = Overrides {
            name: Some("shop".into()),
            services: services.iter().map(|it| it.parse().unwrap()).collect(),
            via: via.iter().map(|it| it.parse().unwrap()).collect(),
            ..Overrides::default()
        };
        let catalogue = Catalogue::built_in().unwrap();
        drawing(&blueprint::compose(None, &given, catalogue).unwrap())
    }

    #[test]
    fn services_hang_below_the_gateway_that_reaches_them() {
        let shown = drawn(
            &["vision:inference", "trends:analytics"],
            &["vision=rest", "trends=rabbitmq"],
        );
        assert_eq!(
            shown,
            "
shop
  gateway  fastify, websocket, sse
  ├─ rest ───── vision  inference, fastapi
  └─ rabbitmq ─ trends  analytics, sqlite, fastapi
  deployed with compose"
        );
    }
}
