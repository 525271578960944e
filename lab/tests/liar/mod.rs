//! Stands before an SSE service and changes, once on every stream, what it says: the auditor has to find that.

use std::net::{Ipv4Addr, SocketAddr};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, copy},
    net::{TcpListener, TcpStream, tcp},
    task::{JoinHandle, spawn_local},
};

/// The chunk of a stream that is not passed on as it is. Before it there are at least the stream's opening and a message.
const NTH: usize = 4;

#[derive(Clone, Copy)]
pub(crate) enum Lie {
    LeaveOut,
    Repeat,
}

pub(crate) struct Liar {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Liar {
    pub(crate) async fn before(service: SocketAddr, lie: Lie) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = spawn_local(async move {
            while let Ok((client, _)) = listener.accept().await {
                spawn_local(carry(client, service, lie));
            }
        });
        Self { address, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(mut client: TcpStream, service: SocketAddr, lie: Lie) {
    let mut service = TcpStream::connect(service).await.unwrap();
    let ((mut requests, to_client), (answers, mut to_service)) = (client.split(), service.split());
    tokio::select! {
        _ = copy(&mut requests, &mut to_service) => {}
        _ = answer(BufReader::new(answers), to_client, lie) => {}
    }
}

/// Passes answers on until the head of a stream has gone by; then chunk after chunk.
async fn answer(
    mut from: BufReader<tcp::ReadHalf<'_>>,
    mut to: tcp::WriteHalf<'_>,
    lie: Lie,
) -> std::io::Result<()> {
    let (mut line, mut streaming) = (Vec::new(), false);
    while from.read_until(b'\n', &mut line).await? > 0 {
        to.write_all(&line).await?;
        streaming |= line.starts_with(b"content-type: text/event-stream");
        if streaming && line == b"\r\n" {
            return stream(from, to, lie).await;
        }
        line.clear();
        // The body of an answer that is no stream may end without a line end.
        let rest = from.buffer().to_vec();
        if !rest.contains(&b'\n') {
            to.write_all(&rest).await?;
            from.consume(rest.len());
        }
    }
    Ok(())
}

async fn stream(
    mut from: BufReader<tcp::ReadHalf<'_>>,
    mut to: tcp::WriteHalf<'_>,
    lie: Lie,
) -> std::io::Result<()> {
    for number in 1.. {
        let chunk = chunk(&mut from).await?;
        let times = match lie {
            _ if number != NTH => 1,
            Lie::LeaveOut => 0,
            Lie::Repeat => 2,
        };
        to.write_all(&chunk.repeat(times)).await?;
    }
    Ok(())
}

async fn chunk(from: &mut BufReader<tcp::ReadHalf<'_>>) -> std::io::Result<Vec<u8>> {
    let mut chunk = Vec::new();
    from.read_until(b'\n', &mut chunk).await?;
    let length =
        usize::from_str_radix(std::str::from_utf8(&chunk).unwrap().trim(), 16).unwrap_or(0);
    let size = chunk.len();
    chunk.resize(size + length + 2, 0);
    from.read_exact(&mut chunk[size..]).await?;
    Ok(chunk)
}
