//! `GET /poll?channel=c`: answers with the messages after the cursor, and waits while there are
//! none.

use crate::{
    compat::{self, SharedCursor},
    poll_request::PollRequest,
    template::PollTemplates,
};
use actix_web::{HttpRequest, HttpResponse, http::ConnectionType, rt::time::sleep, web};
use common::{
    history::Resume,
    http::{
        AppState, DEFAULT_LIMIT, MAX_LIMIT, Principal, Problem, Query, Subscription,
        history_response, no_store_json, require_compat,
    },
    hub::{Channel, ChannelLease, NewPoll, Shard},
    message::{ChannelName, Cursor, MessageId},
    net::{detach, raw_request},
};
use std::time::Duration;

/// The longest wait, in seconds. Proxies commonly allow a silent upstream more than this.
const MAX_WAIT: u64 = 60;
/// The wait without a `wait` parameter, in seconds.
const DEFAULT_WAIT: u64 = 25;

/// The wait of a poll that arrives during a drain. Its client polls again as soon as it is
/// answered.
const DRAIN_WAIT: Duration = Duration::from_millis(500);

/// The parameters of a poll on a channel.
struct PollParameters {
    after: Cursor,
    max_wait: Duration,
    limit: u64,
}

pub(crate) async fn handler(
    request: HttpRequest,
    service: web::Data<AppState>,
    shard: Shard,
    shared_cursor: web::Data<SharedCursor>,
    templates: web::Data<PollTemplates>,
    principal: Principal,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request);
    let Some(name) = query.channel()? else {
        require_compat(&service, "GET /poll")?;
        query.only_with_channel(&["after", "wait", "limit"])?;
        return compat::handle(&request, &service, &shared_cursor, principal).await;
    };
    let poll = PollParameters::of(&query)?;
    let subscription = poll.open_channel(&service, &principal, name).await?;
    // Again: opening may have loaded newer messages.
    let resume = subscription.channel.resume(poll.after);
    if !poll.is_answered(resume, &subscription.channel) {
        if let Some(recognisable) = poll.recognisable(&request, &service) {
            let Subscription {
                channel,
                expires_in,
                ..
            } = subscription;
            return Ok(detach(&request, no_store_json(), move |detached| {
                let template = templates.find(recognisable, poll.limit, &detached.headers);
                shard.add_poll(NewPoll {
                    detached,
                    channel,
                    template,
                    cursor: resume.cursor,
                    expires_in,
                });
            }));
        }
        poll.wait_in_actix(&service, &subscription, resume.cursor)
            .await;
    }
    Ok(poll.respond(&request, &service, subscription.channel, resume))
}

impl PollParameters {
    fn of(query: &Query<'_>) -> Result<Self, Problem> {
        Ok(Self {
            after: query.after()?,
            max_wait: Duration::from_secs(query.number("wait", 0..=MAX_WAIT, DEFAULT_WAIT)?),
            limit: query.number("limit", 1..=MAX_LIMIT, DEFAULT_LIMIT)?,
        })
    }

    /// Opens the channel, for new messages too if the poll has to wait.
    async fn open_channel(
        &self,
        service: &AppState,
        principal: &Principal,
        name: ChannelName,
    ) -> Result<Subscription, Problem> {
        let subscription = Subscription::peek(service, principal, name, self.after).await?;
        let resume = subscription.channel.resume(self.after);
        if self.is_answered(resume, &subscription.channel) {
            return Ok(subscription);
        }
        subscription.create_if_missing(service, principal).await
    }

    /// Returns whether the poll gets its response at once.
    fn is_answered(&self, resume: Resume, channel: &Channel) -> bool {
        self.after == Cursor::Latest
            || resume.reset.is_some()
            || self.max_wait.is_zero()
            || channel.has_news(resume.cursor)
    }

    /// Returns the request as a template if it can wait in the hub: it is alone on its connection,
    /// and another may follow.
    fn recognisable(&self, request: &HttpRequest, service: &AppState) -> Option<PollRequest> {
        let keeps_connection = request.head().connection_type() == ConnectionType::KeepAlive;
        if !keeps_connection || service.hub.is_draining() {
            return None;
        }
        PollRequest::new(&raw_request(request)?, self.after, self.max_wait)
    }

    /// Waits for a message, at most until the poll or its token ends, or the service drains.
    async fn wait_in_actix(
        &self,
        service: &AppState,
        subscription: &Subscription,
        cursor: MessageId,
    ) {
        if service.hub.is_draining() {
            return sleep(self.max_wait.min(DRAIN_WAIT)).await;
        }
        // The wait also ends when the token expires. The next poll is then refused.
        let wait = subscription
            .expires_in
            .map_or(self.max_wait, |left| self.max_wait.min(left));
        tokio::select! {
            biased;
            () = subscription.channel.changed_from(cursor) => {}
            () = service.hub.drained() => {}
            () = sleep(wait) => {}
        }
    }

    fn respond(
        &self,
        request: &HttpRequest,
        service: &AppState,
        channel: ChannelLease,
        resume: Resume,
    ) -> HttpResponse {
        let hub = service.hub.clone();
        let mut response = history_response(request, channel, resume, self.limit, move |sent| {
            hub.metrics().count_delivery(sent);
        });
        if service.hub.is_draining() {
            let head = response.head_mut();
            head.set_connection_type(ConnectionType::Close);
        }
        response
    }
}
