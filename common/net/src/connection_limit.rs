//! Limits the number of open connections, in all and of each address.

use super::network;
use parking_lot::Mutex;
use prometheus_client::metrics::gauge::Gauge;
use std::{
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// The limit of a service's open connections. Cloning copies a reference.
#[derive(Clone)]
pub struct ConnectionLimit {
    shared: Arc<Shared>,
    /// The origin of all connections where addresses are not counted.
    any_address: Arc<Origin>,
}

/// The gauges that count connections.
#[derive(Clone, Default)]
pub struct ConnectionGauges {
    /// All open connections.
    pub open: Gauge,
    /// Open connections that actix serves.
    pub served: Gauge,
}

struct Shared {
    open: AtomicUsize,
    max: usize,
    /// `None` without a limit of each address.
    addresses: Option<Addresses>,
    gauges: ConnectionGauges,
}

struct Addresses {
    open: Mutex<HashMap<IpAddr, usize>>,
    max: usize,
}

/// Permits one connection, which counts as open until this is dropped.
pub struct ConnectionPermit(Arc<Origin>);

/// Where connections come from: an address, if addresses are counted.
struct Origin {
    shared: Arc<Shared>,
    address: Option<IpAddr>,
}

impl ConnectionLimit {
    /// Creates a limit of `max` connections in all, and `max_per_address` of each address; 0 for no
    /// limit.
    pub fn new(max: usize, max_per_address: usize, gauges: ConnectionGauges) -> Self {
        let addresses = (max_per_address > 0).then(|| Addresses {
            open: Mutex::default(),
            max: max_per_address,
        });
        let shared = Arc::new(Shared {
            open: AtomicUsize::new(0),
            max,
            addresses,
            gauges,
        });
        let any_address = Arc::new(Origin {
            shared: shared.clone(),
            address: None,
        });
        Self {
            shared,
            any_address,
        }
    }

    /// Permits one more connection. Returns `None` at the limit.
    pub(crate) fn admit(&self, peer: IpAddr) -> Option<ConnectionPermit> {
        let shared = &self.shared;
        shared.gauges.open.inc();
        let has_room = shared.open.fetch_add(1, Ordering::Relaxed) < shared.max;
        let Some(addresses) = &shared.addresses else {
            let permit = ConnectionPermit(self.any_address.clone());
            return has_room.then_some(permit);
        };
        let address = network(peer);
        let address_has_room = addresses.add(address);
        // Dropped at the limit, which counts the connection out.
        let permit = ConnectionPermit(Arc::new(Origin {
            shared: shared.clone(),
            address: Some(address),
        }));
        (has_room && address_has_room).then_some(permit)
    }
}

impl Addresses {
    /// Counts one more connection. Returns false if it is over the limit.
    fn add(&self, address: IpAddr) -> bool {
        let mut addresses = self.open.lock();
        let open = addresses.entry(address).or_default();
        *open += 1;
        *open <= self.max
    }

    fn remove(&self, address: IpAddr) {
        if let Entry::Occupied(mut open) = self.open.lock().entry(address) {
            *open.get_mut() -= 1;
            if *open.get() == 0 {
                open.remove();
            }
        }
    }
}

impl ConnectionPermit {
    /// Returns the gauge of the connections that actix serves.
    pub(crate) fn served(&self) -> &Gauge {
        &self.0.shared.gauges.served
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let Origin { shared, address } = &*self.0;
        if let (Some(addresses), Some(address)) = (&shared.addresses, address) {
            addresses.remove(*address);
        }
        shared.open.fetch_sub(1, Ordering::Relaxed);
        // Last, so that the gauge never shows room that is not there.
        shared.gauges.open.dec();
    }
}

impl ConnectionPermit {
    /// Creates a permit that belongs to no service, for tests and benchmarks.
    pub fn for_test() -> Self {
        ConnectionLimit::new(1, 0, ConnectionGauges::default())
            .admit(IpAddr::from([127, 0, 0, 1]))
            .expect("there is no other connection")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_connection_makes_room_for_its_own_address() {
        let limit = ConnectionLimit::new(4, 2, ConnectionGauges::default());
        let admit = |address: &str| limit.admit(address.parse().unwrap());
        let first = admit("1.1.1.1");
        let _second = admit("1.1.1.1");
        assert!(first.is_some() && admit("1.1.1.1").is_none());
        let _third = admit("2001:db8::1");
        let _fourth = admit("2001:db8::2");
        assert!(
            admit("2001:db8::3").is_none() && admit("3.3.3.3").is_none(),
            "four is the limit in all"
        );
        drop(first);
        assert!(admit("2001:db8::3").is_none());
        assert!(admit("1.1.1.1").is_some());
        let addresses = limit.shared.addresses.as_ref().unwrap();
        assert_eq!(addresses.open.lock().len(), 2);
    }
}
