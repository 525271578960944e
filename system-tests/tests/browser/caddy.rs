//! The documented proxy with TLS and HTTP/2, run with the documented configuration.

use crate::browser::PATIENCE;
use std::{
    env, fs,
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../proxy/Caddyfile.tls");
const INSTALL: &str = "this test needs Caddy: apt-get install caddy";

/// A free port for it, known before it runs.
pub(crate) struct Place(u16);

/// A running proxy; it ends with the test, and so does the authority that signed its certificate.
pub(crate) struct Caddy {
    child: Child,
    files: PathBuf,
}

impl Place {
    pub(crate) fn free() -> Self {
        Self(
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
                .unwrap()
                .local_addr()
                .unwrap()
                .port(),
        )
    }

    pub(crate) fn origin(&self) -> String {
        format!("https://localhost:{}", self.0)
    }

    /// Starts it in front of this address, and waits until it listens.
    pub(crate) fn start(self, behind: &str) -> Caddy {
        let files = env::temp_dir().join(format!("trilane-caddy-{}", self.0));
        let mut command = Command::new("caddy");
        command
            .args(["run", "--config", FILE])
            .env("XDG_DATA_HOME", &files)
            .env("XDG_CONFIG_HOME", &files);
        command
            .env("TLS_PORT", self.0.to_string())
            .env("TLS_TO", behind);
        let child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect(INSTALL);
        let caddy = Caddy { child, files };
        let began = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.0)).is_err() {
            assert!(began.elapsed() < PATIENCE, "Caddy does not listen");
            sleep(Duration::from_millis(20));
        }
        caddy
    }
}

impl Drop for Caddy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.files);
    }
}
