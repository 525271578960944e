//! Reads the command line; what is wrong with it is said without secrets.

use clap::{
    Parser,
    error::{ContextKind, ContextValue},
};

/// The flag whose value may hold a password.
const SECRET: &str = "--broker ";

/// The command; with `--help`, or where something is wrong, the program ends here.
pub(crate) fn parse<P: Parser>() -> P {
    P::try_parse().unwrap_or_else(|error| without_secrets(error).exit())
}

fn without_secrets(mut error: clap::Error) -> clap::Error {
    let is_secret = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(usage)) => usage.starts_with(SECRET),
        _ => false,
    };
    if is_secret {
        error.insert(ContextKind::InvalidValue, ContextValue::String("(not shown)".to_owned()));
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(arguments: &[&str]) -> String {
        let error = crate::Lab::try_parse_from([&["lab"], arguments].concat()).map(drop).unwrap_err();
        without_secrets(error).to_string()
    }

    #[test]
    fn secrets_are_not_repeated() {
        let broker = ["--broker", "rediss://me:hunter2@host"];
        for command in [&["up"][..], &["serve", "sse"], &["audit"]] {
            let error = wrong(&[command, &broker].concat());
            assert!(error.contains("--broker") && error.contains("(not shown)"), "{error}");
            assert!(error.contains("TLS is not built in") && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn what_is_no_secret_is() {
        assert!(wrong(&["serve", "sse", "--history", "none"]).contains("'none'"));
    }
}
