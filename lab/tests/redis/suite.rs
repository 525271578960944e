//! The suite of every transport, once more with Redis in the place of memory.

mod longpoll {
    use crate::{longpoll::Poller, on_redis::OnRedis};
    common::scenarios!(OnRedis<Poller>);
}

mod sse {
    use crate::{on_redis::OnRedis, sse::EventStream};
    common::scenarios!(streams: OnRedis<EventStream>);
}

mod ws {
    use crate::{on_redis::OnRedis, ws::Socket};
    common::scenarios!(streams: OnRedis<Socket>);
}
