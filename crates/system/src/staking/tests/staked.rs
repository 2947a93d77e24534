//! An honest stake in all its forms, for tests to start from and to spoil.

use alloy_primitives::B256;
use ballast_bitcoin_staking::{
    Approvals, Coin, CoinPolicy, Delegation, Facts, Funding, SlashingTx, SlashingVersion, StakingTx, Terms,
    UnbondingTx, delegation,
};
use ballast_schnorr::{bip340, message::Role};
use ballast_types::interfaces::IStaking;
use bitcoin::{
    Amount, FeeRate, OutPoint, ScriptBuf, Transaction, TxOut, Txid, WPubkeyHash, consensus::serialize,
    hashes::Hash,
};

use super::{
    super::store::word,
    world::{COVENANT, NO_AUX, key_word, owner, params, possession, secret},
};

/// A staker's delegation in all its forms.
pub(crate) struct Staked {
    pub(crate) id: B256,
    pub(crate) facts: Facts,
    pub(crate) delegation: Delegation,
    pub(crate) registration: IStaking::Registration,
}

impl Staked {
    pub(super) fn new(staker: u8, provider: u8, sats: u64, number: u32) -> Self {
        let set = params();
        let params = set.at(0).unwrap();
        let (key, on) = (secret(staker).x_only(), secret(provider).x_only());
        let (time, unbonding) = (params.min_staking_time(), params.unbonding_time());
        let terms = Terms::new(key, [on], params.committee().clone(), time, unbonding).unwrap();
        let coins = [coin(number)];
        let funding = Funding {
            coins: &coins,
            policy: CoinPolicy::BtcStakingTs,
            fee_rate: FeeRate::from_sat_per_vb_u32(3),
            change: wallet(),
            op_return: None,
        };
        let funded = StakingTx::build(terms, Amount::from_sat(sats), &funding).unwrap();
        let stake = funded.staking().stake();
        let unbonding = UnbondingTx::build(stake, params.unbonding_fee()).unwrap();
        let first = SlashingTx::build(stake, params.slashing(), SlashingVersion::Two).unwrap();
        let second = SlashingTx::build(&unbonding, params.slashing(), SlashingVersion::Two).unwrap();
        let sign = |tx: &SlashingTx| bip340::sign(&secret(staker), tx.sighash().as_byte_array(), &NO_AUX);
        let facts = Facts {
            staker: key,
            providers: vec![on],
            staking_time: 200,
            unbonding_time: 10,
            staking_value: Amount::from_sat(sats),
            unbonding_value: unbonding.output().value,
            staking_tx: funded.staking().transaction().clone(),
            unbonding_tx: unbonding.transaction().clone(),
            slashing_tx: first.transaction().clone(),
            unbonding_slashing_tx: second.transaction().clone(),
            slashing_signature: sign(&first),
            unbonding_slashing_signature: sign(&second),
        };
        let registration = registration(&facts, staker);
        let delegation = delegation::judge(&facts, params).unwrap();
        Self { id: word(facts.staking_tx.compute_txid()), facts, delegation, registration }
    }

    pub(crate) fn approval(&self, member: u8) -> IStaking::approveCall {
        let set = params();
        let none = Approvals::new();
        let signed =
            delegation::covenant_sign(&self.facts, set.at(0).unwrap(), &none, &secret(member), &NO_AUX);
        let signed = signed.unwrap();
        IStaking::approveCall {
            stake: self.id,
            member: key_word(member),
            unbonding: signed.unbonding.serialize().to_vec().into(),
            slashing: signed.slashing.to_bytes().to_vec().into(),
            unbondingSlashing: signed.unbonding_slashing.to_bytes().to_vec().into(),
        }
    }

    /// The approvals of the first two members.
    pub(crate) fn quorum(&self) -> Approvals {
        let set = params();
        let mut approvals = Approvals::new();
        for member in [COVENANT[0], COVENANT[1]].map(secret) {
            let none = Approvals::new();
            let signed = delegation::covenant_sign(&self.facts, set.at(0).unwrap(), &none, &member, &NO_AUX);
            approvals.add(&self.delegation, member.x_only(), signed.unwrap()).unwrap();
        }
        approvals
    }

    /// The staker's signature of the unbonding transaction.
    pub(crate) fn leave(&self, staker: u8) -> bitcoin::secp256k1::schnorr::Signature {
        bip340::sign(&secret(staker), self.delegation.unbonding().sighash().as_byte_array(), &NO_AUX)
    }

    /// The complete unbonding transaction.
    pub(crate) fn unbonding(&self, staker: u8) -> Transaction {
        self.quorum().unbond(&self.delegation, &self.leave(staker)).unwrap()
    }
}

fn registration(facts: &Facts, staker: u8) -> IStaking::Registration {
    IStaking::Registration {
        owner: owner(staker),
        staker: key_word(staker),
        provider: facts.providers[0].serialize().into(),
        stakingTime: facts.staking_time as u16,
        value: facts.staking_value.to_sat(),
        stakingTx: serialize(&facts.staking_tx).into(),
        unbondingTx: serialize(&facts.unbonding_tx).into(),
        slashingTx: serialize(&facts.slashing_tx).into(),
        unbondingSlashingTx: serialize(&facts.unbonding_slashing_tx).into(),
        slashingSignature: facts.slashing_signature.serialize().to_vec().into(),
        unbondingSlashingSignature: facts.unbonding_slashing_signature.serialize().to_vec().into(),
        possession: possession(staker, owner(staker), Role::Staker),
    }
}

fn wallet() -> ScriptBuf {
    ScriptBuf::new_p2wpkh(&WPubkeyHash::all_zeros())
}

pub(super) fn coin(number: u32) -> Coin {
    let output = TxOut { value: Amount::from_sat(100_000_000), script_pubkey: wallet() };
    Coin { outpoint: OutPoint::new(Txid::all_zeros(), number), output }
}
