//! `hybridge pack`: packs are made and checked.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::blueprint;
use crate::blueprint::overrides::Overrides;
use crate::changes::ChangeSet;
use crate::cli::{
    PackCheckArgs, PackCommand, PackEjectArgs, PackLockArgs, PackNewArgs, PackTestArgs,
};
use crate::commands::packs;
use crate::disk::write_file;
use crate::error::Error;
use crate::error::kind::Checkup;
use crate::pack::manifest::check_name;
use crate::packs::lock::{LOCK, Lock};
use crate::project::state::{STATE, State};
use crate::project::transaction;
use crate::project::write::check_free;
use crate::report::Report;
use crate::tree::Tree;
use crate::workshop::finding::Finding;
use crate::workshop::{check, eject, starter, test};

pub fn run(command: PackCommand, report: &Report) -> Result<(), Error> {
    match command {
        PackCommand::New(args) => new(&args, report),
        PackCommand::Eject(args) => eject(&args, report),
        PackCommand::Check(args) => check(&args, report),
        PackCommand::Test(args) => test(&args, report),
        PackCommand::Lock(args) => lock(&args, report),
    }
}

fn new(args: &PackNewArgs, report: &Report) -> Result<(), Error> {
    check_name(&args.name).map_err(|error| Error::BadFlag {
        flag: "NAME",
        value: args.name.clone(),
        why: error.into(),
    })?;
    let folder = args
        .into
        .clone()
        .unwrap_or_else(|| args.name.clone().into());
    check_free(&folder)?;
    for (path, text) in starter::files(&args.name) {
        write_file(&folder.join(&path), text.as_bytes())?;
    }
    for case in test::cases(&folder)? {
        test::record(&case, &test::render(&folder, &case)?)?;
    }
    let shown = folder.display();
    report.done(&format!("pack `{}` in `{shown}`", args.name));
    let lines = [
        format!("hybridge pack check {shown}"),
        format!("hybridge pack test {shown}"),
        format!("hybridge new shop --pack {shown}"),
    ];
    report.lines("Next:", &lines);
    Ok(())
}

fn eject(args: &PackEjectArgs, report: &Report) -> Result<(), Error> {
    let path = eject::eject(&args.into, args.path.trim_start_matches("templates/"))?;
    report.done(&format!(
        "`{}` is yours",
        args.into.join("templates").join(path).display()
    ));
    Ok(())
}

fn check(args: &PackCheckArgs, report: &Report) -> Result<(), Error> {
    let checked = check::check(&args.folder)?;
    if args.json {
        let findings: Vec<Value> = checked.findings.iter().flat_map(Finding::to_json).collect();
        report.value(&json!({ "systems": checked.systems, "findings": findings }));
        return ended(Checkup::Pack(args.folder.clone()), findings.len());
    }
    let findings = checked.findings.iter().map(Finding::to_text).collect();
    let subject = Checkup::Pack(args.folder.clone());
    tell(&args.folder, subject, findings, report, || {
        format!("nothing is wrong with it in {} systems", checked.systems)
    })?;
    if !checked.ignored.is_empty() {
        let folders: Vec<String> = checked
            .ignored
            .iter()
            .map(|it| format!("`{it}/`"))
            .collect();
        let folders = folders.join(", ");
        report.note(&format!(
            "no part of the pack, which is `pack.yaml` and `templates/`: {folders}"
        ));
    }
    Ok(())
}

fn test(args: &PackTestArgs, report: &Report) -> Result<(), Error> {
    let cases = test::cases(&args.folder)?;
    let mut findings = Vec::new();
    let mut files = 0;
    for case in &cases {
        let written = test::render(&args.folder, case)?;
        files += written.len();
        if args.record {
            test::record(case, &written)?;
            continue;
        }
        let name = case.file_name().unwrap_or_default().to_string_lossy();
        findings.extend(
            test::compare(case, &written)
                .into_iter()
                .map(|it| format!("{name}: {it}")),
        );
    }
    let word = if args.record {
        "recorded"
    } else {
        "as recorded"
    };
    let subject = Checkup::PackTests(args.folder.clone());
    tell(&args.folder, subject, findings, report, || {
        format!("{} systems, {files} files {word}", cases.len())
    })
}

fn lock(args: &PackLockArgs, report: &Report) -> Result<(), Error> {
    let page = packs::read(&args.file)?;
    let active = packs::as_they_are(&page, &args.trust, report)?;
    let blueprint = blueprint::compose(Some(&page), &Overrides::default(), &active)?;
    let file = Lock::of(active.packs(), &blueprint).to_file();
    let folder = match packs::folder(&page) {
        folder if folder.as_os_str().is_empty() => PathBuf::from("."),
        folder => folder,
    };
    if !args.dry_run {
        transaction::recover(&folder)?;
    }
    let mut files = Tree::new();
    if let Some(mut state) = State::find(&folder)? {
        state.record(LOCK, &file);
        files.insert(STATE.into(), state.to_file());
    }
    files.insert(LOCK.into(), file);
    let disk = transaction::read(&folder, files.keys().map(String::as_str))?;
    let changes = ChangeSet::of_record(&files, &disk);
    if args.dry_run {
        report.changes(&changes, args.json);
        return Ok(());
    }
    transaction::execute(&folder, &changes)?;
    for pack in active.packs() {
        report.done(&format!("`{}` from `{}` is recorded", pack.id, pack.from));
    }
    Ok(())
}

fn tell(
    folder: &Path,
    check: Checkup,
    findings: Vec<String>,
    report: &Report,
    done: impl Fn() -> String,
) -> Result<(), Error> {
    if findings.is_empty() {
        report.done(&format!("`{}`: {}", folder.display(), done()));
        return Ok(());
    }
    for finding in &findings {
        report.result(finding);
    }
    ended(check, findings.len())
}

/// An error when there is a finding.
fn ended(check: Checkup, count: usize) -> Result<(), Error> {
    match count {
        0 => Ok(()),
        count => Err(Error::Findings { check, count }),
    }
}
