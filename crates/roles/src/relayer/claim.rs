//! What a sighted transaction may have to be proven for, and whether it is time.

use std::sync::Arc;

use ballast_bitcoin_light::InclusionProof;
use ballast_types::interfaces::ICustody::{Inclusion, proveAnchorCall, proveDepositCall, provePaymentCall};
use bitcoin::{BlockHash, OutPoint, consensus::serialize, hashes::Hash};

use super::scan::Sighting;
use crate::{chain::WatchedDeposit, light_client::siblings};

/// One thing to prove about an output of a sighted transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Where the transaction is.
    pub sighting: Arc<Sighting>,
    /// Which of its outputs is, or will be, a coin of custody's.
    pub vout: u32,
    /// What that output is worth, in sats.
    pub value: u64,
    /// What makes it one.
    pub origin: Origin,
}

/// What makes an output a coin of custody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// It pays a watched deposit address.
    Deposit(WatchedDeposit),
    /// It is the change of an intent.
    Payment,
    /// The chain says so.
    Known,
}

/// What the chain says about a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Blocks of the light client's best chain from the sighting's own to the tip, both counted; 0 if it is not on it.
    pub confirmations: u32,
    /// The coin at the claim's output, if there is one.
    pub coin: Option<CoinFacts>,
    /// Blocks on top that a payment needs.
    pub payment_depth: u32,
    /// Blocks on top that a deposit of the claim's value needs.
    pub deposit_depth: u32,
    /// The least deposit, in sats.
    pub minimum: u64,
}

/// What the chain says about a coin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoinFacts {
    /// Whether a proven transaction has spent it.
    pub is_spent: bool,
    /// Whether a block of the light client's best chain is known to contain it.
    pub stands: bool,
}

/// What to do about a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing yet.
    Wait,
    /// Nothing any more.
    Settled,
    /// Prove it.
    Prove(Box<Proof>),
}

/// A duty that proves a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// Mints.
    Deposit(proveDepositCall),
    /// Gives a coin a block again.
    Anchor(proveAnchorCall),
    /// Settles an intent.
    Payment(provePaymentCall),
}

/// Judges a claim by what the chain says. A coin that stands does so in the sighting's block, if the light client has that:
/// a chain of blocks contains a transaction once.
#[must_use]
pub fn judge(claim: &Claim, facts: &Facts) -> Verdict {
    let Some(depth) = facts.confirmations.checked_sub(1) else {
        return Verdict::Wait;
    };
    let when = |needed: u32, proof: Proof| match depth < needed {
        true => Verdict::Wait,
        false => Verdict::Prove(Box::new(proof)),
    };
    match (facts.coin, &claim.origin) {
        (Some(coin), _) if coin.is_spent || coin.stands => Verdict::Settled,
        (Some(_), _) => when(facts.deposit_depth, claim.anchor()),
        (None, Origin::Known) => Verdict::Settled,
        (None, Origin::Payment) => when(facts.payment_depth, claim.payment()),
        (None, Origin::Deposit(_)) if claim.value < facts.minimum => Verdict::Settled,
        (None, Origin::Deposit(deposit)) => when(facts.deposit_depth, claim.deposit(deposit)),
    }
}

impl Claim {
    /// The output that the claim is about.
    #[must_use]
    pub fn outpoint(&self) -> OutPoint {
        OutPoint { txid: self.sighting.txid, vout: self.vout }
    }

    fn deposit(&self, deposit: &WatchedDeposit) -> Proof {
        Proof::Deposit(proveDepositCall {
            recipient: deposit.recipient,
            action: deposit.action,
            refundKey: deposit.refund_key.unwrap_or_default(),
            transaction: serialize(&self.sighting.transaction).into(),
            vout: self.vout,
            proof: inclusion(self.sighting.block, &self.sighting.proof),
        })
    }

    fn anchor(&self) -> Proof {
        Proof::Anchor(proveAnchorCall {
            transaction: serialize(&self.sighting.transaction).into(),
            vout: self.vout,
            proof: inclusion(self.sighting.block, &self.sighting.proof),
        })
    }

    fn payment(&self) -> Proof {
        Proof::Payment(provePaymentCall {
            transaction: serialize(&self.sighting.transaction).into(),
            proof: inclusion(self.sighting.block, &self.sighting.proof),
        })
    }
}

/// A proof in the contract's shape.
#[must_use]
pub fn inclusion(block: BlockHash, proof: &InclusionProof) -> Inclusion {
    let InclusionProof { branch, coinbase } = proof;
    Inclusion {
        blockHash: block.to_byte_array().into(),
        index: branch.index(),
        branch: siblings(branch),
        coinbase: coinbase.sha256.to_byte_array().into(),
        coinbaseBranch: siblings(&coinbase.branch),
    }
}

#[cfg(test)]
mod tests;
