//! Documents of messages, and what stands once for all services of a transport.

use hybridge::template::files::TemplateFiles;
use snapbox::{assert_data_eq, str};

use crate::support::{changed_lines, render_with};
use crate::{BLUEPRINT, text, with_post};

const PAPERS: &str = r#"
cloudevents: "ce_"
each:
  call: { reply: { address: { location: "$message.header#/reply-to" } } }
  message: { correlationId: { location: "$message.header#/correlation-id" } }
document:
  servers:
    office: { host: "{{system.name}}:9092", protocol: kafka }
  channels:
    requests: { bindings: { kafka: { topic: "{{system.name}}.{{service.name}}.requests" } } }
    replies: { address: null }
  components:
    schemas:
      RequestHeaders: { properties: { reply-to: { type: string } } }
      AnswerHeaders: { properties: { correlation-id: { type: string } } }
"#;

/// The document of one service of a blueprint, over a transport that carries messages.
fn papers(blueprint: &str, service: &str) -> serde_json::Value {
    let catalogue = with_post(
        "needs: [messages]\n",
        &[
            ("transport/post/asyncapi.yaml", PAPERS),
            (
                "transport/post/shared/contracts/__service__.asyncapi.json.hbs",
                "{{{json service.asyncapi}}}\n",
            ),
        ],
    );
    let tree = render_with(blueprint, &catalogue);
    serde_json::from_str(text(&tree, &format!("contracts/{service}.asyncapi.json"))).unwrap()
}

#[test]
fn a_document_of_messages_is_made_of_the_contract_and_of_fragments() {
    let blueprint = format!(
        "{BLUEPRINT}targets: []\n"
    )
    .replace(
        "clerk: { kind: worker }",
        "clerk:\n    kind: worker\n    operations:\n      file_away:\n        input: { what: string, when: timestamp }\n        \
         output: { place: int }\n    events:\n      filed: { what: string }",
    );
    let document = papers(&blueprint, "clerk");
    assert_eq!(document["servers"]["office"]["host"], "office:9092");
    let channels = &document["channels"];
    assert_eq!(channels["requests"]["address"], "office.clerk.requests");
    assert_eq!(
        channels["requests"]["bindings"]["kafka"]["topic"],
        "office.clerk.requests"
    );
    assert!(channels["replies"]["address"].is_null());
    let operation = &document["operations"]["fileAway"];
    assert_eq!(operation["action"], "receive");
    assert_eq!(
        operation["reply"]["address"]["location"],
        "$message.header#/reply-to"
    );
    let components = &document["components"];
    assert_eq!(
        components["messages"]["FileAwayRequest"]["correlationId"]["location"],
        "$message.header#/correlation-id"
    );
    assert_eq!(
        components["schemas"]["FileAwayInput"]["properties"]["when"]["format"],
        "date-time"
    );
    let headers = &components["schemas"]["RequestHeaders"]["properties"];
    assert!(headers["request-deadline"].is_object() && headers["reply-to"].is_object());
    assert!(components["schemas"]["EventHeaders"]["properties"]["ce_id"].is_object());
}

#[test]
fn a_service_without_events_has_no_channel_for_them() {
    let quiet = "hybridge: 1\nname: office\nservices:\n  gateway: { kind: gateway }\n  reader: { kind: inference }\n\
                 links:\n  - { from: gateway, to: reader, via: post }\n";
    let document = papers(quiet, "reader");
    assert!(document["operations"]["predict"].is_object());
}

#[test]
fn what_a_transport_has_once_stands_once_beside_what_each_service_has() {
    let catalogue = with_post(
        "project: { npm: [yaml] }\n",
        &[
            (
                "transport/post/shared/contracts/post.mk.hbs",
                "contracts:: {{#each services}}{{name}} {{/each}}\n",
            ),
            (
                "transport/post/shared/contracts/__service__.txt.hbs",
                "{{service.name}}\n",
            ),
            ("versions.yaml", &versions_with_yaml()),
        ],
    );
    let second = "  porter: { kind: worker }\n  aside: { kind: worker }\nlinks:\n  \
                  - { from: gateway, to: porter, via: post }\n  - { from: gateway, to: aside }\n";
    let page = BLUEPRINT.replace("links:\n", second);
    let tree = render_with(&page, &catalogue);
    assert_eq!(
        text(&tree, "contracts/post.mk"),
        "contracts:: clerk porter \n"
    );
    assert_eq!(text(&tree, "contracts/porter.txt"), "porter\n");
    assert!(!tree.contains_key("contracts/aside.txt"));
    let without = render_with(&page, &with_post("", &[]));
    assert_data_eq!(
        changed_lines(text(&without, "package.json"), text(&tree, "package.json")),
        str![[r#"
-    "ws": "^8.23.0"
+    "ws": "^8.23.0",
+    "yaml": "^2.0.0"

"#]]
    );
}

/// `versions.yaml` with one package more.
fn versions_with_yaml() -> String {
    let built_in = TemplateFiles::built_in();
    let versions = built_in.text("versions.yaml").unwrap();
    versions.replace("\nnpm:\n", "\nnpm:\n  yaml: \"2.0.0\"\n")
}
