//! A proxy before an SSE service that omits or repeats one event of every stream.

use std::net::{Ipv4Addr, SocketAddr};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, copy},
    net::{TcpListener, TcpStream, tcp},
    task::{JoinHandle, spawn_local},
};

/// The HTTP chunk of a stream that is altered. At least the opening and a message come before it.
const NTH: usize = 4;

/// The change to a stream.
#[derive(Clone, Copy)]
pub(crate) enum StreamFault {
    Omit,
    Repeat,
}

pub(crate) struct FaultyProxy {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl FaultyProxy {
    pub(crate) async fn start(service: SocketAddr, fault: StreamFault) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = spawn_local(async move {
            while let Ok((client, _)) = listener.accept().await {
                spawn_local(proxy(client, service, fault));
            }
        });
        Self { address, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for FaultyProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn proxy(mut client: TcpStream, service: SocketAddr, fault: StreamFault) {
    let mut service = TcpStream::connect(service).await.unwrap();
    let (mut requests, to_client) = client.split();
    let (responses, mut to_service) = service.split();
    tokio::select! {
        _ = copy(&mut requests, &mut to_service) => {}
        _ = forward_responses(BufReader::new(responses), to_client, fault) => {}
    }
}

/// Forwards responses up to the headers of an event stream, and then chunk by chunk.
async fn forward_responses(
    mut from: BufReader<tcp::ReadHalf<'_>>,
    mut to: tcp::WriteHalf<'_>,
    fault: StreamFault,
) -> std::io::Result<()> {
    let mut line = Vec::new();
    let mut streaming = false;
    while from.read_until(b'\n', &mut line).await? > 0 {
        to.write_all(&line).await?;
        streaming |= line.starts_with(b"content-type: text/event-stream");
        if streaming && line == b"\r\n" {
            return forward_stream(from, to, fault).await;
        }
        line.clear();
        // The body of another response may end without a line end.
        let rest = from.buffer().to_vec();
        if !rest.contains(&b'\n') {
            to.write_all(&rest).await?;
            from.consume(rest.len());
        }
    }
    Ok(())
}

async fn forward_stream(
    mut from: BufReader<tcp::ReadHalf<'_>>,
    mut to: tcp::WriteHalf<'_>,
    fault: StreamFault,
) -> std::io::Result<()> {
    for number in 1.. {
        let chunk = read_chunk(&mut from).await?;
        let times = match fault {
            _ if number != NTH => 1,
            StreamFault::Omit => 0,
            StreamFault::Repeat => 2,
        };
        to.write_all(&chunk.repeat(times)).await?;
    }
    Ok(())
}

async fn read_chunk(from: &mut BufReader<tcp::ReadHalf<'_>>) -> std::io::Result<Vec<u8>> {
    let mut chunk = Vec::new();
    from.read_until(b'\n', &mut chunk).await?;
    let length =
        usize::from_str_radix(std::str::from_utf8(&chunk).unwrap().trim(), 16).unwrap_or(0);
    let size = chunk.len();
    chunk.resize(size + length + 2, 0);
    from.read_exact(&mut chunk[size..]).await?;
    Ok(chunk)
}
