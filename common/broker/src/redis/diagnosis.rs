//! Finds out why a connection to Redis failed.
//!
//! The driver's error may hide the reason: Redis sends it and disconnects, and it is lost if
//! something was sent meanwhile. So this connects once more, and only reads.

mod reason;
mod second_connection;

pub(super) use reason::{Diagnosis, MISSING_PERMISSION, NEEDS_CLUSTER};

use super::target::Target;
use reason::closed;
use redis::RedisError;
use second_connection::connect_once_more;
use std::time::Duration;
use tokio::time::timeout;

/// How long a diagnosis may take, since the next attempt waits for it.
const LIMIT: Duration = Duration::from_millis(1500);

/// Describes an error of a connection, after at most [`LIMIT`].
pub(super) async fn diagnose(target: &Target, error: &RedisError) -> Diagnosis {
    let found = if error.is_io_error() && !error.is_connection_refusal() {
        timeout(LIMIT, connect_once_more(target))
            .await
            .ok()
            .flatten()
    } else {
        None
    };
    let is_closed = error.is_connection_dropped() && !error.is_connection_refusal();
    found.unwrap_or_else(|| match &target.tls {
        Some(_) if is_closed => closed(),
        _ => Diagnosis::of(error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use redis::{Client, IntoConnectionInfo};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    /// Connects to a server that sends this reply to every request.
    async fn diagnosis_of(reply: &'static [u8], database: u8) -> Diagnosis {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let _ = stream.read(&mut [0; 1024]).await;
                let _ = stream.write_all(reply).await;
                let _ = stream.read(&mut [0; 1024]).await;
            }
        });
        let info = format!("redis://127.0.0.1:{port}/{database}").into_connection_info();
        let target = Target::new(info.unwrap(), None);
        let client: &Client = &target.client;
        let error = client.get_multiplexed_async_connection().await.unwrap_err();
        let diagnosis = diagnose(&target, &error).await;
        server.abort();
        diagnosis
    }

    #[actix_web::test]
    async fn a_server_of_another_protocol_is_named() {
        let found = diagnosis_of(b"HTTP/1.1 400 Bad Request\r\n\r\n", 0).await;
        assert_eq!(found.why, Some("it is not a Redis"), "{found:?}");
        assert!(!found.details.contains('\n'), "{found:?}");
    }

    #[actix_web::test]
    async fn a_missing_database_is_named() {
        let replies = b"-ERR DB index is out of range\r\n+OK\r\n+OK\r\n";
        let found = diagnosis_of(replies, 99).await;
        assert_eq!(
            found.why,
            Some("it has no database with this number"),
            "{found:?}"
        );
    }
}
