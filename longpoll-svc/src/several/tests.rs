//! What happens between a poll's first look and its wait.

use super::*;
use actix_web::web;
use broker::Publication;
use common::message::{Attributes, ChannelName, Cursor};
use conformance::Server;
use service::server::TransportService;

/// Longer than the client of the test waits for its response.
const LONG: Duration = Duration::from_secs(3600);

/// Has a route that polls `a` and `b`, and is overtaken by the end of both.
#[derive(clap::Args, Clone, Default)]
struct Overtaken {}

impl TransportService for Overtaken {
    const NAME: &'static str = "overtaken";
    const ABOUT: &'static str = "Tests a poll";
    const PORT: u16 = 0;

    fn routes(&self, app: &mut web::ServiceConfig) {
        app.route("/overtaken", web::get().to(overtaken));
    }
}

async fn overtaken(
    service: web::Data<AppState>,
    principal: Principal,
) -> Result<HttpResponse, Problem> {
    let channels: ChannelList = ChannelList::parse(["a", "b"]).expect("two channels");
    // As those of a cursor that was taken before the channels were added.
    let cursors = vec![Cursor::Latest; 2];
    let opened = Subscriptions::peek(&service, &principal, &channels, cursors).await?;
    assert!(!is_answered(&opened.set(&service)), "nothing yet");
    for channel in channels.as_slice() {
        end(&service, channel).await;
    }
    let set = wait_for_answer(opened, &service, &principal, LONG).await?;
    assert!(set.has_ended());
    Ok(HttpResponse::Ok().finish())
}

async fn end(service: &AppState, channel: &ChannelName) {
    let publication = Publication {
        channel: channel.clone(),
        body: "1".into(),
        attributes: Attributes {
            end: true,
            ..Attributes::default()
        },
        key: None,
    };
    let published = service.broker.publish(publication, 0).await;
    published.expect("room for two channels");
}

#[actix_web::test]
async fn an_end_that_comes_before_the_wait_answers() {
    let server = Server::start::<Overtaken>(&[]);
    assert_eq!(server.get("/overtaken").await.status, 200);
}
