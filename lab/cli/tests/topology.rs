//! The topology over HTTP, as the page uses it: threads and processes that can be killed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[allow(dead_code, reason = "it is shared, and not everything is needed here")]
mod process;

use conformance::{
    Client, Response, Server, eventually,
    tokens::{self, token_for},
};
use process::{Lab, runs};
use rustix::process::Signal;
use serde_json::{Value, json};
use servers::redis::RedisServer;
use sse_svc::Sse;
use std::net::SocketAddr;

const JSON: (&str, &str) = ("Content-Type", "application/json");

/// A client of a lab's topology.
struct TopologyClient(SocketAddr);

impl TopologyClient {
    fn new(lab: &Lab) -> Self {
        Self(
            lab.address("page")
                .replace("http://localhost", "127.0.0.1")
                .parse()
                .unwrap(),
        )
    }

    async fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Response {
        let mut client = Client::connect(self.0).await;
        client.send(method, path, headers, body).await;
        client.response().await
    }

    async fn state(&self) -> Value {
        self.request("GET", "/topology", &[], "").await.json()
    }

    async fn pids(&self) -> Vec<i32> {
        serde_json::from_value(self.state().await["running"]["pids"].clone()).unwrap()
    }

    /// Starts a service. Returns its processes.
    async fn start(&self, layout: &str, workers: usize) -> Vec<i32> {
        let request_body = json!({ "layout": layout, "workers": workers }).to_string();
        let started = self
            .request("POST", "/topology", &[JSON], &request_body)
            .await;
        assert_eq!(started.status, 201, "{}", started.body);
        self.pids().await
    }

    async fn kill(&self, pid: i32) -> u16 {
        self.request("DELETE", &format!("/topology/processes/{pid}"), &[], "")
            .await
            .status
    }

    /// Returns the body of a response of the service, on a new connection.
    async fn service(&self, path: &str) -> String {
        self.request_service("GET", path, "").await.body
    }

    async fn request_service(&self, method: &str, path: &str, body: &str) -> Response {
        let port = self.state().await["port"].as_u64().unwrap();
        let mut client = Client::connect(format!("127.0.0.1:{port}").parse().unwrap()).await;
        client.send(method, path, &[JSON], body).await;
        client.response().await
    }
}

#[actix_web::test]
async fn a_killed_process_is_replaced_and_counted() {
    let lab = Lab::up(&[]);
    let controls = TopologyClient::new(&lab);
    assert_eq!(controls.state().await["running"], Value::Null);
    let before = controls.start("processes", 2).await;
    let health: Value = serde_json::from_str(&controls.service("/health").await).unwrap();
    let mut known: Vec<_> = [0, 1]
        .map(|at| health["processes"][at]["pid"].as_i64().unwrap() as i32)
        .into();
    known.sort_unstable();
    assert_eq!(before, known);

    assert_eq!(controls.kill(before[0]).await, 200);
    eventually("a replacement", async || {
        let now = controls.pids().await;
        now.len() == 2 && !now.contains(&before[0]) && now.contains(&before[1])
    })
    .await;
    let restarts = async || {
        let metrics = controls.service("/metrics").await;
        let lines = metrics
            .lines()
            .filter(|line| line.starts_with("trilane_restarts_total{"));
        lines
            .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
            .sum::<u64>()
    };
    assert_eq!(restarts().await, 1);
    assert_eq!(controls.kill(before[0]).await, 404, "it has ended");

    let last = controls.pids().await;
    assert_eq!(
        controls
            .request("DELETE", "/topology", &[], "")
            .await
            .json()["running"],
        Value::Null
    );
    eventually("the end of all", async || {
        !last.iter().any(|pid| runs(*pid))
    })
    .await;
}

#[actix_web::test]
async fn threads_end_together_and_are_not_replaced() {
    let lab = Lab::up(&[]);
    let controls = TopologyClient::new(&lab);
    let pids = controls.start("threads", 3).await;
    let mut workers = Vec::new();
    for _ in 0..3 {
        workers.push(
            controls
                .service("/worker")
                .await
                .split(" (")
                .next()
                .unwrap()
                .to_owned(),
        );
    }
    workers.sort_unstable();
    assert_eq!(
        (pids.len(), workers),
        (
            1,
            [1, 2, 3]
                .map(|number| format!("Handled by worker {number}"))
                .into()
        )
    );
    assert_eq!(controls.kill(pids[0]).await, 200);
    eventually("its end", async || controls.pids().await.is_empty()).await;
    assert_eq!(controls.state().await["running"]["layout"], "threads");
    let again = controls.start("threads", 3).await;
    assert!(again.len() == 1 && again != pids, "{pids:?} {again:?}");
}

#[actix_web::test]
async fn a_topology_ends_without_requests() {
    let lab = Lab::up(&["--topology-forgotten-after", "200ms"]);
    let controls = TopologyClient::new(&lab);
    let pids = controls.start("processes", 2).await;
    eventually("the ends of all", async || {
        !pids.iter().any(|pid| runs(*pid))
    })
    .await;
    assert_eq!(controls.state().await["running"], Value::Null);
}

#[actix_web::test]
async fn a_killed_lab_leaves_no_process() {
    let lab = Lab::up(&[]);
    let pids = TopologyClient::new(&lab).start("processes", 2).await;
    assert!(pids.iter().all(|pid| runs(*pid)));
    lab.signal(Signal::KILL);
    eventually("the ends of all", async || {
        !pids.iter().any(|pid| runs(*pid))
    })
    .await;
}

#[actix_web::test]
async fn without_redis_threads_work_and_processes_report_it() {
    let lab = Lab::up_in(&[("PATH", "/nowhere")], &[]);
    let controls = TopologyClient::new(&lab);
    let body = r#"{"layout":"processes","workers":2}"#;
    let refused = controls.request("POST", "/topology", &[JSON], body).await;
    assert_eq!(refused.status, 503);
    let why = refused.json()["detail"].clone();
    assert!(
        why.as_str()
            .unwrap()
            .contains("apt-get install redis-server"),
        "{why}"
    );
    assert_eq!(controls.state().await["no_processes"], why);
    assert_eq!(controls.start("threads", 2).await.len(), 1);
}

#[actix_web::test]
async fn the_topology_is_separate_from_services_on_the_same_redis() {
    const PRIVATE: &str = "/messages?channel=private";
    let redis = RedisServer::start().unwrap();
    let real =
        Server::configured::<Sse>(&[&["--broker", &redis.url()], &tokens::FLAGS[..]].concat());
    let bearer = format!("Bearer {}", token_for(&["private"], &["private"], 600.0));
    let ask_real = async |method, body| {
        real.request(method, PRIVATE, &[JSON, ("Authorization", &bearer)], body)
            .await
    };
    eventually("the real service", async || {
        ask_real("POST", r#"{"message":"theirs"}"#).await.status == 200
    })
    .await;

    // Variables of the real services, as in a shell.
    let variables = [
        ("JWT_SECRET", tokens::SECRET),
        ("BROKER_PREFIX", "trilane:"),
        ("MAX_BODY", "1"),
    ];
    let lab = Lab::up_in(&variables, &["--topology-broker", &redis.url()]);
    let controls = TopologyClient::new(&lab);
    controls.start("processes", 2).await;
    let publish = async || {
        controls
            .request_service("POST", PRIVATE, r#"{"message":"ours"}"#)
            .await
            .status
    };
    eventually("the topology's service", async || publish().await == 200).await;

    let (seen, held) = (
        controls.service(PRIVATE).await,
        ask_real("GET", "").await.body,
    );
    assert!(seen.contains("ours") && !seen.contains("theirs"), "{seen}");
    assert!(held.contains("theirs") && !held.contains("ours"), "{held}");
    eventually("the sizes of the channels", async || {
        redis.command("EXISTS trilane:{*}:used").unwrap().trim() == ":1"
    })
    .await;
    let kept_for_ever = "local n = 0 for _, key in ipairs(redis.call('KEYS', '*')) do \
        if redis.call('PTTL', key) < 0 then n = n + 1 end end return n";
    assert_eq!(
        redis
            .command(&format!("EVAL \"{kept_for_ever}\" 0"))
            .unwrap()
            .trim(),
        ":0"
    );
}

#[actix_web::test]
async fn bad_requests_and_other_pages_are_refused() {
    let lab = Lab::up(&[]);
    let controls = TopologyClient::new(&lab);
    let request_body = r#"{"layout":"threads","workers":2}"#;
    let own = format!("http://{}", controls.0);
    for (method, path, headers, body, status) in [
        (
            "POST",
            "/topology",
            &[JSON][..],
            r#"{"layout":"threads","workers":9}"#,
            400,
        ),
        (
            "POST",
            "/topology",
            &[("Content-Type", "text/plain")],
            request_body,
            415,
        ),
        (
            "POST",
            "/topology",
            &[JSON, ("Origin", "http://evil.example")],
            request_body,
            403,
        ),
        (
            "POST",
            "/topology",
            &[JSON, ("Origin", "null")],
            request_body,
            403,
        ),
        (
            "DELETE",
            "/topology",
            &[("Origin", "http://evil.example")],
            "",
            403,
        ),
        ("DELETE", "/topology/processes/1", &[], "", 404),
        ("DELETE", "/topology/processes/all", &[], "", 404),
        ("PUT", "/topology", &[JSON], request_body, 405),
        ("GET", "/topology", &[("Origin", &own)], "", 200),
    ] {
        let answer = controls.request(method, path, headers, body).await;
        assert_eq!(
            answer.status, status,
            "{method} {path} {headers:?}: {}",
            answer.body
        );
    }
    assert_eq!(controls.state().await["running"], Value::Null);
}
