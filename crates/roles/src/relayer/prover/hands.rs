//! The prover's hands: a Ballast node, a bitcoind and a journal.

use alloy_primitives::B256;
use alloy_sol_types::{SolCall, SolInterface};
use ballast_bitcoin_io::{Bitcoin, BitcoinError};
use ballast_types::{
    SystemContract,
    interfaces::{
        ICustody::{self, ICustodyErrors},
        ILightClient::{self, ILightClientErrors},
    },
};
use bitcoin::{OutPoint, Transaction, Txid, consensus::deserialize, hashes::Hash};
use thiserror::Error;

use super::{Action, Event, Look, Prover};
use crate::{
    chain::{At, Chain, ChainError, events, read, send_duty, waits_already},
    light_client,
    relayer::{
        anchors::{CHUNK, LostCoin},
        claim::{Claim, CoinFacts, Facts, Proof},
        journal::{JournalError, JournalStore},
        payments::Rung,
    },
    runner::Hands,
};

/// Blocks of the chain whose events are asked for at once.
const EVENT_BLOCKS: u64 = 5_000;

/// A coin that a proven transaction has spent, in the contract's words.
const SPENT: u8 = 4;

/// The two nodes that a prover stands between, and its journal.
#[derive(Debug)]
pub struct ProverHands<C, B, J> {
    /// The Ballast node.
    pub chain: C,
    /// The Bitcoin node.
    pub bitcoin: B,
    /// Where the prover's journal is kept.
    pub journal: J,
}

/// What gave no answer.
#[derive(Debug, Error)]
enum Failure {
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Bitcoin(#[from] BitcoinError),
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl<C: Chain, B: Bitcoin, J: JournalStore> Hands<Prover> for ProverHands<C, B, J> {
    fn perform(&self, action: Action) -> Option<Event> {
        let done = match action {
            Action::Look { first, after } => self.look(first, after),
            Action::ReadCoins { first } => self.read_coins(first),
            Action::ReadBlock { height } => self.read_block(height),
            Action::Save(journal) => self.journal.save(&journal).map(|()| Event::Saved).map_err(Into::into),
            Action::Examine(claim) => self.examine(&claim),
            Action::Prove(proof) => self.prove(&proof),
            Action::Warn(warning) => {
                tracing::warn!(role = "relayer", "{warning}");
                return None;
            }
        };
        Some(done.unwrap_or_else(|failure| Event::Failed(failure.to_string())))
    }
}

impl<C: Chain, B: Bitcoin, J> ProverHands<C, B, J> {
    fn look(&self, first: u64, after: u64) -> Result<Event, Failure> {
        let latest = self.chain.block_number()?;
        // a chain that has fewer blocks than the journal says has begun anew
        let first = if first > latest + 1 { 1 } else { first };
        let block = latest.min(first + EVENT_BLOCKS - 1);
        let (mut rungs, mut is_reorganised) = (Vec::new(), false);
        if first <= block {
            let intents = events::<ICustody::Intent>(&self.chain, first..=block, SystemContract::Custody)?;
            rungs = intents.into_iter().filter_map(|(_, intent)| rung(&intent)).collect();
            let left =
                events::<ILightClient::Reorganised>(&self.chain, first..=block, SystemContract::LightClient)?;
            is_reorganised = !left.is_empty();
        }
        let live = self.custody(&ICustody::liveIntentsCall {})?;
        Ok(Event::Looked(Box::new(Look {
            light: light_client::tip(&self.chain)?,
            bitcoin: self.bitcoin.tip()?,
            latest,
            block,
            rungs,
            is_reorganised,
            live: live.into_iter().collect(),
            deposits: self.chain.watched_deposits(after)?,
        })))
    }

    fn read_coins(&self, first: u64) -> Result<Event, Failure> {
        let count = self.custody(&ICustody::coinCountCall {})?;
        let end = count.saturating_add(1).min(first.saturating_add(CHUNK));
        let mut lost = Vec::new();
        for number in first..end {
            let coin = self.custody(&ICustody::coinCall { number })?;
            if !coin.standing && coin.state != SPENT {
                let outpoint = OutPoint { txid: Txid::from_byte_array(coin.txid.0), vout: coin.vout };
                lost.push(LostCoin { outpoint, value: coin.value });
            }
        }
        Ok(Event::Coins { lost, next: (end <= count).then_some(end) })
    }

    fn read_block(&self, height: u32) -> Result<Event, Failure> {
        let Some(hash) = self.bitcoin.block_hash(height)? else {
            return Ok(Event::Block { height, block: None });
        };
        Ok(Event::Block { height, block: self.bitcoin.block(&hash)?.map(Box::new) })
    }

    fn examine(&self, claim: &Claim) -> Result<Event, Failure> {
        let OutPoint { txid, vout } = claim.outpoint();
        let hash = B256::from(claim.sighting.block.to_byte_array());
        let confirmations = self.light_client(&ILightClient::confirmationsCall { hash })?;
        let number = self.custody(&ICustody::coinAtCall { txid: txid.to_byte_array().into(), vout })?;
        let coin = if number == 0 {
            None
        } else {
            let coin = self.custody(&ICustody::coinCall { number })?;
            Some(CoinFacts { is_spent: coin.state == SPENT, stands: coin.standing })
        };
        let quote = self.custody(&ICustody::quoteDepositCall { value: claim.value })?;
        let payment_depth = self.light_client(&ILightClient::parametersCall {})?.confirmationDepth;
        let (deposit_depth, minimum) = (quote.depth, quote.minimum);
        Ok(Event::Examined(Facts { confirmations, coin, payment_depth, deposit_depth, minimum }))
    }

    fn prove(&self, proof: &Proof) -> Result<Event, Failure> {
        let custody = SystemContract::Custody;
        let (what, sent) = match proof {
            Proof::Deposit(call) => ("deposit", send_duty(&self.chain, custody, call)),
            Proof::Anchor(call) => ("anchor", send_duty(&self.chain, custody, call)),
            Proof::Payment(call) => ("payment", send_duty(&self.chain, custody, call)),
        };
        match sent {
            Ok(hash) => {
                tracing::info!(role = "relayer", what, %hash, "proof submitted");
                Ok(Event::Sent)
            }
            Err(ChainError::Refused { method: _, code, message, data }) => Ok(refused(&message, code, &data)),
            Err(error) => Err(error.into()),
        }
    }

    fn custody<V: SolCall>(&self, call: &V) -> Result<V::Return, ChainError> {
        read(&self.chain, At::Latest, SystemContract::Custody, call)
    }

    fn light_client<V: SolCall>(&self, call: &V) -> Result<V::Return, ChainError> {
        read(&self.chain, At::Latest, SystemContract::LightClient, call)
    }
}

/// The rung that an event names. The chain wrote the transaction, so it can be read.
fn rung(event: &ICustody::Intent) -> Option<Rung> {
    let transaction: Transaction = deserialize(&event.transaction).ok()?;
    let change = transaction.output.len().checked_sub(1)?;
    Some(Rung {
        intent: event.intent,
        txid: transaction.compute_txid(),
        change: change as u32,
        value: transaction.output[change].value.to_sat(),
    })
}

/// Reads a refusal by the contract's own error where there is one. What the chain knows already, or does not take yet, is
/// no failure: the next look at the claim shows it.
fn refused(message: &str, code: i64, data: &[u8]) -> Event {
    use ICustodyErrors as Custody;
    if waits_already(message) {
        return Event::Sent;
    }
    match ICustodyErrors::abi_decode_validate(data) {
        Ok(
            Custody::KnownCoin(_)
            | Custody::AlreadyAnchored(_)
            | Custody::AlreadySettled(_)
            | Custody::Shallow(_)
            | Custody::Stale(_)
            | Custody::Deficit(_),
        ) => return Event::Sent,
        Ok(error) => return Event::Refused(format!("{error:?}")),
        Err(_) => {}
    }
    match ILightClientErrors::abi_decode_validate(data) {
        Ok(ILightClientErrors::UnknownBlock(_)) => Event::Sent,
        Ok(error) => Event::Refused(format!("{error:?}")),
        Err(_) => Event::Refused(format!("{message} (error {code})")),
    }
}
