//! The shard of the worker thread that handles a request, as a handler's argument.

use super::Shard;
use actix_web::{FromRequest, HttpRequest, dev::Payload};
use std::{
    convert::Infallible,
    future::{Ready, ready},
};

impl FromRequest for Shard {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(request
            .app_data::<Shard>()
            .expect("the app of each worker is built with its shard")
            .clone()))
    }
}
