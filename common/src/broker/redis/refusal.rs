//! When Redis is there, and takes no messages.

use redis::RedisError;

/// What it then begins its errors with: no memory left, its disk fails, it is a replica since a fail-over, it has too few
/// replicas.
const REFUSALS: [&str; 4] = ["OOM", "MISCONF", "READONLY", "NOREPLICAS"];

/// Why a server takes no writes; none if that is not what this error says.
pub(super) fn refusal(error: &RedisError) -> Option<&'static str> {
    let of_many = error.clone().into_server_errors();
    let code = of_many.as_ref().and_then(|errors| Some(errors.first()?.1.code())).or_else(|| error.code());
    REFUSALS.into_iter().find(|refusal| code == Some(refusal))
}

/// Whether another connection may lead to a server that takes writes.
pub(super) fn is_replica(refusal: &str) -> bool {
    refusal == "READONLY"
}
