//! What templates see of a contract.

use heck::{ToLowerCamelCase, ToPascalCase};
use serde_json::{Map, Value, json};

use crate::contract::graphql::graphql;
use crate::contract::model::{Contract, Event, Field, Operation, TypeDef};
use crate::contract::{example, mapping};
use crate::plan::view::*;

/// `contract` is that of the whole service: examples need its types.
pub fn operation_view(
    operation: &Operation,
    service: &Identity,
    contract: &Contract,
) -> OperationView {
    let class = operation.name.to_pascal_case();
    let message = |suffix: &str, fields: &[Field]| MessageView {
        class: format!("{class}{suffix}"),
        schema: format!("{}{class}{suffix}", service.class),
        fields: fields.iter().map(field_view).collect(),
        example: example::example_of(fields, contract),
    };
    OperationView {
        name: operation.name.clone(),
        camel: operation.name.to_lower_camel_case(),
        description: operation.description.clone(),
        safe: operation.safe,
        internal: operation.internal,
        own: operation.own,
        has_observe: operation.observe.is_some(),
        observe: operation
            .observe
            .as_ref()
            .map(|observe| ObserveView {
                name: observe.name.clone(),
                attributes: observe.attributes.clone(),
            })
            .unwrap_or_default(),
        scopes: operation.scopes.clone(),
        input: message("Input", &operation.input),
        output: message("Output", &operation.output),
        has_stream: operation.stream.is_some(),
        part: message("Part", operation.stream.as_deref().unwrap_or_default()),
        class,
    }
}

/// What clients may ask each service, and its answer: by service and operation.
pub fn examples(linked: &[LinkedService]) -> Value {
    let of = |service: &ServiceView| -> Map<String, Value> {
        let public = service.operations.iter().filter(|it| !it.internal);
        public
            .map(
                |OperationView {
                     name,
                     input,
                     output,
                     has_stream,
                     part,
                     ..
                 }| {
                    let mut example = json!({ "input": input.example, "output": output.example });
                    if *has_stream {
                        example["part"] = part.example.clone();
                    }
                    (name.clone(), example)
                },
            )
            .collect()
    };
    linked
        .iter()
        .map(|LinkedService { service, .. }| (service.identity.name.clone(), json!(of(service))))
        .collect()
}

/// What a client needs to receive an event, by its name; events that everybody receives are left out.
pub fn event_scopes(contract: &Contract) -> Map<String, Value> {
    let needed = contract.events.iter().filter(|it| !it.scopes.is_empty());
    needed
        .map(|it| (it.name.clone(), json!(it.scopes)))
        .collect()
}

pub fn event_view(event: &Event, service: &Identity, contract: &Contract) -> EventView {
    EventView {
        name: event.name.clone(),
        class: event.name.to_pascal_case(),
        description: event.description.clone(),
        channel: format!("{}.{}", service.name, event.name),
        fields: event.fields.iter().map(field_view).collect(),
        example: example::example_of(&event.fields, contract),
    }
}

pub fn type_view(kind: &TypeDef, contract: &Contract) -> TypeView {
    TypeView {
        name: kind.name.clone(),
        description: kind.description.clone(),
        fields: kind.fields.iter().map(field_view).collect(),
        example: example::example_of(&kind.fields, contract),
    }
}

pub fn graphql_view(service: &Identity, contract: &Contract) -> GraphqlView {
    let graphql = graphql(&service.name, contract);
    GraphqlView {
        schema: graphql.schema,
        documents: graphql.documents,
        client: graphql.client,
    }
}

fn field_view(field: &Field) -> FieldView {
    FieldView {
        name: field.name.clone(),
        description: field.description.clone(),
        required: !field.optional && field.default.is_none(),
        ts: mapping::typescript(&field.kind),
        py: mapping::python(field),
        py_default: mapping::python_default(field),
        schema: mapping::schema(field, "#/components/schemas/"),
    }
}
