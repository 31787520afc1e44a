//! The packs that a command works with: read, and looked at by a person where that is due.

use std::path::{Path, PathBuf};

use crate::blueprint;
use crate::blueprint::packs::Named;
use crate::cli::PackArgs;
use crate::document::Document;
use crate::document::source;
use crate::error::Error;
use crate::fault::Fault;
use crate::generate::BLUEPRINT;
use crate::pack::Pack;
use crate::packs::active::{self, ActivePacks, Wanted};
use crate::packs::config::Config;
use crate::packs::lock::{LOCK, Lock};
use crate::packs::trust::{self, Trusted};
use crate::prompt::Prompter;
use crate::prompt::terminal::Terminal;
use crate::report::Report;

/// The packs of the configuration, of a page and of the command line.
///
/// # Errors
/// Whatever is wrong with one of them.
pub fn of_new(
    page: Option<&Document>,
    args: &PackArgs,
    report: &Report,
) -> Result<ActivePacks, Error> {
    let config = Config::read()?;
    let base = Config::path()
        .ok()
        .and_then(|path| path.parent().map(Path::to_owned));
    let mut wanted = Wanted::of_flags(&config.packs, &base.unwrap_or_default());
    collect(&mut wanted, page, args, report)
}

/// The packs of a page as they are now, whatever was recorded of them.
///
/// # Errors
/// Whatever is wrong with one of them.
pub fn as_they_are(
    page: &Document,
    trust: &[String],
    report: &Report,
) -> Result<ActivePacks, Error> {
    let wanted = Wanted::of_page(blueprint::packs::named(page), &folder(page));
    agreed(&wanted, &Lock::default(), trust, report)
}

/// The packs of a page and of the command line.
///
/// # Errors
/// Whatever is wrong with one of them.
pub fn of_page(page: &Document, args: &PackArgs, report: &Report) -> Result<ActivePacks, Error> {
    collect(&mut Vec::new(), Some(page), args, report)
}

/// The packs of the project that the current folder is; outside of one, those of the configuration.
///
/// # Errors
/// Whatever is wrong with one of them.
pub fn of_here(args: &PackArgs, report: &Report) -> Result<ActivePacks, Error> {
    if Path::new(BLUEPRINT).is_file() {
        return of_page(&read(BLUEPRINT)?, args, report);
    }
    of_new(None, args, report)
}

/// The document at a path, or of standard input when the path is `-`.
///
/// # Errors
/// What keeps it from being read or parsed at all.
pub fn read(path: &str) -> Result<Document, Error> {
    Ok(Document::parse(source::read(path)?)?)
}

/// The folder in which a page stands.
pub fn folder(page: &Document) -> PathBuf {
    let path = Path::new(page.name());
    match path.is_file() {
        true => path.parent().map(Path::to_owned).unwrap_or_default(),
        // Standard input.
        false => PathBuf::new(),
    }
}

fn collect(
    wanted: &mut Vec<Wanted>,
    page: Option<&Document>,
    args: &PackArgs,
    report: &Report,
) -> Result<ActivePacks, Error> {
    let mut lock = Lock::default();
    if let Some(page) = page {
        let folder = folder(page);
        lock = Lock::read(&folder)?;
        let named = blueprint::packs::named(page);
        for named in &named {
            tell_moved(named, &lock, report);
        }
        wanted.extend(Wanted::of_page(named, &folder));
    }
    wanted.extend(Wanted::of_flags(&args.packs, Path::new("")));
    agreed(wanted, &lock, &args.trust, report)
}

/// Reads packs, and asks about those from elsewhere.
fn agreed(
    wanted: &[Wanted],
    lock: &Lock,
    trust: &[String],
    report: &Report,
) -> Result<ActivePacks, Error> {
    let loaded = active::load(wanted, lock)?;
    for one in loaded.iter().filter(|it| it.pack.is_foreign) {
        agree(&one.pack, trust, report)?;
    }
    ActivePacks::new(loaded)
}

/// A page that names another place than what is recorded is not held to the record.
fn tell_moved(named: &Named, lock: &Lock, report: &Report) {
    if let Some(locked) = lock.0.get(&named.name)
        && locked.from != named.from
    {
        report.note(&format!(
            "`{LOCK}` holds pack `{}` from `{}`, the blueprint names `{}`: `hybridge pack lock` records it",
            named.name, locked.from, named.from
        ));
    }
}

/// Shows what a pack from elsewhere would do that deserves a look, once for each content of it.
fn agree(pack: &Pack, flags: &[String], report: &Report) -> Result<(), Error> {
    let advisories = trust::advisories(pack);
    let mut trusted = Trusted::read();
    let digest = pack.content.digest();
    if advisories.is_empty() || trusted.holds(digest) {
        return Ok(());
    }
    let lines: Vec<String> = advisories
        .iter()
        .map(|it| format!("{}  {}", it.path, it.why))
        .collect();
    report.lines(
        &format!(
            "Pack `{}` from `{}` has files that deserve a look:",
            pack.id, pack.from
        ),
        &lines,
    );
    let is_named = flags.iter().any(|flag| match flag.split_once('@') {
        Some((name, hash)) => name == pack.id.name && hash.len() >= 12 && digest.starts_with(hash),
        None => *flag == pack.id.name,
    });
    if is_named {
        return Ok(trusted.add(pack)?);
    }
    if !Terminal::is_there() {
        return Err(Fault::Untrusted {
            pack: pack.id.to_string(),
            name: pack.id.name.clone(),
            digest: digest.to_owned(),
        }
        .into());
    }
    if !Terminal::new().confirm("Use it?", false)? {
        return Err(Error::Cancelled);
    }
    Ok(trusted.add(pack)?)
}
