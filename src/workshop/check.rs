//! Everything that is wrong with a pack, as far as the systems of the matrix show.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use glob::Pattern;
use serde_json::Value;

use super::finding::{EJECTED, Finding, Folder, Use};
use super::test::TESTS;
use super::{eject, matrix, syntax};
use crate::blueprint::overrides::Overrides;
use crate::catalogue::Catalogue;
use crate::document::Document;
use crate::document::source::Source;
use crate::error::Error;
use crate::generate::draft;
use crate::pack::Pack;
use crate::pack::folder::TEMPLATES;
use crate::pack::manifest::places_of_moved;
use crate::packs::active::{ActivePacks, Wanted, load};
use crate::packs::lock::Lock;
use crate::plan::record::Record;
use crate::render::engine::SOURCE_HEADER;
use crate::suggest::nearest;
use crate::template::files::TemplateFiles;
use crate::template::includes::{self, BLOCKS, PARTIALS};
use crate::template::module::{MANIFEST, VERSIONS};
use crate::template::scan;

/// What was found, and in how many systems it was looked for.
#[derive(Debug)]
pub struct Checked {
    pub systems: usize,
    pub findings: Vec<Finding>,
    /// Folders that are no part of the pack, sorted.
    pub ignored: Vec<String>,
}

/// What the systems of the matrix had so far.
#[derive(Debug, Default)]
struct Seen {
    /// Templates that were rendered, with all that they include.
    used: BTreeSet<String>,
    /// Names of variables.
    names: BTreeSet<String>,
    /// Paths and contents that were judged.
    judged: BTreeSet<(String, Vec<u8>)>,
}

/// Judges the pack in `folder`.
///
/// # Errors
/// What keeps it from being read at all.
pub fn check(folder: &Path) -> Result<Checked, Error> {
    let wanted = Wanted::of_flags(&[folder.display().to_string()], Path::new(""));
    let active = ActivePacks::new(load(&wanted, &Lock::default())?)?;
    let catalogue: &Catalogue = &active;
    let pack = &catalogue.packs()[0];
    let mut findings = Vec::new();
    let mut seen = Seen::default();
    let pages = matrix::pages(catalogue);
    for (number, text) in pages.iter().enumerate() {
        let mut overrides = answers(pack, number);
        active.name_packs(&mut overrides, Path::new(""));
        match render(text, &overrides, catalogue, &mut seen) {
            Ok(broken) => findings.extend(broken),
            // Options that do not stand together are no fault.
            Err(Error::Unmet { .. } | Error::Conflict { .. }) => {}
            Err(error) => findings.push(Finding::Unusable(error)),
        }
    }
    findings.sort_by_cached_key(Finding::to_string);
    findings.dedup_by_key(|finding| finding.to_string());
    findings.extend(unused(pack, catalogue, &seen.used));
    findings.extend(unknown_variables(pack, &seen.names));
    findings.extend(removes_nothing(pack));
    findings.extend(misled(pack));
    let beside = beside(folder);
    findings.extend(misplaced(&beside));
    findings.extend(eject::changed(folder));
    Ok(Checked {
        systems: pages.len(),
        findings,
        ignored: beside,
    })
}

/// Answers to the prompts that differ from system to system.
fn answers(pack: &Pack, number: usize) -> Overrides {
    use crate::question::prompt::{Choice, Kind};
    let mut overrides = Overrides::default();
    for (key, prompt) in &pack.manifest.prompts {
        let value = match prompt.kind {
            Kind::Choice => Value::from(
                prompt
                    .choices
                    .get(number % prompt.choices.len())
                    .map(Choice::value),
            ),
            Kind::Confirm => Value::from(number.is_multiple_of(2)),
            _ => prompt.default(),
        };
        overrides
            .answers
            .push((pack.id.name.clone(), key.clone(), value));
    }
    overrides
}

/// Renders a system. Gives back which of its files are not what their names say.
fn render(
    text: &str,
    overrides: &Overrides,
    catalogue: &Catalogue,
    seen: &mut Seen,
) -> Result<Vec<Finding>, Error> {
    let source = Source {
        name: "matrix".to_owned(),
        text: text.to_owned(),
    };
    let draft = draft(
        Some(&Document::parse(source)?),
        overrides,
        catalogue,
        &Record::default(),
    )?;
    let mut templates = BTreeMap::new();
    for (path, file) in draft.plan.files() {
        templates.insert(path.clone(), file.template.clone());
        mark(&file.template, catalogue.files(), &mut seen.used);
        if let Some(context) = &file.context {
            keys(context.data(), &mut seen.names);
        }
    }
    let mut broken = Vec::new();
    for (path, file) in draft.render(None)?.tree {
        if let Some(template) = templates.get(&path)
            && let Err(why) = syntax::check(&path, &file.bytes)
            && seen.judged.insert((path.clone(), file.bytes))
        {
            broken.push(Finding::Broken {
                template: template.clone(),
                path,
                why,
            });
        }
    }
    Ok(broken)
}

/// A template and all that it includes is used.
fn mark(template: &str, files: &TemplateFiles, used: &mut BTreeSet<String>) {
    if !used.insert(template.to_owned()) || !template.ends_with(".hbs") {
        return;
    }
    let facts = scan::read(files.text(template).unwrap_or_default(), true).unwrap_or_default();
    for (included, _) in includes::of(&facts, files) {
        mark(&included, files, used);
    }
}

/// Every key at any depth.
fn keys(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if !names.contains(key) {
                    names.insert(key.clone());
                }
                keys(value, names);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| keys(item, names)),
        _ => {}
    }
}

/// Files that no system has a use for: most of all misspelt paths.
fn unused(pack: &Pack, catalogue: &Catalogue, used: &BTreeSet<String>) -> Vec<Finding> {
    let files = catalogue.files();
    let known: Vec<String> = TemplateFiles::built_in()
        .paths()
        .map(str::to_owned)
        .collect();
    let blocks = all_blocks(files);
    let mut found = Vec::new();
    for (path, _) in pack.content.templates() {
        let name = path.rsplit('/').next().unwrap_or(path);
        let is_read = used.contains(path)
            || path == VERSIONS
            || path == format!("{BLOCKS}{SOURCE_HEADER}.hbs")
            || (matches!(name, "contract.yaml" | "openapi.yaml" | "asyncapi.yaml")
                && files.get(&path.replace(name, MANIFEST)).is_some());
        let is_module = name == MANIFEST
            && (known.iter().any(|it| it == path)
                || used
                    .iter()
                    .any(|it| it.starts_with(path.trim_end_matches(MANIFEST))));
        if is_read || is_module {
            continue;
        }
        let near = |word: &str, words: &[String]| {
            let nearest = nearest(word, words.iter().map(String::as_str));
            nearest.map(|it| Use::Nearest(it.to_owned()))
        };
        let meant = if let Some(block) = path.strip_prefix(BLOCKS) {
            let block = block.trim_end_matches(".hbs");
            near(block, &blocks).unwrap_or_else(|| Use::Block(blocks.clone()))
        } else if path.starts_with(PARTIALS) {
            Use::Partial
        } else {
            near(path, &known).unwrap_or(Use::Template)
        };
        found.push(Finding::Unused {
            path: path.to_owned(),
            meant,
        });
    }
    found
}

/// The names of all blocks that some template has, sorted, and the head of source files.
pub fn all_blocks(files: &TemplateFiles) -> Vec<String> {
    let mut names = BTreeSet::from([SOURCE_HEADER.to_owned()]);
    for path in files.paths().filter(|path| path.ends_with(".hbs")) {
        let facts = scan::read(files.text(path).unwrap_or_default(), true).unwrap_or_default();
        names.extend(facts.blocks.into_iter().map(|(name, _)| name));
    }
    names.into_iter().collect()
}

/// What stands in `{{#if ...}}` alone is not noticed when it is rendered.
fn unknown_variables(pack: &Pack, names: &BTreeSet<String>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (path, file) in pack
        .content
        .templates()
        .filter(|(path, _)| path.ends_with(".hbs"))
    {
        let text = std::str::from_utf8(&file.bytes).unwrap_or_default();
        let facts = scan::read_all(text);
        for variable in facts.variables {
            let own = ["default", "length"];
            let unknown = variable
                .split('.')
                .find(|segment| !names.contains(*segment) && !own.contains(segment));
            if let Some(unknown) = unknown.filter(|it| it.parse::<usize>().is_err()) {
                let (line, _) = text
                    .find(&variable)
                    .map_or((1, 1), |at| scan::place(text, at));
                found.push(Finding::UnknownVariable {
                    path: path.to_owned(),
                    line,
                    nearest: nearest(unknown, names.iter().map(String::as_str)).map(str::to_owned),
                    variable,
                });
            }
        }
    }
    found
}

/// Folders of a pack that hybridge reads or writes.
const OWN: [&str; 3] = [TEMPLATES, TESTS, EJECTED];

/// Folders beside `templates/`. Those of the pack's own tests, of what was ejected and of git are where they belong.
fn beside(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && !OWN.contains(&name.as_str()))
        .collect();
    names.sort();
    names
}

/// Those that are called as what stands in `templates/`, or nearly so itself.
fn misplaced(beside: &[String]) -> Vec<Finding> {
    let files = TemplateFiles::built_in();
    let known: BTreeSet<&str> = files
        .paths()
        .filter_map(|path| Some(path.split_once('/')?.0))
        .chain([BLOCKS, PARTIALS].map(|folder| folder.trim_end_matches('/')))
        .collect();
    let told = |name: &String| {
        let meant = match known.contains(name.as_str()) {
            true => Folder::Below(name.clone()),
            false => nearest(name, [TEMPLATES]).map(|_| Folder::Templates)?,
        };
        Some(Finding::Misplaced {
            folder: name.clone(),
            meant,
        })
    };
    beside.iter().filter_map(told).collect()
}

/// Entries of `moved` that are not what the pack has.
fn misled(pack: &Pack) -> Vec<Finding> {
    let text = pack.content.manifest_text().unwrap_or_default();
    let own: BTreeSet<&str> = pack.content.templates().map(|(path, _)| path).collect();
    let moved = &pack.manifest.moved;
    let mut found = Vec::new();
    for (from, to) in moved {
        let lines = places_of_moved(text, from).map(|places| places.map(|(line, _)| line));
        let [line, target_line] = lines.unwrap_or([1, 1]);
        if own.contains(from.as_str()) {
            let path = from.clone();
            found.push(Finding::NotMoved { path, line });
        }
        if !own.contains(to.as_str()) && !moved.contains_key(to) {
            found.push(Finding::MovedNowhere {
                path: to.clone(),
                line: target_line,
                nearest: nearest(to, own.iter().copied()).map(str::to_owned),
            });
        }
    }
    found
}

fn removes_nothing(pack: &Pack) -> Vec<Finding> {
    let files = TemplateFiles::built_in();
    let own: Vec<&str> = pack.content.templates().map(|(path, _)| path).collect();
    let globs = pack.manifest.remove.iter();
    globs
        .filter(|remove| {
            Pattern::new(remove.path()).is_ok_and(|glob| {
                !files
                    .paths()
                    .chain(own.iter().copied())
                    .any(|path| glob.matches(path))
            })
        })
        .map(|remove| Finding::RemovesNothing {
            glob: remove.path().to_owned(),
        })
        .collect()
}
