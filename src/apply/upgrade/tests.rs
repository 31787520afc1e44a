use super::*;
use crate::tree::Owner;

fn pattern(text: &str) -> Pattern {
    serde_yaml::from_str(text).unwrap()
}

fn of_format(format: u64) -> Upgrade<'static> {
    let steps = STEPS.iter().filter(|step| format <= step.until).collect();
    Upgrade { steps, packs: &[] }
}

#[test]
fn a_star_stands_for_a_name_or_a_part_of_one() {
    let from = pattern("services/*/src/*/inference/*.py");
    let captures = from.captures("services/vision-2/src/vision_2/inference/model.py");
    let captures = captures.unwrap();
    assert_eq!(captures, ["vision-2", "vision_2", "model"]);
    let to = pattern("services/*/src/*/*.py");
    assert_eq!(
        to.fill(&captures),
        "services/vision-2/src/vision_2/model.py"
    );
    assert_eq!(
        pattern("packages/*.ts").fill(&captures),
        "packages/model.ts"
    );
    for other in [
        "services/a/src/a/model.py",
        "services/a/src/a/inference/model.ts",
        "a",
    ] {
        assert_eq!(from.captures(other), None, "{other}");
    }
}

#[test]
fn imports_follow_from_wherever_they_stand() {
    let upgrade = of_format(1);
    for (path, line, expected) in [
        (
            "services/vision/src/vision/handlers/predict.py",
            "from ..service.call import Call\n",
            "from service_runtime.calls.call import Call\n",
        ),
        (
            "services/vision/src/vision/resources.py",
            "from .inference.predictor import Predictor",
            "from .predictor import Predictor",
        ),
        (
            "services/vision/tests/test_mine.py",
            "    from vision.inference.model import Digits\n",
            "    from vision.model import Digits\n",
        ),
        // Another module of the same name, and no import.
        (
            "services/vision/src/vision/own/own.py",
            "from .service.call import Call",
            "",
        ),
        (
            "services/vision/src/vision/own.py",
            "# from service.call import",
            "",
        ),
        (
            "services/vision/src/vision/own.py",
            "from vision.service.mine import x",
            "",
        ),
        ("tools/own.py", "from vision.service.call import Call", ""),
    ] {
        let expected = if expected.is_empty() { line } else { expected };
        let found = upgrade.follow(path, line.as_bytes());
        assert_eq!(String::from_utf8(found).unwrap(), expected, "{path}");
    }
    assert!(of_format(2).is_empty());
}

#[test]
fn a_template_that_was_moved_is_known_by_its_new_path() {
    let step: Step =
        serde_yaml::from_str("{ until: 1, templates: { old/a.py: new/b.py } }").unwrap();
    let upgrade = Upgrade {
        steps: vec![Box::leak(Box::new(step))],
        packs: &[],
    };
    let file = |template: &str| FileState {
        owner: Owner::Managed,
        template: template.into(),
        pack: None,
        executable: false,
        sha256: String::new(),
        moved_to: None,
    };
    assert_eq!(upgrade.template(&file("old/a.py")), "new/b.py");
    assert_eq!(upgrade.template(&file("c")), "c");
}
