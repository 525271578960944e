//! How each command in a shell block of the README and of docs/ is checked, as commands.txt says.

const LIST: &str = include_str!("commands.txt");

/// How a command is checked.
pub(crate) enum Check {
    /// It is run against a lab, and prints this.
    Here(&'static str),
    /// This test, in a file of the repository, runs it with other values.
    Elsewhere {
        file: &'static str,
        test: &'static str,
    },
    NotRun,
}

impl Check {
    fn read(line: &'static str) -> Self {
        match line.trim_start().split_once(": ") {
            Some(("prints", text)) => Self::Here(text),
            Some(("not run", _)) => Self::NotRun,
            Some((file, test)) => Self::Elsewhere { file, test },
            None => panic!("{line:?} is not a check"),
        }
    }
}

/// Returns the commands in the order of the documents. Those that are run keep this order.
pub(crate) fn listed() -> impl Iterator<Item = (&'static str, Check)> {
    let mut lines = LIST.lines().filter(|line| !line.starts_with('#'));
    std::iter::from_fn(move || {
        let command = lines.next()?;
        let check = lines
            .next()
            .unwrap_or_else(|| panic!("{command}: no check"));
        Some((command, Check::read(check)))
    })
}
