//! The hands of the relayer of stakes: a Ballast node, a bitcoind, and a height on disk.

use alloy_primitives::B256;
use alloy_sol_types::SolCall;
use ballast_bitcoin_io::{Bitcoin, BitcoinError};
use ballast_types::{SystemContract, interfaces::IStaking};
use bitcoin::{Transaction, consensus::serialize};

use super::{Action, Event, StakeRelayer, inclusion, prove_stake};
use crate::{
    bitcoin_scan::Found,
    chain::{Chain, ChainError, send_duty},
    cursor::Cursor,
    runner::Hands,
    staking::{
        Refusal,
        watch::{self, WatchError},
        word,
    },
};

/// What the relayer of stakes works with.
#[derive(Debug)]
pub struct StakesHands<C, B, D> {
    /// The Ballast node.
    pub chain: C,
    /// The Bitcoin node.
    pub bitcoin: B,
    /// The height up to which Bitcoin is read.
    pub cursor: D,
}

impl<C: Chain, B: Bitcoin, D: Cursor> Hands<StakeRelayer> for StakesHands<C, B, D> {
    fn perform(&self, action: Action) -> Option<Event> {
        let done = match action {
            Action::Look(look) => {
                watch::look(&self.chain, &self.bitcoin, &look).map(|seen| Some(Event::Seen(seen)))
            }
            Action::ProveStake { stake, found } => {
                self.send(stake, &found, &prove_stake(stake, &found)).map(Some)
            }
            Action::ProveSpend { stake, found } => self.prove_spend(stake, &found).map(Some),
            Action::Broadcast { stake, transaction } => self.broadcast(stake, &transaction),
            Action::Save(height) => self.cursor.save(height.into()).map(|()| None).map_err(Into::into),
            Action::Warn(warning) => {
                tracing::warn!(role = "relayer", "{warning}");
                Ok(None)
            }
        };
        done.unwrap_or_else(|failure: WatchError| Some(Event::Failed(failure.to_string())))
    }
}

impl<C: Chain, B: Bitcoin, D: Cursor> StakesHands<C, B, D> {
    fn prove_spend(&self, stake: B256, found: &Found) -> Result<Event, WatchError> {
        let txid = found.transaction.compute_txid();
        let Some(prevouts) = self.bitcoin.spent_outputs(&txid, &found.block)? else {
            // its block left the best chain meanwhile
            let refusal = Some(Refusal::Waiting);
            return Ok(Event::Answered { fact: (stake, txid), block: found.block, refusal });
        };
        let call = IStaking::proveSpendCall {
            stake,
            transaction: serialize(&found.transaction).into(),
            prevouts: prevouts.iter().map(|output| serialize(output).into()).collect(),
            blockHash: word(found.block),
            proof: inclusion(&found.proof),
        };
        self.send(stake, found, &call)
    }

    fn send<K: SolCall>(&self, stake: B256, found: &Found, call: &K) -> Result<Event, WatchError> {
        let (transaction, block) = (found.transaction.compute_txid(), found.block);
        let refusal = match send_duty(&self.chain, SystemContract::Staking, call) {
            Ok(hash) => {
                tracing::info!(role = "relayer", %stake, %transaction, %hash, "proof sent");
                None
            }
            Err(ChainError::Refused { message, data, .. }) => Some(Refusal::read(&message, &data)),
            Err(error) => return Err(error.into()),
        };
        Ok(Event::Answered { fact: (stake, transaction), block, refusal })
    }

    fn broadcast(&self, stake: B256, transaction: &Transaction) -> Result<Option<Event>, WatchError> {
        match self.bitcoin.submit(transaction) {
            Ok(_) => {
                tracing::info!(role = "relayer", %stake, txid = %transaction.compute_txid(), "unbonding broadcast");
                Ok(None)
            }
            Err(BitcoinError::Refused { reason, .. }) => Ok(Some(Event::NotBroadcast { stake, reason })),
            Err(error) => Err(error.into()),
        }
    }
}
