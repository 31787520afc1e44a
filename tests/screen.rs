//! What a person sees of the prompts: the whole screen of a terminal, as it stands at the end.
#![cfg(unix)]

mod support;

use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use expectrl::process::unix::WaitStatus;
use expectrl::session::OsSession;
use expectrl::{Eof, Expect, Session};
use support::packs::folder;
use tempfile::TempDir;

/// Lines of the terminal, more than are ever written.
const LINES: u16 = 60;

fn size(number: u16) -> NonZero<u16> {
    NonZero::new(number).expect("no terminal is without a line")
}

/// A person at a terminal.
struct Person {
    session: OsSession,
    screen: vt100::Parser,
    /// Of the file for which the program waits.
    _ready: TempDir,
}

impl Person {
    /// Starts `hybridge new` on a terminal of so many columns, where no other program is installed.
    fn at(folder: &Path, columns: u16, arguments: &[&str]) -> Self {
        let program = support::command(folder, arguments);
        let folder_of_ready = TempDir::new().expect("a folder");
        let ready = folder_of_ready.path().join("ready");
        // The terminal has its size before the program looks.
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", r#"until [ -e "$0" ]; do :; done; exec "$@""#])
            .arg(&ready)
            .arg(program.get_program())
            .args(program.get_args())
            .current_dir(folder)
            .envs(
                program
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .env("TERM", "xterm-256color")
            .env("PATH", folder);
        let mut session = Session::spawn(command).expect("a pseudo-terminal");
        session
            .get_process_mut()
            .set_window_size(columns, LINES)
            .expect("its size");
        fs::write(ready, "").expect("the program begins");
        session.set_expect_timeout(Some(Duration::from_secs(20)));
        Self {
            session,
            screen: vt100::Parser::new(size(LINES), size(columns), 0),
            _ready: folder_of_ready,
        }
    }

    /// Presses keys where this is asked.
    fn answer(&mut self, question: &str, keys: &str) {
        let seen = self.session.expect(question);
        let seen = seen.unwrap_or_else(|error| panic!("`{question}`: {error}"));
        self.screen.process(seen.as_bytes());
        // It waits for a key when it has drawn itself.
        std::thread::sleep(Duration::from_millis(150));
        self.session.send(keys).expect("the prompt listens");
    }

    /// What stands on the screen when the program has ended with this code.
    fn sees(mut self, code: i32) -> String {
        let rest = self.session.expect(Eof).expect("the program ends");
        self.screen.process(rest.as_bytes());
        let status = self.session.get_process().wait().expect("a status");
        assert!(
            matches!(status, WaitStatus::Exited(_, found) if found == code),
            "{status:?}"
        );
        let screen = self.screen.screen();
        assert!(!screen.hide_cursor());
        screen.contents()
    }
}

#[test]
fn each_answer_stands_once_and_nothing_else_is_left() {
    let folder = folder();
    let mut person = Person::at(folder.path(), 80, &["new", "--no-git"]);
    person.answer("Name of the system", "shop\r");
    person.answer("Which Python services", "\r");
    person.answer("Name of the inference service", "eyes\r");
    // Back to a text, a choice of many and on again.
    person.answer("Name of the analytics service", "\x1b");
    person.answer("Name of the inference service", "\x1b");
    person.answer("Which Python services", "\r");
    person.answer("Name of the inference service", "My Eyes\r");
    person.answer("DNS label", "\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\r");
    person.answer("Name of the analytics service", "\r");
    person.answer("Another service", "n");
    person.answer("How does the gateway reach `vision`", "\r");
    person.answer("How does the gateway reach `trends`", "\x1b[B\r");
    person.answer("How do browsers receive events", "\r");
    person.answer("Which authentication do clients need", "\r");
    person.answer("What is it deployed with", "\r");
    // Back from the last look, and to it again.
    person.answer("Write it", "\x1b");
    person.answer("What is it deployed with", "\r");
    person.answer("Write it", "\r");
    let seen = person.sees(0);
    // How many files there are, and what is typed next, is told by other tests.
    let (seen, _) = seen.split_once("\nNext:").expect("what is next");
    let seen: Vec<&str> = seen
        .lines()
        .filter(|line| !line.starts_with("done: "))
        .collect();
    assert_eq!(
        seen.join("\n"),
        "\
✔ Name of the system · shop
✔ Which Python services? · Inference, Analytics
✔ Name of the inference service · vision
✔ Name of the analytics service · trends
✔ Another service? · no
✔ How does the gateway reach `vision`? · REST
✔ How does the gateway reach `trends`? · GraphQL
✔ How do browsers receive events? · WebSocket, Server-sent events
✔ Which authentication do clients need? · None
✔ What is it deployed with? · Docker Compose

shop
  gateway  fastify, websocket, sse
  ├─ rest ──── vision  inference, fastapi
  └─ graphql ─ trends  analytics, sqlite, fastapi
  deployed with compose
✔ Write it? · yes
note: no `packages/service-runtime/uv.lock`: `sh` is not installed
note: no `services/vision/uv.lock`: `sh` is not installed
note: no `services/trends/uv.lock`: `sh` is not installed
note: no `package-lock.json`: `uvx` is not installed
note: `make lock` makes what is missing; so does every task that needs it
The same without questions:
  hybridge new shop --yes --service gateway:gateway:fastify --service vision:inference:fastapi --service \
trends:analytics:fastapi --via 'vision=rest' --via 'trends=graphql' --realtime websocket,sse --auth none --target compose --no-git"
    );
}

#[test]
fn a_narrow_terminal_is_left_as_clean() {
    let folder = folder();
    let arguments = ["new", "shop", "--no-git", "--no-lock"];
    let mut person = Person::at(folder.path(), 56, &arguments);
    person.answer("Which Python services", "\r");
    person.answer("Name of the inference service", "\r");
    person.answer("Name of the analytics service", "\r");
    person.answer("Another service", "n");
    person.answer("How does the gateway reach `vision`", "\r");
    person.answer("How does the gateway reach `trends`", "\x1b[B\r");
    person.answer("How do browsers receive events", "\r");
    person.answer("Which authentication do clients need", "\r");
    person.answer("What is it deployed with", "\r");
    person.answer("Write it", "n");
    assert_eq!(
        person.sees(130),
        "\
✔ Which Python services? · Inference, Analytics
✔ Name of the inference service · vision
✔ Name of the analytics service · trends
✔ Another service? · no
✔ How does the gateway reach `vision`? · REST
✔ How does the gateway reach `trends`? · GraphQL
✔ How do browsers receive events? · WebSocket, Server-…
✔ Which authentication do clients need? · None
✔ What is it deployed with? · Docker Compose

shop
  gateway  fastify, websocket, sse
  ├─ rest ──── vision  inference, fastapi
  └─ graphql ─ trends  analytics, sqlite, fastapi
  deployed with compose
✔ Write it? · no
error: cancelled, nothing was written"
    );
}
