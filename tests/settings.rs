//! Two services of one kind are set apart in containers.

mod support;

use serde_yaml::Value;
use support::render;

#[test]
fn two_language_services_may_ask_two_servers_with_two_keys() {
    let tree = render(
        "name: word\nservices:\n  gateway: { kind: gateway }\n  assistant: { kind: language }\n  \
         helper: { kind: language }\ntargets: [compose]\n",
    );
    let text = |path: &str| std::str::from_utf8(&tree[path].bytes).unwrap();
    let compose: Value = serde_yaml::from_str(text("compose.yaml")).unwrap();
    let example = text(".env.example");
    assert!(example.contains("\nLANGUAGE_API_KEY=\n"), "{example}");
    for (service, prefix) in [("assistant", "ASSISTANT"), ("helper", "HELPER")] {
        let environment = &compose["services"][service]["environment"];
        assert_eq!(
            environment["LANGUAGE_BASE_URL"],
            format!("${{{prefix}_LANGUAGE_BASE_URL:-}}")
        );
        assert_eq!(
            environment["LANGUAGE_API_KEY"],
            format!("${{{prefix}_LANGUAGE_API_KEY:-${{LANGUAGE_API_KEY:?run make env}}}}")
        );
        // `make env` gives a random value to every name without one that is no comment.
        let own = format!(
            "\n# In place of LANGUAGE_API_KEY, for this service alone\n# {prefix}_LANGUAGE_API_KEY=\n"
        );
        assert!(example.contains(&own), "{example}");
    }
}
