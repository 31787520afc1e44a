//! The ports of the components: whether each can be listened on.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};

use super::settings::Settings;
use super::{Check, Finding};
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
            let variable = variable.clone();
            check.find(Finding::NotAPort { variable, text });
            continue;
        };
        match listen(number) {
            Ok(_) => check.fine(format!("{number} for {component}")),
            Err(error) => {
                let is_in_use = error.kind() == ErrorKind::AddrInUse;
                let free = listen(0).and_then(|it| it.local_addr());
                check.find(Finding::PortTaken {
                    port: number,
                    component: component.clone(),
                    variable: variable.clone(),
                    why: (!is_in_use).then(|| error.to_string()),
                    free: free.ok().map(|it| it.port()),
                });
            }
        }
    }
    check
}

fn listen(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
}
