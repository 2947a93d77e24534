//! Authenticated, encrypted connections to the validators whose addresses are configured.

use std::{net::SocketAddr, num::NonZeroUsize, time::Duration};

use alloy_primitives::B256;
use ballast_types::limits::MAX_COMMITTEE;
use commonware_codec::{Copying, DecodeExt as _};
use commonware_cryptography::{
    ChaCha20Poly1305, Signer as _,
    ed25519::{PrivateKey, PublicKey},
};
use commonware_p2p::{
    Address, AddressableManager as _,
    authenticated::lookup::{self, Network, Oracle},
};
use commonware_runtime::{Supervisor as _, tokio::Context};
use commonware_stream::{
    cups::{self, Cups},
    sake::{self, Sake},
};
use commonware_utils::{NZUsize, ordered::Map};
use thiserror::Error;

use crate::{block::identity_bytes, engine};

const NAMESPACE: &[u8] = b"ballast/network/1";
/// Lists of peers that stay connected: the configured one, and one to change it for.
const PEER_SETS: NonZeroUsize = NZUsize!(2);

/// A validator elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its ed25519 key.
    pub identity: B256,
    /// Where it listens.
    pub address: SocketAddr,
}

/// Why the list of peers is refused.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PeerError {
    /// A key is not an ed25519 key.
    #[error("peer {0} is not an ed25519 public key")]
    Identity(B256),
    /// A peer is listed twice, or is this node.
    #[error("peer {0} is listed twice or is this node; list every other validator once")]
    Repeated(B256),
    /// More peers than a committee has members.
    #[error("{found} peers are listed, at most {limit} are supported")]
    TooMany {
        /// Peers listed.
        found: usize,
        /// Peers supported.
        limit: usize,
    },
}

/// One channel of the network.
pub(crate) type Channel = (lookup::Sender<PublicKey, Context>, lookup::Receiver<PublicKey>);

/// Every validator's address, this one's included.
pub(crate) fn address_book(
    me: &PublicKey,
    listen: SocketAddr,
    peers: &[Peer],
) -> Result<Map<PublicKey, Address>, PeerError> {
    let limit = MAX_COMMITTEE - 1;
    if peers.len() > limit {
        return Err(PeerError::TooMany { found: peers.len(), limit });
    }
    let mut book = vec![(me.clone(), Address::from(listen))];
    for peer in peers {
        let key = PublicKey::decode(Copying(peer.identity.as_slice()))
            .map_err(|_| PeerError::Identity(peer.identity))?;
        if book.iter().any(|(known, _)| *known == key) {
            return Err(PeerError::Repeated(peer.identity));
        }
        book.push((key, peer.address.into()));
    }
    Ok(Map::try_from(book).expect("repeated keys were refused above"))
}

/// Listens on `listen` and keeps connections to everyone in `book`.
pub(crate) fn start(
    context: &Context,
    identity: PrivateKey,
    genesis: B256,
    listen: SocketAddr,
    book: Map<PublicKey, Address>,
) -> (Oracle<PublicKey>, Vec<Channel>) {
    tracing::info!(identity = %identity_bytes(&identity.public_key()), %listen, peers = book.len() - 1, "network");
    let sake = Sake {
        signer: identity,
        synchrony_bound: Duration::from_secs(5),
        max_handshake_age: Duration::from_secs(10),
        version: sake::Version::V1,
    };
    let handshake = Cups::<_, ChaCha20Poly1305>::new(sake, cups::Version::V1);
    let namespace = [NAMESPACE, genesis.as_slice()].concat();
    let local = book.values().iter().all(is_loopback);
    let config = if local { lookup::Config::local } else { lookup::Config::recommended };
    // mailboxes are allocated for so many peers sending at their limits
    let peers = NonZeroUsize::new(book.len()).expect("the book has at least this node");
    let mut config = config(handshake, &namespace, listen, peers, engine::max_message(), NZUsize!(1024));
    config.tracked_peer_sets = PEER_SETS;
    // validators are named by key; a private address is the operator's choice
    config.allow_private_ips = true;
    let (mut network, mut oracle) = Network::new(context.child("network"), config);
    oracle.track(0, book);
    let channels = engine::channels().map(|(channel, quota)| network.register(channel, quota)).collect();
    network.start();
    (oracle, channels)
}

fn is_loopback(address: &Address) -> bool {
    matches!(address, Address::Symmetric(address) if address.ip().is_loopback())
}
