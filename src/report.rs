//! The only place that prints. Styles are here and nowhere else; without colour everything reads the same.

use std::cell::{Cell, OnceCell};
use std::collections::BTreeSet;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::changes::{Action, Change, ChangeSet};
use crate::contract::compatibility as contract;
use crate::doctor::{self, Check};
use crate::document::finding::{BlueprintErrors, Place};
use crate::error::Error;
use crate::render::json::pretty;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();
const DONE: Style = AnsiColor::Green.on_default().bold();

/// Prints results to stdout, and everything about the work to stderr.
#[derive(Debug, Default)]
pub struct Report {
    /// Why a result could not be printed, the first time.
    unprinted: OnceCell<io::Error>,
    /// Something is on stdout already.
    has_result: Cell<bool>,
}

impl Report {
    /// A result, as it is.
    pub fn result(&self, text: &str) {
        self.has_result.set(true);
        let mut out = anstream::stdout().lock();
        let end = if text.ends_with('\n') { "" } else { "\n" };
        let printed = write!(out, "{text}{end}").and_then(|()| out.flush());
        // A closed pipe (`hybridge list | head`) is not an error of ours.
        if let Err(error) = printed
            && error.kind() != io::ErrorKind::BrokenPipe
        {
            let _ = self.unprinted.set(error);
        }
    }

    /// Nothing more is printed.
    ///
    /// # Errors
    /// [`Error::Unprinted`] when a result could not be printed.
    pub fn end(&mut self) -> Result<(), Error> {
        match self.unprinted.take() {
            Some(source) => Err(Error::Unprinted { source }),
            None => Ok(()),
        }
    }

    /// A heading with its rows: a name and what it says, aligned.
    pub fn table(&self, heading: &str, rows: &[(String, String)]) {
        let width = rows
            .iter()
            .map(|(name, _)| name.chars().count())
            .max()
            .unwrap_or(0);
        let mut text = format!("{BOLD}{heading}{BOLD:#}\n");
        for (name, rest) in rows {
            text.push_str(&format!("  {name:width$}  {DIM}{rest}{DIM:#}\n"));
        }
        self.result(&text);
    }

    /// Files as a tree of folders, each with its size in bytes. The paths are sorted and have `/`.
    pub fn tree<'f>(&self, root: &str, files: impl Iterator<Item = (&'f str, usize)>) {
        let mut text = format!("{BOLD}{root}/{BOLD:#}\n");
        let mut open: Vec<&str> = Vec::new();
        let (mut count, mut total) = (0, 0);
        for (path, bytes) in files {
            let mut folders: Vec<&str> = path.split('/').collect();
            let name = folders.pop().unwrap_or(path);
            let shared = open
                .iter()
                .zip(&folders)
                .take_while(|(a, b)| a == b)
                .count();
            for (depth, folder) in folders.iter().enumerate().skip(shared) {
                text.push_str(&format!(
                    "{:indent$}{BOLD}{folder}/{BOLD:#}\n",
                    "",
                    indent = 2 * (depth + 1)
                ));
            }
            let indent = 2 * (folders.len() + 1);
            text.push_str(&format!("{:indent$}{name} {DIM}{bytes}{DIM:#}\n", ""));
            open = folders;
            count += 1;
            total += bytes;
        }
        text.push_str(&format!("{count} files, {total} bytes\n"));
        self.result(&text);
    }

    /// What is to be done to a folder, by component, and why.
    pub fn changes(&self, changes: &ChangeSet, json: bool) {
        if json {
            let value = serde_json::to_value(changes).expect("plain data with string keys");
            return self.value(&value);
        }
        if changes.is_empty() {
            return self.result("nothing to do");
        }
        let mut text = String::new();
        for (component, entries) in changes.by_component() {
            text.push_str(&format!("{BOLD}{component}{BOLD:#}\n"));
            for (path, change) in entries {
                text.push_str(&format!("  {}\n", entry(path, change)));
            }
        }
        self.result(&text);
    }

    /// What is done to a folder, by component, as lines about the work. Files that stay as they are are left out,
    /// and what hybridge keeps for itself, unless that is all that changes.
    pub fn summary(&self, changes: &ChangeSet) {
        let told: BTreeSet<&str> = changes.told().into_iter().map(|(path, _)| path).collect();
        let is_told = |path: &str| !path.starts_with(".hybridge/") || told.contains(path);
        for (component, entries) in changes.by_component() {
            let shown = entries.iter().filter(|(path, change)| match change.action {
                Action::Keep => change.reason.is_to_say(),
                _ => is_told(path),
            });
            let lines: Vec<String> = shown.map(|(path, change)| entry(path, change)).collect();
            if !lines.is_empty() {
                self.lines(component, &lines);
            }
        }
    }

    /// What clients of a contract notice, the worst first: where, what it breaks, and how it is done in two steps.
    pub fn contract(&self, changes: &[contract::Change]) {
        for (severity, heading) in [
            (
                contract::Severity::Breaking,
                "Breaking changes of the contract:",
            ),
            (
                contract::Severity::Dangerous,
                "Changes of the contract that clients may notice:",
            ),
        ] {
            let those = changes.iter().filter(|it| it.severity == severity);
            let lines: Vec<String> = those.flat_map(noticed).collect();
            if !lines.is_empty() {
                self.lines(heading, &lines);
            }
        }
    }

    /// What a doctor found, with what mends it.
    pub fn checkup(&self, checks: &[Check]) {
        let mut text = String::new();
        let told = |check: &&Check| !(check.fine.is_empty() && check.findings.is_empty());
        for check in checks.iter().filter(told) {
            text.push_str(&format!("{BOLD}{}{BOLD:#}\n", check.name));
            for fine in &check.fine {
                text.push_str(&format!("  {DONE}ok{DONE:#}       {fine}\n"));
            }
            for finding in &check.findings {
                let mark = match finding.severity() {
                    doctor::Severity::Error => format!("{ERROR}error{ERROR:#}  "),
                    doctor::Severity::Warning => format!("{HINT}warning{HINT:#}"),
                };
                text.push_str(&format!("  {mark}  {finding}\n"));
                text.push_str(&format!("           mend: {}\n", finding.mend()));
            }
        }
        self.result(&text);
    }

    /// One line about what has been done.
    pub fn done(&self, text: &str) {
        self.line(&format!("{DONE}done{DONE:#}: {}", on_one_line(text)));
    }

    /// One line about what could not be done but does not stop the work.
    pub fn note(&self, text: &str) {
        self.line(&format!("{HINT}note{HINT:#}: {}", on_one_line(text)));
    }

    /// Files of a person that stood in the way of a run that was interrupted, and where each is now.
    pub fn set_aside(&self, files: &[(String, String)]) {
        for (path, aside) in files {
            self.note(&format!("`{path}`, as you saved it, is `{aside}` now"));
        }
    }

    /// Lines to read on stderr, indented.
    pub fn lines(&self, heading: &str, lines: &[String]) {
        self.line(&format!("{BOLD}{heading}{BOLD:#}"));
        for line in lines {
            self.line(&format!("  {line}"));
        }
    }

    /// A line that turns while work is under way, and is gone afterwards; plain text without a terminal.
    pub fn progress(&self, text: String) -> Progress {
        let bar = ProgressBar::new_spinner();
        if bar.is_hidden() {
            self.line(&text);
        }
        bar.set_style(
            ProgressStyle::with_template("{spinner} {msg} ({elapsed})")
                .expect("a constant template"),
        );
        bar.set_message(text);
        bar.enable_steady_tick(std::time::Duration::from_millis(100));
        Progress(bar)
    }

    /// As [`Report::progress`], where a person looks on; silent otherwise.
    pub fn quiet_progress(&self, text: &str) -> Option<Progress> {
        let is_seen = console::Term::stderr().is_term();
        is_seen.then(|| self.progress(text.to_owned()))
    }

    /// A result for programs.
    pub fn value(&self, value: &Value) {
        self.result(&pretty(value, 0, 0));
    }

    /// The error that ends a command, as the value that a program reads in place of a result. Where a command has
    /// printed its result already, that says what is wrong, and stays the only value.
    pub fn error_value(&self, error: &Error) {
        if !self.has_result.get() {
            self.value(&json!({ "findings": error.to_json() }));
        }
    }

    /// As [`Report::error_value`], for a command line that is not understood.
    pub fn usage_value(&self, error: &clap::Error) {
        let text = error.to_string();
        let paragraph = text.split("\n\n").next().unwrap_or_default();
        let words: Vec<&str> = paragraph.split_whitespace().collect();
        let what = words.join(" ");
        let what = what.strip_prefix("error: ").unwrap_or(&what);
        let instead = "`--help` shows what there is";
        self.value(&json!({ "findings": [{ "code": "usage", "what": what, "instead": instead }] }));
    }

    /// The error that ends a command.
    pub fn error(&self, error: &Error) {
        if let Error::Blueprint(errors) = error {
            return self.findings(errors);
        }
        self.line(&format!("{ERROR}error{ERROR:#}: {error}"));
        if let Some(hint) = error.hint() {
            self.line(&format!("{HINT}hint{HINT:#}: {hint}"));
        }
    }

    fn findings(&self, errors: &BlueprintErrors) {
        for finding in &errors.findings {
            let place = match finding.place {
                Place::Text { .. } => format!("{}:{}: ", errors.source_name, finding.place),
                Place::Flag(flag) => format!("{flag}: "),
            };
            self.line(&format!(
                "{ERROR}error{ERROR:#}: {BOLD}{place}{BOLD:#}{}",
                finding.mistake
            ));
            if let Some(excerpt) = errors.excerpt(finding) {
                self.line(&excerpt.styled());
            }
            if let Some(hint) = finding.mistake.instead() {
                self.line(&format!("{HINT}hint{HINT:#}: {hint}"));
            }
        }
        let count = errors.findings.len();
        if count > 1 {
            self.line(&format!("{count} errors"));
        }
    }

    fn line(&self, text: &str) {
        let _ = writeln!(anstream::stderr().lock(), "{text}");
    }
}

fn noticed(change: &contract::Change) -> Vec<String> {
    let mut lines = vec![change.to_string()];
    let verb = match change.is_breaking() {
        true => "breaks",
        false => "reaches",
    };
    lines.extend(change.breaks.iter().map(|who| format!("  {verb} {who}")));
    match change.steps.as_slice() {
        [only] => lines.push(format!("  {DIM}{only}{DIM:#}")),
        steps => lines.extend(
            steps
                .iter()
                .zip(1..)
                .map(|(step, number)| format!("  {DIM}{number}. {step}{DIM:#}")),
        ),
    }
    lines
}

fn entry(path: &str, change: &Change) -> String {
    let (action, reason) = (change.action.to_string(), change.reason);
    let path = match &change.action {
        Action::Move { from } => format!("{from} -> {path}"),
        _ => path.to_owned(),
    };
    format!("{action:8} {path} {DIM}({reason}){DIM:#}")
}

/// A path may have anything in its name, also what moves the cursor of a terminal.
fn on_one_line(text: &str) -> String {
    let shown = |c: char| match c.is_control() {
        true => c.escape_debug().to_string(),
        false => c.to_string(),
    };
    text.chars().map(shown).collect()
}

/// Ends its line when dropped.
#[derive(Debug)]
pub struct Progress(ProgressBar);

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Ends what a cancelled prompt left open: the cursor is shown again.
pub fn restore_terminal() {
    let term = console::Term::stderr();
    if term.is_term() {
        let _ = term.show_cursor();
    }
}
