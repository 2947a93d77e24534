//! Building a block from what the mempool offers.
//!
//! Candidates are tried one by one in the order given, duties after a stable sort by kind; what is refused is left out
//! with its reason and the next one is tried. Nothing that is left out leaves a trace. A refused ordinary transaction costs
//! little, since it is refused before it runs; refused duties may cost as much gas as a block has for duties, then the
//! remaining ones wait.

use alloy_consensus::{TxEnvelope, transaction::Recovered};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::B256;
use ballast_system::duty::classify;
use ballast_types::{
    Duty, Genesis, Transaction,
    limits::{MAX_BLOCK_SIZE, MAX_BLOCK_TRANSACTIONS, MAX_EXTRA_SIZE},
};

use crate::{
    block::{Outcome, Refused, Run},
    duty::DutyRejection,
    environment::Environment,
    state::{State, StateError},
    transaction::TransactionRejection,
};

/// Least gas of an ordinary transaction.
const MIN_TX_GAS: u64 = 21_000;
/// Bytes of a block beside its transactions, at most: `extraData`, the other header fields, list headers.
const OVERHEAD: usize = MAX_EXTRA_SIZE + 1_024;
/// Bytes that RLP puts before a transaction, at most.
const ITEM_OVERHEAD: usize = 5;

/// What the mempool offers, best first.
#[derive(Clone, Debug, Default)]
pub struct Candidates {
    /// Duties in any order.
    pub duties: Vec<Duty>,
    /// Ordinary transactions with their senders; those of one sender by rising nonce.
    pub transactions: Vec<Recovered<TxEnvelope>>,
}

/// A candidate that is not in the block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Hash of the transaction.
    pub hash: B256,
    /// Why.
    pub reason: Reason,
}

/// Why a candidate is not in the block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The block is full; keep it for the next one.
    NoRoom,
    /// The duty is refused.
    Duty(DutyRejection),
    /// The transaction is refused. With [`TransactionRejection::NonceTooHigh`] it may become valid.
    Transaction(TransactionRejection),
}

/// A block's body and what it does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Built {
    /// Duties, then ordinary transactions.
    pub transactions: Vec<Transaction>,
    /// What they do.
    pub outcome: Outcome,
    /// What is not in the block.
    pub left_out: Vec<LeftOut>,
}

/// Builds the body of the block in `environment`.
///
/// # Errors
/// [`StateError`] if the state could not be read.
pub fn build_block(
    state: &dyn State,
    environment: &Environment,
    genesis: &Genesis,
    candidates: Candidates,
) -> Result<Built, StateError> {
    let Candidates { mut duties, transactions } = candidates;
    // a call that is no duty sorts first and is refused when tried
    duties.sort_by_cached_key(|duty| classify(duty.to, &duty.input).ok().map(|key| key.kind));
    let mut builder = Builder {
        run: Run::start(state, environment, genesis)?,
        size: OVERHEAD,
        included: Vec::new(),
        left_out: Vec::new(),
    };
    for duty in duties {
        builder.offer_duty(duty)?;
    }
    for transaction in transactions {
        builder.offer_transaction(transaction)?;
    }
    let Builder { run, included, left_out, .. } = builder;
    Ok(Built { transactions: included, outcome: run.finish(), left_out })
}

struct Builder<'a> {
    run: Run<'a>,
    size: usize,
    included: Vec<Transaction>,
    left_out: Vec<LeftOut>,
}

impl Builder<'_> {
    fn offer_duty(&mut self, duty: Duty) -> Result<(), StateError> {
        let (hash, size) = (duty.hash(), duty.encoded().len());
        if !self.has_room(size) || self.run.is_tired_of_duties() {
            self.leave_out(hash, Reason::NoRoom);
            return Ok(());
        }
        match self.run.duty(&duty)? {
            Ok(_) => self.include(Transaction::Duty(duty), size),
            Err(rejection) if rejection.is_for_lack_of_room() => self.leave_out(hash, Reason::NoRoom),
            Err(rejection) => self.leave_out(hash, Reason::Duty(rejection)),
        }
        Ok(())
    }

    fn offer_transaction(&mut self, transaction: Recovered<TxEnvelope>) -> Result<(), StateError> {
        let (transaction, sender) = transaction.into_parts();
        let (hash, size) = (*transaction.tx_hash(), transaction.encode_2718_len());
        if !self.has_room(size) || self.run.gas_left() < MIN_TX_GAS {
            self.leave_out(hash, Reason::NoRoom);
            return Ok(());
        }
        match self.run.transaction(&transaction, sender)? {
            Ok(()) => self.include(Transaction::Ethereum(transaction), size),
            Err(Refused::NoGasLeft { .. }) => self.leave_out(hash, Reason::NoRoom),
            Err(Refused::Rejected(rejection)) => self.leave_out(hash, Reason::Transaction(rejection)),
        }
        Ok(())
    }

    fn has_room(&self, size: usize) -> bool {
        self.included.len() < MAX_BLOCK_TRANSACTIONS && self.size + size + ITEM_OVERHEAD <= MAX_BLOCK_SIZE
    }

    fn include(&mut self, transaction: Transaction, size: usize) {
        self.size += size + ITEM_OVERHEAD;
        self.included.push(transaction);
    }

    fn leave_out(&mut self, hash: B256, reason: Reason) {
        self.left_out.push(LeftOut { hash, reason });
    }
}

#[cfg(test)]
mod tests;
