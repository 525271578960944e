//! One more connection to Redis, which shows why the first one failed.

use super::reason::{Diagnosis, closed};
use crate::redis::{
    target::Target,
    tls_error::{MISSING_TLS, UNEXPECTED_TLS, why},
};
use redis::ConnectionAddr;
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UnixStream},
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// How long Redis may take to send a reason.
const TIMEOUT: Duration = Duration::from_millis(200);
/// How long Redis may take to connect with TLS, which is usually further away.
const TLS_TIMEOUT: Duration = Duration::from_secs(1);

/// What one more connection revealed.
type Finding = Option<Diagnosis>;

pub(super) async fn connect_once_more(target: &Target) -> Finding {
    match (target.address(), &target.tls) {
        (ConnectionAddr::TcpTls { host, port, .. }, Some(tls)) => with_tls(host, *port, tls).await,
        (ConnectionAddr::Tcp(host, port), _) => without_tls(host, *port).await,
        (ConnectionAddr::Unix(path), _) => refusal(UnixStream::connect(path).await).await,
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
