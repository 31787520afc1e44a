//! Brokers and stores: whether each answers where the settings say, by the rule of `make dev`.

use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use fluent_uri::Uri;

use super::settings::Settings;
use super::{Check, Finding};
use crate::plan::needs::BackingService;

const CONNECT: Duration = Duration::from_secs(2);

pub fn check(services: &[BackingService], settings: &Settings) -> Check {
    let mut check = Check::new("backing services");
    for service in services {
        let BackingService {
            name,
            variable,
            usual,
            start,
        } = service;
        let text = settings.get(variable, usual);
        let Some(addresses) = addresses(&text) else {
            let variable = variable.clone();
            check.find(Finding::NotAnAddress { variable });
            continue;
        };
        let places: Vec<String> = addresses
            .iter()
            .map(|(host, port)| format!("{host}:{port}"))
            .collect();
        // One of several is enough: from it a client learns of the others.
        match addresses.iter().any(|(host, port)| answers(host, *port)) {
            true => check.fine(format!("{name} at {}", places.join(", "))),
            false => check.find(Finding::NoAnswer {
                service: name.clone(),
                places,
                variable: variable.clone(),
                start: start.clone(),
            }),
        }
    }
    check
}

/// Host and port of each of them; `None` when one has none. What stands before the host is a secret.
fn addresses(text: &str) -> Option<Vec<(String, u16)>> {
    text.split(',').map(|part| address(part.trim())).collect()
}

fn address(text: &str) -> Option<(String, u16)> {
    let url = match text.contains("://") {
        true => text.to_owned(),
        false => format!("tcp://{text}"),
    };
    let url = Uri::parse(url.as_str()).ok()?;
    let authority = url.authority()?;
    let port = authority.port_to_u16().ok()??;
    let host = authority.host().trim_matches(['[', ']']);
    (!host.is_empty()).then(|| (host.to_owned(), port))
}

fn answers(host: &str, port: u16) -> bool {
    let Ok(mut found) = (host, port).to_socket_addrs() else {
        return false;
    };
    found.any(|address| TcpStream::connect_timeout(&address, CONNECT).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_url_or_host_and_port() {
        let one = |host: &str, port| Some(vec![(host.to_owned(), port)]);
        assert_eq!(addresses("127.0.0.1:9092"), one("127.0.0.1", 9092));
        assert_eq!(addresses("[::1]:9092"), one("::1", 9092));
        assert_eq!(
            addresses("amqp://me:a%2Fb@rabbit:5672/shop"),
            one("rabbit", 5672)
        );
        assert_eq!(
            addresses("one:1, two:2"),
            Some(vec![("one".into(), 1), ("two".into(), 2)])
        );
        for text in ["", "rabbit", "amqp://rabbit", "one:1,two", "one:99999"] {
            assert_eq!(addresses(text), None, "{text}");
        }
    }
}
