//! Why Redis cannot be used, as far as can be found out.

use redis::{Client, ConnectionAddr, RedisError};
use std::time::Duration;
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    net::{TcpStream, UnixStream},
    time::timeout,
};

/// How long Redis may take to refuse a connection.
const A_MOMENT: Duration = Duration::from_millis(200);

/// Why there is no connection. A Redis that has too many says so and hangs up; what it said is lost if something was sent to
/// it meanwhile, so it is listened to once more.
pub(super) async fn why(client: &Client, error: &RedisError) -> String {
    let refusal = if error.is_connection_dropped() && !error.is_connection_refusal() {
        timeout(A_MOMENT, refusal(client.get_connection_info().addr()))
            .await
            .ok()
            .flatten()
    } else {
        None
    };
    refusal.unwrap_or_else(|| error.to_string())
}

/// What Redis says to whoever connects and says nothing; none if it waits.
async fn refusal(address: &ConnectionAddr) -> Option<String> {
    match address {
        ConnectionAddr::Tcp(host, port) => {
            first_line(TcpStream::connect((host.as_str(), *port)).await.ok()?).await
        }
        ConnectionAddr::Unix(path) => first_line(UnixStream::connect(path).await.ok()?).await,
        _ => None,
    }
}

async fn first_line(mut io: impl AsyncRead + Unpin) -> Option<String> {
    let mut bytes = [0; 200];
    let length = io.read(&mut bytes).await.ok()?;
    let text = std::str::from_utf8(&bytes[..length]).ok()?;
    text.strip_prefix('-')?.lines().next().map(str::to_owned)
}
