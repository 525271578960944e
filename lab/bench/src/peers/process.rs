//! A running peer with all processes that it starts.

use super::{Peer, selection::search_path};
use anyhow::{Context, Result, bail, ensure};
use servers::spawned::{client::BlockingClient, kill, procfs};
use std::{
    env,
    fs::{self, File},
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

/// How long a peer may take until it listens.
const PATIENCE: Duration = Duration::from_secs(20);
/// Timeout of a response.
const ANSWER_PATIENCE: Duration = Duration::from_secs(2);
/// Time between two attempts to reach it.
const PAUSE: Duration = Duration::from_millis(20);
/// The file in its directory with everything that it prints.
const LOG: &str = "output.log";

/// A running peer. Dropping it kills all its processes and removes its directory.
pub(crate) struct PeerProcess {
    child: Child,
    dir: PathBuf,
    pub(crate) address: SocketAddr,
}

impl PeerProcess {
    /// Starts a peer on a free port, and waits until it listens.
    ///
    /// # Errors
    ///
    /// Fails if it ends, does not listen in time, or refuses its setup. The error has what it
    /// printed.
    pub(crate) fn start(peer: &Peer) -> Result<Self> {
        let dir = new_directory()?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        let filled = |text: &String| filled(text, address.port(), &dir, &peer.folder);
        for (name, text) in &peer.files {
            fs::write(dir.join(name), filled(text))?;
        }
        let arguments: Vec<_> = peer.start.iter().map(filled).collect();
        let output = File::create(dir.join(LOG))?;
        let child = Command::new(env::current_exe()?)
            .args(["launch", "--"])
            .args(&arguments)
            .current_dir(&peer.folder)
            .env("PATH", search_path(&peer.folder))
            .env("PORT", address.port().to_string())
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()?;
        let mut process = Self {
            child,
            dir,
            address,
        };
        process.prepare(peer).with_context(|| process.output())?;
        Ok(process)
    }

    fn prepare(&mut self, peer: &Peer) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while let Err(error) = self.answers(peer.ready.as_deref()) {
            if let Some(status) = self.child.try_wait()? {
                bail!("{}: ended before it listened, with {status}", peer.name);
            }
            ensure!(
                Instant::now() < deadline,
                "{}: not ready within {} s: {error:#}",
                peer.name,
                PATIENCE.as_secs()
            );
            thread::sleep(PAUSE);
        }
        let Some(setup) = &peer.setup else {
            return Ok(());
        };
        let request = format!("{} {}", setup.method, setup.path);
        let status = self
            .connect()?
            .status(&request, Some(&setup.content_type))?;
        ensure!(
            (200..300).contains(&status),
            "{}: {status} to {request}",
            peer.name
        );
        Ok(())
    }

    /// Checks that it responds to a GET of this path, or accepts a connection.
    fn answers(&self, path: Option<&str>) -> Result<()> {
        let mut client = self.connect()?;
        path.map_or(Ok(()), |path| {
            client.status(&format!("GET {path}"), None).map(drop)
        })
    }

    fn connect(&self) -> Result<BlockingClient> {
        BlockingClient::connect_within(self.address, ANSWER_PATIENCE)
    }

    fn output(&self) -> String {
        let text = fs::read_to_string(self.dir.join(LOG)).unwrap_or_default();
        format!("the peer printed: {}", text.trim())
    }

    /// Returns its process and all that this one has started.
    pub(crate) fn pids(&self) -> Vec<u32> {
        procfs::tree(self.child.id())
    }
}

impl Drop for PeerProcess {
    fn drop(&mut self) {
        let others = self.pids().into_iter().skip(1);
        // The first process ends first: it could replace the others.
        let _ = self.child.kill();
        others.for_each(kill);
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.dir);
    }
}

fn new_directory() -> io::Result<PathBuf> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let dir = env::temp_dir().join(format!("lab-peer-{}-{number}", process::id()));
    fs::create_dir(&dir)?;
    Ok(dir)
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

fn filled(text: &str, port: u16, dir: &Path, folder: &Path) -> String {
    text.replace("{port}", &port.to_string())
        .replace("{dir}", &dir.display().to_string())
        .replace("{peers}", &folder.display().to_string())
}
