//! Packs that want to do harm, or are broken: each is refused before anything is written.

mod support;

use std::fs;
use std::io::Write;
use std::path::Path;

use proptest::prelude::*;
use support::packs::{PACK, git, in_force, refused, render, text, write};

// Every advisory that copier has published, each played against a pack: GHSA-3xw7-v6cj-5q8h, GHSA-p7q8-grrj-3m8w,
// GHSA-xjhm-gp88-8pfx, GHSA-4fqp-r85r-hxqh, GHSA-85v3-4m8g-hrh6, GHSA-hgjq-p8cr-gg4h, GHSA-9gmc-jqmh-3rvm, and what the
// notes of its releases 9.17 and 9.18 list under security.

/// copier, GHSA-3xw7-v6cj-5q8h (CVE-2025-55201), and "sandbox escape through path and settings objects" (9.17.1):
/// what a template sees has methods that read and write files. Here it is plain data, and helpers make texts.
#[test]
fn a_template_sees_plain_data_and_no_way_to_a_file() {
    for template in [
        "{{system.name.read_text}}",
        "{{system.__class__}}",
        "{{lookup system \"constructor\"}}",
        "{{system.name.constructor}}",
        "{{read \"/etc/passwd\"}}",
        "{{include \"/etc/passwd\"}}",
        "{{env \"HOME\"}}",
        "{{packs.acme.__proto__}}",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let pack = write(
            &folder.path().join("acme"),
            &[("templates/base/files/a.txt.hbs", template)],
        );
        if let Ok(tree) = render("name: shop\n", &[&pack]) {
            assert_eq!(text(&tree, "a.txt").trim(), "", "{template}");
        }
    }
}

/// copier, GHSA-p7q8-grrj-3m8w (CVE-2025-55214): the rendered name of a file is `..` or absolute. Names are not
/// templates here; what an answer says stays inside of files.
#[test]
fn a_name_of_a_file_is_no_template() {
    for path in [
        "templates/base/files/{{system.name}}.txt",
        "templates/base/files/{{packs.acme.way}}/x.txt",
        "templates/base/files/__way__/x.txt",
        "templates/base/files/${way}.txt",
    ] {
        let page = format!(
            "{PACK}prompts: {{ way: {{ type: text, ask: Way, default: ../../outside }} }}\n"
        );
        let folder = tempfile::tempdir().unwrap();
        let pack = write(
            &folder.path().join("acme"),
            &[("pack.yaml", &page), (path, "x")],
        );
        let tree = render("name: shop\n", &[&pack]).unwrap();
        let name = path.strip_prefix("templates/base/files/").unwrap();
        assert_eq!(text(&tree, name), "x");
        assert!(tree.keys().all(|path| !path.contains("outside")));
    }
}

/// copier, GHSA-9gmc-jqmh-3rvm (CVE-2026-53951), and "trust bypass via encoded URL traversal" (9.17.0): a place below a
/// trusted prefix leads elsewhere. Trust is in a content, by its hash, wherever it comes from.
#[test]
fn trust_in_one_place_is_no_trust_in_a_way_through_it() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    for (name, registry) in [("good", "a"), ("evil", "b")] {
        let pack = write(
            &home.join(name),
            &[("templates/base/files/_npmrc", registry)],
        );
        for words in [
            &["init", "--quiet"][..],
            &["add", "--all"],
            &["commit", "--quiet", "--message", "one"],
            &["tag", "v1"],
        ] {
            git(&pack, words);
        }
    }
    let list = |place: &str, more: &[&str]| {
        let from = format!("file://{}/{place}#v1", home.display());
        let words = [&["list", "--pack", &from], more].concat();
        let mut command = support::command(home, &words);
        for name in ["CONFIG", "CACHE", "DATA"] {
            command.env(format!("XDG_{name}_HOME"), home.join(name));
        }
        command.output().unwrap()
    };
    assert!(list("good", &["--trust", "acme"]).status.success());
    assert!(list("good", &[]).status.success());
    for place in ["good/../evil", "good/%2e%2e/evil", "good/..%2fevil", "evil"] {
        let output = list(place, &[]);
        assert_eq!(output.status.code(), Some(1), "{place}");
        assert!(support::stdout(&output).is_empty(), "{place}");
    }
}

/// copier, "code execution via Jinja finalizer by disallowing YAML tags" (9.17.1): a tag in the template's YAML makes
/// an object. Here a tag makes nothing but an error, or the plain value behind it.
#[test]
fn a_tag_in_yaml_makes_nothing() {
    for tag in [
        "!!python/object/apply:os.system [id]",
        "!!python/name:os.system ''",
        "!include /etc/passwd",
        "!env HOME",
    ] {
        let page =
            format!("{PACK}prompts: {{ way: {{ type: text, ask: Way, default: {tag} }} }}\n");
        let folder = tempfile::tempdir().unwrap();
        let pack = write(
            &folder.path().join("acme"),
            &[
                ("pack.yaml", &page),
                ("templates/base/files/a.txt.hbs", "{{packs.acme.way}}"),
            ],
        );
        if let Ok(tree) = render("name: shop\n", &[&pack]) {
            let text = text(&tree, "a.txt");
            assert!(
                ["", "/etc/passwd", "HOME"].contains(&text.trim()),
                "{tag}: {text}"
            );
        }
    }
}

/// copier, GHSA-xjhm-gp88-8pfx (CVE-2026-23968): files outside of the template are read through symbolic links.
#[cfg(unix)]
#[test]
fn a_link_to_a_file_or_folder_outside_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("secrets")).unwrap();
    fs::write(folder.path().join("secrets/key"), "s3cr3t").unwrap();
    for (at, target) in [
        ("templates/base/files/stolen.txt", "../../../../secrets/key"),
        ("templates/base/files/stolen", "../../../../secrets"),
        ("templates/base/files/etc", "/etc"),
    ] {
        let pack = write(
            &folder.path().join(at.replace('/', "-")),
            &[("templates/base/files/a.txt", "a")],
        );
        std::os::unix::fs::symlink(target, pack.join(at)).unwrap();
        let error = in_force(&[&pack]).unwrap_err().to_string();
        assert!(
            error.contains(&format!("`{at}` is a symbolic link")),
            "{error}"
        );
    }
    // The folders above are no way around.
    let pack = write(&folder.path().join("whole"), &[]);
    std::os::unix::fs::symlink(folder.path().join("secrets"), pack.join("templates")).unwrap();
    assert!(
        in_force(&[&pack])
            .unwrap_err()
            .to_string()
            .contains("`templates` is no folder")
    );
    let pack = write(&folder.path().join("page"), &[]);
    fs::remove_file(pack.join("pack.yaml")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", pack.join("pack.yaml")).unwrap();
    assert!(
        in_force(&[&pack])
            .unwrap_err()
            .to_string()
            .contains("symbolic link")
    );
}

/// copier, GHSA-4fqp-r85r-hxqh (CVE-2026-23986): a folder link in the template leads what is rendered outside.
/// Nothing but files is ever written, into a folder that was not there before.
#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("outside")).unwrap();
    let pack = write(
        &folder.path().join("acme"),
        &[("templates/base/files/a.txt", "a")],
    );
    std::os::unix::fs::symlink(
        "../../../../outside",
        pack.join("templates/base/files/link"),
    )
    .unwrap();
    let output = support::hybridge(
        folder.path(),
        &[
            "new",
            "shop",
            "--yes",
            "--no-lock",
            "--no-git",
            "--pack",
            "acme",
        ],
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(!folder.path().join("shop").exists());
    assert_eq!(
        fs::read_dir(folder.path().join("outside")).unwrap().count(),
        0
    );
}

/// copier, GHSA-hgjq-p8cr-gg4h: data files are read from `..` and absolute paths that the template names. A pack
/// names no file to read; what looks like it is an unknown key or an unknown partial.
#[test]
fn a_pack_names_no_file_to_read() {
    for (files, reason) in [
        (
            &[(
                "pack.yaml",
                "name: acme\nversion: 1.0.0\nhybridge: '*'\nexternal_data: { a: ../../secret.yaml }\n",
            )][..],
            "unknown field `external_data`",
        ),
        (
            &[("templates/base/files/a.txt.hbs", "{{> ../../../secret}}")],
            "there is no partial `partials/../../../secret.hbs`",
        ),
        (
            &[("templates/base/files/a.txt.hbs", "{{> /etc/passwd}}")],
            "there is no partial",
        ),
        (
            &[("templates/base/files/a.txt.hbs", "{{> [/etc/passwd]}}")],
            "a partial is named by a plain word",
        ),
        (
            &[("templates/base/files/a.txt.hbs", "{{> (lookup . \"x\")}}")],
            "a partial is named by a plain word",
        ),
        (
            &[(
                "templates/base/files/a.txt.hbs",
                "{{#block \"../x\"}}{{/block}}",
            )],
            "a block is named by a literal",
        ),
    ] {
        let error = refused(files);
        assert!(error.contains(reason), "{error}");
    }
}

/// copier, GHSA-85v3-4m8g-hrh6 (CVE-2026-34726): the template moves its own root to `..`. A pack has one root.
#[test]
fn a_pack_does_not_choose_its_root() {
    for key in ["subdirectory: ..", "templates: /etc", "root: ../.."] {
        let error = refused(&[("pack.yaml", &format!("{PACK}{key}\n"))]);
        assert!(error.contains("pack.yaml:4:1: unknown field"), "{error}");
    }
}

#[test]
fn nothing_lands_outside_of_the_project_after_placeholders_are_filled_in() {
    for (path, reason) in [
        ("templates/base/files/_./x", "ends in a dot"),
        (
            "templates/base/files/_git/hooks/post-commit",
            "git's own folder",
        ),
        ("templates/base/files/sub/_GIT/config", "git's own folder"),
        ("templates/base/files/git~1/config", "git's own folder"),
        (
            "templates/base/files/_hybridge/state.json",
            "hybridge's own",
        ),
        ("templates/base/files/hybridge.yaml", "hybridge's own"),
        ("templates/base/files/a/.hbs", "without a name"),
        ("templates/base/files/nul.txt", "Windows device"),
        ("templates/base/files/a.", "ends in a dot"),
        ("templates/base/files/caf\u{e9}.txt", "plain ASCII"),
        ("templates/base/files/a\u{202e}b", "plain ASCII"),
    ] {
        let error = refused(&[(path, "x")]);
        assert!(error.contains(reason), "{path}: {error}");
    }
}

#[test]
fn names_that_differ_by_case_alone_are_refused_also_against_built_in_ones() {
    let error = refused(&[
        ("templates/base/files/A.txt", ""),
        ("templates/base/files/a.txt", ""),
    ]);
    assert!(error.contains("where letters have no case"), "{error}");
    let error = refused(&[("templates/base/files/readme.md", "")]);
    assert!(error.contains("cannot stand beside `README.md`"), "{error}");
    let error = refused(&[("templates/base/files/Services/x.txt", "")]);
    assert!(error.contains("cannot stand beside"), "{error}");
    let error = refused(&[("templates/base/files/tools", "")]);
    assert!(error.contains("cannot stand beside `tools`"), "{error}");
    let error = refused(&[("templates/deploy/compose/files/README.md", "")]);
    assert!(
        error.contains("as `templates/base/files/README.md.hbs` already is"),
        "{error}"
    );
}

#[test]
fn a_pack_gives_hybridge_no_command_to_run() {
    for (files, reason) in [
        (
            (
                "templates/base/module.yaml",
                "lock: { command: [sh, -c, id], output: x }\n",
            ),
            "`lock` is a command that hybridge runs",
        ),
        (
            ("templates/versions.yaml", "as_of: \"2026-01-01; id\"\n"),
            "`as_of` is hybridge's own",
        ),
        (
            (
                "templates/versions.yaml",
                "tools: { node_wheel: \"1 @ file:///x\" }\n",
            ),
            "`tools` is hybridge's own",
        ),
        (
            (
                "templates/versions.yaml",
                "npm: { left-pad: \"git+https://example.org/x.git\" }\n",
            ),
            "is not a version",
        ),
        (
            (
                "templates/versions.yaml",
                "pypi: { \"x @ file:///x\": \"1.0\" }\n",
            ),
            "is not the name of a package",
        ),
        (
            (
                "pack.yaml",
                "name: acme\nversion: 1.0.0\nhybridge: '*'\nhooks: { after: id }\n",
            ),
            "unknown field `hooks`",
        ),
        (
            (
                "pack.yaml",
                "name: acme\nversion: 1.0.0\nhybridge: '*'\ntasks: [id]\n",
            ),
            "unknown field `tasks`",
        ),
    ] {
        let error = refused(&[files]);
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn no_lock_file_is_made_of_what_a_pack_wrote() {
    let folder = tempfile::tempdir().unwrap();
    write(
        &folder.path().join("acme"),
        &[
            (
                "templates/port/python/files/setup.py",
                "import os; os.system('touch ran')\n",
            ),
            (
                "templates/base/files/_npmrc",
                "registry=https://example.org/\n",
            ),
        ],
    );
    let arguments = [
        "new",
        "shop",
        "--yes",
        "--service",
        "gateway:gateway",
        "--service",
        "w:worker",
        "--no-git",
        "--pack",
        "acme",
    ];
    let mut command = support::command(folder.path(), &arguments);
    // No tool is there either: what is left out is left out because of the pack.
    let output = command.env("PATH", "/nonexistent").output().unwrap();
    let said = support::stderr(&output);
    assert!(said.contains("note: no `package-lock.json`: `.npmrc` is of pack `acme 1.0.0`, and hybridge starts no program on it"), "{said}");
    assert!(
        said.contains("note: no `services/w/uv.lock`: `services/w/setup.py` is of pack"),
        "{said}"
    );
}

#[cfg(unix)]
#[test]
fn no_package_that_a_pack_names_is_built_to_look_into_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    write(
        &folder.path().join("acme"),
        &[
            ("templates/versions.yaml", "pypi: { acme-log: \"1.0\" }\n"),
            (
                "templates/port/python/module.yaml",
                "python: { dependencies: [acme-log] }\n",
            ),
        ],
    );
    // Writes down what it was told instead of locking.
    let uv = folder.path().join("bin/uv");
    fs::create_dir(uv.parent().unwrap()).unwrap();
    fs::write(
        &uv,
        "#!/bin/sh\necho \"no build: $UV_NO_BUILD\" > uv.lock\n",
    )
    .unwrap();
    fs::set_permissions(&uv, fs::Permissions::from_mode(0o755)).unwrap();
    let arguments = ["--service", "w:worker", "--yes", "--no-git"];
    for (name, more, expected) in [
        ("guarded", &["--pack", "acme"][..], "no build: 1\n"),
        ("free", &[], "no build: \n"),
    ] {
        let all = [&["new", name], more, &arguments].concat();
        let path = format!("{}:/usr/bin:/bin", uv.parent().unwrap().display());
        let output = support::command(folder.path(), &all)
            .env("PATH", path)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", support::stderr(&output));
        let lock = folder.path().join(name).join("services/w/uv.lock");
        assert_eq!(fs::read_to_string(lock).unwrap(), expected);
    }
}

#[test]
fn what_would_never_end_or_fill_the_memory_is_refused() {
    for (files, reason) in [
        // Circles of partials and blocks, which would exhaust the stack.
        (
            vec![
                ("templates/partials/a.hbs", "{{> b}}"),
                ("templates/partials/b.hbs", "{{> a}}"),
            ],
            "this includes itself: partials/a.hbs -> partials/b.hbs -> partials/a.hbs",
        ),
        (
            vec![("templates/partials/a.hbs", "{{> a}}")],
            "this includes itself",
        ),
        (
            vec![("templates/blocks/a.hbs", "{{#block \"a\"}}{{/block}}")],
            "this includes itself: blocks/a.hbs -> blocks/a.hbs",
        ),
        (
            vec![(
                "templates/base/files/a.hbs",
                "{{#*inline \"a\"}}{{> a}}{{/inline}}{{> a}}",
            )],
            "no decorators",
        ),
        (
            vec![("templates/base/files/a.hbs", "{{#> b}}x{{/b}}")],
            "a partial takes no block",
        ),
    ] {
        let error = refused(&files);
        assert!(error.contains(reason), "{error}");
    }
    // A partial that includes another one a thousand times, and so on.
    let many = |name: &str| format!("{{{{> {name}}}}}").repeat(1000);
    let (a, b) = (many("b"), many("c"));
    let error = refused(&[
        ("templates/partials/a.hbs", a.as_str()),
        ("templates/partials/b.hbs", &b),
        ("templates/partials/c.hbs", "{{system.name}}"),
    ]);
    assert!(error.contains("more than 100000 tags"), "{error}");
    // Loops inside each other that write nothing, and ones that write much.
    let nested = |inner: &str| {
        format!(
            "{}{inner}{}",
            "{{#each @root.tools}}".repeat(12),
            "{{/each}}".repeat(12)
        )
    };
    let error = refused(&[("templates/base/files/loop.txt.hbs", nested("").as_str())]);
    assert!(
        error.contains("the loops of this file take more than"),
        "{error}"
    );
    let error = refused(&[(
        "templates/base/files/flood.txt.hbs",
        nested(&"x".repeat(100_000)).as_str(),
    )]);
    assert!(
        error.contains("this file becomes larger than 32 MiB"),
        "{error}"
    );
    let error = refused(&[(
        "templates/base/files/deep.txt.hbs",
        "{{#if system}}".repeat(401).as_str(),
    )]);
    assert!(error.contains("more than 400 blocks"), "{error}");
    // YAML that grows when it is read.
    let bomb: String = (1..30).fold("a0: &a0 [x, x]\n".to_owned(), |text, n| {
        format!("{text}a{n}: &a{n} [*a{0}, *a{0}]\n", n - 1)
    });
    let in_env = format!("{bomb}env: *a29\n");
    assert!(
        refused(&[("templates/base/module.yaml", in_env.as_str())])
            .contains("templates/base/module.yaml:")
    );
    assert!(refused(&[("pack.yaml", bomb.as_str())]).contains("pack.yaml:"));
}

#[test]
fn the_deepest_template_that_is_allowed_renders() {
    let folder = tempfile::tempdir().unwrap();
    let deep = format!("{}x{}", "{{#if system}}".repeat(400), "{{/if}}".repeat(400));
    let chain: Vec<(String, String)> = (0..8)
        .map(|n| {
            let inner = if n == 7 {
                "x".to_owned()
            } else {
                format!("{{{{> p{}}}}}", n + 1)
            };
            (
                format!("templates/partials/p{n}.hbs"),
                deep.replace('x', &inner),
            )
        })
        .collect();
    let mut files: Vec<(&str, &str)> = chain
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    files.push(("templates/base/files/deep.txt.hbs", "{{> p0}}"));
    let pack = write(&folder.path().join("acme"), &files);
    let tree = render("name: shop\n", &[&pack]).unwrap();
    assert_eq!(text(&tree, "deep.txt"), "x");
}

#[test]
fn a_pack_is_bounded() {
    let large = "x".repeat(1024 * 1024 + 1);
    assert!(
        refused(&[("templates/base/files/a.txt", large.as_str())]).contains("larger than 1024 KiB")
    );
    let template = "x".repeat(256 * 1024 + 1);
    assert!(
        refused(&[("templates/base/files/a.txt.hbs", template.as_str())])
            .contains("larger than 256 KiB")
    );
    let full = "x".repeat(1024 * 1024);
    let paths: Vec<String> = (0..17)
        .map(|n| format!("templates/base/files/{n}.txt"))
        .collect();
    let files: Vec<(&str, &str)> = paths
        .iter()
        .map(|path| (path.as_str(), full.as_str()))
        .collect();
    assert!(refused(&files).contains("larger than 16 MiB"));
    let paths: Vec<String> = (0..2001)
        .map(|n| format!("templates/base/files/{n}.txt"))
        .collect();
    let files: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), "")).collect();
    assert!(refused(&files).contains("more than 2000 files"));
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let pack = write(
        &folder.path().join("acme"),
        &[("templates/base/files/a.txt", "a")],
    );
    let pipe = pack.join("templates/base/files/pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    // Opening it would wait for ever.
    assert!(
        in_force(&[&pack])
            .unwrap_err()
            .to_string()
            .contains("neither a file nor a folder")
    );
}

/// A tar entry as a hostile archive has it, whatever the tar crate itself would refuse to write.
fn tar_entry(path: &str, kind: u8, link: &str, bytes: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
    header.as_mut_bytes()[157..157 + link.len()].copy_from_slice(link.as_bytes());
    header.set_entry_type(tar::EntryType::new(kind));
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    let mut entry = header.as_bytes().to_vec();
    entry.extend_from_slice(bytes);
    entry.resize(entry.len().div_ceil(512) * 512, 0);
    entry
}

fn tar_gz(at: &Path, entries: &[Vec<u8>]) {
    let file = fs::File::create(at).unwrap();
    let mut gz = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    gz.write_all(&tar_entry("pack.yaml", b'0', "", PACK.as_bytes()))
        .unwrap();
    for entry in entries {
        gz.write_all(entry).unwrap();
    }
    gz.write_all(&[0; 1024]).unwrap();
    gz.finish().unwrap();
}

#[test]
fn archives_hold_files_inside_of_themselves_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("acme.tar.gz");
    for (entry, reason) in [
        (
            tar_entry("templates/../../x", b'0', "", b"x"),
            "leads out of the archive",
        ),
        (
            tar_entry("/etc/x", b'0', "", b"x"),
            "leads out of the archive",
        ),
        (
            tar_entry("C:/x", b'0', "", b"x"),
            "leads out of the archive",
        ),
        (
            tar_entry("templates/base/files/a", b'2', "/etc/passwd", b""),
            "is a link or a device",
        ),
        (
            tar_entry("templates/base/files/a", b'1', "pack.yaml", b""),
            "is a link or a device",
        ),
        (
            tar_entry("templates/base/files/a", b'3', "", b""),
            "is a link or a device",
        ),
        (
            tar_entry("templates/base/files/a", b'6', "", b""),
            "is a link or a device",
        ),
        (
            tar_entry("templates", b'2', "/etc", b""),
            "is a link or a device",
        ),
        (
            tar_entry("pack.yaml", b'0', "", b"name: b"),
            "is there twice",
        ),
        (vec![1; 512], "no archive that can be read"),
    ] {
        tar_gz(&at, &[entry]);
        let error = in_force(&[&at]).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
    // Sixty-four MiB of nothing, beside the pack, in a few kilobytes.
    let zeros = vec![0; 1024 * 1024];
    let entries: Vec<Vec<u8>> = (0..65)
        .map(|n| tar_entry(&format!("docs/{n}"), b'0', "", &zeros))
        .collect();
    tar_gz(&at, &entries);
    assert!(
        in_force(&[&at])
            .unwrap_err()
            .to_string()
            .contains("unpacks to more than 64 MiB")
    );
}

#[test]
fn zip_archives_are_held_to_the_same() {
    use zip::write::SimpleFileOptions;
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("acme.zip");
    let write_zip = |path: &str, link: bool| {
        let mut zip = zip::ZipWriter::new(fs::File::create(&at).unwrap());
        zip.start_file("pack.yaml", SimpleFileOptions::default())
            .unwrap();
        zip.write_all(PACK.as_bytes()).unwrap();
        if link {
            zip.add_symlink(path, "/etc/passwd", SimpleFileOptions::default())
                .unwrap();
        } else {
            zip.start_file(path, SimpleFileOptions::default()).unwrap();
            zip.write_all(b"x").unwrap();
        }
        zip.finish().unwrap();
    };
    write_zip("templates/base/files/a.txt", true);
    assert!(
        in_force(&[&at])
            .unwrap_err()
            .to_string()
            .contains("is a link or a device")
    );
    write_zip("templates/../../a.txt", false);
    assert!(
        in_force(&[&at])
            .unwrap_err()
            .to_string()
            .contains("leads out of the archive")
    );
    write_zip("templates/base/files/a.txt", false);
    assert_eq!(text(&render("name: shop\n", &[&at]).unwrap(), "a.txt"), "x");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever a template says, rendering ends, and no file lies outside.
    #[test]
    fn any_template_ends_in_a_tree_or_an_error(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "{{", "}}", "{{{{", "}}}}", "{{#", "{{/", "{{>", "{{#>", "{{#*", "{{else}}", "{{^", "(", ")", "\"", "'", "[", "]", "\\",
            "each ", "if ", "with ", "block \"a\"", "system", "gateways", "services", "this", "../", "@root", "@index", " ", "\n", "x", "~", "!--",
            "{{#each services}}", "{{/each}}", "{{#if system}}", "{{/if}}", "{{system.name}}", "{{#with system}}", "{{/with}}",
            "{{{{raw}}}}", "{{{{/raw}}}}", "{{json this}}", "{{lookup this \"name\"}}", "{{> a}}",
        ]), 0..40),
        name in "[a-z_.~A-Z/\\\\: ]{1,12}",
    ) {
        let folder = tempfile::tempdir().unwrap();
        let template = pieces.concat();
        let path = format!("templates/base/files/{}.hbs", name.replace(['/', '\\'], "-"));
        let pack = write(&folder.path().join("acme"), &[("templates/partials/a.hbs", "{{system.name}}"), (&path, &template)]);
        if let Ok(tree) = render("name: shop\n", &[&pack]) {
            for path in tree.keys() {
                prop_assert!(!path.starts_with('/') && !path.split('/').any(|it| matches!(it, ".." | "." | "" | ".git")), "{path}");
            }
        }
    }

    /// Whatever `pack.yaml` says, it is a pack or an error.
    #[test]
    fn any_pack_yaml_is_read(text in "[a-z:{}\\[\\]\"'&*!|>\n -]{0,200}") {
        let _ = hybridge::pack::manifest::PackManifest::read(&text, "x");
        let _ = hybridge::pack::manifest::PackManifest::read(&format!("{PACK}{text}"), "x");
    }
}
