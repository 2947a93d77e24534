//! Stakes for tests of roles: honest participants, a chain with real staking and finality contracts, and what a staker
//! hands over.

use std::sync::{Mutex, OnceLock};

use alloy_primitives::{Address, B256, Bytes, U256};
use ballast_bitcoin_staking::{
    Approvals, Coin, CoinPolicy, Delegation, Facts, Funding, ParamsSet, Slashed, SlashingTx, SlashingVersion,
    StakingTx, Terms, UnbondingTx, Withdrawable, WithdrawalTx, delegation, networks,
};
use ballast_schnorr::{
    SigningKey, Tree, bip340,
    message::{self, Role},
    nonce,
};
use ballast_system::{begin_block, finality, staking};
use ballast_types::{
    Network, Parameters, SystemContract,
    genesis::GenesisProvider,
    interfaces::{IFinality, IStaking},
};
use bitcoin::{
    Amount, FeeRate, OutPoint, ScriptBuf, Transaction, TxOut, Txid, WPubkeyHash, consensus::serialize,
    hashes::Hash,
};

use super::{CHAIN_ID, FakeChain, bitcoin::genesis};
use crate::{
    chain::{self, At, Chain},
    cursor::{Cursor, CursorError},
    staking::word,
};

pub const STAKER: u8 = 1;
/// Providers of the genesis.
pub const PROVIDERS: [u8; 2] = [2, 3];
pub const COVENANT: [u8; 3] = [11, 12, 13];
pub const VALUE: u64 = 100_000;
/// Heights that the genesis commitments cover.
const COMMITTED: u64 = 400;

pub fn secret(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32]).unwrap()
}

pub fn key_word(number: u8) -> B256 {
    secret(number).x_only().serialize().into()
}

pub fn owner(number: u8) -> Address {
    Address::repeat_byte(number)
}

pub fn params() -> ParamsSet {
    networks::devnet(&COVENANT.map(|number| secret(number).x_only())).unwrap()
}

/// A chain with the devnet's staking parameters, [`PROVIDERS`], and a light client that is never stale.
pub fn chain() -> FakeChain {
    let chain = FakeChain::new(genesis());
    let provider = |number| GenesisProvider {
        key: key_word(number),
        owner: owner(number),
        commission_bp: 0,
        start: 1,
        count: COMMITTED,
        root: tree(number).root().into(),
    };
    let providers = PROVIDERS.map(provider);
    let rules = Parameters::of(Network::Devnet).finality;
    chain.set_up(|storage| {
        staking::initialise(storage, params().versions(), &providers).unwrap();
        finality::initialise(storage, &rules, &providers).unwrap();
        begin_block(storage).unwrap();
    });
    chain
}

/// The randomness of one of [`PROVIDERS`], computed once.
fn tree(number: u8) -> &'static Tree {
    static TREES: OnceLock<[Tree; 2]> = OnceLock::new();
    let make = |number| {
        let context = message::nonce_context(CHAIN_ID);
        let heights = 1..1 + COMMITTED;
        Tree::new(&nonce::public_randomness(&secret(number), context.as_bytes(), heights)).unwrap()
    };
    let place = PROVIDERS.iter().position(|provider| *provider == number).unwrap();
    &TREES.get_or_init(|| PROVIDERS.map(make))[place]
}

/// A provider's vote for a block, canonical or not.
pub fn ballot(number: u8, height: u64, hash: B256) -> IFinality::voteCall {
    let context = message::nonce_context(CHAIN_ID);
    let one = nonce::derive(&secret(number), context.as_bytes(), height);
    ballot_with(number, one, height, hash)
}

/// As [`ballot`], with a nonce of one's own.
pub fn ballot_with(number: u8, one: nonce::Nonce, height: u64, hash: B256) -> IFinality::voteCall {
    let randomness = one.public();
    let message = message::vote(CHAIN_ID, height, &hash);
    let signature = ballast_schnorr::eots::sign(&secret(number), one, &message).unwrap();
    IFinality::voteCall {
        provider: key_word(number),
        height,
        blockHash: hash,
        randomness: randomness.0.into(),
        signature: signature.to_bytes().into(),
        commitment: 0,
        path: tree(number).proof(height - 1).unwrap().aunts.into_iter().map(B256::from).collect(),
    }
}

/// A staker's delegation in all its forms.
#[derive(Clone)]
pub struct Staked {
    pub id: B256,
    pub facts: Facts,
    pub delegation: Delegation,
    pub registration: IStaking::Registration,
}

impl Staked {
    /// A stake of [`STAKER`]'s; `number` tells stakes apart.
    pub fn new(provider: u8, number: u32) -> Self {
        let set = params();
        let params = set.at(0).unwrap();
        let (key, on, value) = (secret(STAKER).x_only(), secret(provider).x_only(), Amount::from_sat(VALUE));
        let (time, unbonding) = (params.min_staking_time(), params.unbonding_time());
        let terms = Terms::new(key, [on], params.committee().clone(), time, unbonding).unwrap();
        let funding = Funding {
            coins: &[coin(number)],
            policy: CoinPolicy::BtcStakingTs,
            fee_rate: FeeRate::from_sat_per_vb_u32(3),
            change: wallet(),
            op_return: None,
        };
        let funded = StakingTx::build(terms, value, &funding).unwrap();
        let stake = funded.staking().stake();
        let unbonding = UnbondingTx::build(stake, params.unbonding_fee()).unwrap();
        let first = SlashingTx::build(stake, params.slashing(), SlashingVersion::Two).unwrap();
        let second = SlashingTx::build(&unbonding, params.slashing(), SlashingVersion::Two).unwrap();
        let sign = |tx: &SlashingTx| bip340::sign(&secret(STAKER), tx.sighash().as_byte_array(), &[0; 32]);
        let facts = Facts {
            staker: key,
            providers: vec![on],
            staking_time: time.blocks(),
            unbonding_time: params.unbonding_time().blocks(),
            staking_value: value,
            unbonding_value: unbonding.output().value,
            staking_tx: funded.staking().transaction().clone(),
            unbonding_tx: unbonding.transaction().clone(),
            slashing_tx: first.transaction().clone(),
            unbonding_slashing_tx: second.transaction().clone(),
            slashing_signature: sign(&first),
            unbonding_slashing_signature: sign(&second),
        };
        let registration = registration(&facts);
        let delegation = delegation::judge(&facts, params).unwrap();
        Self { id: word(facts.staking_tx.compute_txid()), facts, delegation, registration }
    }

    pub fn register(&self, chain: &FakeChain) {
        let call = IStaking::registerStakeCall { registration: self.registration.clone() };
        chain.pay(owner(STAKER), U256::ZERO, SystemContract::Staking, &call);
    }

    pub fn approval(&self, member: u8) -> IStaking::approveCall {
        let set = params();
        let (none, params) = (Approvals::new(), set.at(0).unwrap());
        let signed =
            delegation::covenant_sign(&self.facts, params, &none, &secret(member), &[0; 32]).unwrap();
        IStaking::approveCall {
            stake: self.id,
            member: key_word(member),
            unbonding: signed.unbonding.serialize().to_vec().into(),
            slashing: signed.slashing.to_bytes().to_vec().into(),
            unbondingSlashing: signed.unbonding_slashing.to_bytes().to_vec().into(),
        }
    }

    /// The approvals of the last two members.
    fn quorum(&self) -> Approvals {
        let set = params();
        let mut approvals = Approvals::new();
        for member in [COVENANT[1], COVENANT[2]].map(secret) {
            let none = Approvals::new();
            let params = set.at(0).unwrap();
            let signed = delegation::covenant_sign(&self.facts, params, &none, &member, &[0; 32]).unwrap();
            approvals.add(&self.delegation, member.x_only(), signed).unwrap();
        }
        approvals
    }

    /// The staking transaction as it is on Bitcoin.
    pub fn staking(&self) -> Transaction {
        self.facts.staking_tx.clone()
    }

    /// The staker's signature of the unbonding transaction.
    pub fn leave(&self) -> Bytes {
        self.leaving().serialize().to_vec().into()
    }

    fn leaving(&self) -> bitcoin::secp256k1::schnorr::Signature {
        bip340::sign(&secret(STAKER), self.delegation.unbonding().sighash().as_byte_array(), &[0; 32])
    }

    /// The complete unbonding transaction, with signatures of members from the log.
    pub fn unbonding(&self) -> Transaction {
        self.quorum().unbond(&self.delegation, &self.leaving()).unwrap()
    }

    /// A complete slashing transaction.
    pub fn slashing(&self, slashed: Slashed, provider: u8) -> Transaction {
        self.quorum().slash(&self.delegation, slashed, &secret(provider), &[0; 32]).unwrap()
    }

    /// The staking output spent by its timelock leaf.
    pub fn withdrawal(&self) -> Transaction {
        let stake = Withdrawable::from(self.delegation.staking().stake());
        let rate = FeeRate::from_sat_per_vb_u32(3);
        let withdrawal = WithdrawalTx::build(stake, wallet(), rate).unwrap();
        let signature = bip340::sign(&secret(STAKER), withdrawal.sighash().as_byte_array(), &[0; 32]);
        withdrawal.signed(&signature).unwrap()
    }
}

fn registration(facts: &Facts) -> IStaking::Registration {
    let possession = message::possession(CHAIN_ID, &owner(STAKER), Role::Staker);
    let possession = bip340::sign(&secret(STAKER), &bip340::digest(&possession), &[0; 32]);
    IStaking::Registration {
        owner: owner(STAKER),
        staker: key_word(STAKER),
        provider: facts.providers[0].serialize().into(),
        stakingTime: facts.staking_time as u16,
        value: facts.staking_value.to_sat(),
        stakingTx: serialize(&facts.staking_tx).into(),
        unbondingTx: serialize(&facts.unbonding_tx).into(),
        slashingTx: serialize(&facts.slashing_tx).into(),
        unbondingSlashingTx: serialize(&facts.unbonding_slashing_tx).into(),
        slashingSignature: facts.slashing_signature.serialize().to_vec().into(),
        unbondingSlashingSignature: facts.unbonding_slashing_signature.serialize().to_vec().into(),
        possession: possession.serialize().to_vec().into(),
    }
}

fn wallet() -> ScriptBuf {
    ScriptBuf::new_p2wpkh(&WPubkeyHash::all_zeros())
}

fn coin(number: u32) -> Coin {
    let output = TxOut { value: Amount::from_sat(100_000_000), script_pubkey: wallet() };
    Coin { outpoint: OutPoint::new(Txid::all_zeros(), number), output }
}

/// The status of a stake.
pub fn status(chain: &impl Chain, stake: B256) -> IStaking::Status {
    chain::read(chain, At::Latest, SystemContract::Staking, &IStaking::statusCall { stake }).unwrap()
}

/// How a stake leaves.
pub fn exit(chain: &impl Chain, stake: B256) -> IStaking::Exit {
    crate::staking::state(chain, stake).unwrap().unwrap().exit
}

/// A cursor in memory, which outlives the role as a file would.
#[derive(Default)]
pub struct FakeCursor(Mutex<Option<u64>>);

impl Cursor for FakeCursor {
    fn load(&self) -> Result<Option<u64>, CursorError> {
        Ok(*self.0.lock().unwrap())
    }

    fn save(&self, number: u64) -> Result<(), CursorError> {
        *self.0.lock().unwrap() = Some(number);
        Ok(())
    }
}
