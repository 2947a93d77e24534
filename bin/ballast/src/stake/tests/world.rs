//! The real contracts over a hash map and a bitcoind of a few blocks, which both move on while a command waits.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;

use alloy_primitives::Address;
use alloy_sol_types::{SolCall, SolEvent};
use anyhow::Result;
use ballast_bitcoin_io::Bitcoin;
use ballast_bitcoin_staking::Approvals;
use ballast_bitcoin_staking::delegation::covenant_sign;
pub(crate) use ballast_roles::fake::CHAIN_ID;
use ballast_roles::fake::FakeChain;
use ballast_roles::fake::bitcoin::{FakeBitcoin, genesis};
pub(crate) use ballast_roles::fake::stakes::secret;
use ballast_roles::provider::registration;
use ballast_roles::staking;
use ballast_schnorr::SigningKey;
use ballast_system::{CallError, light_client};
use ballast_types::SystemContract;
use ballast_types::interfaces::IStaking::{self, Status};
use bitcoin::consensus::serialize;
use bitcoin::transaction::Version;
use bitcoin::{Amount, Network, OutPoint, Transaction, TxIn, TxOut, absolute::LockTime};
use tempfile::TempDir;

use crate::chain::{Account, tests::FakeAccount};
use crate::key;
use crate::network::NetworkName;
use crate::stake::on_chain::{Desk, Progress, Staked, stake_at};
use crate::stake::{Order, Plan};
use crate::stake_file::{self, JudgedStake};

pub(crate) const VALUE: Amount = Amount::from_sat(100_000);

pub(crate) fn staker() -> SigningKey {
    secret(1)
}

pub(crate) fn provider() -> SigningKey {
    secret(2)
}

pub(crate) fn owner() -> Address {
    Address::repeat_byte(9)
}

pub(crate) fn members() -> [SigningKey; 3] {
    [11, 12, 13].map(secret)
}

pub(crate) struct World {
    pub(crate) bitcoin: FakeBitcoin,
    pub(crate) chain: FakeChain,
    /// What the command said of itself.
    pub(crate) told: RefCell<Vec<Progress>>,
    /// How many members of the covenant work, one in each block.
    pub(crate) working: Cell<usize>,
    /// After how many more looks and steps the command is killed.
    pub(crate) life: Cell<usize>,
    folder: TempDir,
}

impl World {
    /// A chain with a provider and a covenant, on which nobody has staked. The staker has a coin.
    pub(crate) fn new() -> Self {
        let chain = FakeChain::new(genesis());
        let covenant = members().map(|member| member.x_only());
        let params = stake_file::params(NetworkName::Devnet, &covenant).unwrap();
        chain.set_up(|storage| ballast_system::staking::initialise(storage, params.versions(), &[]).unwrap());
        let world = Self {
            bitcoin: FakeBitcoin::new(),
            chain,
            told: RefCell::default(),
            working: Cell::new(members().len()),
            life: Cell::new(usize::MAX),
            folder: TempDir::new().unwrap(),
        };
        world.bitcoin.state().mempool.push(coin());
        world.mine();
        let call = registration(&provider(), CHAIN_ID, owner(), 500, &[0; 32]);
        world.chain.transact(owner(), SystemContract::Staking, &call).unwrap();
        world.chain.block();
        world
    }

    pub(crate) fn order(&self) -> Order {
        Order {
            network: NetworkName::Devnet,
            covenant: vec![],
            provider: provider().x_only(),
            amount: VALUE,
            time: 200,
            fee_rate: None,
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("stake.json")
    }

    /// `ballast stake --chain …`.
    pub(crate) fn stake(&self, plan: Plan) -> Result<Staked> {
        self.told.borrow_mut().clear();
        stake_at(self, &self.chain, &self.bitcoin, &staker(), &self.order(), plan, &self.path())
    }

    /// A stake file that nobody has acted on.
    pub(crate) fn made(&self) -> JudgedStake {
        let order = Order { covenant: members().map(|member| member.x_only()).to_vec(), ..self.order() };
        let stake = order.open(&self.path(), &staker(), &self.bitcoin).unwrap();
        stake.file.write(&self.path()).unwrap();
        stake
    }

    pub(crate) fn view<C: SolCall>(&self, call: &C) -> C::Return {
        self.chain.view(SystemContract::Staking, call)
    }

    /// An ordinary transaction of the account.
    pub(crate) fn transact<C: SolCall>(&self, call: &C) -> Result<(), CallError> {
        self.chain.transact(owner(), SystemContract::Staking, &call.abi_encode()).map(|_| ())
    }

    /// A block of bitcoind's, of which the light client hears.
    fn mine(&self) {
        self.bitcoin.state().mine_mempool();
        let header = serialize(self.bitcoin.state().headers.last().unwrap());
        light_client::submit(&mut self.chain.state().storage, &header).unwrap();
    }

    /// A block on both chains, and one act of everybody who works by it.
    fn moves_on(&self) {
        self.mine();
        for registered in self.events::<IStaking::StakeRegistered>() {
            self.approve(&registered);
            self.prove(&registered);
        }
        self.chain.block();
    }

    /// The first working member that has not approved does so.
    fn approve(&self, registered: &IStaking::StakeRegistered) {
        let stake = registered.stake;
        let approvals = self.view(&IStaking::stakeOfCall { stake }).approvals;
        let covenant = self.view(&IStaking::covenantOfCall { version: 0 }).members;
        let mut waiting = covenant.iter().take(self.working.get()).enumerate();
        let Some((_, key)) = waiting.find(|(place, _)| !approvals.bit(*place)) else { return };
        let member = members().into_iter().find(|member| member.x_only().serialize() == key.0).unwrap();
        let params = staking::params(&self.chain, 0).unwrap();
        let facts = staking::facts(&registered.registration, &params).unwrap();
        let signed = covenant_sign(&facts, &params, &Approvals::new(), &member, &[0; 32]).unwrap();
        let call = IStaking::approveCall {
            stake,
            member: *key,
            unbonding: signed.unbonding.serialize().to_vec().into(),
            slashing: signed.slashing.to_bytes().to_vec().into(),
            unbondingSlashing: signed.unbonding_slashing.to_bytes().to_vec().into(),
        };
        self.hand_in(&call);
    }

    /// A relayer proves a staking transaction that is deep enough.
    fn prove(&self, registered: &IStaking::StakeRegistered) {
        let stake = registered.stake;
        if self.view(&IStaking::statusCall { stake }) != Status::Verified {
            return;
        }
        let Some(block) = self.bitcoin.state().block_with(staking::txid(stake)) else { return };
        let registration = registered.registration.clone();
        let call = crate::stake::proof::anchored(registration, &block, staking::txid(stake)).unwrap();
        let IStaking::registerAnchoredStakeCall { registration, blockHash, proof } = call;
        let transaction = registration.stakingTx;
        self.hand_in(&IStaking::proveStakeCall { stake, transaction, blockHash, proof });
    }

    fn hand_in<C: SolCall>(&self, call: &C) {
        // one that is too early is handed in again in the next block
        let _ = crate::stake::duty::hand_in(&self.chain, call);
    }

    pub(crate) fn events<E: SolEvent>(&self) -> Vec<E> {
        let state = self.chain.state();
        let logs = state.storage.logs().iter();
        let of_kind = logs.filter(|(_, log)| log.topics().first() == Some(&E::SIGNATURE_HASH));
        of_kind.map(|(_, log)| E::decode_log_data(log).unwrap()).collect()
    }

    pub(crate) fn power(&self) -> u64 {
        let provider = provider().x_only().serialize().into();
        self.view(&IStaking::providerOfCall { provider }).power
    }

    pub(crate) fn coins_have_moved(&self, stake: &JudgedStake) -> bool {
        let txid = stake.delegation.staking().stake().outpoint().txid;
        self.bitcoin.output(&OutPoint::new(txid, 0)).unwrap().is_some()
    }

    fn lives(&self) {
        let life = self.life.get();
        assert!(life > 0, "killed");
        self.life.set(life - 1);
    }
}

impl Desk for World {
    fn owner(&self) -> Address {
        owner()
    }

    fn register(&self, call: &IStaking::registerStakeCall) -> Result<()> {
        let account = FakeAccount { chain: &self.chain, address: owner() };
        account.submit(SystemContract::Staking, call.abi_encode().into())
    }

    fn tell(&self, progress: &Progress) {
        self.lives();
        self.told.borrow_mut().push(*progress);
    }

    fn wait(&self) {
        self.lives();
        self.moves_on();
    }
}

/// A transaction that pays the staker.
fn coin() -> Transaction {
    let script_pubkey = key::p2tr(&staker(), Network::Regtest).script_pubkey();
    Transaction {
        version: Version::TWO,
        lock_time: LockTime::ZERO,
        input: vec![TxIn::default()],
        output: vec![TxOut { value: Amount::from_sat(500_000), script_pubkey }],
    }
}
