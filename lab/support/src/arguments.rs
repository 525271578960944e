//! Parses the command line. Its errors, and the line itself in results, are shown without secrets.

use crate::{
    secrets::{without_secret_values, without_secrets_in},
    service_links,
};
use clap::{Command, Parser};
use service::config::Host;
use std::{env, error::Error, net::IpAddr, sync::OnceLock};

/// The command that [`parse`] has read, for [`shown`].
static COMMAND: OnceLock<Command> = OnceLock::new();

/// Parses the command line. Exits on `--help` and on errors.
pub fn parse<P: Parser>() -> P {
    COMMAND.get_or_init(P::command);
    let matches = service_links::without(P::command()).try_get_matches();
    let parsed = matches.and_then(|matches| {
        for variable in service_links::ignored(&P::command(), &matches) {
            eprintln!("warning: {variable} is ignored: it is a link that Kubernetes sets for a Service, not a port");
        }
        P::from_arg_matches(&matches)
    });
    parsed.unwrap_or_else(|error| without_secrets_in(error, &P::command()).exit())
}

/// Returns the arguments of this program without secrets, for results.
pub fn shown() -> Vec<String> {
    let arguments = env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned());
    without_secret_values(arguments, COMMAND.get_or_init(Command::default))
}

/// Returns the first IPv4 address of a host, or its first address: for programs that listen on one
/// address.
///
/// # Errors
///
/// Returns the reason if the text is not a host or the host has no address.
pub fn first_address(text: &str) -> Result<IpAddr, Box<dyn Error + Send + Sync>> {
    let addresses = text.parse::<Host>()?.addresses(0)?;
    let first = addresses.iter().find(|address| address.is_ipv4());
    Ok(first.unwrap_or(&addresses[0]).ip())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn a_host_stands_for_its_ipv4_address() {
        let first = first_address("localhost").expect("an address");
        assert_eq!(first, IpAddr::from(Ipv4Addr::LOCALHOST));
    }
}
