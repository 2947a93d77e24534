//! A chain for tests of roles: the real system contracts over a hash map, a mempool of duties, and no consensus.

#![allow(
    missing_docs,
    clippy::missing_errors_doc,
    clippy::new_without_default,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what tests of several crates share is a test"
)]

use std::{
    io,
    ops::RangeInclusive,
    sync::{Mutex, MutexGuard},
};

use ::bitcoin::{BlockHash, Network, block::Header, consensus::serialize};
use alloy_primitives::{Address, B256, Bytes, FixedBytes, U256};
use alloy_sol_types::SolCall;
use ballast_system::{
    BlockEnv, Call, CallError, Mode, Storage, begin_block, dispatch,
    duty::classify,
    finality::{self, snapshot},
    light_client,
    memory::Memory,
};
use ballast_types::{
    Duty, SystemContract, genesis::BitcoinBase, interfaces::ILightClient, parameters::BitcoinParameters,
};

use crate::{
    chain::{At, Chain, ChainError, ChainLog, WatchedDeposit},
    refused_votes::RefusedVote,
};

pub mod bitcoin;
pub mod custody;
mod providers;
pub mod stakes;

pub const CHAIN_ID: u64 = 840_099;

/// The system contracts over a hash map, and a mempool of duties. The light client is initialised, and what
/// [`FakeChain::set_up`] adds.
pub struct FakeChain(Mutex<ChainState>);

pub struct ChainState {
    pub storage: Memory,
    pub pool: Vec<Duty>,
    /// The most headers that a block's budget carries.
    pub budget: usize,
    pub up: bool,
    /// The deposit addresses that somebody asked to be watched.
    pub watched: Vec<WatchedDeposit>,
    /// Votes that the node refused and keeps.
    pub refused: Vec<RefusedVote>,
    /// The number of logs after each block, from block 0 on.
    ends: Vec<usize>,
}

impl FakeChain {
    /// A chain whose light client is never stale: block time is far beyond Bitcoin's here.
    pub fn new(base: Header) -> Self {
        let timestamp = u64::from(u32::MAX);
        let mut storage = Memory::new(BlockEnv { number: 1, timestamp, chain_id: CHAIN_ID });
        let parameters = BitcoinParameters {
            network: Network::Regtest,
            confirmation_depth: 3,
            timestamp_depth: 6,
            stale_after_s: 0,
        };
        let base = BitcoinBase { height: 0, headers: vec![FixedBytes::from_slice(&serialize(&base))] };
        light_client::initialise(&mut storage, &parameters, &base).unwrap();
        let (pool, watched, refused, ends) = (vec![], vec![], vec![], vec![0]);
        Self(Mutex::new(ChainState { storage, pool, budget: usize::MAX, up: true, watched, refused, ends }))
    }

    /// Initialises more contracts in block 1.
    pub fn set_up(&self, initialise: impl FnOnce(&mut Memory)) {
        initialise(&mut self.state().storage);
    }

    /// Runs an ordinary transaction of `caller` that sends `value`, in the block that is being made.
    pub fn pay<C: SolCall>(
        &self,
        caller: Address,
        value: U256,
        contract: SystemContract,
        call: &C,
    ) -> C::Return {
        let mut state = self.state();
        if !value.is_zero() {
            state.storage.transfer(caller, contract.address(), value).unwrap();
        }
        let returned =
            state.run(caller, value, contract.address(), &call.abi_encode(), Mode::Ordinary).unwrap();
        C::abi_decode_returns_validate(&returned).unwrap()
    }

    pub fn state(&self) -> MutexGuard<'_, ChainState> {
        self.0.lock().unwrap()
    }

    fn running(&self) -> Result<MutexGuard<'_, ChainState>, ChainError> {
        let state = self.state();
        if state.up {
            Ok(state)
        } else {
            Err(ChainError::Unreachable {
                url: "chain".into(),
                source: io::ErrorKind::ConnectionRefused.into(),
            })
        }
    }

    /// Makes a block of the duties that wait.
    pub fn block(&self) {
        let mut state = self.state();
        for duty in std::mem::take(&mut state.pool) {
            // a duty that became invalid is left out
            let _ = state.run(Address::ZERO, U256::ZERO, duty.to, &duty.input, Mode::Duty);
        }
        let end = state.storage.logs().len();
        state.ends.push(end);
        state.begin_next();
    }

    pub fn tip(&self) -> BlockHash {
        light_client::tip(&mut self.state().storage).unwrap().hash()
    }
}

/// The hash of the block of a height.
pub fn hash_of(height: u64) -> B256 {
    U256::from(height).into()
}

/// A call that a contract has refused, as a node says it.
pub fn reverted(method: &'static str, error: CallError) -> ChainError {
    let CallError::Revert(data) = error else { panic!("{error}") };
    ChainError::Refused { method, code: 3, message: "execution reverted".into(), data }
}

impl ChainState {
    /// Ends the block in the making and begins the next one, as the chain does.
    fn begin_next(&mut self) {
        let parent = self.storage.block.number;
        let slot = U256::from(parent % snapshot::HISTORY_BLOCKS);
        self.storage.store(snapshot::HISTORY, slot, hash_of(parent).into()).unwrap();
        self.storage.block.number += 1;
        begin_block(&mut self.storage).unwrap();
    }

    fn run(
        &mut self,
        caller: Address,
        value: U256,
        to: Address,
        input: &[u8],
        mode: Mode,
    ) -> Result<Bytes, CallError> {
        let contract = SystemContract::at(to).unwrap();
        let call = Call { caller, value, input, mode };
        if mode == Mode::Static {
            self.storage.is_static = true;
            let done = dispatch(contract, &mut self.storage, &call);
            self.storage.is_static = false;
            return done;
        }
        let before = self.storage.snapshot();
        let done = dispatch(contract, &mut self.storage, &call);
        if done.is_err() {
            self.storage.revert(before);
        }
        done
    }

    fn admit(&mut self, duty: &Duty) -> Result<(), (String, Bytes)> {
        let key = classify(duty.to, &duty.input).map_err(|error| (error.to_string(), Bytes::new()))?;
        if self.pool.iter().any(|other| classify(other.to, &other.input) == Ok(key)) {
            return Err(("a duty already proves this".into(), Bytes::new()));
        }
        let headers = ILightClient::submitHeadersCall::abi_decode(&duty.input);
        if headers.is_ok_and(|call| call.headers.len() / 80 > self.budget) {
            return Err(("out of gas".into(), Bytes::new()));
        }
        let before = self.storage.snapshot();
        let simulated = self.run(Address::ZERO, U256::ZERO, duty.to, &duty.input, Mode::Duty);
        self.storage.revert(before);
        match simulated {
            Err(CallError::Revert(data)) => Err(("execution reverted".into(), data)),
            Err(CallError::Storage(error)) => Err((error.to_string(), Bytes::new())),
            Ok(_) => Ok(()),
        }
    }
}

impl Chain for FakeChain {
    fn chain_id(&self) -> Result<u64, ChainError> {
        self.running().map(|_| CHAIN_ID)
    }

    fn block_number(&self) -> Result<u64, ChainError> {
        self.running().map(|state| state.storage.block.number - 1)
    }

    fn finalized(&self) -> Result<u64, ChainError> {
        Ok(finality::finalized(&mut self.running()?.storage).unwrap())
    }

    fn block_hash(&self, height: u64) -> Result<Option<B256>, ChainError> {
        let latest = self.block_number()?;
        Ok((height <= latest).then(|| hash_of(height)))
    }

    /// There is no history: every call reads the latest state.
    fn call(&self, _: At, to: Address, input: Bytes) -> Result<Bytes, ChainError> {
        let mut state = self.running()?;
        let before = state.storage.snapshot();
        let called = state.run(Address::ZERO, U256::ZERO, to, &input, Mode::Ordinary);
        state.storage.revert(before);
        called.map_err(|error| reverted("eth_call", error))
    }

    fn logs(
        &self,
        blocks: RangeInclusive<u64>,
        contract: Address,
        event: B256,
    ) -> Result<Vec<ChainLog>, ChainError> {
        let state = self.running()?;
        let mut found = Vec::new();
        for (block, pair) in (1..).zip(state.ends.windows(2)) {
            let logs = &state.storage.logs()[pair[0]..pair[1]];
            let wanted =
                logs.iter().filter(|(by, log)| *by == contract && log.topics().first() == Some(&event));
            if blocks.contains(&block) {
                found.extend(wanted.map(|(_, log)| ChainLog { block, data: log.clone() }));
            }
        }
        Ok(found)
    }

    fn send(&self, transaction: Bytes) -> Result<B256, ChainError> {
        let mut state = self.running()?;
        let duty = Duty::decode_exact(&transaction).unwrap();
        assert_eq!(duty.chain_id, CHAIN_ID);
        state.admit(&duty).map_err(|(message, data)| ChainError::Refused {
            method: "eth_sendRawTransaction",
            code: -32000,
            message,
            data,
        })?;
        let hash = duty.hash();
        state.pool.push(duty);
        Ok(hash)
    }

    /// Two at a time.
    fn watched_deposits(&self, after: u64) -> Result<Vec<WatchedDeposit>, ChainError> {
        let state = self.running()?;
        Ok(state.watched.iter().filter(|deposit| deposit.number > after).take(2).cloned().collect())
    }
}
