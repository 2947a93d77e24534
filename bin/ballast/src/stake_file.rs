//! The stake file: everything about one stake that Bitcoin does not keep.
//!
//! The staker makes it, covenant members add their approvals to it, and whoever wants to unbond, withdraw or slash
//! reads it. Nothing in it is believed: reading judges the whole delegation and verifies every approval anew.
//! It holds no secret, and its transactions are unsigned: approvals alone move nothing. What happened to the stake is
//! not in it either: that is Bitcoin's to say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use ballast_bitcoin_staking::delegation::{Approval, Approvals, Facts, Slashed, judge};
use ballast_bitcoin_staking::{Delegation, Params, ParamsSet, networks};
use ballast_schnorr::{AdaptorSignature, SigningKey};
use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::{Amount, Transaction, XOnlyPublicKey};
use serde::{Deserialize, Serialize};

use crate::network::NetworkName;
use crate::whole;

#[cfg(test)]
mod tests;
mod transaction_hex;

/// A stake file as it is written. Amounts in sat, times in blocks, transactions and signatures in hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StakeFile {
    pub(crate) network: NetworkName,
    pub(crate) params_version: u32,
    pub(crate) covenant: Vec<XOnlyPublicKey>,
    pub(crate) staker: XOnlyPublicKey,
    pub(crate) provider: XOnlyPublicKey,
    pub(crate) staking_time: u32,
    pub(crate) unbonding_time: u32,
    pub(crate) staking_value: Amount,
    pub(crate) unbonding_value: Amount,
    #[serde(with = "transaction_hex")]
    pub(crate) staking_tx: Transaction,
    #[serde(with = "transaction_hex")]
    pub(crate) unbonding_tx: Transaction,
    #[serde(with = "transaction_hex")]
    pub(crate) slashing_tx: Transaction,
    #[serde(with = "transaction_hex")]
    pub(crate) unbonding_slashing_tx: Transaction,
    pub(crate) slashing_signature: Signature,
    pub(crate) unbonding_slashing_signature: Signature,
    pub(crate) approvals: BTreeMap<XOnlyPublicKey, WrittenApproval>,
}

/// One covenant member's signatures, in hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrittenApproval {
    unbonding: Signature,
    slashing: String,
    unbonding_slashing: String,
}

/// A stake file that was read and judged.
#[derive(Debug)]
pub(crate) struct JudgedStake {
    pub(crate) file: StakeFile,
    pub(crate) params: Params,
    pub(crate) delegation: Delegation,
    pub(crate) approvals: Approvals,
}

impl StakeFile {
    /// What the staker declares.
    pub(crate) fn facts(&self) -> Facts {
        Facts {
            staker: self.staker,
            providers: vec![self.provider],
            staking_time: self.staking_time,
            unbonding_time: self.unbonding_time,
            staking_value: self.staking_value,
            unbonding_value: self.unbonding_value,
            staking_tx: self.staking_tx.clone(),
            unbonding_tx: self.unbonding_tx.clone(),
            slashing_tx: self.slashing_tx.clone(),
            unbonding_slashing_tx: self.unbonding_slashing_tx.clone(),
            slashing_signature: self.slashing_signature,
            unbonding_slashing_signature: self.unbonding_slashing_signature,
        }
    }

    /// Whether these are its covenant's members, in any order.
    pub(crate) fn is_under(&self, covenant: &[XOnlyPublicKey]) -> bool {
        let set = |keys: &[XOnlyPublicKey]| keys.iter().copied().collect::<BTreeSet<_>>();
        set(&self.covenant) == set(covenant)
    }

    /// Judges the delegation and every approval.
    pub(crate) fn judge(self) -> Result<JudgedStake> {
        self.refuse_witnesses()?;
        let params = params(self.network, &self.covenant)?.version(self.params_version)?.clone();
        let delegation = judge(&self.facts(), &params)?;
        let mut approvals = Approvals::new();
        for (member, written) in &self.approvals {
            let approval = written.parse().with_context(|| format!("approval by {member}"))?;
            approvals.add(&delegation, *member, approval).with_context(|| format!("approval by {member}"))?;
        }
        Ok(JudgedStake { file: self, params, delegation, approvals })
    }

    /// A signed transaction in a file that many hands pass on could be broadcast by any of them.
    fn refuse_witnesses(&self) -> Result<()> {
        let transactions = [
            ("staking_tx", &self.staking_tx),
            ("unbonding_tx", &self.unbonding_tx),
            ("slashing_tx", &self.slashing_tx),
            ("unbonding_slashing_tx", &self.unbonding_slashing_tx),
        ];
        for (name, tx) in transactions {
            let unsigned = tx.input.iter().all(|input| input.witness.is_empty());
            ensure!(unsigned, "{name} is signed: a stake file holds unsigned transactions only");
        }
        Ok(())
    }

    /// Writes the file whole or not at all.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        whole::write(path, text.as_bytes())
            .with_context(|| format!("cannot write the stake file {}", path.display()))
    }
}

impl JudgedStake {
    /// Reads and judges a stake file.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path)
            .with_context(|| format!("cannot read the stake file {}", path.display()))?;
        let file: StakeFile = serde_json::from_str(&text)
            .with_context(|| format!("{} is not a stake file of this version", path.display()))?;
        file.judge().with_context(|| format!("the stake file {} is refused", path.display()))
    }

    /// Adds a member's verified approval to what will be written.
    pub(crate) fn add(&mut self, member: XOnlyPublicKey, approval: Approval) -> Result<()> {
        self.approvals.add(&self.delegation, member, approval)?;
        self.file.approvals.insert(member, WrittenApproval::new(&approval));
        Ok(())
    }

    /// Refuses a key that is not the staker's.
    pub(crate) fn require_staker(&self, key: &SigningKey) -> Result<()> {
        let staker = self.file.staker;
        ensure!(key.x_only() == staker, "the key is not the staker's, {staker}");
        Ok(())
    }

    /// How many approvals there are, and how many there must be.
    pub(crate) fn count(&self) -> (usize, usize) {
        (self.file.approvals.len(), self.params.committee().quorum())
    }

    /// The two outputs that can be slashed.
    pub(crate) const SLASHABLE: [Slashed; 2] = [Slashed::Stake, Slashed::Unbonding];
}

impl WrittenApproval {
    fn new(approval: &Approval) -> Self {
        Self {
            unbonding: approval.unbonding,
            slashing: hex::encode(approval.slashing.to_bytes()),
            unbonding_slashing: hex::encode(approval.unbonding_slashing.to_bytes()),
        }
    }

    fn parse(&self) -> Result<Approval> {
        Ok(Approval {
            unbonding: self.unbonding,
            slashing: AdaptorSignature::from_slice(&hex::decode(&self.slashing)?)?,
            unbonding_slashing: AdaptorSignature::from_slice(&hex::decode(&self.unbonding_slashing)?)?,
        })
    }
}

/// Keeps others from changing the stake file at `path` until the lock is dropped; waits for whoever changes it now.
///
/// The lock is a file of its own, since each writing puts a new stake file in place of the old. It stays behind:
/// removing it would let a second holder in beside one who has it open.
pub(crate) fn lock(path: &Path) -> Result<File> {
    let path = whole::beside(path, ".lock");
    let lock = || {
        let file = File::options().create(true).truncate(false).write(true).open(&path)?;
        file.lock().map(|()| file)
    };
    lock().with_context(|| format!("cannot lock {}", path.display()))
}

/// The parameters of a network with this covenant.
pub(crate) fn params(network: NetworkName, covenant: &[XOnlyPublicKey]) -> Result<ParamsSet> {
    Ok(match network {
        NetworkName::Mainnet => networks::mainnet(covenant)?,
        NetworkName::Testnet => networks::testnet(covenant)?,
        NetworkName::Devnet => networks::devnet(covenant)?,
    })
}
