//! Random sequences of changes of the blueprint and edits of a person: what the person wrote stays, and the project
//! is what its blueprint says. A sequence that fails is made as short as it can be.

use proptest::test_runner::{Config, TestRunner};

use crate::support::project::Project;
use crate::support::{parse, trees};
use crate::{HANDLER, PAGE};

/// What happens between two applies.
#[derive(Debug, Clone)]
enum Step {
    Command(&'static [&'static str]),
    /// A line put before one that a file has, or at its end.
    Write(&'static str, &'static str, &'static str),
    Delete(&'static str),
    Rename(&'static str, &'static str),
    Crlf(&'static str),
    /// Indented by tabs, as a formatter may do.
    Reformat(&'static str),
}

const RUNTIME: &str = "packages/gateway-runtime/package.json";
/// Files that the person adds.
const OWN: [&str; 2] = [
    "services/books/src/books/shelves.py",
    "services/edge/src/routes/mine.ts",
];

const STEPS: &[Step] = &[
    Step::Command(&["set", "links.books.via", "grpc"]),
    Step::Command(&["set", "links.books.via", "rest"]),
    Step::Command(&["set", "links.books.via", "rabbitmq"]),
    Step::Command(&["set", "links.books.via", "graphql"]),
    Step::Command(&["set", "links.books.via", "kafka"]),
    Step::Command(&["add", "service", "trends:analytics", "--via", "rest"]),
    Step::Command(&["remove", "service", "trends", "--allow-breaking"]),
    Step::Command(&[
        "add",
        "operation",
        "books",
        "lend",
        "--input",
        "title:string",
    ]),
    Step::Command(&["add", "event", "books", "lent", "--field", "title:string"]),
    Step::Command(&["add", "target", "kubernetes"]),
    Step::Command(&["remove", "target", "kubernetes"]),
    Step::Write(HANDLER, "    raise unimplemented(", "    # mine: handler"),
    Step::Write("compose.yaml", "services:", "# mine: compose"),
    Step::Write(
        "services/books/pyproject.toml",
        "[build-system]",
        "# mine: pyproject",
    ),
    Step::Write("README.md", "## Run it", "mine: readme"),
    Step::Write("Makefile", ".DEFAULT_GOAL", "mine_makefile := 1"),
    Step::Write("services/edge/src/routes/services.ts", "", "// mine: route"),
    Step::Write(".env.example", "", "\n# MINE_ENV=1"),
    Step::Write(OWN[0], "", "MINE = 1"),
    Step::Write(OWN[1], "", "export const mine = 1;"),
    Step::Write(RUNTIME, "    \"undici\"", "    \"qs\": \"^6.15.0\","),
    Step::Write(
        "services/books/pyproject.toml",
        "    \"pydantic>=",
        "    \"httpx>=0.28,<1\", # mine",
    ),
    Step::Write("hybridge.yaml", "services:", "# mine: blueprint"),
    Step::Delete("renovate.json"),
    Step::Delete("services/books/Dockerfile"),
    Step::Rename("compose.yaml", "deploy/local.yaml"),
    Step::Rename("Makefile", "tasks/Makefile"),
    Step::Crlf("README.md"),
    Step::Crlf("services/books/pyproject.toml"),
    Step::Reformat(RUNTIME),
];

/// Where a person's file is now, and what they wrote into it.
#[derive(Default)]
struct Person {
    /// Every file that they did something to.
    touched: Vec<&'static str>,
    lines: Vec<(&'static str, &'static str)>,
    moved: Vec<(&'static str, &'static str)>,
    gone: Vec<&'static str>,
}

impl Person {
    fn place(&self, path: &'static str) -> &'static str {
        let moved = self.moved.iter().find(|(from, _)| *from == path);
        moved.map_or(path, |(_, to)| to)
    }

    fn does(&mut self, project: &Project, step: &Step) {
        match *step {
            Step::Command(arguments) => {
                // What is there already, or no longer, is refused.
                let output = project.output(arguments);
                assert!(matches!(output.status.code(), Some(0 | 1)), "{output:?}");
            }
            Step::Write(path, before, line) => {
                let place = self.place(path);
                if self.lines.contains(&(path, line)) {
                    return;
                }
                let text = match project.has(place) {
                    true => project.read(place),
                    false if OWN.contains(&path) => String::new(),
                    false => return,
                };
                let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
                let at = match before {
                    "" => text.len(),
                    before => match text.find(before) {
                        Some(at) => at,
                        None => return,
                    },
                };
                let text = format!("{}{line}{end}{}", &text[..at], &text[at..]);
                project.write(place, &text);
                self.lines.push((path, line));
                self.touched.push(path);
            }
            Step::Delete(path) => {
                if project.has(path) && !self.lines.iter().any(|(of, _)| *of == path) {
                    project.delete(path);
                    self.gone.push(path);
                    self.touched.push(path);
                }
            }
            Step::Rename(from, to) => {
                if project.has(from) {
                    project.rename(from, to);
                    self.moved.push((from, to));
                    self.touched.extend([from, to]);
                }
            }
            Step::Crlf(path) => {
                let text = project.read(path);
                project.write(path, &text.replace("\r\n", "\n").replace('\n', "\r\n"));
                self.touched.push(path);
            }
            Step::Reformat(path) => {
                let text = project.read(path);
                project.write(path, &text.replace("  ", "\t"));
                self.touched.push(path);
            }
        }
    }

    fn assert_kept(&self, project: &Project) {
        for (path, line) in &self.lines {
            let place = self.place(path);
            let text = project.read(place);
            assert!(text.contains(line.trim()), "{line} in {place}\n{text}");
        }
        for path in &self.gone {
            assert!(!project.has(path), "{path} came back");
        }
        for (from, to) in &self.moved {
            assert!(!project.has(from) && project.has(to), "{from} -> {to}");
        }
    }
}

fn play(steps: &[Step]) {
    let project = Project::new(PAGE);
    let mut person = Person::default();
    for step in steps {
        person.does(&project, step);
        project.run(&["apply"]);
        person.assert_kept(&project);
    }
    project.assert_settled();
    for (path, (bytes, _)) in project.files() {
        let unix = String::from_utf8(bytes).map(|text| text.replace("\r\n", "\n"));
        let bytes = unix.expect("a text").into_bytes();
        parse::check(&path, &bytes).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
    // Where nobody edited, the result is what `new` lays out.
    let mut fresh = Project::new(&project.read("hybridge.yaml")).files();
    let mut files = project.files();
    for files in [&mut fresh, &mut files] {
        files.retain(|path, _| !person.touched.contains(&path.as_str()));
    }
    trees::assert_same(&files, &fresh);
}

#[test]
fn whatever_happens_in_whichever_order_nothing_of_a_person_is_lost() {
    let config = Config {
        cases: 12,
        max_shrink_iters: 40,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let sequences = proptest::collection::vec(0..STEPS.len(), 1..8);
    let played = runner.run(&sequences, |numbers| {
        let steps: Vec<Step> = numbers.iter().map(|at| STEPS[*at].clone()).collect();
        play(&steps);
        Ok(())
    });
    played.unwrap_or_else(|error| panic!("{error}"));
}
