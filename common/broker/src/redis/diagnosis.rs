//! Finds out why a connection to Redis failed.
//!
//! The driver's error may hide the reason: Redis sends it and disconnects, and it is lost if
//! something was sent meanwhile. So this connects once more, and only reads.

use super::{
    cluster::Redirect,
    errors::is_about_command,
    server::IS_SENTINEL,
    target::Target,
    tls_error::{MISSING_TLS, UNEXPECTED_TLS, why},
};
use redis::{ConnectionAddr, ErrorKind, RedisError};
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UnixStream},
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// How long a diagnosis may take, since the next attempt waits for it.
const LIMIT: Duration = Duration::from_millis(1500);
/// How long Redis may take to send a reason.
const TIMEOUT: Duration = Duration::from_millis(200);
/// How long Redis may take to connect with TLS, which is usually further away.
const TLS_TIMEOUT: Duration = Duration::from_secs(1);

/// The server redirects to another one, which only the broker of a cluster follows.
pub(super) const NEEDS_CLUSTER: &str =
    "it is a node of a cluster, which needs redis+cluster://HOST:PORT";

/// The user may not run a command.
pub(super) const MISSING_PERMISSION: &str = "its user lacks a permission";

/// Why Redis is away.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Diagnosis {
    /// What an operator has to change, if that is known. Contains no host or user, since clients
    /// see it.
    pub(super) why: Option<&'static str>,
    /// The error itself.
    pub(super) details: String,
}

impl Diagnosis {
    /// Describes an error by itself.
    pub(super) fn of(error: &RedisError) -> Self {
        Self {
            why: refusal_of_setup(error),
            // The error of another protocol has several lines.
            details: error.to_string().lines().collect::<Vec<_>>().join(" "),
        }
    }
}

/// What one more connection revealed.
type Finding = Option<Diagnosis>;

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

/// Returns whether the other side closed a connection, which several errors may say.
fn is_closed(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    [
        BrokenPipe,
        ConnectionAborted,
        ConnectionReset,
        UnexpectedEof,
    ]
    .contains(&error.kind())
}

/// Describes a Redis that closes connections with TLS without a reason: it cannot send one before
/// the handshake.
fn closed() -> Diagnosis {
    Diagnosis {
        why: Some("it closes connections, as if it had too many clients (maxclients)"),
        details: "no reason was received".to_owned(),
    }
}

async fn connect_once_more(target: &Target) -> Finding {
    match (target.address(), &target.tls) {
        (ConnectionAddr::TcpTls { host, port, .. }, Some(tls)) => with_tls(host, *port, tls).await,
        (ConnectionAddr::Tcp(host, port), _) => without_tls(host, *port).await,
        (ConnectionAddr::Unix(path), _) => refusal(UnixStream::connect(path).await).await,
        _ => None,
    }
}

/// Returns what an error other than one of the connection has to say about the address.
fn refusal_of_setup(error: &RedisError) -> Option<&'static str> {
    let names = |text: &str| error.detail().is_some_and(|detail| detail.contains(text));
    match error.kind() {
        ErrorKind::Parse => Some("it is not a Redis"),
        _ if Redirect::of(error) == Some(Redirect::Moved) => Some(NEEDS_CLUSTER),
        _ if is_about_command(error) => Some(MISSING_PERMISSION),
        _ if names("DB index is out of range") => Some("it has no database with this number"),
        _ => error.code().and_then(refusal_by_code),
    }
}

/// Returns what the code of an error has to say about the address.
fn refusal_by_code(code: &str) -> Option<&'static str> {
    match code {
        IS_SENTINEL => Some("it is a sentinel, which needs redis+sentinel://HOST:PORT/MASTER"),
        "READONLY" => {
            Some("it is a replica: name its master, or redis+sentinel://HOST:PORT/MASTER")
        }
        "WRONGPASS" => Some("it does not accept the user or the password"),
        "NOAUTH" => Some("it needs a password"),
        "NOPERM" => Some(MISSING_PERMISSION),
        "CLUSTERDOWN" => Some("its cluster is down: some slots have no master"),
        _ => None,
    }
}

async fn with_tls(host: &str, port: u16, config: &Arc<ClientConfig>) -> Finding {
    match timeout(TLS_TIMEOUT, handshake(host, port, config)).await {
        Ok(Ok(stream)) => refusal(Ok(stream)).await,
        Ok(Err(error)) if is_closed(&error) => Some(closed()),
        Ok(Err(error)) => of_tls(&error),
        Err(_) if speaks_without_tls(host, port).await => Some(Diagnosis {
            why: Some(MISSING_TLS),
            details: "it does not respond to a TLS handshake".to_owned(),
        }),
        Err(_) => None,
    }
}

async fn without_tls(host: &str, port: u16) -> Finding {
    let found = refusal(TcpStream::connect((host, port)).await).await;
    if found.is_none() && speaks_tls(host, port).await {
        return Some(Diagnosis {
            why: Some(UNEXPECTED_TLS),
            details: "it responds to a TLS handshake".to_owned(),
        });
    }
    found
}

async fn handshake(
    host: &str,
    port: u16,
    config: &Arc<ClientConfig>,
) -> io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let stream = TcpStream::connect((host, port)).await?;
    TlsConnector::from(config.clone())
        .connect(name, stream)
        .await
}

/// Returns what an error of TLS means; `None` for other errors.
fn of_tls(error: &io::Error) -> Finding {
    let error: &rustls::Error = error.get_ref()?.downcast_ref()?;
    Some(Diagnosis {
        why: Some(why(error)),
        details: error.to_string(),
    })
}

/// Reads the error line that Redis sends at once, if it does, or the alert of TLS.
async fn refusal(stream: io::Result<impl AsyncRead + Unpin>) -> Finding {
    let mut stream = stream.ok()?;
    let mut bytes = [0; 200];
    match timeout(TIMEOUT, stream.read(&mut bytes)).await.ok()? {
        Ok(length) => {
            let text = std::str::from_utf8(&bytes[..length]).ok()?;
            let line = text.strip_prefix('-')?.lines().next()?;
            Some(Diagnosis {
                why: None,
                details: line.to_owned(),
            })
        }
        Err(error) => of_tls(&error),
    }
}

/// Returns whether a server replies to a command without TLS. Sends no secret.
async fn speaks_without_tls(host: &str, port: u16) -> bool {
    let reply = async {
        let mut stream = TcpStream::connect((host, port)).await?;
        stream.write_all(b"PING\r\n").await?;
        stream.read_u8().await
    };
    matches!(timeout(TIMEOUT, reply).await, Ok(Ok(b'+' | b'-')))
}

/// Returns whether a server takes part in a TLS handshake, which fails since nobody is trusted.
async fn speaks_tls(host: &str, port: u16) -> bool {
    let nobody = ClientConfig::builder()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    match timeout(TLS_TIMEOUT, handshake(host, port, &Arc::new(nobody))).await {
        Ok(Err(error)) => of_tls(&error).is_some_and(|found| found.why != Some(MISSING_TLS)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use redis::{Client, IntoConnectionInfo};
    use tokio::net::TcpListener;

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
