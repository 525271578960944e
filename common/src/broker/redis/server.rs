//! What a process has to know of the Redis at the other end of a connection.

use redis::{ErrorKind, RedisError, RedisResult, aio::MultiplexedConnection};

/// One start of a Redis, and what it promises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    /// Another one after each start.
    run_id: String,
    /// Whether it has on its disk all that it acknowledged, and no replica could take its place without that.
    is_durable: bool,
    /// The most bytes of memory that it takes; 0 for any number.
    pub(super) max_memory: u64,
}

impl Server {
    /// Asks Redis. Without the permission for `CONFIG GET` it is taken for one that may lose its last writes.
    pub(super) async fn ask(connection: &mut MultiplexedConnection) -> RedisResult<Self> {
        let info: String = redis::cmd("INFO").query_async(connection).await?;
        let mut config = redis::cmd("CONFIG");
        config.arg("GET").arg("append*");
        let settings: RedisResult<Vec<(String, String)>> = config.query_async(connection).await;
        let settings = match settings {
            Err(error) if error.is_io_error() => return Err(error),
            settings => settings.unwrap_or_default(),
        };
        Self::read(&info, &settings)
    }

    fn read(info: &str, settings: &[(String, String)]) -> RedisResult<Self> {
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

    /// What the scripts bind the ids of a channel to.
    pub(super) fn life(&self) -> String {
        format!("{}{}", self.run_id, if self.is_durable { "+" } else { "" })
    }

    /// Whether two connections lead to the same one.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.run_id == other.run_id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(role: &str, replicas: &str, settings: &[(&str, &str)]) -> Server {
        let info = format!(
            "# Server\r\nrun_id:abc\r\nrole:{role}\r\nconnected_slaves:{replicas}\r\nmaxmemory:1000\r\n"
        );
        let settings: Vec<_> = settings
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        Server::read(&info, &settings).unwrap()
    }

    #[test]
    fn only_a_redis_that_loses_nothing_is_durable() {
        let always = [("appendonly", "yes"), ("appendfsync", "always")];
        assert_eq!(server("master", "0", &always).life(), "abc+");
        assert_eq!(
            server("master", "1", &always).life(),
            "abc",
            "the replica may lack the last writes"
        );
        assert_eq!(
            server(
                "master",
                "0",
                &[("appendonly", "yes"), ("appendfsync", "everysec")]
            )
            .life(),
            "abc"
        );
        assert_eq!(
            server(
                "master",
                "0",
                &[("appendonly", "no"), ("appendfsync", "always")]
            )
            .life(),
            "abc"
        );
        assert_eq!(server("master", "0", &[]).life(), "abc", "nobody may ask");
        assert_eq!(server("master", "0", &[]).max_memory, 1000);
    }

    #[test]
    fn a_server_without_a_run_id_is_refused() {
        assert!(Server::read("role:master\r\n", &[]).is_err());
    }
}
