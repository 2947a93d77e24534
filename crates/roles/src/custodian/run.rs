//! One custodian, whole: its role on the runner, its server beside it.

use std::{collections::BTreeMap, future::Future, sync::Arc};

use ballast_bitcoin_io::{Patience, RpcClient, RpcConfig};
use ballast_custody::{Member, RosterError};
use bitcoin::secp256k1::rand::rngs::OsRng;
use thiserror::Error;
use tokio::task::JoinError;

use super::{
    Custodian, CustodianConfig, CustodianHands, FileStore, HttpPeers, Responder, Server, ServerError,
    store::StoreError,
};
use crate::{
    config::LoginError,
    http::HttpChain,
    key_file::{self, KeyFileError},
    runner,
};

/// Runs a custodian until `stop` completes. Its nodes need not be up yet.
///
/// # Errors
/// [`CustodianError`].
pub async fn run(config: CustodianConfig, stop: impl Future<Output = ()>) -> Result<(), CustodianError> {
    let member = Member::try_from(config.member)?;
    let mut urls = BTreeMap::new();
    for (number, url) in &config.peers {
        urls.insert(Member::try_from(*number)?, url.clone());
    }
    let store = FileStore::open(&config.data_dir)?;
    let identity = key_file::read(&config.key_file)?;
    let chain = HttpChain::new(&config.rpc_url);
    // a node that is starting is asked again at the next tick
    let bitcoin = RpcClient::new(RpcConfig { patience: Patience::NONE, ..config.bitcoin.rpc()? });
    let limits = (config.policy.policy(), config.policy.epoch_blocks);
    let responder = Responder::new((chain, bitcoin, store), (member, identity), limits, OsRng);
    let responder = Arc::new(responder);
    let server = Server::start(config.listen, responder.clone()).await?;
    tracing::info!(role = "custodian", member = config.member, address = %server.address(), "custodian");
    let hands = CustodianHands { responder, peers: HttpPeers::new(urls) };
    let ended = runner::run(Custodian::new(member, OsRng), Arc::new(hands), config.period(), stop).await;
    server.stop().await;
    Ok(ended?)
}

/// Why a custodian does not run.
#[derive(Debug, Error)]
pub enum CustodianError {
    /// A number that no custodian has.
    #[error(transparent)]
    Member(#[from] RosterError),
    /// Its identity key.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The login at its bitcoind.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// Its folder.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its address.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// A defect: the role has panicked.
    #[error("the custodian stopped by a defect: {0}")]
    Role(#[from] JoinError),
}
