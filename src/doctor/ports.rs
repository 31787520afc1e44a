//! The ports of the components: whether each can be listened on.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};

use super::Check;
use super::settings::Settings;
use crate::plan::needs::NeededPort;

pub fn check(ports: &[NeededPort], settings: &Settings) -> Check {
    let mut check = Check::new("ports");
    for port in ports {
        let NeededPort {
            component,
            variable,
            usual,
        } = port;
        let text = settings.get(variable, &usual.to_string());
        let Ok(number) = text.parse::<u16>() else {
            let what = format!("`{variable}` is no port: `{text}`");
            check.error(what, format!("set `{variable}` in `.env` to a number"));
            continue;
        };
        match listen(number) {
            Ok(_) => check.fine(format!("{number} for {component}")),
            Err(error) => {
                let why = match error.kind() {
                    ErrorKind::AddrInUse => {
                        "is taken, by this system or by another program".to_owned()
                    }
                    _ => format!("cannot be listened on: {error}"),
                };
                let free = listen(0).and_then(|it| it.local_addr());
                let mend = match free.map(|it| it.port()) {
                    Ok(free) => format!("echo {variable}={free} >>.env"),
                    Err(_) => format!("set `{variable}` in `.env` to another one"),
                };
                let what = format!("port {number} of {component} {why}");
                check.error(what, mend);
            }
        }
    }
    check
}

fn listen(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
}
