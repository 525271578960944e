//! The argument `--peers`: which peers there are, and which of them are installed.

use super::Peer;
use anyhow::{Result, anyhow, bail};
use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The peers of this checkout.
const PEERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../peers");
/// Where `scripts/peers` installs programs that are no packages.
const TOOLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/tools/bin");
/// Users of Debian do not have this directory, that of nginx, on their path.
const SBIN: &str = "/usr/sbin";
/// The end of a peer's file name.
const END: &str = ".toml";

/// What one value of `--peers` names: peers, and why others are left out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choice {
    peers: Vec<Peer>,
    left_out: Vec<String>,
}

/// Parses a value of `--peers`.
pub(crate) fn choice(text: &str) -> Result<Choice> {
    if text == "all" {
        return all().map(installed);
    }
    let path = if text.contains('/') || text.ends_with(END) {
        PathBuf::from(text)
    } else {
        Path::new(PEERS).join(format!("{text}{END}"))
    };
    if !path.is_file() && path.starts_with(PEERS) {
        bail!(
            "there is no such peer; expected all, {}, or the path of a file such as ./mine.toml",
            names().join(", ")
        );
    }
    let peer = read(&path)?;
    if let Some(missing) = peer.missing() {
        bail!("it is not installed ({missing} is missing): run scripts/peers");
    }
    Ok(Choice {
        peers: vec![peer],
        left_out: Vec::new(),
    })
}

/// Chooses those of these peers that are installed.
fn installed(peers: Vec<Peer>) -> Choice {
    let mut choice = Choice::default();
    for peer in peers {
        match peer.missing() {
            None => choice.peers.push(peer),
            Some(missing) => choice.left_out.push(format!(
                "{} is not measured: {missing} is missing; run scripts/peers",
                peer.name
            )),
        }
    }
    choice
}

/// Returns the chosen peers, each once, and why others are left out.
pub(crate) fn chosen(choices: &[Choice]) -> (Vec<Peer>, Vec<String>) {
    let mut peers: Vec<Peer> = Vec::new();
    for peer in choices.iter().flat_map(|choice| &choice.peers) {
        if peers.iter().all(|known| known.name != peer.name) {
            peers.push(peer.clone());
        }
    }
    let left_out = choices.iter().flat_map(|choice| choice.left_out.clone());
    (peers, left_out.collect())
}

/// Returns all peers of this checkout, in the order of their names.
pub(crate) fn all() -> Result<Vec<Peer>> {
    names()
        .iter()
        .map(|name| read(&Path::new(PEERS).join(format!("{name}{END}"))))
        .collect()
}

fn names() -> Vec<String> {
    let entries = fs::read_dir(PEERS).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            Some(name.strip_suffix(END)?.to_owned())
        })
        .collect();
    names.sort();
    names
}

fn read(path: &Path) -> Result<Peer> {
    // The error of an argument shows only the outermost reason.
    let failed = |error| anyhow!("{}: {error}", path.display());
    let text = fs::read_to_string(path).map_err(failed)?;
    let folder = path.canonicalize().map_err(failed)?;
    let folder = folder.parent().unwrap_or(Path::new("/")).to_owned();
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    Peer::parse(&name, folder, &text)
}

/// Returns the directories in which the programs of a peer are looked for.
pub(super) fn search_path(folder: &Path) -> OsString {
    let own = [PathBuf::from(TOOLS), folder.join("node_modules/.bin")];
    let usual = env::var_os("PATH").unwrap_or_default();
    let all = own.into_iter().chain(env::split_paths(&usual));
    env::join_paths(all.chain([PathBuf::from(SBIN)])).unwrap_or(usual)
}

impl Peer {
    /// Returns what it needs and is not installed.
    pub(crate) fn missing(&self) -> Option<String> {
        let path = search_path(&self.folder);
        let is_there = |need: &&String| {
            if need.contains('/') {
                return self.folder.join(need).exists();
            }
            env::split_paths(&path).any(|directory| directory.join(need).is_file())
        };
        self.needs.iter().find(|need| !is_there(need)).cloned()
    }

    /// Returns its version: the first line that its command prints.
    pub(crate) fn installed_version(&self) -> Option<String> {
        let (program, arguments) = self.version.split_first()?;
        let output = Command::new(program)
            .args(arguments)
            .current_dir(&self.folder)
            .env("PATH", search_path(&self.folder))
            .output()
            .ok()?;
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text);
        text.lines().next().map(|line| line.trim().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_peer_of_this_checkout_follows_the_rules() {
        let peers = all().unwrap();
        assert!(peers.len() >= 8, "{}", names().join(", "));
        for peer in peers {
            let name = &peer.name;
            // A reader can check each setting.
            assert!(peer.source.starts_with("https://"), "{name}");
            assert!(!peer.needs.is_empty(), "{name}");
            if let Some(publish) = &peer.publish {
                assert_eq!(publish.body, r#"{"message":"{text}"}"#, "{name}");
                assert!(!publish.acknowledged.is_empty(), "{name}");
            }
            let port = "{port}";
            let texts = peer.start.iter().chain(peer.files.values());
            assert!(
                texts.clone().any(|text| text.contains(port))
                    || peer.start.iter().any(|text| text.ends_with(".js")),
                "{name}: it does not get its port"
            );
        }
    }

    #[test]
    fn an_unknown_peer_is_refused_with_the_known_ones() {
        let error = choice("gopher").unwrap_err().to_string();
        for name in names() {
            assert!(error.contains(&name), "{error}");
        }
        assert!(error.contains("./mine.toml"), "{error}");
        let error = choice("./none.toml").unwrap_err().to_string();
        assert!(error.starts_with("./none.toml: "), "{error}");
    }
}
