//! The options as JSON Schema (draft 2020-12), for editors that complete `*.pkr.json`.

use serde_json::{Map, Value, json};

use crate::{Field, FieldKind, Schema};

/// An object schema. HCL's JSON form lets any value be a text with `${…}`, so kinds other than text also accept text.
pub fn to_json_schema(schema: &Schema) -> Value {
    let mut root = object(schema);
    if let Some(root) = root.as_object_mut() {
        root.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
        root.insert("title".into(), json!(schema.name));
        if !schema.doc.is_empty() {
            root.insert("description".into(), json!(schema.doc));
        }
    }
    root
}

fn object(schema: &Schema) -> Value {
    let mut properties = Map::new();
    for (name, field) in schema.names() {
        properties.insert(name.to_owned(), property(field, name != field.name));
    }
    let required: Vec<&str> = schema.fields.iter().filter(|f| f.required).map(|f| f.name.as_ref()).collect();
    let mut object = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    // An option with older names may be set under one of them: no editor should insist on the new one.
    let insist: Vec<&&str> = required
        .iter()
        .filter(|name| schema.field(name).is_some_and(|field| field.aliases.is_empty()))
        .collect();
    if !insist.is_empty() {
        object["required"] = json!(insist);
    }
    object
}

fn property(field: &Field, older: bool) -> Value {
    let mut property = kind(&field.kind);
    if !field.values.is_empty() && field.kind == FieldKind::String {
        // A text may also be put together from variables.
        property =
            json!({ "anyOf": [{ "enum": field.values }, { "type": "string", "pattern": "\\$\\{|\\{\\{" }] });
    }
    let Some(map) = property.as_object_mut() else { return property };
    if !field.doc.is_empty() {
        map.insert("description".into(), json!(field.doc));
    }
    if let Some(default) = &field.default {
        map.insert("default".into(), default_of(&field.kind, default));
    }
    if older || field.deprecated.is_some() {
        map.insert("deprecated".into(), json!(true));
    }
    property
}

fn default_of(kind: &FieldKind, text: &str) -> Value {
    match kind {
        FieldKind::String | FieldKind::Duration => json!(text),
        _ => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
    }
}

fn kind(kind: &FieldKind) -> Value {
    match kind {
        FieldKind::String => json!({ "type": ["string", "number", "boolean"] }),
        FieldKind::Duration => json!({ "type": "string" }),
        FieldKind::Bool => json!({ "type": ["boolean", "string"] }),
        FieldKind::Integer => json!({ "type": ["integer", "string"] }),
        FieldKind::Number => json!({ "type": ["number", "string"] }),
        FieldKind::List(of) => json!({ "type": ["array", "string"], "items": self::kind(of) }),
        FieldKind::Map(of) => json!({ "type": ["object", "string"], "additionalProperties": self::kind(of) }),
        FieldKind::Block(schema) => object(schema),
        FieldKind::Blocks(schema) => {
            let one = object(schema);
            json!({ "anyOf": [one.clone(), { "type": "array", "items": one }] })
        }
        FieldKind::Any => json!({}),
    }
}
