//! The gate's API over HTTP.

use crate::{Gate, Link, api, storm};
use actix_web::{App, dev::ServerHandle, web::Data};
use common::net::listen;
use conformance::{Client, Response, Server, eventually};
use serde_json::{Value, json};
use sse_svc::Sse;
use std::net::{Ipv4Addr, SocketAddr};
use ws_svc::Ws;

const JSON: (&str, &str) = ("Content-Type", "application/json");

struct Controls {
    address: SocketAddr,
    gate: Data<Gate>,
    service: Server,
    server: ServerHandle,
}

fn controls() -> Controls {
    let free = || listen((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let service = Server::start::<Sse>(&[]);
    let services = [(); 3].map(|()| service.address().to_string());
    let gate =
        Data::new(Gate::open_routes([(); 4].map(|()| free()), services, Link::default()).unwrap());
    let listener = free();
    let shared = gate.clone();
    let address = listener.local_addr().unwrap();
    let server =
        actix_web::HttpServer::new(move || App::new().configure(api::routes(shared.clone())));
    let server = server
        .workers(1)
        .disable_signals()
        .listen(listener)
        .unwrap()
        .run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Controls {
        address,
        gate,
        service,
        server: handle,
    }
}

impl Controls {
    async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Response {
        let mut client = Client::connect(self.address).await;
        client.send(method, path, headers, body).await;
        client.response().await
    }

    async fn request(&self, method: &str, path: &str, body: &Value) -> Response {
        self.send(method, path, &[JSON], &body.to_string()).await
    }

    async fn lanes(&self) -> Value {
        self.send("GET", "/gate", &[], "").await.json()["lanes"].clone()
    }
}

impl Drop for Controls {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

#[actix_web::test]
async fn a_link_changes_only_where_and_what_is_given() {
    let controls = controls();
    let all = controls
        .request(
            "PUT",
            "/gate/link",
            &json!({ "delay": 20, "bandwidth": 1_000_000 }),
        )
        .await;
    assert_eq!(all.status, 200, "{}", all.body);
    let wish = json!({ "lane": "sse", "direction": "up", "jitter": 2.5, "bandwidth": null });
    let state = controls.request("PUT", "/gate/link", &wish).await.json();
    let link = |delay: f64, jitter: f64, bandwidth: Value| json!({ "delay": delay, "jitter": jitter, "bandwidth": bandwidth });
    let usual = link(20.0, 0.0, 1_000_000.into());
    assert_eq!(
        state["lanes"][0]["link"],
        json!({ "up": usual, "down": usual })
    );
    assert_eq!(
        state["lanes"][1]["link"],
        json!({ "up": link(20.0, 2.5, Value::Null), "down": usual })
    );
}

#[actix_web::test]
async fn faults_begin_are_listed_and_end() {
    let controls = controls();
    let begun = controls
        .request(
            "POST",
            "/gate/faults",
            &json!({ "fault": "freeze", "lane": "ws", "for": 60 }),
        )
        .await;
    assert_eq!(begun.status, 201, "{}", begun.body);
    let faults = begun.json()["faults"].clone();
    assert_eq!(
        (
            &faults[0]["fault"],
            &faults[0]["direction"],
            &faults[0]["lane"]
        ),
        (&json!("freeze"), &json!("down"), &json!("ws"))
    );
    assert!((50.0..=60.0).contains(&faults[0]["left"].as_f64().unwrap()));
    let all = controls
        .request(
            "POST",
            "/gate/faults",
            &json!({ "fault": "buffer", "kilobytes": 8 }),
        )
        .await
        .json();
    assert_eq!(all["faults"].as_array().unwrap().len(), 4);
    assert_eq!(
        controls.lanes().await[2]["faults"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let one = format!("/gate/faults/{}", faults[0]["id"]);
    assert_eq!(controls.send("DELETE", &one, &[], "").await.status, 200);
    assert_eq!(controls.send("DELETE", &one, &[], "").await.status, 404);
    assert_eq!(
        controls
            .send("DELETE", "/gate/faults", &[], "")
            .await
            .json(),
        json!({ "ended": 4 })
    );
    assert_eq!(
        controls
            .request("POST", "/gate/faults", &json!({ "fault": "cut" }))
            .await
            .json(),
        json!({ "faults": [] })
    );
    controls
        .request(
            "POST",
            "/gate/faults",
            &json!({ "fault": "black-hole", "for": 0.1 }),
        )
        .await;
    eventually("the end", async || {
        controls.lanes().await[0]["faults"] == json!([])
    })
    .await;
}

#[actix_web::test]
async fn a_problem_names_what_is_allowed() {
    let controls = controls();
    for (path, body, allowed) in [
        ("faults", json!({ "fault": "loss" }), "black-hole"),
        (
            "faults",
            json!({ "fault": "cut", "lane": "http" }),
            "longpoll, sse, ws, shared",
        ),
        (
            "faults",
            json!({ "fault": "cut", "for": 5 }),
            "over at once",
        ),
        (
            "faults",
            json!({ "fault": "refuse", "for": 0 }),
            "0.1 to 3600 seconds",
        ),
        (
            "faults",
            json!({ "fault": "refuse", "kilobytes": 5 }),
            "kilobytes is for buffer",
        ),
        (
            "faults",
            json!({ "fault": "buffer", "kilobytes": 5000 }),
            "1 to 1000",
        ),
        (
            "faults",
            json!({ "fault": "freeze", "direction": "sideways" }),
            "up is to the service",
        ),
        (
            "faults",
            json!({ "fault": "cut", "more": 1 }),
            "unknown field `more`",
        ),
        ("faults", json!({}), "missing field `fault`"),
        (
            "link",
            json!({ "delay": 20_000 }),
            "0 to 10000 milliseconds",
        ),
        ("link", json!({ "jitter": -1 }), "0 to 10000 milliseconds"),
        ("link", json!({ "bandwidth": 1 }), "at least 1200"),
        ("link", json!({ "lane": "x" }), "longpoll, sse, ws, shared"),
    ] {
        let method = if path == "link" { "PUT" } else { "POST" };
        let answer = controls
            .request(method, &format!("/gate/{path}"), &body)
            .await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (400, Some("application/problem+json")),
            "{body}"
        );
        assert!(
            answer.json()["detail"].as_str().unwrap().contains(allowed),
            "{body}: {}",
            answer.body
        );
    }
    assert_eq!(
        controls.send("GET", "/gate/capture", &[], "").await.status,
        400
    );
    assert_eq!(
        controls
            .send("PUT", "/gate/link", &[JSON], "{")
            .await
            .status,
        400
    );
    assert_eq!(
        controls.send("PUT", "/gate/faults", &[], "").await.status,
        405
    );
}

#[actix_web::test]
async fn pages_of_other_origins_are_refused() {
    let controls = controls();
    let port = controls.address.port();
    let body = r#"{"fault":"cut"}"#;
    let with = async |headers: &[(&str, &str)]| {
        let mut client = Client::connect(controls.address).await;
        let headers: String = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let request = format!(
            "POST /gate/faults HTTP/1.1\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        client.write(request.as_bytes()).await;
        client.response().await.status
    };
    let own = format!("http://localhost:{port}");
    let local = format!("localhost:{port}");
    assert_eq!(with(&[("Host", &local), JSON]).await, 201);
    assert_eq!(with(&[("Host", &local), ("Origin", &own), JSON]).await, 201);
    assert_eq!(
        with(&[("Host", &local), ("Origin", "http://evil.example"), JSON]).await,
        403
    );
    assert_eq!(
        with(&[("Host", &local), ("Origin", "null"), JSON]).await,
        403
    );
    assert_eq!(
        with(&[
            ("Host", "evil.example"),
            ("Origin", "http://evil.example"),
            JSON
        ])
        .await,
        403
    );
    assert_eq!(with(&[("Host", "evil.example"), JSON]).await, 403);
    assert_eq!(
        with(&[("Host", &local), ("Content-Type", "text/plain")]).await,
        415
    );
}

#[actix_web::test]
async fn connections_and_captures_show_no_secrets() {
    let controls = controls();
    let (_, sse) = controls.gate.addresses()[1];
    let mut reader = Client::connect(sse).await;
    let secret = [
        ("Authorization", "Bearer SECRET"),
        ("Cookie", "trilane=SECRET"),
    ];
    reader
        .send("GET", "/events?channel=c&access_token=SECRET", &secret, "")
        .await;
    assert_eq!(reader.head().await.status, 200);
    controls.service.publish("c", json!("grün")).await;
    while !reader.chunk().await.unwrap().contains("grün") {}

    let open = controls
        .send("GET", "/gate/connections?lane=sse", &[], "")
        .await
        .json();
    let connection = &open["connections"][0];
    assert_eq!(
        (&connection["first"], &connection["lane"]),
        (&json!("GET /events"), &json!("sse"))
    );
    assert_eq!(
        (&connection["requests"]["get"], &open["connections"][1]),
        (&json!(1), &Value::Null)
    );
    assert!(
        connection["peer"]
            .as_str()
            .unwrap()
            .starts_with("127.0.0.1:")
    );

    let capture = controls
        .send("GET", "/gate/capture?lane=sse", &[], "")
        .await;
    assert!(!capture.body.contains("SECRET"), "{}", capture.body);
    let bytes = |direction: &str| -> String {
        let chunks = capture.json()["chunks"].as_array().unwrap().clone();
        chunks
            .iter()
            .filter(|chunk| chunk["direction"] == direction)
            .map(|chunk| chunk["bytes"].as_str().unwrap().to_owned())
            .collect()
    };
    assert!(
        bytes("up").starts_with("GET /events?channel=c&access_token=****** HTTP/1.1\r\n"),
        "{}",
        bytes("up")
    );
    let read: Vec<_> = bytes("down")
        .chars()
        .map(|character| u8::try_from(character).unwrap())
        .collect();
    assert!(String::from_utf8(read).unwrap().contains("grün"));
    assert_eq!(controls.lanes().await[1]["open"], 1);
}

/// A gate whose WebSocket route leads to a service. The service runs until it is dropped.
fn gate_before_ws() -> (Gate, Server) {
    let free = || listen((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let service = Server::start::<Ws>(&[]);
    let services = [(); 3].map(|()| service.address().to_string());
    (
        Gate::open_routes([(); 4].map(|()| free()), services, Link::default()).unwrap(),
        service,
    )
}

#[actix_web::test]
async fn a_storm_reports_when_each_client_was_accepted_again() {
    let (gate, _service) = gate_before_ws();
    let connections = async || {
        gate.with_routes(|routes| routes.all[2].tally.borrow().counters.connections)
            .await
    };
    for (backoff, before) in [(false, 0), (true, 40)] {
        assert_eq!(connections().await, before);
        let storm = storm::StormRequest {
            clients: 20,
            backoff,
        }
        .run(&gate)
        .await
        .unwrap();
        let accepted = serde_json::to_value(&storm).unwrap()["accepted"]
            .as_array()
            .unwrap()
            .len();
        assert_eq!(
            (accepted, connections().await),
            (20, before + 40),
            "{storm:?}"
        );
    }
    let wrong = storm::StormRequest {
        clients: 0,
        backoff: false,
    }
    .run(&gate)
    .await
    .unwrap_err();
    assert!(wrong.to_string().contains("1 to 200"), "{wrong}");
}

#[actix_web::test]
async fn a_second_storm_at_the_same_time_is_refused() {
    let (gate, _service) = gate_before_ws();
    let storm = || {
        storm::StormRequest {
            clients: 20,
            backoff: false,
        }
        .run(&gate)
    };
    let (first, second) = tokio::join!(storm(), storm());
    let accepted = serde_json::to_value(first.unwrap()).unwrap()["accepted"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(accepted, 20);
    let refused = second.unwrap_err().to_string();
    assert!(
        refused.starts_with("409") && refused.contains("under way"),
        "{refused}"
    );
    storm().await.unwrap();
}
