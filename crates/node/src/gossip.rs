//! Waiting transactions between validators: one channel, one transaction per message.
//!
//! A node sends what its own clients submit, to every peer, once. A peer whose messages are malformed loses credit;
//! without credit its messages are dropped unread until it has paid with as many of them.

use std::{collections::BTreeMap, sync::Arc};

use alloy_primitives::Bytes;
use commonware_cryptography::ed25519::PublicKey;
use commonware_macros::select_loop;
use commonware_p2p::{Receiver, Recipients, Sender};
use commonware_runtime::{Handle, Spawner};

use crate::chain::{Chain, SubmitError};

/// Messages that one malformed message costs.
const PENALTY: u32 = 64;

/// How many of each peer's messages are to be dropped.
#[derive(Debug)]
struct Debts<K>(BTreeMap<K, u32>);

impl<K: Ord> Debts<K> {
    /// True if the next message of `peer` is to be read.
    fn admits(&mut self, peer: &K) -> bool {
        let Some(debt) = self.0.get_mut(peer) else { return true };
        *debt -= 1;
        if *debt == 0 {
            self.0.remove(peer);
        }
        false
    }

    fn charge(&mut self, peer: K) {
        self.0.insert(peer, PENALTY);
    }
}

/// Starts sending what `chain` accepts and accepting what peers send.
pub(crate) fn start<E, Tx, Rx>(
    context: E,
    chain: Arc<Chain>,
    (mut sender, mut receiver): (Tx, Rx),
) -> Handle<()>
where
    E: Spawner,
    Tx: Sender<PublicKey = PublicKey>,
    Rx: Receiver<PublicKey = PublicKey>,
{
    let mut submitted = chain.submitted();
    context.spawn(move |context| async move {
        let mut debts = Debts(BTreeMap::new());
        select_loop! {
            context,
            on_stopped => {},
            Some(transaction) = submitted.recv() else { return; } => {
                let Bytes(bytes) = transaction;
                sender.send(Recipients::All, bytes, false);
            },
            Ok((peer, message)) = receiver.recv() else { return; } => {
                if !debts.admits(&peer) {
                    continue;
                }
                if let Err(SubmitError::Malformed(error)) = chain.submit_from_peer(message.as_ref()) {
                    tracing::warn!(%peer, %error, "peer sent a malformed transaction");
                    debts.charge(peer);
                }
            },
        }
    })
}

#[cfg(test)]
mod tests;
