//! How many connections are open, and how many may be.

use super::network;
use crate::metrics::Metrics;
use prometheus_client::metrics::gauge::Gauge;
use std::{
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

/// The open connections of one service.
#[derive(Clone)]
pub(crate) struct ConnectionLimit {
    all: Arc<Shared>,
    anywhere: Arc<Origin>,
}

struct Shared {
    open: AtomicUsize,
    most: usize,
    /// How many there are of each address; none where nobody limits that.
    addresses: Option<Addresses>,
    metrics: Arc<Metrics>,
}

struct Addresses {
    open: Mutex<HashMap<IpAddr, usize>>,
    most: usize,
}

/// One connection: counted until it is dropped, whoever holds it.
pub struct ConnectionPermit(Arc<Origin>);

/// Where connections come from: one address where those are counted, and anywhere for all where they are not.
struct Origin {
    all: Arc<Shared>,
    address: Option<IpAddr>,
}

impl ConnectionLimit {
    /// `most` in all, and so many of each address; 0 for any number.
    pub(crate) fn new(most: usize, most_of_one: usize, metrics: Arc<Metrics>) -> Self {
        let addresses = (most_of_one > 0).then(|| Addresses {
            open: Mutex::default(),
            most: most_of_one,
        });
        let all = Arc::new(Shared {
            open: AtomicUsize::new(0),
            most,
            addresses,
            metrics,
        });
        Self {
            anywhere: Arc::new(Origin {
                all: all.clone(),
                address: None,
            }),
            all,
        }
    }

    /// Counts one more, unless there are as many as allowed.
    pub(crate) fn admit(&self, peer: IpAddr) -> Option<ConnectionPermit> {
        let Shared {
            open,
            most,
            addresses,
            metrics,
        } = &*self.all;
        metrics.connections.inc();
        let few = open.fetch_add(1, Ordering::Relaxed) < *most;
        let (few_of_one, origin) = match addresses {
            Some(addresses) => {
                let address = network(peer);
                (
                    addresses.add(address),
                    Arc::new(Origin {
                        all: self.all.clone(),
                        address: Some(address),
                    }),
                )
            }
            None => (true, self.anywhere.clone()),
        };
        let connection = ConnectionPermit(origin);
        (few && few_of_one).then_some(connection)
    }
}

impl Addresses {
    /// Counts one more in any case, and says whether it may stay.
    fn add(&self, address: IpAddr) -> bool {
        let mut open = self.open.lock().expect("no panic while counting");
        let open = open.entry(address).or_default();
        *open += 1;
        *open <= self.most
    }

    fn remove(&self, address: IpAddr) {
        if let Entry::Occupied(mut open) = self
            .open
            .lock()
            .expect("no panic while counting")
            .entry(address)
        {
            *open.get_mut() -= 1;
            if *open.get() == 0 {
                open.remove();
            }
        }
    }
}

impl ConnectionPermit {
    /// Counts the connections of its service that actix serves.
    pub(crate) fn served(&self) -> &Gauge {
        &self.0.all.metrics.served
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let Origin { all, address } = &*self.0;
        if let (Some(addresses), Some(address)) = (&all.addresses, address) {
            addresses.remove(*address);
        }
        all.open.fetch_sub(1, Ordering::Relaxed);
        // Last: whoever sees it finds room.
        all.metrics.connections.dec();
    }
}

#[cfg(test)]
impl ConnectionPermit {
    /// One of no service.
    pub(crate) fn alone() -> Self {
        ConnectionLimit::new(1, 0, Arc::new(Metrics::new("test")))
            .admit(IpAddr::from([127, 0, 0, 1]))
            .expect("there is no other")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_makes_room_for_itself_only() {
        let connections = ConnectionLimit::new(4, 2, Arc::new(Metrics::new("test")));
        let from = |address: &str| connections.admit(address.parse().unwrap());
        let (one, _two) = (from("1.1.1.1"), from("1.1.1.1"));
        assert!(one.is_some() && from("1.1.1.1").is_none());
        let (_three, _four) = (from("2001:db8::1"), from("2001:db8::2"));
        assert!(
            from("2001:db8::3").is_none() && from("3.3.3.3").is_none(),
            "four is the most of all"
        );
        drop(one);
        assert!(from("2001:db8::3").is_none());
        assert!(from("1.1.1.1").is_some());
        assert_eq!(
            connections
                .all
                .addresses
                .as_ref()
                .unwrap()
                .open
                .lock()
                .unwrap()
                .len(),
            2
        );
    }
}
