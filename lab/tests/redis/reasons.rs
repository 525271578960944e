//! The log says why Redis is away, and each reason once.

use crate::redis::RedisServer;
use conformance::eventually;
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
};

/// A running service, and what it has logged.
struct Service {
    process: Child,
    log: Arc<Mutex<String>>,
}

impl Service {
    fn start(redis: &RedisServer) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
        command
            .args(["serve", "sse", "--broker", &redis.url()])
            .env("PORT", "0")
            .stderr(Stdio::piped());
        let mut process = command.stdout(Stdio::null()).spawn().unwrap();
        let (log, lines) = (
            Arc::<Mutex<String>>::default(),
            BufReader::new(process.stderr.take().unwrap()).lines(),
        );
        let written = log.clone();
        thread::spawn(move || {
            lines
                .map_while(Result::ok)
                .for_each(|line| *written.lock().unwrap() += &(line + "\n"))
        });
        Self { process, log }
    }

    fn count(&self, words: &str) -> usize {
        self.log.lock().unwrap().matches(words).count()
    }

    async fn says(&self, words: &str, times: usize) {
        eventually(words, async || self.count(words) >= times).await;
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// Changes a setting and cuts all connections, so that it counts for the next ones.
fn cut_and_set(redis: &RedisServer, setting: &str) {
    let cut = "CLIENT KILL TYPE pubsub\r\nCLIENT KILL TYPE normal SKIPME yes";
    redis
        .ask(&format!("CONFIG SET {setting}\r\n{cut}"))
        .unwrap();
}

#[actix_web::test]
async fn the_log_names_each_reason_why_redis_is_away() {
    let mut redis = RedisServer::start().unwrap();
    redis.kill();
    let service = Service::start(&redis);
    service.says("Connection refused", 1).await;
    redis.launch().unwrap();
    service.says("connected to", 1).await;
    cut_and_set(&redis, "requirepass other");
    service.says("NOAUTH", 1).await;
    redis.kill();
    service.says("Connection refused", 2).await;
    redis.launch().unwrap();
    service.says("connected to", 2).await;
    // Room for one of the two connections that it needs.
    cut_and_set(&redis, "maxclients 1");
    service.says("max number of clients", 1).await;
    redis.kill();
    service.says("Connection refused", 3).await;
    assert_eq!(
        service.count("NOAUTH"),
        1,
        "once for all attempts: {}",
        service.log.lock().unwrap()
    );
}
