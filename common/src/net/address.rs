//! The part of an address that limits count by.

use std::net::{IpAddr, Ipv6Addr};

/// The address that limits count by. A host has one IPv4 address, and of IPv6 a whole /64 to choose from.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & u128::MAX << 64).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_host_are_one() {
        let networks = [
            "2001:db8:1:2:3:4:5:6",
            "2001:db8:1:2::",
            "::ffff:1.2.3.4",
            "1.2.3.4",
        ]
        .map(|address| network(address.parse().unwrap()).to_string());
        assert_eq!(
            networks,
            ["2001:db8:1:2::", "2001:db8:1:2::", "1.2.3.4", "1.2.3.4"]
        );
    }
}
