//! A regtest chain, a devnet's parameters and honest participants, for tests to start from and to spoil.

use alloy_primitives::{Address, B256, Bytes};
use alloy_sol_types::SolCall;
use ballast_bitcoin_light::{CoinbaseProof, InclusionProof, MerkleBranch};
use ballast_bitcoin_staking::{ParamsSet, networks};
use ballast_schnorr::{
    SigningKey, bip340,
    message::{self, Role},
};
use ballast_types::{SystemContract, interfaces::IStaking};
use bitcoin::{Block, Network, Transaction, block::Header, consensus::serialize, constants::genesis_block};

use super::{
    super::{
        begin_block, initialise, provider, settle,
        store::{self, Exit, OWNER, RECORD, Record, STAKED_ON, word},
    },
    staked::{Staked, coin},
};
use crate::{
    contract::{Access, Call, CallError, Mode, access, dispatch},
    light_client,
    memory::Memory,
    mining,
};

pub(crate) const PROVIDER: u8 = 2;
pub(crate) const STAKER: u8 = 1;
pub(crate) const COVENANT: [u8; 3] = [11, 12, 13];
pub(super) const NO_AUX: [u8; 32] = [0; 32];

pub(crate) fn secret(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32]).unwrap()
}

pub(crate) fn key_word(number: u8) -> B256 {
    secret(number).x_only().serialize().into()
}

pub(crate) fn owner(number: u8) -> Address {
    Address::repeat_byte(number)
}

pub(crate) fn params() -> ParamsSet {
    networks::devnet(&COVENANT.map(|number| secret(number).x_only())).unwrap()
}

pub(crate) fn possession(number: u8, owner: Address, role: Role) -> Bytes {
    let message = message::possession(840_099, &owner, role);
    bip340::sign(&secret(number), &bip340::digest(&message), &NO_AUX).serialize().to_vec().into()
}

/// The storage and the chain of headers that it follows.
pub(crate) struct World {
    pub(crate) storage: Memory,
    pub(crate) blocks: Vec<Block>,
    coins: u32,
    forks: u32,
}

impl World {
    /// A light client at regtest's genesis, the devnet's parameters, and one provider.
    pub(crate) fn new() -> Self {
        let mut world = Self::bare();
        world.register_provider(PROVIDER).unwrap();
        world
    }

    pub(crate) fn bare() -> Self {
        let mut storage = mining::light_client(10);
        initialise(&mut storage, params().versions(), &[]).unwrap();
        let genesis = genesis_block(Network::Regtest);
        Self { storage, blocks: vec![genesis], coins: 0, forks: 0 }
    }

    pub(crate) fn register_provider(&mut self, number: u8) -> Result<(), CallError> {
        let provider = key_word(number);
        let possession = possession(number, owner(number), Role::Provider);
        let call = IStaking::registerProviderCall { provider, possession, commission: 500 };
        self.call_from(owner(number), call).map(|_| ())
    }

    pub(crate) fn tip(&self) -> Header {
        self.blocks.last().unwrap().header
    }

    pub(crate) fn height(&self) -> u32 {
        self.blocks.len() as u32 - 1
    }

    /// A block with `transactions` after its coinbase, and its header in the light client.
    pub(crate) fn mine(&mut self, transactions: &[&Transaction]) -> usize {
        let block = build(&self.tip(), transactions, 0);
        self.take(&[block]);
        self.blocks.len() - 1
    }

    pub(crate) fn mine_empty(&mut self, count: usize) {
        for _ in 0..count {
            self.mine(&[]);
        }
    }

    /// Replaces the last `depth` blocks by one more, all empty but the first, which has `transactions`.
    pub(crate) fn reorganise(&mut self, depth: usize, transactions: &[&Transaction]) {
        self.forks += 1;
        self.blocks.truncate(self.blocks.len() - depth);
        let mut parent = self.tip();
        let mut fork = Vec::new();
        for index in 0..=depth {
            let block = build(&parent, if index == 0 { transactions } else { &[] }, self.forks);
            parent = block.header;
            fork.push(block);
        }
        self.take(&fork);
    }

    /// Replaces what is above `height` by `blocks` that were on the chain before, and one more.
    pub(crate) fn restore(&mut self, blocks: &[Block], height: usize) {
        self.blocks.truncate(height + 1);
        let mut fork = blocks[height + 1..].to_vec();
        while self.blocks.len() + fork.len() <= blocks.len() + 2 {
            fork.push(build(&fork.last().unwrap().header, &[], 0));
        }
        self.take(&fork);
    }

    fn take(&mut self, blocks: &[Block]) {
        let headers: Vec<Header> = blocks.iter().map(|block| block.header).collect();
        self.storage.block.timestamp = u64::from(headers.last().unwrap().time) + 10;
        light_client::submit(&mut self.storage, &mining::bytes(&headers)).unwrap();
        self.blocks.extend_from_slice(blocks);
        self.next_block();
    }

    pub(crate) fn next_block(&mut self) {
        self.storage.block.number += 1;
        begin_block(&mut self.storage).unwrap();
    }

    /// The proof of the transaction at `index` of the block at `height`.
    pub(crate) fn proof(&self, height: usize, index: usize) -> (B256, IStaking::InclusionProof) {
        let block = &self.blocks[height];
        let InclusionProof { branch, coinbase: CoinbaseProof { sha256, branch: path } } =
            InclusionProof::from_block(block, index).unwrap();
        let words = |branch: &MerkleBranch| branch.siblings().iter().copied().map(word).collect();
        let proof = IStaking::InclusionProof {
            index: branch.index(),
            branch: words(&branch),
            coinbase: word(sha256),
            coinbaseBranch: words(&path),
        };
        (word(block.block_hash()), proof)
    }

    /// Calls as the function wants to be called: a duty as a duty, a view statically.
    pub(crate) fn call<C: SolCall>(&mut self, call: C) -> Result<C::Return, CallError> {
        self.call_from(Address::ZERO, call)
    }

    pub(crate) fn call_from<C: SolCall>(&mut self, caller: Address, call: C) -> Result<C::Return, CallError> {
        run(&mut self.storage, SystemContract::Staking, caller, call)
    }

    pub(crate) fn status(&mut self, stake: B256) -> IStaking::Status {
        self.call(IStaking::statusCall { stake }).unwrap()
    }

    pub(crate) fn power(&mut self, number: u8) -> u64 {
        self.call(IStaking::providerOfCall { provider: key_word(number) }).unwrap().power
    }

    /// A new stake, not registered yet.
    pub(crate) fn stake(&mut self, staker: u8, provider: u8, sats: u64) -> Staked {
        self.coins += 1;
        Staked::new(staker, provider, sats, self.coins)
    }

    pub(crate) fn register(&mut self, staked: &Staked) -> Result<(), CallError> {
        let registration = staked.registration.clone();
        self.call(IStaking::registerStakeCall { registration }).map(|_| ())
    }

    pub(crate) fn approve(&mut self, staked: &Staked, member: u8) -> Result<(), CallError> {
        self.call(staked.approval(member)).map(|_| ())
    }

    pub(crate) fn prove(&mut self, staked: &Staked, height: usize) -> Result<(), CallError> {
        let (hash, proof) = self.proof(height, 1);
        let transaction = serialize(&self.blocks[height].txdata[1]).into();
        let call = IStaking::proveStakeCall { stake: staked.id, transaction, blockHash: hash, proof };
        self.call(call).map(|_| ())
    }

    pub(crate) fn prove_spend(&mut self, staked: &Staked, height: usize) -> Result<(), CallError> {
        self.call(self.spend(staked, height)).map(|_| ())
    }

    pub(crate) fn spend(&self, staked: &Staked, height: usize) -> IStaking::proveSpendCall {
        let (hash, proof) = self.proof(height, 1);
        let transaction = &self.blocks[height].txdata[1];
        let prevouts = transaction.input.iter().map(|_| serialize(&coin(0).output).into()).collect();
        let transaction = serialize(transaction).into();
        IStaking::proveSpendCall { stake: staked.id, transaction, prevouts, blockHash: hash, proof }
    }

    /// A stake that counts: registered, approved by a quorum, k deep.
    pub(crate) fn active(&mut self, staker: u8, provider: u8, sats: u64) -> (Staked, usize) {
        let staked = self.stake(staker, provider, sats);
        self.register(&staked).unwrap();
        self.approve(&staked, COVENANT[0]).unwrap();
        self.approve(&staked, COVENANT[1]).unwrap();
        let height = self.mine(&[&staked.facts.staking_tx]);
        self.mine_empty(2);
        self.prove(&staked, height).unwrap();
        (staked, height)
    }
}

/// Gives a provider power that no stake backs, for tests of what power does.
pub(crate) fn set_power(storage: &mut Memory, number: u8, sats: u64) {
    provider::set_power(storage, key_word(number), sats).unwrap();
}

/// Writes a stake that nothing on Bitcoin backs, for tests of what counting does.
pub(crate) fn write_stake(storage: &mut Memory, stake: B256, owner: Address, provider: B256, sats: u64) {
    let record = Record {
        value: sats,
        version: 0,
        output_index: 0,
        floor: 0,
        staking_time: 200,
        exit: Exit::None,
        counts: false,
    };
    RECORD.at(&stake).store(storage, &Some(record)).unwrap();
    STAKED_ON.at(&stake).store(storage, &provider).unwrap();
    OWNER.at(&stake).store(storage, &owner).unwrap();
}

/// Lets a stake count or not, whatever its facts are; nothing happens when that is so already.
pub(crate) fn count(storage: &mut Memory, stake: B256, counts: bool) {
    let record = RECORD.at(&stake).load(storage).unwrap().unwrap();
    if record.counts != counts {
        settle::count(storage, &stake, Record { counts, ..record }).unwrap();
    }
}

/// Makes a provider, or gives it another commission, in basis points.
pub(crate) fn write_provider(storage: &mut Memory, number: u8, commission: u16) {
    let provider = provider::Provider { owner: owner(number), commission, removed: false };
    store::PROVIDER.at(&key_word(number)).store(storage, &Some(provider)).unwrap();
}

/// Runs one call as a transaction would: what a refused one wrote is undone.
pub(crate) fn run<C: SolCall>(
    storage: &mut Memory,
    contract: SystemContract,
    caller: Address,
    call: C,
) -> Result<C::Return, CallError> {
    let mode = match access(contract, C::SELECTOR).unwrap() {
        Access::Duty(_) => Mode::Duty,
        Access::View => Mode::Static,
        Access::Write | Access::Payable => Mode::Ordinary,
    };
    let before = storage.snapshot();
    storage.is_static = mode == Mode::Static;
    let input = call.abi_encode();
    let call = Call { caller, value: alloy_primitives::U256::ZERO, input: &input, mode };
    let returned = dispatch(contract, storage, &call);
    storage.is_static = false;
    if returned.is_err() {
        storage.revert(before);
    }
    Ok(C::abi_decode_returns_validate(&returned?).unwrap())
}

/// A child of `parent`; `fork` seconds tell siblings apart.
fn build(parent: &Header, transactions: &[&Transaction], fork: u32) -> Block {
    let coinbase = genesis_block(Network::Regtest).txdata[0].clone();
    let time = parent.time + mining::SPACING + fork;
    let header = mining::mine(parent, time, mining::REGTEST_BITS, 0);
    let txdata: Vec<Transaction> =
        std::iter::once(coinbase).chain(transactions.iter().map(|tx| (*tx).clone())).collect();
    let mut block = Block { header, txdata };
    if block.txdata.len() > 1 {
        block.header.merkle_root = block.compute_merkle_root().unwrap();
        mining::solve(&mut block.header);
    }
    block
}
