//! The sentinels of a master, which say where it is.
//!
//! They may disagree: one that was cut off names the former master, which may be back. Each failover
//! has a higher epoch than those before it, so the reply with the highest one counts.

use super::{
    diagnosis::{Diagnosis, diagnose},
    errors::server_error,
    peer::Peer,
    target::Target,
};
use crate::{Tls, address::SentinelAddress, address::shown};
use futures_util::future::join_all;
use redis::{ConnectionAddr, ConnectionInfo, ErrorKind, RedisError, RedisResult, ServerError};
use std::{collections::HashMap, time::Duration};
use tokio::time::sleep;

/// The time between two requests for the address of the master.
const INTERVAL: Duration = Duration::from_secs(1);

/// The sentinels, and how to connect to the master that they name.
pub(super) struct Sentinels {
    sentinels: Vec<Peer>,
    name: String,
    /// The highest epoch that a sentinel has named.
    epoch: u64,
    template: ConnectionInfo,
    tls: Option<Tls>,
}

/// A master that a sentinel names.
struct Master {
    /// The epoch of the failover that made it the master.
    epoch: u64,
    host: String,
    port: u16,
}

impl Sentinels {
    /// `template` has user, password and database of the master.
    pub(super) fn new(
        address: &SentinelAddress,
        template: ConnectionInfo,
        tls: Option<Tls>,
    ) -> Self {
        let sentinel = |info: &ConnectionInfo| Peer::new(Target::new(info.clone(), tls.clone()));
        Self {
            sentinels: address.sentinels.iter().map(sentinel).collect(),
            name: address.master.clone(),
            epoch: 0,
            template,
            tls,
        }
    }

    /// Asks where the master is.
    ///
    /// # Errors
    ///
    /// Why no sentinel names a master that is not a former one.
    pub(super) async fn locate(&mut self) -> Result<Target, Diagnosis> {
        let mut errors = Vec::new();
        let mut newest: Option<Master> = None;
        for (at, answer) in self.ask().await.into_iter().enumerate() {
            match answer {
                Ok(master)
                    if newest
                        .as_ref()
                        .is_none_or(|found| found.epoch < master.epoch) =>
                {
                    newest = Some(master);
                }
                Ok(_) => {}
                Err(error) => errors.push((at, error)),
            }
        }
        match newest {
            // Sentinels that were set up anew begin with the first epoch.
            Some(master) if master.epoch >= self.epoch || errors.is_empty() => {
                self.epoch = master.epoch;
                Ok(self.target(master))
            }
            Some(_) => Err(self
                .explain(errors, "its sentinels name a former master")
                .await),
            None => Err(self.explain(errors, "none of its sentinels responds").await),
        }
    }

    /// Waits until the sentinels name another master than this one.
    pub(super) async fn wait_for_failover(&mut self, from: &ConnectionAddr) {
        loop {
            sleep(INTERVAL).await;
            if let Ok(target) = self.locate().await
                && target.address() != from
            {
                return;
            }
        }
    }

    async fn ask(&mut self) -> Vec<RedisResult<Master>> {
        let name = &self.name;
        let answers = self.sentinels.iter_mut().map(|one| master(one, name));
        join_all(answers).await
    }

    fn target(&self, Master { host, port, .. }: Master) -> Target {
        let address = ConnectionAddr::Tcp(host, port);
        Target::at(&self.template, address, self.tls.clone())
    }

    /// Describes why no sentinel named a master.
    async fn explain(
        &self,
        errors: Vec<(usize, RedisError)>,
        otherwise: &'static str,
    ) -> Diagnosis {
        let mut reason = None;
        let mut details = Vec::new();
        for (at, error) in errors {
            let target = &self.sentinels[at].target;
            let found = diagnose(target, &error).await;
            reason = reason.or(why(&error).or(found.why));
            details.push(format!("{}: {}", shown(target.address()), found.details));
        }
        Diagnosis {
            why: reason.or(Some(otherwise)),
            details: details.join("; "),
        }
    }
}

/// Requests the address of a master from a sentinel.
async fn master(sentinel: &mut Peer, name: &str) -> RedisResult<Master> {
    let mut connection = sentinel.take().await?;
    // Until a failover has ended, the first reply has its epoch and the address of the former
    // master, and only the second one has the address of the new one.
    let mut requests = redis::pipe();
    for command in ["MASTER", "GET-MASTER-ADDR-BY-NAME"] {
        requests.cmd("SENTINEL").arg(command).arg(name);
    }
    let (fields, (host, port)): (HashMap<String, String>, (String, u16)) =
        requests.query_async(&mut connection).await?;
    sentinel.keep(connection);
    let epoch = fields
        .get("config-epoch")
        .and_then(|epoch| epoch.parse().ok());
    let no_epoch = (ErrorKind::UnexpectedReturnType, "a sentinel names no epoch");
    Ok(Master {
        epoch: epoch.ok_or(no_epoch)?,
        host,
        port,
    })
}

/// Returns what an error of a sentinel has to say about the address.
fn why(error: &RedisError) -> Option<&'static str> {
    let reply = server_error(error);
    let details = reply.as_ref().and_then(ServerError::details);
    let names = |text: &str| details.is_some_and(|details| details.contains(text));
    if names("No such master") {
        return Some("its sentinels know no master of this name");
    }
    let is_refused = error.kind() == ErrorKind::AuthenticationFailed
        || reply
            .as_ref()
            .is_some_and(|reply| ["WRONGPASS", "NOAUTH", "NOPERM"].contains(&reply.code()));
    if is_refused {
        return Some("its sentinels do not accept sentinel-user and sentinel-password");
    }
    names("unknown command").then_some("its sentinels are ordinary servers")
}
