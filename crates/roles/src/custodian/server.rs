//! Where a custodian listens for the others.

use std::{io, net::SocketAddr, sync::Arc};

use ballast_bitcoin_io::Bitcoin;
use ballast_custody::rand_core::{CryptoRng, RngCore};
use jsonrpsee::{
    RpcModule,
    server::{BatchRequestConfig, ServerBuilder, ServerConfig, ServerHandle},
    types::{ErrorObjectOwned, Params},
};
use thiserror::Error;

use super::{
    Responder,
    question::{Asked, Commit, Question, Said, Sign},
    signer::Denial,
    store::Store,
};
use crate::chain::Chain;

/// Bytes of a question: 15 custodians' commitments to 25 inputs take a fifth of it.
const MAX_QUESTION: u32 = 256 << 10;
/// Bytes of an answer.
const MAX_ANSWER: u32 = 64 << 10;
/// Open connections; each has at most one question under way.
const MAX_CONNECTIONS: u32 = 64;
/// A refusal; its `data` is the refusal's name.
const REFUSED: i32 = -32010;

/// A running server.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    handle: ServerHandle,
}

impl Server {
    /// Answers on `address`; port 0 is any free one. Must be called on a tokio runtime.
    ///
    /// # Errors
    /// [`ServerError`].
    pub async fn start<C, B, S, R>(
        address: SocketAddr,
        responder: Arc<Responder<C, B, S, R>>,
    ) -> Result<Self, ServerError>
    where
        C: Chain + Send + Sync + 'static,
        B: Bitcoin + Send + Sync + 'static,
        S: Store + Send + Sync + 'static,
        R: CryptoRng + RngCore + Send + 'static,
    {
        let listen = |source| ServerError { address, source };
        let config = ServerConfig::builder()
            .http_only()
            .max_connections(MAX_CONNECTIONS)
            .set_batch_request_config(BatchRequestConfig::Disabled)
            .max_request_body_size(MAX_QUESTION)
            .max_response_body_size(MAX_ANSWER)
            .build();
        let server = ServerBuilder::with_config(config).build(address).await.map_err(listen)?;
        let address = server.local_addr().map_err(listen)?;
        let mut module = RpcModule::from_arc(responder);
        module
            .register_blocking_method(Commit::METHOD, |params, responder, _| {
                answer(&params, |asked: &Asked<Commit>| responder.commit(asked))
            })
            .expect("the name is new");
        module
            .register_blocking_method(Sign::METHOD, |params, responder, _| {
                answer(&params, |asked: &Asked<Sign>| responder.sign(asked))
            })
            .expect("the name is new");
        Ok(Self { address, handle: server.start(module) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more questions and returns when those under way are answered.
    pub async fn stop(self) {
        // an error means that it has stopped already
        let _ = self.handle.stop();
        self.handle.stopped().await;
    }
}

fn answer<Q: Question>(
    params: &Params<'_>,
    respond: impl FnOnce(&Asked<Q>) -> Result<Said, Denial>,
) -> Result<Said, ErrorObjectOwned> {
    let asked: Asked<Q> = params.parse()?;
    respond(&asked).map_err(|denial| {
        let name = denial.name();
        tracing::warn!(role = "custodian", method = Q::METHOD, name, "refused: {denial}");
        ErrorObjectOwned::owned(REFUSED, denial.to_string(), Some(name))
    })
}

/// The port is taken, or the address is not of this machine.
#[derive(Debug, Error)]
#[error("cannot listen on {address}: {source}; choose another with `listen`")]
pub struct ServerError {
    /// Address asked for.
    pub address: SocketAddr,
    /// What the system says.
    pub source: io::Error,
}
