//! All crowds together. Each goes to a loopback address of its own, since between two addresses and a port there are only as
//! many connections as there are local ports.

use super::tally::Tally;
use crate::{client::Transport, spawned::process::this_program};
use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Stdio},
};

pub(super) struct Crowds(Vec<One>);

struct One {
    process: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Crowds {
    /// Connects so many readers in all, at most `each` in a process.
    pub(super) fn connect(
        transport: Transport,
        port: u16,
        channel: &str,
        readers: usize,
        each: usize,
    ) -> Result<Self, String> {
        let sizes = shares(readers, each);
        let start = |(number, size): (usize, &usize)| {
            let url = format!("http://127.0.0.{}:{port}", number + 1);
            One::start(&[
                "--transport",
                transport.name(),
                "--url",
                &url,
                "--channel",
                channel,
                "--readers",
                &size.to_string(),
            ])
        };
        let mut crowds = Self(
            sizes
                .iter()
                .enumerate()
                .map(start)
                .collect::<Result<_, _>>()?,
        );
        crowds
            .0
            .iter_mut()
            .try_for_each(|crowd| crowd.answer().map(drop))?;
        Ok(crowds)
    }

    /// What they have seen since they were asked last.
    pub(super) fn tally(&mut self) -> Result<Tally, String> {
        for crowd in &mut self.0 {
            crowd
                .ask
                .write_all(b"\n")
                .map_err(|error| format!("a crowd has ended: {error}"))?;
        }
        let mut all = Tally::default();
        for crowd in &mut self.0 {
            all.add(&crowd.answer()?);
        }
        Ok(all)
    }

    pub(super) fn processes(&self) -> usize {
        self.0.len()
    }
}

impl One {
    fn start(arguments: &[&str]) -> Result<Self, String> {
        let mut command = this_program(&[&["bench", "crowd"], arguments].concat())?;
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut process = spawned.map_err(|error| format!("a crowd: {error}"))?;
        let (ask, answers) = (process.stdin.take(), process.stdout.take());
        let (ask, answers) = ask.zip(answers).expect("both are pipes");
        Ok(Self {
            process,
            ask,
            answers: BufReader::new(answers),
        })
    }

    fn answer(&mut self) -> Result<Tally, String> {
        let mut line = String::new();
        self.answers
            .read_line(&mut line)
            .map_err(|error| error.to_string())?;
        serde_json::from_str(&line).map_err(|_| "a crowd has ended; it said why".to_owned())
    }
}

impl Drop for One {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// As few equal shares as can be, none above `most`.
fn shares(all: usize, most: usize) -> Vec<usize> {
    let count = all.div_ceil(most);
    (0..count)
        .map(|at| all / count + usize::from(at < all % count))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_equal_and_few() {
        assert_eq!(shares(100, 40), [34, 33, 33]);
        assert_eq!(shares(80, 40), [40, 40]);
        assert_eq!(shares(1, 40), [1]);
    }
}
