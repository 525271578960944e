//! The services on a real Redis. Needs `redis-server`. Each test that injects faults starts its
//! own.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

/// Makes a test for each transport from a function that is generic over the subscriber.
macro_rules! on_each_transport {
    ($function:ident) => {
        mod $function {
            #[actix_web::test]
            async fn longpoll() {
                super::$function::<crate::longpoll::Poller>().await;
            }

            #[actix_web::test]
            async fn sse() {
                super::$function::<crate::sse::EventStream>().await;
            }

            #[actix_web::test]
            async fn ws() {
                super::$function::<crate::ws::Socket>().await;
            }
        }
    };
}

mod audited;
mod certificates;
mod channels;
mod cluster;
mod cluster_access;
mod cluster_servers;
mod histories;
mod intrusions;
#[path = "../../../longpoll-svc/tests/subscriber/mod.rs"]
mod longpoll;
mod losses;
mod missed;
mod on_redis;
mod outages;
mod reasons;
mod refusals;
mod reload;
mod room;
mod sentinel;
mod sentinel_access;
mod sentinel_servers;
mod sharing;
#[path = "../../../sse-svc/tests/subscriber/mod.rs"]
mod sse;
mod steps;
mod suite;
mod tcp;
mod tls;
mod tls_refusals;
mod tls_server;
#[path = "../../../ws-svc/tests/subscriber/mod.rs"]
mod ws;

use servers::redis;
