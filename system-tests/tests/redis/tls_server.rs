//! A Redis as people rent it: with TLS, a user with few permissions, and a password.

use crate::{
    certificates::{Certificates, Files},
    redis::RedisServer,
    sentinel_servers::{free_port, words},
};

const DOCUMENT: &str = include_str!("../../../docs/scaling.md");
/// What the documentation asks for if the user is for `lab audit` too.
const AUDIT_KEYS: &str = "~trilane-lab:* &trilane-lab:*";
/// The user's password, with characters that must be encoded in a URL.
const PASSWORD: &str = "hunter2@:/?#%";
const ENCODED_PASSWORD: &str = "hunter2%40%3A%2F%3F%23%25";

/// A Redis with TLS, and the certificates that it needs.
pub(crate) struct TlsRedis {
    pub(crate) redis: RedisServer,
    pub(crate) authority: Certificates,
    /// The certificate of a service.
    client: Files,
    /// Where it listens with TLS.
    port: u16,
}

impl TlsRedis {
    /// Starts a Redis whose certificate is for this host. It requires client certificates.
    pub(crate) fn start(host: &str) -> Self {
        Self::start_with(host, &permissions())
    }

    /// Starts one whose user may also use the keys of `lab audit`.
    pub(crate) fn start_for_audits(host: &str) -> Self {
        assert!(DOCUMENT.contains(AUDIT_KEYS));
        Self::start_with(host, &format!("{} {AUDIT_KEYS}", permissions()))
    }

    fn start_with(host: &str, permissions: &str) -> Self {
        let mut redis = RedisServer::start().expect("redis-server starts");
        let authority = Certificates::new(redis.directory(), "authority");
        let port = free_port();
        let files = authority.issue_for_redis(host);
        let user = format!("--user trilane on >{PASSWORD} {permissions}");
        let arguments = format!("--tls-port {port} {files} {user}");
        redis
            .launch_with(words(&arguments))
            .expect("redis-server starts with TLS");
        Self {
            client: authority.issue("client"),
            redis,
            authority,
            port,
        }
    }

    /// Returns its address under this host, with user and password.
    pub(crate) fn url(&self, host: &str) -> String {
        format!("rediss://trilane:{ENCODED_PASSWORD}@{host}:{}/0", self.port)
    }

    /// Returns the flags of a service that is allowed to use it.
    pub(crate) fn flags(&self, host: &str) -> Vec<String> {
        [
            ["--broker", &self.url(host)],
            ["--broker-ca", &self.authority.ca()],
            ["--broker-cert", &self.client.certificate],
            ["--broker-key", &self.client.key],
        ]
        .as_flattened()
        .iter()
        .map(|flag| (*flag).to_owned())
        .collect()
    }
}

/// Returns the permissions that the documentation asks for.
pub(crate) fn permissions() -> String {
    let (_, line) = DOCUMENT
        .split_once("user trilane on >PASSWORD ")
        .expect("docs/scaling.md has the permissions of a user");
    let (permissions, _) = line.split_once("\n```").expect("the end of the block");
    permissions.replace('\\', "")
}
