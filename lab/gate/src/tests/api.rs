//! The gate's API over HTTP.

mod captures;
mod refusals;

use crate::{Gate, Link, api};
use actix_web::{App, dev::ServerHandle, web::Data};
use conformance::{Client, Response, Server, eventually};
use net::listen;
use serde_json::{Value, json};
use sse_svc::Sse;
use std::net::{Ipv4Addr, SocketAddr};

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
    let gate = Gate::open_routes([(); 4].map(|()| free()), services, Link::default());
    let gate = Data::new(gate.unwrap());
    let listener = free();
    let shared = gate.clone();
    let address = listener.local_addr().unwrap();
    let server = actix_web::HttpServer::new(move || {
        App::new().configure(api::routes(shared.clone(), api::no_more_routes))
    });
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
        Client::ask(self.address, method, path, headers, body).await
    }

    async fn request(&self, method: &str, path: &str, body: &Value) -> Response {
        self.send(method, path, &[JSON], &body.to_string()).await
    }

    async fn get(&self, path: &str) -> Value {
        self.send("GET", path, &[], "").await.json()
    }

    async fn lanes(&self) -> Value {
        self.get("/gate").await["lanes"].clone()
    }

    /// Changes links, and returns the lanes afterwards.
    async fn link(&self, change: Value) -> Value {
        let changed = self.request("PUT", "/gate/link", &change).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        changed.json()["lanes"].clone()
    }

    /// Begins a fault, and returns it on each lane.
    async fn fault(&self, fault: Value) -> Vec<Value> {
        let begun = self.request("POST", "/gate/faults", &fault).await;
        assert_eq!(begun.status, 201, "{}", begun.body);
        begun.json()["faults"].as_array().unwrap().clone()
    }

    async fn delete(&self, path: &str) -> Response {
        self.send("DELETE", path, &[], "").await
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
    let everywhere = json!({ "delay": 20, "bandwidth": 1_000_000 });
    controls.link(everywhere).await;
    let change = json!({ "lane": "sse", "direction": "up", "jitter": 2.5, "bandwidth": null });
    let lanes = controls.link(change).await;
    let link = |jitter: f64, bandwidth: Value| json!({ "delay": 20.0, "jitter": jitter, "bandwidth": bandwidth });
    let usual = link(0.0, 1_000_000.into());
    let both = |up: &Value| json!({ "up": up, "down": usual });
    assert_eq!(lanes[0]["link"], both(&usual));
    assert_eq!(lanes[1]["link"], both(&link(2.5, Value::Null)));
}

#[actix_web::test]
async fn faults_begin_are_listed_and_end() {
    let controls = controls();
    let freeze = json!({ "fault": "freeze", "lane": "ws", "for": 60 });
    let frozen = controls.fault(freeze).await[0].clone();
    let named = ["fault", "direction", "lane"].map(|field| &frozen[field]);
    assert_eq!(named, ["freeze", "down", "ws"]);
    assert!((50.0..=60.0).contains(&frozen["left"].as_f64().unwrap()));
    let buffer = json!({ "fault": "buffer", "kilobytes": 8 });
    assert_eq!(controls.fault(buffer).await.len(), 4);
    let of_ws = &controls.lanes().await[2]["faults"];
    assert_eq!(of_ws.as_array().unwrap().len(), 2);
    let one = format!("/gate/faults/{}", frozen["id"]);
    assert_eq!(controls.delete(&one).await.status, 200);
    assert_eq!(controls.delete(&one).await.status, 404);
    let ended = controls.delete("/gate/faults").await.json();
    assert_eq!(ended, json!({ "ended": 4 }));
    let cut = json!({ "fault": "cut" });
    assert!(controls.fault(cut).await.is_empty());
    let hole = json!({ "fault": "black-hole", "for": 0.1 });
    controls.fault(hole).await;
    eventually("the end", async || {
        controls.lanes().await[0]["faults"] == json!([])
    })
    .await;
}
