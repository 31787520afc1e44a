//! Programs that a pack would have hybridge start.

use std::fs;

use snapbox::{assert_data_eq, str};

use crate::support::packs::{folder, refused, write};
use crate::support::scratch::printed;
use crate::support::{command, stderr};

#[test]
fn a_pack_gives_hybridge_no_command_to_run() {
    for (files, reason) in [
        (
            (
                "templates/base/module.yaml",
                "lock: { command: [sh, -c, id], output: x }\n",
            ),
            str![[r#"
pack `acme 1.0.0`: templates/base/module.yaml:1:1: `lock` is a command that hybridge runs, so a pack cannot give it
  |
1 | lock: { command: [sh, -c, id], output: x }
  | ^^^^
"#]],
        ),
        (
            ("templates/versions.yaml", "as_of: \"2026-01-01; id\"\n"),
            str![[r#"
pack `acme 1.0.0`: templates/versions.yaml:1:1: `as_of` is hybridge's own: a pack may set `images`, `actions`, `npm` and `pypi`
  |
1 | as_of: "2026-01-01; id"
  | ^^^^^
"#]],
        ),
        (
            (
                "templates/versions.yaml",
                "tools: { node_wheel: \"1 @ file:///x\" }\n",
            ),
            str![[r#"
pack `acme 1.0.0`: templates/versions.yaml:1:1: `tools` is hybridge's own: a pack may set `images`, `actions`, `npm` and `pypi`
  |
1 | tools: { node_wheel: "1 @ file:///x" }
  | ^^^^^
"#]],
        ),
        (
            (
                "templates/versions.yaml",
                "npm: { left-pad: \"git+https://example.org/x.git\" }\n",
            ),
            str![[r#"
pack `acme 1.0.0`: templates/versions.yaml:1:1: `git+https://example.org/x.git` is not a version, as `1.2.3` or `=1.2.3`
  |
1 | npm: { left-pad: "git+https://example.org/x.git" }
  | ^^^
"#]],
        ),
        (
            (
                "templates/versions.yaml",
                "pypi: { \"x @ file:///x\": \"1.0\" }\n",
            ),
            str![[r#"
pack `acme 1.0.0`: templates/versions.yaml:1:1: `x @ file:///x` is not the name of a package
  |
1 | pypi: { "x @ file:///x": "1.0" }
  | ^^^^
"#]],
        ),
        (
            (
                "pack.yaml",
                "name: acme\nversion: 1.0.0\nhybridge: '*'\nhooks: { after: id }\n",
            ),
            str![[r#"
pack `acme 1.0.0`: pack.yaml:4:1: unknown field `hooks`, expected one of [..]
  |
4 | hooks: { after: id }
  | ^^^^^
"#]],
        ),
        (
            (
                "pack.yaml",
                "name: acme\nversion: 1.0.0\nhybridge: '*'\ntasks: [id]\n",
            ),
            str![[r#"
pack `acme 1.0.0`: pack.yaml:4:1: unknown field `tasks`, expected one of [..]
  |
4 | tasks: [id]
  | ^^^^^
"#]],
        ),
    ] {
        let error = refused(&[files]);
        assert_data_eq!(error, reason);
    }
}

#[test]
fn no_lock_file_is_made_of_what_a_pack_wrote() {
    let folder = folder();
    write(
        &folder.path().join("acme"),
        &[
            (
                "templates/runtime/python/service/setup.py",
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
    let mut new = command(folder.path(), &arguments);
    // No tool is there either: what is left out is left out because of the pack.
    new.env("PATH", "/nonexistent");
    printed(new, folder.path())
        .success()
        .stdout_eq("")
        .stderr_eq(str![[r#"
making the lock files
done: [..] files in `shop`
note: no `packages/service-runtime/uv.lock`: `sh` is not installed
note: no `services/w/uv.lock`: `services/w/setup.py` is of pack `acme 1.0.0`, and hybridge starts no program on it
note: no `package-lock.json`: `.npmrc` is of pack `acme 1.0.0`, and hybridge starts no program on it
note: `make lock` makes what is missing; so does every task that needs it
Next:
  cd shop
  make dev    # starts it all, without Docker

"#]]);
}

#[cfg(unix)]
#[test]
fn no_package_that_a_pack_names_is_built_to_look_into_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    write(
        &folder.path().join("acme"),
        &[
            ("templates/versions.yaml", "pypi: { acme-log: \"1.0\" }\n"),
            (
                "templates/runtime/python/module.yaml",
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
        let output = command(folder.path(), &all)
            .env("PATH", path)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        let lock = folder.path().join(name).join("services/w/uv.lock");
        assert_eq!(fs::read_to_string(lock).unwrap(), expected);
    }
}
