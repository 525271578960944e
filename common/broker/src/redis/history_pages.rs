//! A channel's history, page by page.

use super::{
    load_state::LoadRequest,
    replies::{HistoryPage, KnownMessage, StoredHistory},
};
use common::message::{ChannelName, Message, MessageId};
use std::mem;

/// A load that has begun: the pages that have arrived, and what to request next.
///
/// It ends with the id that was the latest at the first page: later messages arrive by pub/sub.
pub(super) struct HistoryPages {
    pub(super) channel: ChannelName,
    /// The load itself.
    pub(super) request: LoadRequest,
    /// What the next page must follow.
    pub(super) next: LoadRequest,
    messages: Vec<Message>,
    /// The id up to which pages are loaded, once there is one.
    until: Option<MessageId>,
}

impl HistoryPages {
    pub(super) fn new(channel: ChannelName, request: LoadRequest) -> Self {
        Self {
            channel,
            request,
            next: request,
            messages: Vec::new(),
            until: None,
        }
    }

    /// Adds a page. Returns the history if this was the last one.
    pub(super) fn add(&mut self, page: HistoryPage) -> Option<StoredHistory> {
        let HistoryPage { latest, messages } = page;
        let messages = messages?;
        let Some(&Message { id, time, .. }) = messages.last() else {
            return Some(self.end(latest));
        };
        self.append(messages);
        let until = self.until(latest);
        if id >= until {
            return Some(self.end(id));
        }
        self.until = Some(until);
        self.next = LoadRequest {
            last: Some(KnownMessage { id, time }),
            all: false,
            ..self.request
        };
        None
    }

    fn until(&self, latest: MessageId) -> MessageId {
        match self.until {
            Some(until) if until.epoch == latest.epoch => until,
            _ => latest,
        }
    }

    fn append(&mut self, page: Vec<Message>) {
        let last = self.messages.last();
        if last.map(|last| last.id.next()) != page.first().map(|first| first.id) {
            // The channel has a new epoch, or the messages in between were trimmed.
            self.messages.clear();
        }
        self.messages.extend(page);
    }

    fn end(&mut self, latest: MessageId) -> StoredHistory {
        StoredHistory {
            latest,
            messages: mem::take(&mut self.messages),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(latest: u64, offsets: Option<&[u64]>) -> HistoryPage {
        let id = |offset| MessageId { epoch: 1, offset };
        let message = |offset: &u64| Message::new(id(*offset), &ChannelName::main(), "1", *offset);
        HistoryPage {
            latest: id(latest),
            messages: offsets.map(|offsets| offsets.iter().map(message).collect()),
        }
    }

    fn pages() -> HistoryPages {
        let request = LoadRequest {
            number: 1,
            last: None,
            all: true,
        };
        HistoryPages::new(ChannelName::main(), request)
    }

    fn offsets(stored: &StoredHistory) -> Vec<u64> {
        let messages = stored.messages.iter();
        messages.map(|message| message.id.offset).collect()
    }

    #[test]
    fn pages_are_requested_up_to_the_first_latest_id() {
        let mut pages = pages();
        assert!(pages.add(page(3, None)).is_none(), "nothing fitted");
        assert_eq!(pages.next, pages.request);
        assert!(pages.add(page(3, Some(&[1, 2]))).is_none());
        assert_eq!(pages.next.last.map(|last| last.id.offset), Some(2));
        assert!(!pages.next.all);
        let stored = pages.add(page(9, Some(&[3, 4]))).expect("the end");
        assert_eq!(
            (stored.latest.offset, offsets(&stored)),
            (4, vec![1, 2, 3, 4])
        );
    }

    #[test]
    fn a_page_that_does_not_continue_the_others_replaces_them() {
        let mut pages = pages();
        assert!(pages.add(page(5, Some(&[1, 2]))).is_none());
        let stored = pages.add(page(5, Some(&[4, 5]))).expect("the end");
        assert_eq!(offsets(&stored), [4, 5]);
    }

    #[test]
    fn a_history_without_messages_is_complete() {
        let stored = pages().add(page(7, Some(&[]))).expect("the end");
        assert_eq!((stored.latest.offset, offsets(&stored)), (7, vec![]));
    }
}
