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
    let compose = std::str::from_utf8(&tree["compose.yaml"].bytes).unwrap();
    let compose: Value = serde_yaml::from_str(compose).unwrap();
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
    }
}
