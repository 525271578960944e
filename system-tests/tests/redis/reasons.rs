//! The log names each reason for an unavailable Redis, once.

use crate::redis::RedisServer;
use conformance::eventually;
use system_tests::process::Process;

/// A running service and its log.
pub(crate) struct LoggedService(Process);

impl LoggedService {
    /// Starts a service with these flags.
    pub(crate) fn start(flags: &[&str]) -> Self {
        let serve = [&["serve", "sse", "--port", "0"], flags].concat();
        Self(Process::start(&serve, ""))
    }

    /// Returns all that was logged so far.
    pub(crate) fn log(&self) -> String {
        self.0.log()
    }

    fn count(&self, text: &str) -> usize {
        self.log().matches(text).count()
    }

    /// Waits until the log has a text this many times.
    pub(crate) async fn wait_for(&self, text: &str, times: usize) {
        eventually(text, async || self.count(text) >= times).await;
    }

    /// Waits until the service has ended, which it does with an error that contains `part`.
    pub(crate) fn fails(self, part: &str) {
        let end = self.0.end();
        assert!(end.code != 0 && end.errors.contains(part), "{}", end.errors);
    }
}

/// Changes a setting and cuts all connections, so that it applies to the next ones.
fn cut_and_set(redis: &RedisServer, setting: &str) {
    let cut = "CLIENT KILL TYPE pubsub\r\nCLIENT KILL TYPE normal SKIPME yes";
    redis
        .command(&format!("CONFIG SET {setting}\r\n{cut}"))
        .unwrap();
}

#[actix_web::test]
async fn the_log_names_each_reason_once() {
    let mut redis = RedisServer::start().unwrap();
    redis.kill();
    let service = LoggedService::start(&["--broker", &redis.url()]);
    service.wait_for("Connection refused", 1).await;
    redis.launch().unwrap();
    service.wait_for("connected to", 1).await;
    cut_and_set(&redis, "requirepass other");
    service.wait_for("NOAUTH", 1).await;
    redis.kill();
    service.wait_for("Connection refused", 2).await;
    redis.launch().unwrap();
    service.wait_for("connected to", 2).await;
    // The service needs two connections.
    cut_and_set(&redis, "maxclients 1");
    service.wait_for("max number of clients", 1).await;
    redis.kill();
    service.wait_for("Connection refused", 3).await;
    assert_eq!(
        service.count("NOAUTH"),
        1,
        "once for all attempts: {}",
        service.log()
    );
}

#[actix_web::test]
async fn the_log_says_that_a_server_is_a_replica() {
    let redis = RedisServer::start().unwrap();
    // No server listens there.
    redis.command("REPLICAOF 127.0.0.1 1").unwrap();
    let service = LoggedService::start(&["--broker", &redis.url()]);
    let why = "it is a replica: name its master, or redis+sentinel://HOST:PORT/MASTER";
    service.wait_for(why, 1).await;
}
