//! Storms against a gate before a service in the same process.

use super::*;
use actix_web::{
    App,
    test::{TestRequest, call_service, init_service},
    web::Data,
};
use conformance::{PATIENCE, Server, patient};
use gate::Link;
use net::listen;
use std::net::Ipv4Addr;
use ws_svc::Ws;

/// Starts a gate before a service.
fn gate() -> (Data<Gate>, Server) {
    let free = || listen((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let service = Server::start::<Ws>(&[]);
    let services = [(); 3].map(|()| service.address().to_string());
    let gate = Gate::open_routes([(); 4].map(|()| free()), services, Link::default());
    (Data::new(gate.unwrap()), service)
}

#[actix_web::test]
async fn a_storm_reports_when_each_client_was_accepted_again() {
    let (gate, _service) = gate();
    for (backoff, before) in [(false, 0), (true, 40)] {
        assert_eq!(gate.counters().await.connections, before);
        let storm = StormRequest {
            clients: 20,
            backoff,
        };
        let report = storm.run(&gate, PATIENCE).await.unwrap();
        assert_eq!(report.accepted.len(), 20, "{report:?}");
        assert_eq!(gate.counters().await.connections, before + 40);
    }
}

#[actix_web::test]
async fn storms_that_cannot_begin_are_refused() {
    let (gate, _service) = gate();
    let app = App::new().configure(gate::api::routes(gate, routes));
    let app = init_service(app).await;
    let begin = async |clients: usize| {
        let request = TestRequest::post().uri("/gate/storm");
        let request = request.insert_header(("Host", "localhost"));
        let body = StormRequest {
            clients,
            backoff: false,
        };
        let request = request.set_json(body).to_request();
        call_service(&app, request).await.status().as_u16()
    };
    // On a busy machine, the clients may not open in time: the response asks to try again.
    let until_opened = async |clients: usize| {
        loop {
            let status = begin(clients).await;
            if status != 503 {
                return status;
            }
        }
    };
    let storm = |clients: usize| patient("a storm that begins", until_opened(clients));
    assert_eq!(storm(0).await, 400);
    let (first, second) = tokio::join!(storm(20), storm(20));
    assert_eq!([first.min(second), first.max(second)], [200, 409]);
    assert_eq!(storm(20).await, 200);
}
