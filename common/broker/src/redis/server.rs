//! The Redis at the other end of a connection.

use redis::{ErrorKind, RedisError, RedisResult, aio::MultiplexedConnection, make_extension_error};

/// The code of the error for a server that is a sentinel: it has no channels.
pub(super) const IS_SENTINEL: &str = "SENTINEL";

/// One run of a Redis server, and its durability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    /// Differs after each start, and after each promotion from a replica.
    run: String,
    /// Whether everything acknowledged is on disk, and no replica could take over without it.
    is_durable: bool,
    /// The memory limit, in bytes; 0 if there is none.
    pub(super) max_memory: u64,
    /// How it makes room at that limit, unless it refuses writes.
    eviction: Option<String>,
}

impl Server {
    /// Queries the server. Without permission for `CONFIG GET` it counts as not durable.
    ///
    /// # Errors
    ///
    /// If the connection fails, the server is a sentinel, or `INFO` has no `run_id`.
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
        if field("redis_mode") == Some("sentinel") {
            return Err(make_extension_error(IS_SENTINEL.to_owned(), None));
        }
        // For an hour after the last replica has left, it may still take over.
        let has_no_replicas =
            field("connected_slaves") == Some("0") && field("repl_backlog_active") == Some("0");
        let is_alone = field("role") == Some("master") && has_no_replicas;
        let run_id = field("run_id").filter(|id| !id.is_empty());
        let run_id = run_id.ok_or_else(no_id)?;
        Ok(Self {
            run: match promotion(field("master_replid"), field("master_replid2")) {
                Some(id) => format!("{run_id}.{id}"),
                None => run_id.to_owned(),
            },
            is_durable: is_alone && is_set("appendonly", "yes") && is_set("appendfsync", "always"),
            max_memory: field("maxmemory")
                .and_then(|bytes| bytes.parse().ok())
                .unwrap_or(0),
            eviction: field("maxmemory_policy")
                .filter(|policy| *policy != "noeviction")
                .map(str::to_owned),
        })
    }

    /// Returns the id of the run, with a `+` if the server is durable. The scripts bind the ids of
    /// a channel to it.
    pub(super) fn incarnation(&self) -> String {
        let durable = if self.is_durable { "+" } else { "" };
        format!("{}{durable}", self.run)
    }

    /// Logs that the server may delete channels that are in use.
    pub(super) fn report_eviction(&self, address: &str) {
        if let Some(policy) = self.eviction.as_ref().filter(|_| self.max_memory > 0) {
            log::warn!(
                "broker: {address} deletes channels when its memory is full (maxmemory-policy \
                 {policy}), which resets their subscribers: set it to noeviction"
            );
        }
    }

    /// Returns whether both are the same run of the same server.
    pub(super) fn is_same_run(&self, other: &Self) -> bool {
        self.run == other.run
    }
}

/// Returns the replication id of a server that was promoted from a replica. A master that was a
/// replica in between, within one run, may have lost writes of its first time as a master.
fn promotion<'a>(id: Option<&'a str>, former_id: Option<&str>) -> Option<&'a str> {
    let was_replica = former_id.is_some_and(|former| former.bytes().any(|byte| byte != b'0'));
    id.filter(|_| was_replica)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(role: &str, replicas: &str, settings: &[(&str, &str)]) -> Server {
        let info = format!(
            "# Server\r\nrun_id:abc\r\nrole:{role}\r\n\
             connected_slaves:{replicas}\r\nrepl_backlog_active:{replicas}\r\n\
             maxmemory:1000\r\n"
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
    fn a_replica_that_was_promoted_has_a_run_of_its_own() {
        let run = |former: &str| {
            let info = format!("run_id:abc\r\nmaster_replid:def\r\nmaster_replid2:{former}\r\n");
            Server::parse(&info, &[]).unwrap().incarnation()
        };
        assert_eq!([run("000"), run("0a0")], ["abc", "abc.def"]);
    }

    #[test]
    fn a_server_without_a_run_id_is_refused() {
        assert!(Server::parse("role:master\r\n", &[]).is_err());
    }
}
