//! Describes why a connection to Redis failed.

use redis::{Client, ConnectionAddr, RedisError};
use std::time::Duration;
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    net::{TcpStream, UnixStream},
    time::timeout,
};

/// How long Redis may take to refuse a connection.
const TIMEOUT: Duration = Duration::from_millis(200);

/// Describes an error.
///
/// A Redis with too many clients sends its reason and disconnects. The reason is lost if something
/// was sent meanwhile, so this connects once more and only reads.
pub(super) async fn describe(client: &Client, error: &RedisError) -> String {
    let refusal = if error.is_connection_dropped() && !error.is_connection_refusal() {
        timeout(TIMEOUT, refusal(client.get_connection_info().addr()))
            .await
            .ok()
            .flatten()
    } else {
        None
    };
    refusal.unwrap_or_else(|| error.to_string())
}

/// Connects and returns the error line that Redis sends at once, if it does.
async fn refusal(address: &ConnectionAddr) -> Option<String> {
    match address {
        ConnectionAddr::Tcp(host, port) => {
            first_line(TcpStream::connect((host.as_str(), *port)).await.ok()?).await
        }
        ConnectionAddr::Unix(path) => first_line(UnixStream::connect(path).await.ok()?).await,
        _ => None,
    }
}

async fn first_line(mut stream: impl AsyncRead + Unpin) -> Option<String> {
    let mut bytes = [0; 200];
    let length = stream.read(&mut bytes).await.ok()?;
    let text = std::str::from_utf8(&bytes[..length]).ok()?;
    text.strip_prefix('-')?.lines().next().map(str::to_owned)
}
