//! One port for HTTP and WebSocket, with limits on everything that a client can ask for.

use std::{io, net::SocketAddr, sync::Arc, thread};

use jsonrpsee::{
    RpcModule,
    core::middleware::RpcServiceBuilder,
    server::{
        BatchRequestConfig, PingConfig, ServerBuilder, ServerConfig as JsonRpcConfig, ServerHandle,
        middleware::http::ProxyGetRequestLayer,
    },
};
use thiserror::Error;
use tokio::{sync::broadcast, task::JoinHandle};
use tower::ServiceBuilder;
use tower_http::cors::{Any, CorsLayer};

use crate::{
    ballast,
    chain::Chain,
    context::Context,
    eth,
    filters::{Filters, RandomIds},
    lane::Lane,
    methods::Methods,
    net,
    transport::NameTransport,
    web3,
};

/// Where the server listens unless told otherwise (`docs/spec/ballast-wire.md`, "Ports and files").
pub const DEFAULT_ADDRESS: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8545);

/// Blocks that a subscriber may be behind before it is cut off.
const BLOCKS_BEHIND: usize = 64;

/// How much the server gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Open connections.
    pub connections: u32,
    /// Subscriptions of one connection.
    pub subscriptions: u32,
    /// Calls of one batch.
    pub batch: u32,
    /// Bytes of one request.
    pub request_bytes: u32,
    /// Bytes of one response.
    pub response_bytes: u32,
    /// Polled filters.
    pub filters: usize,
    /// Blocks that one query for logs may span.
    pub log_blocks: u64,
    /// Logs that one query may return.
    pub logs: usize,
    /// Requests that execute or search at once; 64 times as many may wait.
    pub executions: usize,
    /// Other requests at once; 64 times as many may wait.
    pub reads: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            subscriptions: 256,
            batch: 1_000,
            request_bytes: 5 << 20,
            response_bytes: 32 << 20,
            filters: 1_024,
            log_blocks: 10_000,
            logs: 10_000,
            executions: thread::available_parallelism().map_or(2, usize::from),
            reads: 16,
        }
    }
}

/// Why the server does not start.
#[derive(Debug, Error)]
pub enum ServerError {
    /// The port is taken, or the address is not of this machine.
    #[error("cannot listen on {address}: {source}; choose another with --rpc-port")]
    Listen {
        /// Address asked for.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
}

/// A running server. It stops when this is dropped, at once; [`Server::stop`] lets requests end first.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    handle: ServerHandle,
    feed: JoinHandle<()>,
}

impl Server {
    /// Serves `chain` on `address`; port 0 is any free one. Must be called on a tokio runtime.
    ///
    /// # Errors
    /// [`ServerError::Listen`].
    pub async fn start(
        address: SocketAddr,
        limits: Limits,
        chain: Arc<dyn Chain>,
    ) -> Result<Self, ServerError> {
        let listen = |source| ServerError::Listen { address, source };
        // Any page may ask: the node holds no key and answers everybody alike. `GET /health` is for load balancers.
        let cors = CorsLayer::new()
            .allow_origin(Any)
            .allow_methods(Any)
            .allow_headers(Any)
            .allow_private_network(true);
        let health =
            ProxyGetRequestLayer::new([("/health", "eth_syncing")]).expect("one path, and it starts with /");
        let http = ServiceBuilder::new().layer(cors).layer(health);
        let rpc = RpcServiceBuilder::new().layer_fn(NameTransport);
        let builder =
            ServerBuilder::with_config(config(&limits)).set_http_middleware(http).set_rpc_middleware(rpc);
        let server = builder.build(address).await.map_err(listen)?;
        let address = server.local_addr().map_err(listen)?;
        let (new_blocks, _) = broadcast::channel(BLOCKS_BEHIND);
        let feed = tokio::spawn(eth::feed(chain.clone(), new_blocks.clone()));
        let context = Context {
            chain,
            limits,
            filters: Filters::new(limits.filters),
            reads: Lane::new(limits.reads),
            executions: Lane::new(limits.executions),
            new_blocks,
        };
        let handle = server.start(module(context));
        tracing::info!(%address, "JSON-RPC over HTTP and WebSocket");
        Ok(Self { address, handle, feed })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more requests and returns when those under way are answered and all connections are closed.
    pub async fn stop(self) {
        // an error means that it has stopped already
        let _ = self.handle.stop();
        self.handle.clone().stopped().await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.feed.abort();
    }
}

fn config(limits: &Limits) -> JsonRpcConfig {
    JsonRpcConfig::builder()
        .max_connections(limits.connections)
        .max_subscriptions_per_connection(limits.subscriptions)
        .set_batch_request_config(BatchRequestConfig::Limit(limits.batch))
        .max_request_body_size(limits.request_bytes)
        .max_response_body_size(limits.response_bytes)
        .set_id_provider(RandomIds)
        // a client that is gone without a word must not hold its connection for ever
        .enable_ws_ping(PingConfig::default())
        .build()
}

fn module(context: Context) -> RpcModule<Context> {
    let mut methods = Methods(RpcModule::new(context));
    ballast::register(&mut methods);
    eth::register(&mut methods);
    net::register(&mut methods);
    web3::register(&mut methods);
    methods.0
}
