//! Starting a provider.

use std::{
    future::Future,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use thiserror::Error;
use tokio::{
    sync::oneshot,
    task::{JoinError, spawn_blocking},
};

use super::{Halt, Provider, ProviderConfig, ProviderHands, SignStore, StoreError};
use crate::{
    chain::{Chain, ChainError},
    http::HttpChain,
    key_file::{self, KeyFileError},
    runner,
};

/// How long a start waits before it asks a node that does not answer again.
const RETRY: Duration = Duration::from_secs(1);

/// The name of the sign store in the data folder.
const STORE: &str = "votes.redb";

/// Runs a provider until `stop` completes.
///
/// # Errors
/// [`ProviderError`]; [`ProviderError::Halted`] when going on could cost the key.
pub async fn run(config: ProviderConfig, stop: impl Future<Output = ()>) -> Result<(), ProviderError> {
    let mut stop = pin!(stop);
    let period = Duration::from_millis(config.tick_ms.max(1));
    let chain = HttpChain::new(config.rpc_url.clone());
    let Some(chain_id) = chain_id(&chain, stop.as_mut()).await? else { return Ok(()) };
    let store = spawn_blocking(move || open(&config, chain_id).map(|store| (store, config))).await?;
    let (store, config) = store?;
    let provider = Provider::new(store.provider(), config.commit_blocks);
    tracing::info!(role = "provider", key = %store.provider(), chain_id, "starts");
    let (halt, halted) = oneshot::channel();
    // nobody listens any more when it was told to stop at the same moment
    let hands = ProviderHands::new(chain, store, move |reason| drop(halt.send(reason)));
    let mut reason = None;
    let ended = async {
        tokio::select! {
            () = stop => {}
            halted = halted => reason = halted.ok(),
        }
    };
    runner::run(provider, Arc::new(hands), period, ended).await?;
    reason.map_or(Ok(()), |reason| Err(reason.into()))
}

/// Opens the sign store.
fn open(config: &ProviderConfig, chain_id: u64) -> Result<SignStore, ProviderError> {
    let key = key_file::read(&config.key_file)?;
    let store = SignStore::open(&config.data_dir.join(STORE), key, chain_id)?;
    if let Some(height) = config.resume_above {
        store.give_up(height)?;
    }
    Ok(store)
}

/// Waits for a node that is still starting; `None` when told to stop.
async fn chain_id(
    chain: &HttpChain,
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> Result<Option<u64>, ProviderError> {
    loop {
        let asked = chain.clone();
        let retry = match spawn_blocking(move || asked.chain_id()).await? {
            Ok(id) => return Ok(Some(id)),
            Err(error @ ChainError::Unreachable { .. }) => {
                tracing::warn!(role = "provider", "{error}");
                tokio::time::sleep(RETRY)
            }
            Err(error) => return Err(error.into()),
        };
        tokio::select! {
            () = stop.as_mut() => return Ok(None),
            () = retry => {}
        }
    }
}

/// Why a provider does not run.
#[derive(Debug, Error)]
pub enum ProviderError {
    /// The secret key.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The sign store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The node's address is unusable, or it is no Ballast node.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// Going on could cost the key.
    #[error("the provider has stopped: {0}")]
    Halted(#[from] Halt),
    /// A defect.
    #[error("the provider broke off: {0}; start it again")]
    Panicked(#[from] JoinError),
}

#[cfg(test)]
mod tests;
