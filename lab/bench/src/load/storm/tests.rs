//! Storms against a gate before a service in the same process.

use super::*;
use actix_web::{App, dev::ServerHandle, web::Data};
use common::net::listen;
use conformance::{Response, Server};
use gate::Link;
use serde_json::{Value, json};
use std::net::Ipv4Addr;
use ws_svc::Ws;

/// A gate before a service, with its controls.
struct Controls {
    address: SocketAddr,
    gate: Data<Gate>,
    _service: Server,
    server: ServerHandle,
}

fn controls() -> Controls {
    let free = || listen((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let service = Server::start::<Ws>(&[]);
    let services = [(); 3].map(|()| service.address().to_string());
    let gate = Gate::open_routes([(); 4].map(|()| free()), services, Link::default());
    let gate = Data::new(gate.unwrap());
    let listener = free();
    let address = listener.local_addr().unwrap();
    let served = gate.clone();
    let app = move || App::new().configure(gate::api::routes(served.clone(), routes));
    let server = actix_web::HttpServer::new(app)
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
        _service: service,
        server: handle,
    }
}

impl Controls {
    async fn storm(&self, body: Value) -> Response {
        let mut client = conformance::Client::connect(self.address).await;
        let json = [("Content-Type", "application/json")];
        client
            .send("POST", "/gate/storm", &json, &body.to_string())
            .await;
        client.response().await
    }
}

impl Drop for Controls {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

#[actix_web::test]
async fn a_storm_reports_when_each_client_was_accepted_again() {
    let controls = controls();
    for (backoff, before) in [(false, 0), (true, 40)] {
        assert_eq!(controls.gate.counters().await.connections, before);
        let body = json!({ "clients": 20, "backoff": backoff });
        let report = controls.storm(body).await;
        let accepted = report.json()["accepted"].as_array().unwrap().len();
        assert_eq!(accepted, 20, "{}", report.body);
        assert_eq!(controls.gate.counters().await.connections, before + 40);
    }
}

#[actix_web::test]
async fn a_wrong_number_of_clients_is_a_problem() {
    let refused = controls().storm(json!({ "clients": 0 })).await;
    assert_eq!(refused.status, 400);
    assert!(refused.body.contains("1 to 200"), "{}", refused.body);
}

#[actix_web::test]
async fn a_second_storm_at_the_same_time_is_refused() {
    let controls = controls();
    let storm = || controls.storm(json!({ "clients": 20 }));
    let (first, second) = tokio::join!(storm(), storm());
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    assert_eq!(storm().await.status, 200);
}
