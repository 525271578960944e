//! The scenario suite of every transport, on Redis instead of memory.

mod longpoll {
    use crate::{longpoll::Poller, on_redis::OnRedis};
    conformance::scenarios!(OnRedis<Poller>);
}

mod sse {
    use crate::{on_redis::OnRedis, sse::EventStream};
    conformance::scenarios!(streams: OnRedis<EventStream>);
}

mod ws {
    use crate::{on_redis::OnRedis, ws::Socket};
    conformance::scenarios!(streams: OnRedis<Socket>);
}
