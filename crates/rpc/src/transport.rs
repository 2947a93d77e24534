//! Names the transport when it is what is wrong: a subscription needs a connection that stays, and HTTP has none.
//!
//! The framework answers `eth_subscribe` over HTTP with a bare internal error, which our own subscriptions never yield.

use jsonrpsee::{
    MethodResponse,
    core::middleware::{Batch, Notification, RpcServiceT},
    types::{
        ErrorObject, Request,
        error::{INTERNAL_ERROR_CODE, METHOD_NOT_FOUND_CODE},
    },
};

/// A service that answers subscriptions over HTTP in words.
#[derive(Clone, Debug)]
pub(crate) struct NameTransport<S>(pub(crate) S);

impl<S> RpcServiceT for NameTransport<S>
where
    S: RpcServiceT<MethodResponse = MethodResponse>,
{
    type MethodResponse = MethodResponse;
    type NotificationResponse = S::NotificationResponse;
    type BatchResponse = S::BatchResponse;

    fn call<'a>(&self, request: Request<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        let subscription = matches!(request.method_name(), "eth_subscribe" | "eth_unsubscribe");
        let id = request.id.clone();
        let response = self.0.call(request);
        async move {
            let response = response.await;
            if subscription && response.as_error_code() == Some(INTERNAL_ERROR_CODE) {
                let text = "notifications not supported: subscribe over WebSocket, at the same port";
                return MethodResponse::error(
                    id,
                    ErrorObject::owned(METHOD_NOT_FOUND_CODE, text, None::<()>),
                );
            }
            response
        }
    }

    fn batch<'a>(&self, batch: Batch<'a>) -> impl Future<Output = Self::BatchResponse> + Send + 'a {
        self.0.batch(batch)
    }

    fn notification<'a>(
        &self,
        notification: Notification<'a>,
    ) -> impl Future<Output = Self::NotificationResponse> + Send + 'a {
        self.0.notification(notification)
    }
}
