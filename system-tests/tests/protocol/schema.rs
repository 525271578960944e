//! Checks values against a schema, as far as the descriptions use JSON Schema.

use serde_json::Value;

/// Returns what is wrong with a value. Members that the schema does not name are wrong too.
pub(crate) fn violation(value: &Value, schema: &Value, root: &Value) -> Option<String> {
    let schema = resolve(schema, root);
    if let Some(choices) = schema["anyOf"].as_array() {
        let violations: Vec<_> = choices
            .iter()
            .filter_map(|choice| violation(value, choice, root))
            .collect();
        return (violations.len() == choices.len()).then(|| violations.join("; or "));
    }
    if !has_type(value, &schema["type"]) {
        return Some(format!("{value} is not of type {}", schema["type"]));
    }
    let is_constant = schema.get("const").is_none_or(|constant| constant == value);
    let is_listed = schema["enum"]
        .as_array()
        .is_none_or(|list| list.contains(value));
    if !is_constant || !is_listed {
        return Some(format!("{value} is not allowed"));
    }
    if let Some(elements) = value.as_array() {
        let mut elements = elements.iter();
        return elements.find_map(|element| violation(element, &schema["items"], root));
    }
    wrong_member(value, schema, root)
}

/// Follows a reference within the same file.
pub(crate) fn resolve<'a>(schema: &'a Value, root: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => {
            let target = root.pointer(reference.trim_start_matches('#'));
            resolve(target.unwrap_or_else(|| panic!("no {reference}")), root)
        }
        None => schema,
    }
}

fn has_type(value: &Value, allowed: &Value) -> bool {
    let name = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    match allowed {
        Value::String(allowed) => allowed == name,
        Value::Array(allowed) => allowed.iter().any(|allowed| allowed == name),
        _ => true,
    }
}

fn wrong_member(value: &Value, schema: &Value, root: &Value) -> Option<String> {
    let (members, properties) = (value.as_object()?, schema["properties"].as_object()?);
    let required = schema["required"].as_array().into_iter().flatten();
    let mut names = required.filter_map(Value::as_str);
    if let Some(missing) = names.find(|name| !members.contains_key(*name)) {
        return Some(format!("{missing} is missing in {value}"));
    }
    members
        .iter()
        .find_map(|(name, member)| match properties.get(name) {
            Some(property) => violation(member, property, root),
            None => Some(format!("{name} is not described")),
        })
}
