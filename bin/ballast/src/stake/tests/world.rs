//! The real staking contract over a hash map and a bitcoind of a few blocks, which both move on while a command waits.

use std::cell::{Cell, RefCell, RefMut};
use std::ops::RangeInclusive;
use std::path::PathBuf;

use alloy_primitives::{Address, B256, Bytes, FixedBytes, U256};
use alloy_sol_types::{SolCall, SolEvent};
use anyhow::Result;
use ballast_bitcoin_staking::Approvals;
use ballast_bitcoin_staking::delegation::covenant_sign;
use ballast_roles::chain::{At, ChainLog, WatchedDeposit, read};
use ballast_roles::provider::registration;
use ballast_roles::{Chain, ChainError, staking};
use ballast_schnorr::SigningKey;
use ballast_system::memory::Memory;
use ballast_system::{BlockEnv, Call, CallError, Mode, dispatch, light_client};
use ballast_types::genesis::BitcoinBase;
use ballast_types::interfaces::IStaking::{self, Status};
use ballast_types::parameters::BitcoinParameters;
use ballast_types::{Duty, SystemContract};
use bitcoin::consensus::serialize;
use bitcoin::{Amount, Network, OutPoint};
use tempfile::TempDir;

use super::bitcoind::FakeBitcoin;
use crate::key;
use crate::network::NetworkName;
use crate::stake::on_chain::{Desk, Progress, Staked, stake_at};
use crate::stake::{Order, Plan};
use crate::stake_file::{self, JudgedStake};

pub(crate) const CHAIN_ID: u64 = 840_099;
pub(crate) const VALUE: Amount = Amount::from_sat(100_000);

pub(crate) fn secret(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32]).unwrap()
}

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
    state: RefCell<State>,
    /// What the command said of itself.
    pub(crate) told: RefCell<Vec<Progress>>,
    /// How many members of the covenant work, one in each block.
    pub(crate) working: Cell<usize>,
    /// After how many more looks and steps the command is killed.
    pub(crate) life: Cell<usize>,
    folder: TempDir,
}

pub(crate) struct State {
    pub(crate) storage: Memory,
    pool: Vec<Duty>,
    /// The number of logs after each block, from block 0 on.
    ends: Vec<usize>,
}

impl World {
    /// A chain with a provider and a covenant, on which nobody has staked.
    pub(crate) fn new() -> Self {
        let bitcoin = FakeBitcoin::new(&key::p2tr(&staker(), Network::Regtest).script_pubkey());
        let timestamp = u64::from(u32::MAX);
        let mut storage = Memory::new(BlockEnv { number: 1, timestamp, chain_id: CHAIN_ID });
        let parameters = BitcoinParameters {
            network: Network::Regtest,
            confirmation_depth: 3,
            timestamp_depth: 6,
            stale_after_s: 0,
        };
        let header = |height| FixedBytes::from_slice(&serialize(&bitcoin.header_at(height)));
        let base = BitcoinBase { height: 0, headers: (0..=bitcoin.height()).map(header).collect() };
        light_client::initialise(&mut storage, &parameters, &base).unwrap();
        let covenant = members().map(|member| member.x_only());
        let params = stake_file::params(NetworkName::Devnet, &covenant).unwrap();
        ballast_system::staking::initialise(&mut storage, params.versions(), &[]).unwrap();
        let world = Self {
            bitcoin,
            state: RefCell::new(State { storage, pool: vec![], ends: vec![0] }),
            told: RefCell::default(),
            working: Cell::new(members().len()),
            life: Cell::new(usize::MAX),
            folder: TempDir::new().unwrap(),
        };
        let call = registration(&provider(), CHAIN_ID, owner(), 500, &[0; 32]);
        world.state().run(SystemContract::Staking.address(), &call, Mode::Ordinary).unwrap();
        world.block();
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
        stake_at(self, self, &self.bitcoin, &staker(), &self.order(), plan, &self.path())
    }

    /// A stake file that nobody has acted on.
    pub(crate) fn made(&self) -> JudgedStake {
        let order = Order { covenant: members().map(|member| member.x_only()).to_vec(), ..self.order() };
        let stake = order.open(&self.path(), &staker(), &self.bitcoin).unwrap();
        stake.file.write(&self.path()).unwrap();
        stake
    }

    pub(crate) fn state(&self) -> RefMut<'_, State> {
        self.state.borrow_mut()
    }

    pub(crate) fn view<C: SolCall>(&self, call: &C) -> C::Return {
        read(self, At::Latest, SystemContract::Staking, call).unwrap()
    }

    /// An ordinary transaction of the account.
    pub(crate) fn transact<C: SolCall>(&self, call: &C) -> Result<(), CallError> {
        self.state().run(SystemContract::Staking.address(), &call.abi_encode(), Mode::Ordinary).map(|_| ())
    }

    /// A block of the chain with the duties that wait.
    pub(crate) fn block(&self) {
        let mut state = self.state();
        for duty in std::mem::take(&mut state.pool) {
            // a duty that became invalid is left out
            let _ = state.run(duty.to, &duty.input, Mode::Duty);
        }
        let end = state.storage.logs().len();
        state.ends.push(end);
        state.storage.block.number += 1;
        ballast_system::staking::begin_block(&mut state.storage).unwrap();
    }

    /// A block on both chains, and one act of everybody who works by it.
    fn moves_on(&self) {
        self.bitcoin.mine();
        let header = serialize(&self.bitcoin.header_at(self.bitcoin.height()));
        light_client::submit(&mut self.state().storage, &header).unwrap();
        for registered in self.events::<IStaking::StakeRegistered>() {
            self.approve(&registered);
            self.prove(&registered);
        }
        self.block();
    }

    /// The first working member that has not approved does so.
    fn approve(&self, registered: &IStaking::StakeRegistered) {
        let stake = registered.stake;
        let approvals = self.view(&IStaking::stakeOfCall { stake }).approvals;
        let covenant = self.view(&IStaking::covenantOfCall { version: 0 }).members;
        let mut waiting = covenant.iter().take(self.working.get()).enumerate();
        let Some((_, key)) = waiting.find(|(place, _)| !approvals.bit(*place)) else { return };
        let member = members().into_iter().find(|member| member.x_only().serialize() == key.0).unwrap();
        let params = staking::params(self, 0).unwrap();
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
        let Some(height) = self.bitcoin.height_of(staking::txid(stake)) else { return };
        let block = self.bitcoin.block_at(height);
        let registration = registered.registration.clone();
        let call = crate::stake::proof::anchored(registration, &block, staking::txid(stake)).unwrap();
        let IStaking::registerAnchoredStakeCall { registration, blockHash, proof } = call;
        let transaction = registration.stakingTx;
        self.hand_in(&IStaking::proveStakeCall { stake, transaction, blockHash, proof });
    }

    fn hand_in<C: SolCall>(&self, call: &C) {
        // one that is too early is handed in again in the next block
        let _ = crate::stake::duty::hand_in(self, call);
    }

    pub(crate) fn events<E: SolEvent>(&self) -> Vec<E> {
        let state = self.state();
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
        self.bitcoin.is_known(&OutPoint::new(txid, 0))
    }

    fn lives(&self) {
        let life = self.life.get();
        assert!(life > 0, "killed");
        self.life.set(life - 1);
    }
}

impl State {
    fn run(&mut self, to: Address, input: &[u8], mode: Mode) -> Result<Bytes, CallError> {
        let contract = SystemContract::at(to).unwrap();
        let call = Call { caller: owner(), value: U256::ZERO, input, mode };
        let before = self.storage.snapshot();
        let done = dispatch(contract, &mut self.storage, &call);
        if done.is_err() {
            self.storage.revert(before);
        }
        done
    }
}

fn refused(method: &'static str, error: CallError) -> ChainError {
    let CallError::Revert(data) = error else { panic!("{error}") };
    ChainError::Refused { method, code: 3, message: "execution reverted".into(), data }
}

impl Chain for World {
    fn chain_id(&self) -> Result<u64, ChainError> {
        Ok(CHAIN_ID)
    }

    fn block_number(&self) -> Result<u64, ChainError> {
        Ok(self.state().storage.block.number - 1)
    }

    fn finalized(&self) -> Result<u64, ChainError> {
        self.block_number()
    }

    fn block_hash(&self, _: u64) -> Result<Option<B256>, ChainError> {
        panic!("a staker asks for no block")
    }

    fn call(&self, _: At, to: Address, input: Bytes) -> Result<Bytes, ChainError> {
        self.state().run(to, &input, Mode::Static).map_err(|error| refused("eth_call", error))
    }

    fn logs(
        &self,
        blocks: RangeInclusive<u64>,
        by: Address,
        event: B256,
    ) -> Result<Vec<ChainLog>, ChainError> {
        let state = self.state();
        let mut found = Vec::new();
        for (block, ends) in (1..).zip(state.ends.windows(2)).filter(|(block, _)| blocks.contains(block)) {
            let logs = state.storage.logs()[ends[0]..ends[1]].iter();
            let wanted = logs.filter(|(contract, log)| *contract == by && log.topics()[0] == event);
            found.extend(wanted.map(|(_, log)| ChainLog { block, data: log.clone() }));
        }
        Ok(found)
    }

    fn watched_deposits(&self, _: u64) -> Result<Vec<WatchedDeposit>, ChainError> {
        panic!("a staker deposits nothing")
    }

    fn send(&self, transaction: Bytes) -> Result<B256, ChainError> {
        let duty = Duty::decode_exact(&transaction).unwrap();
        let mut state = self.state();
        let before = state.storage.snapshot();
        let simulated = state.run(duty.to, &duty.input, Mode::Duty);
        state.storage.revert(before);
        simulated.map_err(|error| refused("eth_sendRawTransaction", error))?;
        let hash = duty.hash();
        if state.pool.iter().any(|waiting| waiting.hash() == hash) {
            let (method, message) = ("eth_sendRawTransaction", "already known".into());
            return Err(ChainError::Refused { method, code: -32000, message, data: Bytes::new() });
        }
        state.pool.push(duty);
        Ok(hash)
    }
}

impl Desk for World {
    fn owner(&self) -> Address {
        owner()
    }

    fn register(&self, call: &IStaking::registerStakeCall) -> Result<()> {
        self.transact(call).map_err(|error| refused("eth_estimateGas", error))?;
        self.block();
        Ok(())
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
