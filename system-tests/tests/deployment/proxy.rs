//! Runs a proxy with its file, in front of a lab.

use crate::{process::Lab, read};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};
use system_tests::{
    http::{get, response},
    wait_for,
};

/// What the files have as addresses of the services.
const UPSTREAMS: [(&str, &str); 3] = [
    ("longpoll", "127.0.0.1:3000"),
    ("sse", "127.0.0.1:3001"),
    ("ws", "127.0.0.1:8080"),
];

/// How a proxy is run with its file on a free port.
pub(crate) struct Recipe<'a> {
    pub(crate) program: &'a str,
    /// With `FILE` and `DIR` for the configuration and its directory.
    pub(crate) arguments: &'a [&'a str],
    pub(crate) file: &'a str,
    /// What the file listens on, and what it listens on here.
    pub(crate) listen: [&'a str; 2],
    /// A part of the file, and what is there instead.
    pub(crate) replaced: [&'a str; 2],
    /// The configuration with `INCLUDED` for the file.
    pub(crate) around: &'a str,
}

/// A running proxy in front of the services of a lab.
pub(crate) struct Proxy {
    child: Child,
    directory: PathBuf,
    port: u16,
}

impl Proxy {
    /// Returns where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    pub(crate) fn start(lab: &Lab, recipe: &Recipe<'_>) -> Self {
        let port = free_port();
        let name = format!("proxy-{}-{port}", recipe.program);
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&directory).unwrap();
        let path = directory.join(recipe.file);
        fs::write(&path, recipe.configuration(lab, port)).unwrap();
        let filled = recipe.arguments.iter().map(|argument| {
            let argument = argument.replace("FILE", path.to_str().unwrap());
            argument.replace("DIR", directory.to_str().unwrap())
        });
        let child = Command::new(program_path(recipe.program))
            .args(filled)
            .env("XDG_DATA_HOME", &directory)
            .env("XDG_CONFIG_HOME", &directory)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let proxy = Self {
            child,
            directory,
            port,
        };
        // Listening is not enough: HAProxy first checks the services.
        let ready = get("/messages?channel=c");
        wait_for(recipe.program, || {
            let response = response(proxy.address(), &ready);
            response.contains(" 200 ").then_some(())
        });
        proxy
    }
}

impl Recipe<'_> {
    /// Returns the file with the addresses of this lab.
    fn configuration(&self, lab: &Lab, port: u16) -> String {
        let [listen, here] = self.listen;
        let text = read(&format!("proxies/{}", self.file));
        let text = text.replace("/var/log/nginx/", "");
        let text = replaced(&text, self.replaced[0], self.replaced[1]);
        let mut text = replaced(&text, listen, &here.replace("PORT", &port.to_string()));
        for (service, upstream) in UPSTREAMS {
            text = replaced(&text, upstream, &lab.socket_address(service).to_string());
        }
        self.around.replace("INCLUDED", &text)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // A killed nginx would leave its workers.
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.directory);
    }
}

fn replaced(text: &str, what: &str, with: &str) -> String {
    assert!(text.contains(what), "no {what}");
    if what.is_empty() {
        return text.to_owned();
    }
    text.replace(what, with)
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// Returns the path of a program. Debian's users do not have `/usr/sbin` on their path.
fn program_path(name: &str) -> PathBuf {
    let sbin = Path::new("/usr/sbin").join(name);
    if sbin.exists() { sbin } else { name.into() }
}

pub(crate) fn is_installed(program: &str) -> bool {
    let mut command = Command::new(program_path(program));
    command
        .arg("-v")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok()
}
