//! `eth_subscribe`, over WebSocket: each subscription forwards a channel until the client leaves.
//!
//! One task reads each new block once for all subscribers. A client that falls so far behind that something would be
//! missing gets an error and no further message, since a gap in silence is worse.

use std::{future::Future, sync::Arc};

use alloy_rpc_types_eth as rpc;
use jsonrpsee::{
    PendingSubscriptionSink,
    core::{JsonRawValue, SubscriptionError, to_json_raw_value},
    types::{ErrorObjectOwned, Params},
};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::broadcast;

use super::LogQuery;
use crate::{
    arguments::{Arguments, FromArguments},
    chain::Chain,
    context::{Context, Executed},
    error::RpcError,
    methods::Methods,
    view,
};

pub(super) fn register(methods: &mut Methods) {
    methods
        .0
        .register_subscription(
            "eth_subscribe",
            "eth_subscription",
            "eth_unsubscribe",
            |params, sink, context, _| subscribe(params, sink, context),
        )
        .expect("a test registers every name once");
}

/// What a client wants to hear of.
enum Topic {
    Heads,
    Logs(LogQuery),
    Pending { full: bool },
}

impl Topic {
    fn parse(params: &Params<'_>) -> Result<Self, RpcError> {
        let arguments = Arguments::of(params)?;
        let (name, option) = <(String, Option<Value>)>::parse(arguments)?;
        let invalid =
            |error: serde_json::Error| RpcError::InvalidParams(format!("invalid argument 1: {error}"));
        match name.as_str() {
            "newHeads" => Ok(Self::Heads),
            "logs" => {
                let filter =
                    option.map(serde_json::from_value::<rpc::Filter>).transpose().map_err(invalid)?;
                LogQuery::parse(filter.unwrap_or_default()).map(Self::Logs)
            }
            "newPendingTransactions" => {
                let full = option.map(serde_json::from_value).transpose().map_err(invalid)?;
                Ok(Self::Pending { full: full.unwrap_or_default() })
            }
            other => Err(RpcError::InvalidParams(format!(
                "no {other:?} subscription in eth namespace: use newHeads, logs or newPendingTransactions"
            ))),
        }
    }
}

async fn subscribe(
    params: Params<'static>,
    pending: PendingSubscriptionSink,
    context: Arc<Context>,
) -> Result<(), SubscriptionError> {
    let topic = match Topic::parse(&params) {
        Ok(topic) => topic,
        Err(error) => {
            pending.reject(ErrorObjectOwned::from(error)).await;
            return Ok(());
        }
    };
    let blocks = || context.new_blocks.subscribe();
    let transactions = || context.chain.new_pending();
    match topic {
        Topic::Heads => forward(pending, blocks(), |executed| messages([head(&executed)])).await,
        Topic::Logs(query) => {
            forward(pending, blocks(), |executed| messages(wanted(&executed, &query))).await
        }
        Topic::Pending { full: false } => forward(pending, transactions(), |hash| messages([hash])).await,
        Topic::Pending { full: true } => {
            forward(pending, transactions(), |hash| {
                let view = context.chain.pending(hash).map(|pending| view::pending(&pending));
                messages(view.transpose()?)
            })
            .await
        }
    }
}

fn head(executed: &Executed) -> rpc::Header {
    view::header(executed.hash, &executed.block.header, None)
}

fn wanted(executed: &Executed, query: &LogQuery) -> Vec<rpc::Log> {
    let entries = executed.logs().filter(|entry| query.filter.matches(&entry.log));
    entries.map(|entry| view::log(&entry)).collect()
}

fn messages<T: Serialize>(
    items: impl IntoIterator<Item = T>,
) -> Result<Vec<Box<JsonRawValue>>, SubscriptionError> {
    items.into_iter().map(|item| Ok(to_json_raw_value(&item)?)).collect()
}

/// Accepts a subscription and sends what becomes of `events`, all of them from before it is accepted on.
async fn forward<T: Clone>(
    pending: PendingSubscriptionSink,
    mut events: broadcast::Receiver<T>,
    messages: impl Fn(T) -> Result<Vec<Box<JsonRawValue>>, SubscriptionError>,
) -> Result<(), SubscriptionError> {
    let sink = pending.accept().await?;
    loop {
        let event = tokio::select! {
            () = sink.closed() => return Ok(()),
            event = events.recv() => event,
        };
        match event {
            Ok(event) => {
                for message in messages(event)? {
                    sink.send(message).await?;
                }
            }
            Err(broadcast::error::RecvError::Closed) => return Ok(()),
            Err(broadcast::error::RecvError::Lagged(missed)) => {
                return Err(format!("too slow, {missed} messages are lost: subscribe again").into());
            }
        }
    }
}

/// Sends every new block of `chain` to `blocks`, in order and none left out, while anybody listens.
pub(crate) fn feed(
    chain: Arc<dyn Chain>,
    blocks: broadcast::Sender<Arc<Executed>>,
) -> impl Future<Output = ()> + Send {
    let mut head = chain.new_head();
    let mut sent = *head.borrow_and_update();
    async move {
        while head.changed().await.is_ok() {
            let latest = *head.borrow_and_update();
            if blocks.receiver_count() == 0 {
                sent = sent.max(latest);
            }
            while sent < latest {
                let (chain, number) = (chain.clone(), sent + 1);
                match tokio::task::spawn_blocking(move || Executed::read(chain.as_ref(), number)).await {
                    // an error means that the last listener has just left
                    Ok(Ok(Some(executed))) => drop(blocks.send(Arc::new(executed))),
                    failed => {
                        tracing::error!(
                            number,
                            ?failed,
                            "subscribers wait: a block cannot be read; trying again with the next"
                        );
                        break;
                    }
                }
                sent = number;
            }
        }
    }
}
