use snapbox::{assert_data_eq, str};

use super::*;

fn merged(path: &str, base: &str, yours: &str, new: &str) -> Result<String, String> {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    match merge(path, base.as_bytes(), yours.as_bytes(), new.as_bytes()) {
        Merged::Clean(bytes) => Ok(text(bytes)),
        Merged::Conflict { bytes, .. } => Err(text(bytes)),
    }
}

fn clean(path: &str, base: &str, yours: &str, new: &str) -> String {
    merged(path, base, yours, new).unwrap_or_else(|text| panic!("a conflict:\n{text}"))
}

const PACKAGE: &str = r#"{
  "name": "@shop/gateway",
  "scripts": {
    "test": "node --test"
  },
  "files": ["src"],
  "dependencies": {
    "fastify": "^5.1.0",
    "pino": "^10.4.0",
    "ws": "^8.23.0"
  }
}
"#;

/// Nx and JHipster: a dependency that a person added next to one that the generator adds is dropped, or the file is
/// broken.
#[test]
fn dependencies_that_both_add_at_one_place_stand_side_by_side() {
    let yours = PACKAGE.replace(
        "\"ws\": \"^8.23.0\"",
        "\"ws\": \"^8.23.0\",\n    \"zod\": \"^4.0.0\"",
    );
    let new = PACKAGE.replace(
        "\"ws\": \"^8.23.0\"",
        "\"undici\": \"^8.0.0\",\n    \"ws\": \"^8.23.0\",\n    \"yaml\": \"^2.0.0\"",
    );
    let expected = PACKAGE.replace(
        "\"ws\": \"^8.23.0\"",
        "\"undici\": \"^8.0.0\",\n    \"ws\": \"^8.23.0\",\n    \"yaml\": \"^2.0.0\",\n    \"zod\": \"^4.0.0\"",
    );
    assert_eq!(clean("package.json", PACKAGE, &yours, &new), expected);
}

/// projen and JHipster: a version that a person raised is lowered to what the generator knows.
#[test]
fn a_version_that_a_person_raised_or_pinned_is_never_lowered() {
    let with = |version: &str| PACKAGE.replace("^5.1.0", version);
    for (yours, new, stays) in [
        ("^6.2.0", "^5.3.0", "^6.2.0"),
        ("^5.2.0", "^5.3.0", "^5.3.0"),
        ("5.1.7", "^5.3.0", "5.1.7"),
        ("^5.1.0", "^5.3.0", "^5.3.0"),
        ("^4.9.0", "^5.3.0", "^4.9.0"),
    ] {
        let merged = clean("package.json", PACKAGE, &with(yours), &with(new));
        assert_eq!(merged, with(stays), "{yours} and {new}");
    }
    let file = "file:../fork";
    assert!(merged("package.json", PACKAGE, &with(file), &with("^5.3.0")).is_err());
}

/// cookiecutter with `--overwrite`, and Nx: what a person took out comes back.
#[test]
fn what_a_person_took_out_stays_out_and_what_the_system_drops_goes() {
    let yours = PACKAGE.replace("    \"pino\": \"^10.4.0\",\n", "");
    let new = PACKAGE
        .replace("^10.4.0", "^10.5.0")
        .replace(",\n    \"ws\": \"^8.23.0\"", "");
    let expected = yours.replace(",\n    \"ws\": \"^8.23.0\"", "");
    assert_eq!(clean("package.json", PACKAGE, &yours, &new), expected);
    let raised = PACKAGE.replace("^8.23.0", "^9.0.0");
    let kept = clean(
        "package.json",
        PACKAGE,
        &raised,
        &PACKAGE.replace(",\n    \"ws\": \"^8.23.0\"", ""),
    );
    assert_eq!(kept, raised, "what a person changed stays");
}

#[test]
fn indentation_order_and_line_ends_of_the_person_stay() {
    let tabs = PACKAGE.replace("  ", "\t").replace('\n', "\r\n");
    let new = PACKAGE.replace("\"files\": [\"src\"]", "\"files\": [\"src\", \"dist\"]");
    let expected = tabs.replace("[\"src\"]", "[\"src\", \"dist\"]");
    let merged = clean("package.json", PACKAGE, &tabs, &new);
    assert_eq!(merged, expected);
    let nested = PACKAGE.replace(
        "\"name\"",
        "\"exports\": {\n    \".\": { \"types\": \"a\" }\n  },\n  \"name\"",
    );
    let wide = PACKAGE.replace("  ", "    ");
    let merged = clean("package.json", PACKAGE, &wide, &nested);
    let added = "    \"exports\": {\n        \".\": {\n            \"types\": \"a\"\n        }\n    },\n    \"name\"";
    assert_eq!(merged, wide.replace("    \"name\"", added));
}

const COMPOSE: &str = "services:
  gateway:
    image: shop/gateway
    ports: [\"3000:3000\"]
  vision:
    image: shop/vision
    environment:
      PORT: \"8001\"
volumes: {}
";

/// copier: two services added next to each other are a conflict in every project that was touched.
#[test]
fn services_that_both_add_stand_side_by_side_and_comments_stay() {
    let yours = "# Mine.\n".to_owned()
        + &COMPOSE.replace(
            "volumes: {}",
            "  mailhog: # for tests\n    image: mailhog/mailhog\nvolumes: {}",
        );
    let new = COMPOSE
        .replace(
            "volumes: {}",
            "  trends:\n    image: shop/trends\nvolumes: {}",
        )
        .replace("\"8001\"", "\"8001\"\n      LOG: json");
    let expected = yours
        .replace("  mailhog", "  trends:\n    image: shop/trends\n  mailhog")
        .replace("\"8001\"", "\"8001\"\n      LOG: json");
    assert_eq!(clean("compose.yaml", COMPOSE, &yours, &new), expected);
}

/// copier: marks in a file of which a parser then says nothing but that it is broken.
#[test]
fn a_value_that_both_changed_is_named_and_the_file_stays_whole() {
    let yours = COMPOSE.replace("shop/vision", "mine/vision");
    let new = COMPOSE
        .replace("shop/vision", "shop/eyes")
        .replace("\"8001\"", "\"8002\"");
    let conflict = |path: &str, base: &str, yours: &str, new: &str| {
        let merged = merge(path, base.as_bytes(), yours.as_bytes(), new.as_bytes());
        let Merged::Conflict {
            bytes,
            places,
            is_marked,
        } = merged
        else {
            panic!("no conflict in {path}");
        };
        assert!(!is_marked, "{path}");
        (String::from_utf8(bytes).unwrap(), places)
    };
    let (text, places) = conflict("compose.yaml", COMPOSE, &yours, &new);
    // What does not conflict is merged.
    assert_eq!(text, yours.replace("\"8001\"", "\"8002\""));
    assert_eq!(places, ["services.vision.image"]);
    let (text, places) = conflict(
        "pyproject.toml",
        PYPROJECT,
        &PYPROJECT.replace("100", "120"),
        &PYPROJECT.replace("100", "90").replace("vision", "eyes"),
    );
    let expected = PYPROJECT.replace("100", "120").replace("vision", "eyes");
    assert_eq!(text, expected);
    assert_eq!(places, ["tool.ruff.line-length"]);
    let documents = |name: &str, image: &str| format!("name: {name}\n---\nimage: {image}\n");
    let (text, _) = conflict(
        "k8s/vision.yaml",
        &documents("a", "old"),
        &documents("a", "mine"),
        &documents("b", "new"),
    );
    assert_eq!(text, documents("b", "mine"));
}

const PYPROJECT: &str = "[project]
name = \"vision\"
dependencies = [
    \"anyio>=4.16.0,<5\",
    \"numpy>=2.4.6,<3\",
    \"uvicorn[standard]>=0.54.0,<1\",
]

[tool.ruff]
line-length = 100
";

#[test]
fn requirements_of_python_are_merged_by_their_names() {
    let yours = PYPROJECT
        .replace(
            "    \"numpy>=2.4.6,<3\",\n",
            "    \"numpy>=3.1,<4\", # for the new arrays\n    \"pandas>=3\",\n",
        )
        .replace("line-length = 100", "line-length = 120 # wide");
    let new = PYPROJECT
        .replace("numpy>=2.4.6", "numpy>=2.5.0")
        .replace("anyio>=4.16.0", "anyio>=4.17.0")
        .replace("    \"uvicorn", "    \"polars>=1\",\n    \"uvicorn")
        + "src = [\"src\"]\n";
    let expected = yours
        .replace("anyio>=4.16.0", "anyio>=4.17.0")
        .replace("    \"pandas", "    \"polars>=1\",\n    \"pandas")
        + "src = [\"src\"]\n";
    let merged = clean("pyproject.toml", PYPROJECT, &yours, &new);
    assert_eq!(merged, expected);
}

#[test]
fn comments_of_a_toml_list_stay_with_their_items() {
    let list = |items: &str| format!("dev = [\n{items}]\n");
    let base = list("    \"a>=1\",\n    \"b>=1\",\n    \"c>=1\",\n");
    let yours = list(
        "    \"a>=1\", # first\n    # about b\n    \"b>=1\", # second\n    \"c>=1\", # last\n    # the end\n",
    );
    let more = list("    \"a>=1\",\n    \"b>=1\",\n    \"c>=1\",\n    \"d>=1\",\n");
    let expected = yours.replace("# last\n", "# last\n    \"d>=1\",\n");
    assert_eq!(clean("x.toml", &base, &yours, &more), expected);
    let less = list("    \"a>=1\",\n    \"c>=1\",\n");
    let without = clean("x.toml", &base, &yours, &less);
    assert_data_eq!(
        without,
        str![[r#"
dev = [
    "a>=1", # first
    "c>=1", # last
    # the end
]

"#]]
    );
    let short = "dev = [\"a\", \"b\"]\n";
    let text = clean(
        "x.toml",
        short,
        "dev = [\"a\", \"b\", \"m\"]\n",
        "dev = [\"a\", \"n\", \"b\"]\n",
    );
    assert_eq!(text, "dev = [\"a\", \"n\", \"b\", \"m\"]\n");
}

#[test]
fn variables_that_both_add_stand_side_by_side_each_with_its_comment() {
    let base = "# Settings.\n\n# Port\n# PORT=3000\n\n# Secret\nTOKEN=\n";
    let yours = "# Settings.\n\n# Port\nPORT=4000\n\n# Secret\nTOKEN=\n\n# Mine\nMINE=1\n";
    let new = "# Settings.\n\n# Port to listen on\n# PORT=3000\n\n# Secret\nTOKEN=\n\n# Level\n# LEVEL=info\n";
    let expected = "# Settings.\n\n# Port to listen on\nPORT=4000\n\n# Secret\nTOKEN=\n\n# Level\n# LEVEL=info\n\n# Mine\nMINE=1\n";
    let text = clean(".env.example", base, yours, new);
    assert_eq!(text, expected);
}

#[test]
fn words_of_a_variable_of_a_makefile_are_merged() {
    let base = "SERVICES := gateway vision\n\nall:\n\techo\n";
    let yours = base.replace("vision", "vision mine");
    let new = base.replace("gateway vision", "gateway vision trends");
    let expected = base.replace("gateway vision", "gateway vision trends mine");
    assert_eq!(clean("Makefile", base, &yours, &new), expected);
}

/// A value is no list: neither side's is lost, and nothing is put together of both.
#[test]
fn a_value_that_both_changed_is_a_conflict_in_every_language() {
    for (path, line) in [
        ("a.ts", "const limit = 5;\n"),
        ("a.py", "LIMIT = 5\n"),
        ("a.py", "LIMIT: Final = 5\n"),
        ("Dockerfile", "ENV LIMIT=5\n"),
        ("Makefile", "limit := 5\n"),
        (".env.example", "LIMIT=5\n"),
    ] {
        let with = |value: &str| line.replace('5', value);
        let text = merged(path, line, &with("10"), &with("20")).expect_err(path);
        let (yours, new) = (with("10"), with("20"));
        let expected = format!("<<<<<<< yours\n{yours}=======\n{new}>>>>>>> hybridge [..]\n");
        assert_data_eq!(text, expected);
    }
}

#[test]
fn indentation_is_an_edit_where_it_means_something() {
    let base = "if a:\n    b()\n    c()\n";
    let yours = "if a:\n    b()\nc()\n";
    let new = "if a:\n    b()\n    c(1)\n";
    let text = merged("a.py", base, yours, new).expect_err("both changed the line");
    assert_data_eq!(
        text,
        str![[r#"
if a:
    b()
<<<<<<< yours
c()
=======
    c(1)
>>>>>>> hybridge 0.1.0

"#]]
    );
    // Inside of brackets it means nothing.
    let wrapped = "x = f(\n    1,\n    2,\n)\n";
    assert_eq!(
        clean("a.py", "x = f(1, 2)\n", wrapped, "x = g(1, 2)\n"),
        "x = g(1, 2)\n"
    );
    let tuple = merged("a.py", "x = (1)\n", "x = (1,)\n", "x = (2)\n");
    assert!(tuple.is_err(), "{tuple:?}");
}

#[test]
fn a_key_that_both_add_to_json_is_there_once() {
    let base = PACKAGE;
    let yours = base.replace("    \"test\"", "    \"lint\": \"mine\",\n    \"test\"");
    let new = base.replace(
        "\"node --test\"\n",
        "\"node --test\",\n    \"lint\": \"ours\"\n",
    );
    let text = merged("package.json", base, &yours, &new).expect_err("both added it");
    assert_eq!(text, yours);
}

#[test]
fn a_cap_that_a_person_set_stays() {
    let base = "[project]\ndependencies = [\n    \"numpy>=2.4.0,<3\",\n]\n";
    let with = |version: &str| base.replace(">=2.4.0,<3", version);
    let merged = clean(
        "pyproject.toml",
        base,
        &with(">=2.4.6,<2.5"),
        &with(">=2.5.0,<3"),
    );
    assert_eq!(merged, with(">=2.4.6,<2.5"));
}

#[test]
fn what_both_ignore_is_ignored() {
    let text = clean(".gitignore", "a\n", "a\nmine\n", "a\nours\n");
    assert_eq!(text, "a\nmine\nours\n");
}

/// cruft: a file that a formatter touched is rejected hunk by hunk.
#[test]
fn formatting_is_no_edit() {
    let base = "const a = call('x', 1);\nconst b = 2;\n";
    let yours = "const a = call(\n  \"x\",\n  1,\n);\nconst b = 2;\n";
    let new = "const a = call('x', 2);\nconst b = 2;\n";
    assert_eq!(clean("a.ts", base, yours, new), new);
    assert_eq!(clean("a.ts", base, yours, base), yours);
}

/// copier: of several hunks that conflict some are lost.
#[test]
fn every_hunk_of_a_conflict_is_kept() {
    let base = "a\nb\nc\nd\ne\n";
    let yours = "a1\nb\nc1\nd\ne1\n";
    let new = "a2\nb\nc2\nd\ne2\n";
    let text = merged("x.py", base, yours, new).unwrap_err();
    for line in ["a1", "a2", "c1", "c2", "e1", "e2"] {
        assert!(text.lines().any(|it| it == line), "{line}\n{text}");
    }
    assert_eq!(text.matches("<<<<<<< yours").count(), 3);
}

#[test]
fn line_ends_of_a_checkout_are_no_conflict_and_stay() {
    let merged = clean("a.py", "a\nb\nc\n", "a\r\nb\r\nmine\r\n", "new\nb\nc\n");
    assert_eq!(merged, "new\r\nb\r\nmine\r\n");
}

#[test]
fn what_is_no_text_stays_as_it_is() {
    let merged = merge("a.png", b"\xff1", b"\xff2", b"\xff3");
    let kept = Merged::Conflict {
        bytes: b"\xff2".to_vec(),
        places: Vec::new(),
        is_marked: false,
    };
    assert_eq!(merged, kept);
}
