//! The echo server of `gate measure`, and the delays of the chunks that pass.

use super::super::cost::Percentiles;
use parking_lot::Mutex;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};
use support::{histogram::Histogram, units::count};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime,
    task::{LocalSet, spawn_local},
};

/// Bytes of the timestamp in each chunk.
const STAMP: usize = 8;

/// Delays of chunks in one direction, and the epoch of their timestamps.
#[derive(Clone)]
pub(super) struct Trips {
    pub(super) began: Instant,
    pub(super) delay: Duration,
    pub(super) late: Arc<Mutex<Histogram>>,
}

/// Starts an echo server on its own thread, which ends with the process.
pub(super) fn serve_echo(trips: Trips, size: usize) -> io::Result<SocketAddr> {
    let listener = net::listen((Ipv4Addr::LOCALHOST, 0).into())?;
    let address = listener.local_addr()?;
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    thread::Builder::new()
        .name("echo".to_owned())
        .spawn(move || {
            LocalSet::new().block_on(&runtime, async {
                let listener = TcpListener::from_std(listener).expect("a listener of our own");
                while let Ok((socket, _)) = listener.accept().await {
                    spawn_local(echo(socket, trips.clone(), size));
                }
            });
        })?;
    Ok(address)
}

async fn echo(mut socket: TcpStream, trips: Trips, size: usize) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let mut chunk = vec![0; size];
    loop {
        socket.read_exact(&mut chunk).await?;
        trips.record(&chunk);
        stamp(&mut chunk, trips.began);
        socket.write_all(&chunk).await?;
    }
}

pub(super) fn stamp(chunk: &mut [u8], began: Instant) {
    chunk[..STAMP].copy_from_slice(&(began.elapsed().as_nanos() as u64).to_le_bytes());
}

impl Trips {
    /// Records how much longer than the link's delay this chunk took.
    pub(super) fn record(&self, chunk: &[u8]) {
        let written = Duration::from_nanos(u64::from_le_bytes(
            chunk[..STAMP].try_into().expect("eight bytes"),
        ));
        let late = self.began.elapsed().saturating_sub(written + self.delay);
        self.late.lock().record(late);
    }

    pub(super) fn summary(&self) -> String {
        let late = self.late.lock();
        let trips = count(late.count(), "trip");
        format!("{} ({trips})", Percentiles::of(&late))
    }
}
