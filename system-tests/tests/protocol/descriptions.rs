//! openapi.json and asyncapi.json describe what the services do: the examples of the document, the
//! methods that each path allows, and all problems.

use crate::{
    document::{examples, problems},
    process::Lab,
    schema::{resolve, violation},
};
use conformance::{Client, block_on};
use serde_json::{Map, Value, json};
use std::{collections::BTreeSet, net::SocketAddr};

const OPENAPI: &str = include_str!("../../../docs/openapi.json");
const ASYNCAPI: &str = include_str!("../../../docs/asyncapi.json");

/// Problems that no operation has: of another method, of longer headers, and of frames.
const OF_NO_OPERATION: [&str; 5] = [
    "method-not-allowed",
    "head-too-large",
    "bad-request-frame",
    "already-subscribed",
    "not-subscribed",
];

#[test]
fn every_example_of_a_request_is_described() {
    let description: Value = serde_json::from_str(OPENAPI).unwrap();
    let requests = examples().filter(|(kind, _)| *kind == "http");
    let mut checked = 0;
    for (_, example) in requests.filter(|(_, example)| !example.starts_with("OPTIONS ")) {
        let wrong = wrong_response(example, &description);
        assert_eq!(wrong, None, "{example}");
        checked += 1;
    }
    assert!(checked > 7, "only {checked} examples found");
}

#[test]
fn every_example_of_a_frame_is_described() {
    let description: Value = serde_json::from_str(ASYNCAPI).unwrap();
    let frames = examples().filter(|(kind, _)| *kind == "frames");
    let lines: Vec<_> = frames.flat_map(|(_, example)| example.lines()).collect();
    let mut checked = 0;
    for (index, line) in lines.iter().enumerate() {
        let (direction, text) = line.split_at(2);
        let is_refused = lines
            .get(index + 1)
            .is_some_and(|reply| reply.contains("\"error\":"));
        if direction == "> " && is_refused {
            continue;
        }
        let frame = serde_json::from_str(text).unwrap();
        let operations = if direction == "> " {
            vec!["/operations/publish/messages"]
        } else {
            vec![
                "/operations/subscribe/messages",
                "/operations/publish/reply/messages",
            ]
        };
        let is_described = operations
            .iter()
            .flat_map(|pointer| description.pointer(pointer).unwrap().as_array().unwrap())
            .map(|message| &resolve(message, &description)["payload"])
            .any(|payload| violation(&frame, payload, &description).is_none());
        assert!(is_described, "{line}");
        checked += 1;
    }
    assert!(checked > 7, "only {checked} frames found");
}

#[test]
fn every_path_allows_the_described_methods() {
    let description: Value = serde_json::from_str(OPENAPI).unwrap();
    let lab = Lab::up(&[]);
    block_on(async {
        for (path, item) in description["paths"].as_object().unwrap() {
            let servers = item.get("servers").unwrap_or(&description["servers"]);
            for server in servers.as_array().unwrap() {
                let service = server["description"].as_str().unwrap();
                let allowed =
                    allowed(lab.socket_address(service), &path.replace("{id}", "x")).await;
                let described: BTreeSet<_> = methods(item).map(str::to_uppercase).collect();
                assert_eq!(allowed, described, "{path} of {service}");
            }
        }
    });
}

#[test]
fn every_problem_is_described_with_its_status() {
    let description: Value = serde_json::from_str(OPENAPI).unwrap();
    let mut described = BTreeSet::new();
    for item in description["paths"].as_object().unwrap().values() {
        for operation in methods(item).map(|method| &item[method]) {
            for (status, response) in operation["responses"].as_object().unwrap() {
                let response = resolve(response, &description);
                let names = response["x-problems"].as_array().into_iter().flatten();
                let status: u16 = status.parse().unwrap();
                described.extend(names.map(|name| (status, name.as_str().unwrap().to_owned())));
            }
        }
    }
    let mut listed = problems();
    listed.retain(|(_, name)| !OF_NO_OPERATION.contains(&name.as_str()));
    assert_eq!(described, listed);
}

/// Returns what is wrong with the response of an example.
fn wrong_response(example: &str, description: &Value) -> Option<String> {
    let (request, response) = example.split_once("\nHTTP/1.1 ").unwrap();
    let mut words = request.split(' ');
    let method = words.next().unwrap().to_lowercase();
    let path = words.next().unwrap().split('?').next().unwrap();
    let operation = &description["paths"][path][method];
    let described = resolve(&operation["responses"][&response[..3]], description);
    let (head, body) = response.split_once("\n\n").unwrap_or((response, ""));
    let Some((_, rest)) = head.split_once("content-type: ") else {
        return described["description"]
            .is_null()
            .then(|| "no such response".to_owned());
    };
    let content = &described["content"][rest.lines().next().unwrap()];
    match content.get("itemSchema") {
        Some(schema) => events(body).find_map(|event| violation(&event, schema, description)),
        None if content["schema"].is_null() => Some("no such content".to_owned()),
        None => violation(
            &serde_json::from_str(body).unwrap(),
            &content["schema"],
            description,
        ),
    }
}

/// Returns the events of a stream, each with its fields.
fn events(body: &str) -> impl Iterator<Item = Value> {
    let events = body.split("\n\n").filter(|event| event.contains(": "));
    events.map(|event| {
        let fields = event.lines().filter_map(|line| line.split_once(": "));
        let fields = fields.map(|(name, value)| match value.parse::<u64>() {
            Ok(number) => (name.to_owned(), json!(number)),
            Err(_) => (name.to_owned(), json!(value)),
        });
        Value::Object(fields.collect::<Map<_, _>>())
    })
}

/// Returns the methods of a path.
fn methods(item: &Value) -> impl Iterator<Item = &str> {
    let members = item.as_object().unwrap().keys();
    members
        .map(String::as_str)
        .filter(|name| *name != "servers")
}

/// Asks which methods a path allows, except HEAD, which is GET without a body, and OPTIONS.
async fn allowed(address: SocketAddr, path: &str) -> BTreeSet<String> {
    let response = Client::ask(address, "OPTIONS", path, &[], "").await;
    let allow = response
        .header("allow")
        .unwrap_or_else(|| panic!("no {path}"));
    let methods = allow.split(", ").map(str::to_owned);
    methods
        .filter(|method| !["HEAD", "OPTIONS"].contains(&method.as_str()))
        .collect()
}
