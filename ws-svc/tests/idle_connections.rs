//! The memory of an idle WebSocket, as counted by the allocator.
//!
//! This is a program of its own because it counts all its allocations.

use conformance::{Server, bytes_of_each_connection};
use ws_svc::Ws;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// In bytes.
const LIMIT: usize = 350;

fn in_use() -> (usize, usize) {
    let stats = dhat::HeapStats::get();
    (stats.curr_bytes, stats.curr_blocks)
}

#[actix_web::test]
async fn an_idle_websocket_takes_a_few_hundred_bytes() {
    let _profiler = dhat::Profiler::builder().testing().build();
    let server = Server::start::<Ws>(&["--workers", "1"]);
    let request = "GET /ws?channel=c HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let bytes = bytes_of_each_connection(&server, "ws", request, in_use).await;
    assert!(bytes <= LIMIT, "{bytes} of {LIMIT}");
}
