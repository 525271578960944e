//! Hosts to listen on: an address, or a name of addresses.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs},
    str::FromStr,
};

/// An address, or a name such as `localhost`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host(String);

/// A text that is neither an address nor a host name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an address or a host name, without scheme and port")]
pub struct InvalidHost;

impl Host {
    /// Returns the host's addresses with this port, each once, in the order of the resolver.
    ///
    /// A name is looked up now, which may take seconds. `localhost` always stands for both loopback
    /// addresses, as in browsers (RFC 6761 §6.3).
    ///
    /// # Errors
    ///
    /// Returns an error that names the host if it has no address.
    pub fn addresses(&self, port: u16) -> io::Result<Vec<SocketAddr>> {
        if self.0.eq_ignore_ascii_case("localhost") {
            return Ok(vec![
                (Ipv4Addr::LOCALHOST, port).into(),
                (Ipv6Addr::LOCALHOST, port).into(),
            ]);
        }
        let unknown =
            |why: &str| io::Error::new(io::ErrorKind::NotFound, format!("host {}: {why}", self.0));
        let mut addresses = Vec::new();
        for address in (&*self.0, port)
            .to_socket_addrs()
            .map_err(|error| unknown(&error.to_string()))?
        {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        if addresses.is_empty() {
            Err(unknown("it has no address"))
        } else {
            Ok(addresses)
        }
    }
}

impl FromStr for Host {
    type Err = InvalidHost;

    fn from_str(text: &str) -> Result<Self, InvalidHost> {
        let bare = text
            .strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'))
            .unwrap_or(text);
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        let is_name = !bare.is_empty() && bare.len() <= 253 && bare.bytes().all(is_plain);
        if is_name || bare.parse::<IpAddr>().is_ok() {
            Ok(Self(bare.to_owned()))
        } else {
            Err(InvalidHost)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_looked_up_and_an_address_is_not() {
        for (text, address) in [
            ("127.0.0.1", "127.0.0.1:80"),
            ("::1", "[::1]:80"),
            ("[::]", "[::]:80"),
        ] {
            assert_eq!(
                text.parse::<Host>().unwrap().addresses(80).unwrap(),
                [address.parse().unwrap()]
            );
        }
        let local = "localhost".parse::<Host>().unwrap().addresses(80).unwrap();
        assert_eq!(
            local,
            ["127.0.0.1:80".parse().unwrap(), "[::1]:80".parse().unwrap()]
        );
    }

    #[test]
    fn an_invalid_host_is_refused_and_an_unknown_one_is_named() {
        for wrong in [
            "",
            "http://localhost",
            "localhost:80",
            "127.0.0.1:80",
            "a b",
            "[::1]:80",
            "a/b",
        ] {
            assert!(wrong.parse::<Host>().is_err(), "{wrong:?}");
        }
        let error = "nowhere.invalid"
            .parse::<Host>()
            .unwrap()
            .addresses(80)
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("host nowhere.invalid: "), "{error}");
    }
}
