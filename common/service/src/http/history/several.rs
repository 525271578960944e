//! The next messages of several channels, in one response.

use super::{Batch, MAX_BATCH_BYTES, PIECE_BYTES, Page, no_store_json};
use crate::http::Problem;
use actix_web::HttpResponse;
use common::{
    budget::{BudgetExhausted, BudgetShare},
    channel_set::{ChannelSet, Merge, SetEvent},
    message::Message,
    metrics::Sent,
};

/// Returns a response with the next messages of several channels, and what it adds to the metrics.
///
/// It has at most the messages of the page and about 64 KiB, but at least one message if there is
/// one.
///
/// # Errors
///
/// If there is no memory for that message.
pub fn set_response(
    mut set: ChannelSet,
    page: Page,
    mut share: BudgetShare,
) -> Result<(HttpResponse, Sent), Problem> {
    let batch = read(&mut set, page, &mut share)?;
    let json = batch.json();
    let sent = batch.sent(&json);
    let body = if json.len() > PIECE_BYTES {
        share.attach_to(json)
    } else {
        json
    };
    let mut response = no_store_json();
    for header in batch.headers() {
        response.insert_header(header);
    }
    Ok((response.body(body), sent))
}

/// Reads messages in one order, and at most one reset before them.
fn read(
    set: &mut ChannelSet,
    page: Page,
    share: &mut BudgetShare,
) -> Result<Batch<String>, Problem> {
    let mut room = Room {
        share,
        bytes: 0,
        max: PIECE_BYTES,
    };
    let mut messages = Vec::new();
    let mut reset = None;
    let mut merge = set.merge();
    while let Some(next) = merge.peek() {
        let is_first = messages.is_empty();
        match next {
            // The next response has the next reset.
            SetEvent::Reset(..) if reset.is_some() => merge.skip(),
            SetEvent::Reset(..) => reset = take_reset(&mut merge),
            SetEvent::Message(_) if messages.len() as u64 >= page.limit => break,
            SetEvent::Message(message) if room.take(message, is_first)? => {
                messages.extend(take_message(&mut merge));
            }
            SetEvent::Message(_) => break,
        }
    }
    Ok(Batch {
        reset,
        messages,
        cursor: merge.cursor().to_string(),
        is_end: merge.has_ended(),
        page,
    })
}

/// Takes a reset and encodes it.
fn take_reset(merge: &mut Merge<'_>) -> Option<String> {
    let SetEvent::Reset(channel, reset) = merge.take()? else {
        return None;
    };
    Some(reset.json_of(&channel, &merge.cursor()))
}

fn take_message(merge: &mut Merge<'_>) -> Option<Message> {
    match merge.take()? {
        SetEvent::Message(message) => Some(message),
        SetEvent::Reset(..) => None,
    }
}

/// The bytes of a response. What exceeds a small response takes a share of the memory budget.
struct Room<'a> {
    share: &'a mut BudgetShare,
    bytes: usize,
    max: usize,
}

impl Room<'_> {
    /// Takes room for a message. Returns whether there is any.
    fn take(&mut self, message: &Message, is_first: bool) -> Result<bool, Problem> {
        let needed = self.bytes + message.json().len() + 1;
        if needed > self.max {
            let wanted = if is_first {
                needed.max(MAX_BATCH_BYTES)
            } else {
                MAX_BATCH_BYTES
            };
            let has_share = needed <= wanted && self.share.grow_to(wanted).is_ok();
            if !has_share && is_first {
                return Err(BudgetExhausted.into());
            }
            if !has_share {
                return Ok(false);
            }
            self.max = wanted;
        }
        self.bytes = needed;
        Ok(true)
    }
}
