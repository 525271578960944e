//! The four ports: all of them are taken before anything starts, and all that cannot be are reported together.

use clap::Args;
use common::server::listen;
use std::{
    io,
    net::{IpAddr, SocketAddr, TcpListener},
};

#[derive(Args, Clone, Debug)]
pub(super) struct Ports {
    /// Address to listen on; 0.0.0.0 for all of this machine
    #[arg(long, default_value = "127.0.0.1", help_heading = "Addresses")]
    pub(super) host: IpAddr,

    /// Port of the long-polling service; 0 for any free one
    #[arg(long, value_name = "PORT", default_value_t = 3000, help_heading = "Addresses")]
    longpoll_port: u16,

    /// Port of the SSE service; 0 for any free one
    #[arg(long, value_name = "PORT", default_value_t = 3001, help_heading = "Addresses")]
    sse_port: u16,

    /// Port of the WebSocket service; 0 for any free one
    #[arg(long, value_name = "PORT", default_value_t = 8080, help_heading = "Addresses")]
    ws_port: u16,

    /// Port of the page; 0 for any free one
    #[arg(long, value_name = "PORT", default_value_t = 8000, help_heading = "Addresses")]
    page_port: u16,
}

/// What everything listens with.
pub(super) struct Listeners {
    pub(super) longpoll: TcpListener,
    pub(super) sse: TcpListener,
    pub(super) ws: TcpListener,
    pub(super) page: TcpListener,
}

impl Ports {
    pub(super) fn bind(&self) -> io::Result<Listeners> {
        let longpoll = self.listen(self.longpoll_port, "--longpoll-port moves the long-polling service");
        let sse = self.listen(self.sse_port, "--sse-port moves the SSE service");
        let ws = self.listen(self.ws_port, "--ws-port moves the WebSocket service");
        let page = self.listen(self.page_port, "--page-port moves the page");
        match (longpoll, sse, ws, page) {
            (Ok(longpoll), Ok(sse), Ok(ws), Ok(page)) => Ok(Listeners { longpoll, sse, ws, page }),
            (longpoll, sse, ws, page) => {
                let reasons: Vec<_> = [longpoll, sse, ws, page].into_iter().filter_map(Result::err).collect();
                Err(io::Error::other(format!("nothing was started:\n  {}", reasons.join("\n  "))))
            }
        }
    }

    fn listen(&self, port: u16, remedy: &str) -> Result<TcpListener, String> {
        let address = SocketAddr::new(self.host, port);
        let twice = [self.longpoll_port, self.sse_port, self.ws_port, self.page_port]
            .iter()
            .filter(|other| **other == port)
            .count()
            > 1;
        listen(address).map_err(|error| match port != 0 && twice {
            true => format!("{address} was given twice: {remedy}"),
            false => format!("{error}: {remedy}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_port_that_is_taken_is_named_with_its_remedy() {
        let other = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let taken = other.local_addr().unwrap().port();
        let host = "127.0.0.1".parse().unwrap();
        let ports = Ports { host, longpoll_port: 0, sse_port: taken, ws_port: 0, page_port: taken };
        let error = ports.bind().map(drop).unwrap_err().to_string();
        assert!(error.contains(&format!("127.0.0.1:{taken}")), "{error}");
        assert!(error.contains("--sse-port") && error.contains("--page-port"), "{error}");
        assert!(!error.contains("--longpoll-port") && !error.contains("--ws-port"), "{error}");
    }
}
