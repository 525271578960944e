//! A browser's driver: a process that starts browsers. Nothing of it outlives the test.

use crate::{browser::PATIENCE, engine::Engine};
use conformance::{Client, Response};
use std::{
    env,
    fs::{self, File},
    io::{BufRead, BufReader},
    net::{Ipv4Addr, SocketAddr},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{self, Child, ChildStdout, Command, Stdio},
    sync::{
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    thread,
};

/// A driver that is killed leaves its browsers running. So all of them are one process group, and a shell kills it when
/// its input ends: at the end of the test, even one that was itself killed. The output is the driver's alone, and ends
/// with it.
const LEASH: &str = "& exec >&-; read -r _; kill -KILL 0";

/// Where `scripts/setup` puts drivers that Debian does not have.
const TOOLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/tools/bin");

/// Where a driver and its browsers write what would bury a test's own output.
const ERRORS: &str = "errors.txt";

/// A driver takes a port for IPv6 and then the same for IPv4, which another process may have by then.
const ATTEMPTS: usize = 5;

/// A running driver.
pub(crate) struct Driver {
    leash: Child,
    address: SocketAddr,
    files: PathBuf,
}

impl Driver {
    /// Starts a driver on a free port.
    pub(crate) fn start(engine: Engine) -> Self {
        (0..ATTEMPTS)
            .find_map(|_| Self::try_start(engine))
            .unwrap_or_else(|| panic!("{}", engine.install()))
    }

    fn try_start(engine: Engine) -> Option<Self> {
        let files = new_directory();
        let mut command = Command::new("sh");
        command.args([
            "-c",
            &format!("PATH=$PATH:{TOOLS} {} {LEASH}", engine.driver()),
        ]);
        // Firefox keeps more than its profile at home.
        command
            .process_group(0)
            .env("TMPDIR", &files)
            .env("HOME", &files);
        let mut leash = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(files.join(ERRORS)).unwrap())
            .spawn()
            .unwrap();
        let output = leash.stdout.take().unwrap();
        let mut driver = Self {
            leash,
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            files,
        };
        driver
            .address
            .set_port(port(output, engine.announcement())?);
        Some(driver)
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The last lines that it and its browsers wrote.
    pub(crate) fn errors(&self) -> String {
        let text = fs::read(self.files.join(ERRORS)).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(5)..].join(" | ")
    }

    /// A directory that ends with it.
    pub(crate) fn files(&self) -> &Path {
        &self.files
    }

    /// A command that only this driver knows.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: &str) -> Response {
        let mut client = Client::connect(self.address).await;
        client
            .send(method, path, &[("Content-Type", "application/json")], body)
            .await;
        client.response().await
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.leash.stdin.take());
        let _ = self.leash.wait();
        let _ = fs::remove_dir_all(&self.files);
    }
}

/// For profiles, which a browser that is killed does not remove.
fn new_directory() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let directory = env::temp_dir().join(format!("trilane-{}-{count}", process::id()));
    fs::create_dir(&directory).unwrap();
    directory
}

/// The port that it prints; none if it does not start.
fn port(output: ChildStdout, announcement: &'static str) -> Option<u16> {
    let (tell, told) = mpsc::channel();
    // Somebody has to read to the end, or it would wait at a full pipe.
    thread::spawn(move || {
        let lines = BufReader::new(output).lines().map_while(Result::ok);
        for port in lines.filter_map(|line| port_in(&line, announcement)) {
            let _ = tell.send(port);
        }
    });
    told.recv_timeout(PATIENCE).ok()
}

fn port_in(line: &str, announcement: &str) -> Option<u16> {
    line.split_once(announcement)?
        .1
        .trim_end_matches('.')
        .parse()
        .ok()
}
