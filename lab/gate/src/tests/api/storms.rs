//! The reconnect storm.

use crate::{Gate, Link, storm};
use common::net::listen;
use conformance::Server;
use std::net::Ipv4Addr;
use ws_svc::Ws;

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
