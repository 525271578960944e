//! A client of a lab's topology.

use crate::process::Lab;
use conformance::{Client, Response};
use serde_json::{Value, json};
use std::net::SocketAddr;

pub(crate) const JSON: (&str, &str) = ("Content-Type", "application/json");

/// A client of a lab's topology.
pub(crate) struct TopologyClient(pub(crate) SocketAddr);

impl TopologyClient {
    pub(crate) fn new(lab: &Lab) -> Self {
        Self(lab.socket_address("page"))
    }

    pub(crate) async fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Response {
        Client::ask(self.0, method, path, headers, body).await
    }

    pub(crate) async fn state(&self) -> Value {
        self.request("GET", "/topology", &[], "").await.json()
    }

    pub(crate) async fn pids(&self) -> Vec<i32> {
        serde_json::from_value(self.state().await["running"]["pids"].clone()).unwrap()
    }

    /// Starts a service. Returns its processes.
    pub(crate) async fn start(&self, layout: &str, workers: usize) -> Vec<i32> {
        let request_body = json!({ "layout": layout, "workers": workers }).to_string();
        let started = self
            .request("POST", "/topology", &[JSON], &request_body)
            .await;
        assert_eq!(started.status, 201, "{}", started.body);
        self.pids().await
    }

    pub(crate) async fn kill(&self, pid: i32) -> u16 {
        self.request("DELETE", &format!("/topology/processes/{pid}"), &[], "")
            .await
            .status
    }

    /// Returns the body of a response of the service, on a new connection.
    pub(crate) async fn service(&self, path: &str) -> String {
        self.request_service("GET", path, "").await.body
    }

    pub(crate) async fn request_service(&self, method: &str, path: &str, body: &str) -> Response {
        let port = self.state().await["port"].as_u64().unwrap();
        let address = format!("127.0.0.1:{port}").parse().unwrap();
        Client::ask(address, method, path, &[JSON], body).await
    }
}
