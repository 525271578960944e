//! A service that runs inside the test.

use super::{Client, Response, client::JSON, eventually, patient};
use broker::{Broker, Memory};
use net::listen;
use serde_json::{Value, json};
use service::{
    Config,
    http::AppState,
    server::{Running, TransportService, start},
};
use std::net::{Ipv4Addr, SocketAddr};

/// A running service on a free port. It is killed when dropped.
pub struct Server {
    running: Running,
}

impl Server {
    /// Starts a service with these flags.
    pub fn start<T: TransportService + Default>(flags: &[&str]) -> Self {
        Self::sharing::<T>(flags, Broker::Memory(Memory::new(100)))
    }

    /// Starts a service of a transport that has settings of its own.
    pub fn of<T: TransportService>(transport: T, flags: &[&str]) -> Self {
        let config = config(flags);
        Self::with(transport, 0, config, Broker::Memory(Memory::new(100)))
    }

    /// Starts a service with the broker that its flags name, as its program does.
    pub fn configured<T: TransportService + Default>(flags: &[&str]) -> Self {
        let broker = Broker::try_from(&Config::from_flags(flags));
        Self::sharing::<T>(flags, broker.expect("valid settings"))
    }

    /// Starts a service with a broker that other services use too.
    pub fn sharing<T: TransportService + Default>(flags: &[&str], broker: Broker) -> Self {
        Self::on_port::<T>(0, flags, broker)
    }

    /// Starts another service with the settings of this one, like a restart or a second process. In
    /// memory the two share the broker; with Redis each has its own connection.
    pub async fn beside<T: TransportService + Default>(&self) -> Self {
        let AppState { config, broker, .. } = self.running.service();
        let broker = if broker.outlives_process() {
            Broker::try_from(config).expect("valid settings")
        } else {
            broker.clone()
        };
        let other = Self::with(T::default(), 0, config.clone(), broker);
        eventually("the other service", async || {
            other.get("/health/ready").await.status == 200
        })
        .await;
        other
    }

    /// Starts a service on this port; 0 for a free one.
    pub fn on_port<T: TransportService + Default>(
        port: u16,
        flags: &[&str],
        broker: Broker,
    ) -> Self {
        Self::with(T::default(), port, config(flags), broker)
    }

    fn with<T: TransportService>(transport: T, port: u16, config: Config, broker: Broker) -> Self {
        let listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).expect("a free port");
        Self {
            running: start(listener, transport, config, broker).expect("a service starts"),
        }
    }

    /// Returns the address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.running.address()
    }

    /// Returns the service.
    pub fn running(&self) -> &Running {
        &self.running
    }

    /// Opens a connection.
    pub async fn connect(&self) -> Client {
        Client::connect(self.address()).await
    }

    /// Sends a request on a new connection, and reads the response.
    pub async fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Response {
        Client::ask(self.address(), method, path, headers, body).await
    }

    /// Sends a GET request on a new connection.
    pub async fn get(&self, path: &str) -> Response {
        self.request("GET", path, &[], "").await
    }

    /// Sends a POST request with a JSON body on a new connection.
    pub async fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
        let headers = [&[JSON], headers].concat();
        self.request("POST", path, &headers, body).await
    }

    /// Publishes a message, and returns its id.
    pub async fn publish(&self, channel: &str, message: Value) -> String {
        self.publish_with(&format!("channel={channel}"), &message, &[])
            .await
    }

    /// Publishes by `POST` with an idempotency key on the channel that `query` names. Returns the
    /// id.
    pub async fn publish_with_key(&self, query: &str, message: Value, key: &str) -> String {
        self.publish_with(query, &message, &[("idempotency-key", key)])
            .await
    }

    async fn publish_with(&self, query: &str, message: &Value, headers: &[(&str, &str)]) -> String {
        let body = json!({ "message": message }).to_string();
        let path = format!("/messages?{query}");
        let response = self.post(&path, headers, &body).await;
        assert_eq!(response.status, 200, "{}", response.body);
        response.json()["id"].as_str().expect("an id").to_owned()
    }

    /// Returns the number of open connections.
    pub fn connections(&self) -> i64 {
        self.running.service().hub.metrics().connections.get()
    }

    /// Returns the number of subscribers: open streams and waiting polls.
    pub fn subscribers(&self) -> i64 {
        self.running.service().hub.metrics().subscribers.get()
    }

    /// Returns the counter with this name and label value; 0 if there is none.
    pub fn metric(&self, name: &str, label: &str) -> u64 {
        let text = self.running.service().hub.metrics().render();
        let line = text.lines().find(|line| {
            line.starts_with(&format!("trilane_{name}{{"))
                && line.contains(&format!("=\"{label}\""))
        });
        line.and_then(|line| line.rsplit(' ').next()?.parse().ok())
            .unwrap_or(0)
    }

    /// Drains and stops it.
    pub async fn stop(&self) {
        patient("a service to stop", self.running.stop()).await;
    }
}

fn config(flags: &[&str]) -> Config {
    let workers: &[&str] = if flags.contains(&"--workers") {
        &[]
    } else {
        &["--workers", "2"]
    };
    Config::from_flags(&[workers, flags].concat())
}

impl Drop for Server {
    fn drop(&mut self) {
        // Sending the command is enough.
        drop(self.running.kill());
    }
}
