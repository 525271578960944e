//! What a poll of one channel asks for, and which response it gets.

use crate::{poll_request::PollRequest, wait::close_if_draining};
use actix_web::{HttpRequest, HttpResponse, http::ConnectionType};
use common::{
    channels::{Channel, ChannelLease},
    history::Resume,
    message::{ChannelName, Cursor},
};
use net::raw_request;
use service::http::{
    AppState, Caching, Page, Principal, Problem, Query, Subscription, history_response,
};
use std::time::Duration;

/// The longest wait, in seconds. Proxies commonly allow a silent upstream more than this.
const MAX_WAIT: u64 = 60;
/// The wait without a `wait` parameter, in seconds.
const DEFAULT_WAIT: u64 = 25;

/// For how many seconds caches may keep a response with messages; 0 for not at all.
#[derive(Clone, Copy)]
pub(crate) struct PollCache(pub(crate) u32);

impl PollCache {
    /// Returns how caches may keep responses to this client.
    pub(crate) fn caching(self, principal: &Principal) -> Option<Caching> {
        (self.0 > 0).then(|| Caching {
            max_age: self.0,
            is_private: principal.has_token(),
        })
    }
}

/// The parameters of a poll on a channel.
pub(crate) struct PollParameters {
    pub(crate) after: Cursor,
    pub(crate) max_wait: Duration,
    pub(crate) page: Page,
    /// It has no cursor, and caches may keep responses only to polls with one. So its headers
    /// differ from those of the next response.
    is_exempt: bool,
}

impl PollParameters {
    /// Parses the parameters. The response to `after=0` changes with time, so caches may not keep
    /// it.
    pub(crate) fn of(
        query: &Query<'_>,
        channel: &ChannelName,
        caching: Option<Caching>,
    ) -> Result<Self, Problem> {
        let after = query.after(channel)?;
        let has_cursor = matches!(after, Cursor::After(_));
        Ok(Self {
            after,
            max_wait: max_wait(query)?,
            page: Page {
                caching: caching.filter(|_| has_cursor),
                ..Page::of(query)?
            },
            is_exempt: caching.is_some() && !has_cursor,
        })
    }

    /// Opens the channel, for new messages too if the poll has to wait.
    pub(crate) async fn open_channel(
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
    pub(crate) fn is_answered(&self, resume: Resume, channel: &Channel) -> bool {
        self.after == Cursor::Latest
            || resume.reset.is_some()
            || self.max_wait.is_zero()
            || channel.ends_at(resume.cursor)
            || channel.has_news(resume.cursor)
    }

    /// Returns the request as a template if it can wait in a shard: it is alone on its connection,
    /// and another may follow whose response has the same headers.
    pub(crate) fn recognisable(
        &self,
        request: &HttpRequest,
        service: &AppState,
    ) -> Option<PollRequest> {
        let keeps_connection = request.head().connection_type() == ConnectionType::KeepAlive;
        if !keeps_connection || self.is_exempt || service.hub.is_draining() {
            return None;
        }
        PollRequest::new(&raw_request(request)?, self.after, self.max_wait)
    }

    /// Responds with what follows the cursor, which may be nothing.
    pub(crate) fn respond(
        &self,
        request: &HttpRequest,
        service: &AppState,
        channel: ChannelLease,
        resume: Resume,
    ) -> HttpResponse {
        let hub = service.hub.clone();
        let mut response = history_response(request, channel, resume, self.page, move |sent| {
            hub.metrics().count_delivery(sent);
        });
        close_if_draining(&mut response, service);
        response
    }
}

/// Returns how long a poll may wait.
pub(crate) fn max_wait(query: &Query<'_>) -> Result<Duration, Problem> {
    let seconds = query.number("wait", 0..=MAX_WAIT, DEFAULT_WAIT)?;
    Ok(Duration::from_secs(seconds))
}
