//! The Redis at the other end of a connection.

use redis::{ErrorKind, RedisError, RedisResult, aio::MultiplexedConnection};

/// One run of a Redis server, and its durability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    /// Differs after each start.
    run_id: String,
    /// Whether everything acknowledged is on disk, and no replica could take over without it.
    is_durable: bool,
    /// The memory limit, in bytes; 0 if there is none.
    pub(super) max_memory: u64,
}

impl Server {
    /// Queries the server. Without permission for `CONFIG GET` it counts as not durable.
    pub(super) async fn query(connection: &mut MultiplexedConnection) -> RedisResult<Self> {
        let info: String = redis::cmd("INFO").query_async(connection).await?;
        let mut config = redis::cmd("CONFIG");
        config.arg("GET").arg("append*");
        let settings: RedisResult<Vec<(String, String)>> = config.query_async(connection).await;
        let settings = match settings {
            Err(error) if error.is_io_error() => return Err(error),
            settings => settings.unwrap_or_default(),
        };
        Self::parse(&info, &settings)
    }

    fn parse(info: &str, settings: &[(String, String)]) -> RedisResult<Self> {
        let field = |name: &str| {
            info.lines()
                .find_map(|line| line.trim_end().strip_prefix(name)?.strip_prefix(':'))
        };
        let is_set =
            |name: &str, value: &str| settings.iter().any(|(key, is)| key == name && is == value);
        let no_id = || RedisError::from((ErrorKind::UnexpectedReturnType, "INFO gives no run_id"));
        let is_alone = field("role") == Some("master") && field("connected_slaves") == Some("0");
        Ok(Self {
            run_id: field("run_id")
                .filter(|id| !id.is_empty())
                .ok_or_else(no_id)?
                .to_owned(),
            is_durable: is_alone && is_set("appendonly", "yes") && is_set("appendfsync", "always"),
            max_memory: field("maxmemory")
                .and_then(|bytes| bytes.parse().ok())
                .unwrap_or(0),
        })
    }

    /// Returns the run id, with a `+` if the server is durable. The scripts bind the ids of a
    /// channel to it.
    pub(super) fn incarnation(&self) -> String {
        let durable = if self.is_durable { "+" } else { "" };
        format!("{}{durable}", self.run_id)
    }

    /// Returns whether both are the same run of the same server.
    pub(super) fn is_same_run(&self, other: &Self) -> bool {
        self.run_id == other.run_id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(role: &str, replicas: &str, settings: &[(&str, &str)]) -> Server {
        let info = format!(
            "# Server\r\nrun_id:abc\r\nrole:{role}\r\n\
             connected_slaves:{replicas}\r\nmaxmemory:1000\r\n"
        );
        let settings: Vec<_> = settings
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        Server::parse(&info, &settings).unwrap()
    }

    #[test]
    fn a_redis_is_durable_only_if_it_loses_nothing() {
        let always = [("appendonly", "yes"), ("appendfsync", "always")];
        assert_eq!(server("master", "0", &always).incarnation(), "abc+");
        assert_eq!(
            server("master", "1", &always).incarnation(),
            "abc",
            "the replica may lack the last writes"
        );
        assert_eq!(
            server(
                "master",
                "0",
                &[("appendonly", "yes"), ("appendfsync", "everysec")]
            )
            .incarnation(),
            "abc"
        );
        assert_eq!(
            server(
                "master",
                "0",
                &[("appendonly", "no"), ("appendfsync", "always")]
            )
            .incarnation(),
            "abc"
        );
        assert_eq!(
            server("master", "0", &[]).incarnation(),
            "abc",
            "no permission for CONFIG GET"
        );
        assert_eq!(server("master", "0", &[]).max_memory, 1000);
    }

    #[test]
    fn a_server_without_a_run_id_is_refused() {
        assert!(Server::parse("role:master\r\n", &[]).is_err());
    }
}
