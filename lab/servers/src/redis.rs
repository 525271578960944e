//! A private `redis-server` for tests, audits and measurements, which can be frozen, killed and
//! restarted. Also as a sentinel.

use rustix::process::{Pid, Signal, kill_process};
use std::{
    env, fs,
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

/// The longest time for a start, with all its data, and for a reply.
const PATIENCE: Duration = Duration::from_secs(20);
/// A shell script that kills Redis after a line on its standard input, or at the end of it. At the
/// end, the program that started it is gone, so it deletes the data.
const GUARD: &str = r#""$@" </dev/null >/dev/null 2>&1 & redis=$!
read -r line; kill -9 $redis; wait $redis; [ "$line" ] || rm -rf "$PWD""#;

/// Returns whether `redis-server` is installed.
pub fn is_installed() -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|directory| directory.join("redis-server").is_file())
}

/// A running `redis-server` with a Unix socket in its own directory. Dropping it ends the server
/// and deletes the directory.
pub struct RedisServer {
    directory: PathBuf,
    /// The first arguments of `redis-server`.
    mode: &'static [&'static str],
    /// More arguments of `redis-server`.
    arguments: Vec<String>,
    guard: Option<Child>,
}

impl RedisServer {
    /// Starts a server that writes all data to the disk before it replies.
    ///
    /// # Errors
    /// Returns an error if `redis-server` is not installed or does not start.
    pub fn start() -> io::Result<Self> {
        let mut redis = Self::create(&[])?;
        redis.launch()?;
        Ok(redis)
    }

    /// Starts a sentinel with this configuration and these arguments, as in `["--port", "7000"]`.
    ///
    /// # Errors
    /// Returns an error if `redis-server` is not installed or does not start.
    pub fn start_sentinel(configuration: &str, arguments: Vec<String>) -> io::Result<Self> {
        let mut sentinel = Self::create(&["sentinel.conf", "--sentinel"])?;
        fs::write(sentinel.directory.join("sentinel.conf"), configuration)?;
        sentinel.launch_with(arguments)?;
        Ok(sentinel)
    }

    fn create(mode: &'static [&'static str]) -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let directory =
            env::temp_dir().join(format!("trilane-redis-{}-{number}", std::process::id()));
        fs::create_dir(&directory)?;
        Ok(Self {
            directory,
            mode,
            arguments: Vec::new(),
            guard: None,
        })
    }

    /// Returns the URL for `--broker`.
    pub fn url(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// Returns the directory of its data.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Kills the server, like a power failure.
    pub fn kill(&mut self) {
        let Some(mut guard) = self.guard.take() else {
            return;
        };
        let sent = guard
            .stdin
            .take()
            .map(|mut input| input.write_all(b"end\n"));
        drop(sent);
        let _ = guard.wait();
    }

    /// Restarts the server with its data and these arguments, as in `["--tls-port", "7000"]`. Later
    /// starts have them too.
    ///
    /// # Errors
    /// Returns an error if the server does not start.
    pub fn launch_with(&mut self, arguments: Vec<String>) -> io::Result<()> {
        self.arguments = arguments;
        self.launch()
    }

    /// Restarts the server with its data.
    ///
    /// # Errors
    ///
    /// If the program cannot be started, or is not ready in time.
    pub fn launch(&mut self) -> io::Result<()> {
        self.kill();
        let _ = fs::remove_file(self.socket());
        let settings = "--port 0 --unixsocket redis.sock --pidfile redis.pid --save \"\" --appendonly yes --appendfsync always";
        let mut shell = Command::new("sh");
        // Other variables of the environment may be secrets.
        shell
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .args(["-c", GUARD, "guard", "redis-server"])
            .args(self.mode)
            .args(settings.split(' ').map(|word| word.trim_matches('"')))
            .args(&self.arguments);
        shell
            .current_dir(&self.directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.guard = Some(shell.spawn()?);
        let began = Instant::now();
        while !self.command("PING").is_ok_and(|reply| is_ready(&reply)) {
            if began.elapsed() > PATIENCE {
                return Err(io::Error::other(
                    "redis-server does not start: check that it is installed",
                ));
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Makes the server write its data to the disk every second, like that of most deployments: a
    /// power failure may lose the last second.
    ///
    /// # Errors
    ///
    /// If the server does not reply.
    pub fn write_every_second(&self) -> io::Result<()> {
        self.command("CONFIG SET appendfsync everysec").map(drop)
    }

    /// Freezes the server with `SIGSTOP`.
    ///
    /// # Errors
    ///
    /// If the server is not running.
    pub fn freeze(&self) -> io::Result<()> {
        self.signal(Signal::STOP)
    }

    /// Continues a frozen server.
    ///
    /// # Errors
    ///
    /// If the server is not running.
    pub fn thaw(&self) -> io::Result<()> {
        self.signal(Signal::CONT)
    }

    /// Cuts the connections of all clients.
    ///
    /// # Errors
    ///
    /// If the server does not reply.
    pub fn cut_connections(&self) -> io::Result<()> {
        self.command("CLIENT KILL TYPE pubsub")?;
        self.command("CLIENT KILL TYPE normal SKIPME yes").map(drop)
    }

    /// Sends a command and returns its reply, without the length line of a bulk string.
    ///
    /// # Errors
    ///
    /// If the server does not reply.
    pub fn command(&self, command: &str) -> io::Result<String> {
        let mut io = BufReader::new(UnixStream::connect(self.socket())?);
        io.get_ref().set_read_timeout(Some(PATIENCE))?;
        io.get_mut()
            .write_all(format!("{command}\r\n").as_bytes())?;
        let mut first = String::new();
        io.read_line(&mut first)?;
        let Some(length) = first
            .strip_prefix('$')
            .and_then(|length| length.trim().parse::<usize>().ok())
        else {
            return Ok(first);
        };
        let mut text = vec![0; length];
        io.read_exact(&mut text)?;
        String::from_utf8(text).map_err(io::Error::other)
    }

    fn signal(&self, signal: Signal) -> io::Result<()> {
        let pid = fs::read_to_string(self.directory.join("redis.pid"))?;
        let pid = pid
            .trim()
            .parse()
            .ok()
            .and_then(Pid::from_raw)
            .ok_or_else(|| io::Error::other("redis.pid does not contain a process id"))?;
        Ok(kill_process(pid, signal)?)
    }

    fn socket(&self) -> PathBuf {
        self.directory().join("redis.sock")
    }
}

/// Returns whether a server that replies this to `PING` has started. It may need a password.
fn is_ready(reply: &str) -> bool {
    reply.starts_with("+PONG") || reply.starts_with("-NOAUTH")
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.directory);
    }
}
