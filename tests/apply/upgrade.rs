//! Projects of earlier releases, as those wrote them, are made what they would be today, and nothing that a person
//! wrote in between is lost.
//!
//! `releases/0.1.0.tar.zst` is what `hybridge new shop --yes --no-lock --no-git` of 0.1.0 wrote before components
//! shared packages (commit `cd12337`): a state of format 1, which has a digest of each file and no content.

use std::fs;

use crate::support::project::Project;
use crate::support::{parse, trees};

/// The project of 0.1.0, committed as it was laid out.
fn of_0_1_0() -> Project {
    let project = without_history();
    project.commit();
    project
}

fn without_history() -> Project {
    let packed = include_bytes!("releases/0.1.0.tar.zst");
    let plain = zstd::decode_all(&packed[..]).unwrap();
    let project = Project::empty();
    fs::create_dir(project.path()).unwrap();
    tar::Archive::new(&plain[..])
        .unpack(project.path())
        .unwrap();
    project
}

const HANDLER: &str = "services/vision/src/vision/handlers/predict.py";

/// Path, what stood there, and what the person made of it.
const EDITS: [(&str, &str, &str); 10] = [
    // Beside the import that has another name now, which no merge of lines can tell apart.
    (
        HANDLER,
        "from ..contract import PredictInput",
        "import logging\n\nfrom ..contract import PredictInput",
    ),
    (
        HANDLER,
        "    \"\"\"",
        "    logging.getLogger(__name__).debug(\"mine\")\n    \"\"\"",
    ),
    (
        "services/trends/src/trends/handlers/record.py",
        "        for spike in",
        "        # mine: spikes\n        for spike in",
    ),
    (
        "services/vision/src/vision/inference/model.py",
        "import numpy",
        "# mine: model\nimport numpy",
    ),
    (
        "services/gateway/src/core/metrics.ts",
        "",
        "// mine: metrics\n",
    ),
    (
        "compose.yaml",
        "services:\n",
        "services:\n  mailhog: # mine\n    image: mailhog/mailhog:v1.0.1\n\n",
    ),
    (
        "services/vision/pyproject.toml",
        "dependencies = [\n",
        "dependencies = [\n    \"httpx>=0.28,<1\", # mine\n",
    ),
    (
        "services/gateway/package.json",
        "\"dependencies\": {\n",
        "\"dependencies\": {\n    \"zod\": \"^4.0.0\",\n",
    ),
    ("README.md", "## Run it\n", "mine: readme\n\n## Run it\n"),
    (".env.example", "", "\n# mine\n# MINE=1\n"),
];

/// What a person is told beside the changes.
const NOTES: &str = "\
Files of your own import modules that have another name now:
  services/vision/src/vision/mine.py:1: `.service.problem` is `service_runtime.calls.problem`
Left to you in this upgrade:
  routes of your own in `src/features/` are plugins of Fastify in `src/routes/` now, one file each; those of hybridge are written there. Move yours over and delete `src/features/`
  a service's SQLite database is `data/store.db` now, it was `data/<service>.db`: rename the file of each service, or set `<SERVICE>_DATABASE_PATH`
";

fn edit(project: &Project) {
    for (path, from, to) in EDITS {
        let text = project.read(path);
        match (from, text.rfind(from)) {
            ("", _) => project.write(path, &format!("{text}{to}")),
            (_, Some(at)) => {
                let (before, after) = text.split_at(at);
                project.write(path, &format!("{before}{to}{}", &after[from.len()..]));
            }
            (_, None) => panic!("{from} in {path}\n{text}"),
        }
    }
    project.write(
        "services/vision/src/vision/mine.py",
        "from .service.problem import Problem\n",
    );
    project.write(
        "services/gateway/src/features/mine.ts",
        "export const mine = 1;\n",
    );
    project.delete("renovate.json");
}

/// What a person wrote, or hybridge today, is in a file of theirs both.
#[track_caller]
fn assert_has(project: &Project, path: &str, part: &str) {
    let text = project.read(path);
    assert!(text.contains(part), "{part} in {path}\n{text}");
}

#[test]
fn where_nobody_edited_the_result_is_what_new_lays_out_today() {
    for project in [of_0_1_0(), without_history()] {
        let page = project.read("hybridge.yaml");
        project.run(&["apply"]);
        project.assert_settled();
        trees::assert_same(&project.files(), &Project::new(&page).files());
    }
}

#[test]
fn what_a_person_wrote_arrives_in_the_new_layout() {
    let project = of_0_1_0();
    edit(&project);
    project.commit();
    // Which files those are changes with the templates.
    let expected = format!(
        r#"...
done: [..] files changed
`services/trends/src/trends/handlers/record.py` is yours and stays; what hybridge would write there changed:
  @@ -1,14 +1,15 @@
   """The operation `record`."""
   
  +from service_runtime.calls.call import Call
  +
   from ..contract import RecordInput, RecordOutput, SpikedEvent
   from ..resources import Resources
  -from ..service.call import Call
   
   
   async def record(payload: RecordInput, call: Call, resources: Resources) -> RecordOutput:
  -    """Keep what happened, and tell of rates that leave their baseline."""
  +    """Keep what happened, and report rates that leave their baseline."""
       if await resources.observations.add(payload.events, call.idempotency_key):
  -        for spike in resources.spikes.observe(payload.events):
  +        for spike in await resources.spikes.observe(payload.events):
               call.events.publish(
                   SpikedEvent(
                       name=spike.name,
`services/vision/src/vision/handlers/predict.py` is yours and stays; what hybridge would write there changed:
  @@ -1,8 +1,9 @@
   """The operation `predict`."""
   
  +from service_runtime.calls.call import Call
  +
   from ..contract import PredictInput, PredictOutput
   from ..resources import Resources
  -from ..service.call import Call
   
   
   async def predict(payload: PredictInput, call: Call, resources: Resources) -> PredictOutput:
{NOTES}Next:
  make lock    # dependencies changed
"#
    );
    project.prints(0, &["apply"], expected);
    project.assert_settled();
    for (path, line) in [
        (HANDLER, "import logging\n"),
        (HANDLER, "    logging.getLogger(__name__).debug(\"mine\")\n"),
        (HANDLER, "from service_runtime.calls.call import Call\n"),
        (
            "services/trends/src/trends/handlers/record.py",
            "        # mine: spikes\n",
        ),
        (
            "services/trends/src/trends/handlers/record.py",
            "from service_runtime.calls.call import Call\n",
        ),
        ("services/vision/src/vision/model.py", "# mine: model\n"),
        (
            "packages/gateway-runtime/src/observability/metrics.ts",
            "// mine: metrics\n",
        ),
        (
            "compose.yaml",
            "  mailhog: # mine\n    image: mailhog/mailhog:v1.0.1\n",
        ),
        (
            "compose.yaml",
            "      dockerfile: services/gateway/Dockerfile\n",
        ),
        (
            "services/vision/pyproject.toml",
            "    \"httpx>=0.28,<1\", # mine\n",
        ),
        (
            "services/vision/pyproject.toml",
            "\"shop-service-runtime[fastapi]\"",
        ),
        (
            "services/gateway/package.json",
            "    \"zod\": \"^4.0.0\",\n",
        ),
        ("services/gateway/package.json", "\"@shop/gateway-runtime\""),
        ("README.md", "mine: readme\n"),
        (".env.example", "# mine\n# MINE=1\n"),
        (
            "services/vision/src/vision/mine.py",
            "from .service.problem import Problem\n",
        ),
        (
            "services/gateway/src/features/mine.ts",
            "export const mine = 1;\n",
        ),
    ] {
        assert_has(&project, path, line);
    }
    assert!(!project.has("services/vision/src/vision/inference"));
    assert!(!project.has("renovate.json"));
    for (path, (bytes, _)) in project.files() {
        parse::check(&path, &bytes).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
    // It is a project of today from then on.
    project.commit();
    project.run(&["set", "links.vision.via", "grpc"]);
    assert_has(&project, "compose.yaml", "  mailhog: # mine\n");
    assert_has(&project, HANDLER, "import logging\n");
}

#[test]
fn without_a_history_both_versions_stand_and_nothing_is_lost() {
    let project = without_history();
    edit(&project);
    let before = project.files();
    // As above.
    let expected = format!(
        r#"...
done: [..] files changed
{NOTES}Conflicts:
  .env.example: you changed it, and what hybridge wrote is not known; yours stands there, hybridge's is `.env.example.hybridge`: take of it what you want and delete it
  README.md: you changed it, and what hybridge wrote is not known; yours stands there, hybridge's is `README.md.hybridge`: take of it what you want and delete it
  compose.yaml: you changed it, and what hybridge wrote is not known; yours stands there, hybridge's is `compose.yaml.hybridge`: take of it what you want and delete it
  packages/gateway-runtime/src/observability/metrics.ts: you changed it, and what hybridge wrote is not known; yours stands there, hybridge's is `packages/gateway-runtime/src/observability/metrics.ts.hybridge`: take of it what you want and delete it
  services/gateway/package.json: you changed it, and what hybridge wrote is not known; yours stands there, hybridge's is `services/gateway/package.json.hybridge`: take of it what you want and delete it
  services/vision/pyproject.toml: you changed it, and what hybridge wrote is not known; yours stands there, hybridge's is `services/vision/pyproject.toml.hybridge`: take of it what you want and delete it
  services/vision/src/vision/model.py: you changed it, and what hybridge wrote is not known; yours stands there, hybridge's is `services/vision/src/vision/model.py.hybridge`: take of it what you want and delete it
Next:
  make lock    # dependencies changed
error: 7 conflicts for you to resolve
hint: resolve them, then `hybridge apply --continue`; `hybridge apply --abort` takes everything back
"#
    );
    project.prints(3, &["apply"], expected);
    for path in [
        "compose.yaml",
        "README.md",
        "services/vision/pyproject.toml",
    ] {
        assert_eq!(project.read(path).as_bytes(), before[path].0, "{path}");
        assert!(project.has(&format!("{path}.hybridge")));
    }
    assert_has(
        &project,
        HANDLER,
        "from service_runtime.calls.call import Call\n",
    );
    assert_has(&project, HANDLER, "import logging\n");
    project.run(&["apply", "--abort"]);
    assert_eq!(project.files(), before);
}

#[test]
fn the_digest_proves_what_the_history_has() {
    // The commit in which it was laid out is not the first one, and the file has been many since.
    let project = without_history();
    let readme = project.read("README.md");
    project.write("README.md", "# Before hybridge\n");
    project.commit();
    project.write("README.md", &readme);
    project.commit();
    for number in 0..3 {
        project.write("README.md", &format!("{readme}\nmine {number}\n"));
        project.commit();
    }
    project.run(&["apply"]);
    let fresh = Project::new(&project.read("hybridge.yaml"));
    let expected = fresh.read("README.md") + "\nmine 2\n";
    assert_eq!(project.read("README.md"), expected);
}
