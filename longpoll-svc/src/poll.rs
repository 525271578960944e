//! `GET /poll?channel=c`: responds with the messages after the cursor, and waits while there are
//! none.

use crate::{
    compat::{self, SharedCursor},
    poll_parameters::{PollCache, PollParameters},
    several,
    template::PollTemplates,
    wait::wait,
};
use actix_web::{HttpRequest, HttpResponse, web};
use common::{
    message::MessageId,
    shard::{NewPoll, Shard},
    transport::PollTemplate,
};
use net::{Detached, detach};
use service::http::{
    AppState, Channels, Principal, Problem, Query, Subscription, no_store_json, require_compat,
};
use std::rc::Rc;

pub(crate) async fn handler(
    request: HttpRequest,
    service: web::Data<AppState>,
    shard: Shard,
    shared_cursor: web::Data<SharedCursor>,
    templates: web::Data<PollTemplates>,
    cache: web::Data<PollCache>,
    principal: Principal,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request);
    let name = match query.channels()? {
        Some(Channels::One(name)) => name,
        Some(Channels::Several(channels)) => {
            return several::handle(&query, &service, &principal, &channels).await;
        }
        None => {
            require_compat(&service, "GET /poll")?;
            query.only_with_channel(&["after", "wait", "limit", "envelope"])?;
            return compat::handle(&request, &service, &shared_cursor, principal).await;
        }
    };
    let poll = PollParameters::of(&query, &name, cache.caching(&principal))?;
    let subscription = poll.open_channel(&service, &principal, name).await?;
    // Again: opening may have loaded newer messages.
    let resume = subscription.channel.resume(poll.after);
    if !poll.is_answered(resume, &subscription.channel) {
        if let Some(recognisable) = poll.recognisable(&request, &service) {
            let (page, cursor) = (poll.page, resume.cursor);
            return Ok(detach(&request, no_store_json(), move |detached| {
                let template = templates.find(recognisable, page, &detached.headers);
                shard.add_poll(waiting_poll(detached, template, subscription, cursor));
            }));
        }
        let changed = subscription.channel.changed_from(resume.cursor);
        wait(&service, poll.max_wait, subscription.expires_in, changed).await;
    }
    Ok(poll.respond(&request, &service, subscription.channel, resume))
}

fn waiting_poll(
    detached: Detached,
    template: Rc<dyn PollTemplate>,
    subscription: Subscription,
    cursor: MessageId,
) -> NewPoll {
    NewPoll {
        detached,
        channel: subscription.channel,
        template,
        cursor,
        expires_in: subscription.expires_in,
    }
}
