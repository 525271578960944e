//! A Redis of one's own, for tests, audits and measurements: started, frozen, killed and started again.

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

/// How long it may take to start, with all its data, and to answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// Ends Redis when it is told to, or when its own standard input ends because whoever holds the other end is gone; then
/// nobody needs the data any more.
const GUARD: &str = r#""$@" </dev/null >/dev/null 2>&1 & redis=$!
read -r told; kill -9 $redis; wait $redis; [ "$told" ] || rm -rf "$PWD""#;

/// Whether there is a `redis-server` to start.
pub(crate) fn is_installed() -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|directory| directory.join("redis-server").is_file())
}

/// A running `redis-server` on a socket in a directory of its own; both go when this is dropped.
pub(crate) struct RedisServer {
    directory: PathBuf,
    guard: Option<Child>,
}

impl RedisServer {
    /// Starts one that writes all data to the disk before it answers; `redis-server` has to be installed.
    pub(crate) fn start() -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let directory =
            env::temp_dir().join(format!("trilane-redis-{}-{number}", std::process::id()));
        fs::create_dir(&directory)?;
        let mut redis = Self {
            directory,
            guard: None,
        };
        redis.launch()?;
        Ok(redis)
    }

    /// What `--broker` takes.
    pub(crate) fn url(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// Where its data is.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Ends it at once, as a power cut would.
    pub(crate) fn kill(&mut self) {
        let Some(mut guard) = self.guard.take() else {
            return;
        };
        let told = guard
            .stdin
            .take()
            .map(|mut input| input.write_all(b"end\n"));
        drop(told);
        let _ = guard.wait();
    }

    /// Starts it again with the data that it had.
    pub(crate) fn launch(&mut self) -> io::Result<()> {
        self.kill();
        let _ = fs::remove_file(self.socket());
        let settings = "--port 0 --unixsocket redis.sock --pidfile redis.pid --save \"\" --appendonly yes --appendfsync always";
        let mut command = Command::new("sh");
        // Other variables of the shell may be secrets.
        command
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .args(["-c", GUARD, "guard", "redis-server"])
            .args(settings.split(' ').map(|word| word.trim_matches('"')));
        command
            .current_dir(&self.directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.guard = Some(command.spawn()?);
        let began = Instant::now();
        while !self
            .ask("PING")
            .is_ok_and(|answer| answer.starts_with("+PONG"))
        {
            if began.elapsed() > PATIENCE {
                return Err(io::Error::other(
                    "redis-server does not start: is it installed?",
                ));
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Lets it do nothing, though it is there.
    pub(crate) fn freeze(&self) -> io::Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets it go on.
    pub(crate) fn thaw(&self) -> io::Result<()> {
        self.signal(Signal::CONT)
    }

    /// Cuts the connections of all who use it.
    pub(crate) fn cut_connections(&self) -> io::Result<()> {
        self.ask("CLIENT KILL TYPE pubsub")?;
        self.ask("CLIENT KILL TYPE normal SKIPME yes").map(drop)
    }

    /// The answer to a command; of several lines, all but the first.
    pub(crate) fn ask(&self, command: &str) -> io::Result<String> {
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
            .ok_or_else(|| io::Error::other("no process id"))?;
        Ok(kill_process(pid, signal)?)
    }

    fn socket(&self) -> PathBuf {
        self.directory().join("redis.sock")
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.directory);
    }
}
