//! The gate's API over HTTP.

mod captures;
mod refusals;

use crate::{Gate, Link, api};
use actix_web::{App, dev::ServerHandle, web::Data};
use common::net::listen;
use conformance::{Client, Response, Server, eventually};
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
    let gate =
        Data::new(Gate::open_routes([(); 4].map(|()| free()), services, Link::default()).unwrap());
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
    let change = json!({ "lane": "sse", "direction": "up", "jitter": 2.5, "bandwidth": null });
    let state = controls.request("PUT", "/gate/link", &change).await.json();
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
