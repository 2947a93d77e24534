//! Providers and their power on a chain for tests, and one chain for several roles.

use std::{ops::RangeInclusive, sync::Arc};

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use ballast_system::{CallError, Mode, begin_block, finality, light_client, staking, testing};
use ballast_types::{SystemContract, genesis::GenesisProvider, parameters::FinalityParameters};
use bitcoin::{
    block::{Header, Version},
    consensus::serialize,
};

use super::{FakeChain, hash_of};
use crate::chain::{At, Chain, ChainError, ChainLog, WatchedDeposit};

impl FakeChain {
    /// Gives the chain, at its first block, the rules of finality and providers with power, in sats.
    pub fn found(&self, rules: &FinalityParameters, providers: &[(GenesisProvider, u64)]) {
        let storage = &mut self.state().storage;
        let genesis: Vec<_> = providers.iter().map(|(provider, _)| *provider).collect();
        staking::initialise(storage, &[], &genesis).unwrap();
        finality::initialise(storage, rules, &genesis).unwrap();
        for (provider, sats) in providers {
            testing::set_power(storage, provider.key, *sats).unwrap();
        }
        begin_block(storage).unwrap();
    }

    /// Gives a provider power, in sats, that no stake backs.
    pub fn set_power(&self, provider: B256, sats: u64) {
        testing::set_power(&mut self.state().storage, provider, sats).unwrap();
    }

    /// What a contract says to an ordinary transaction of `caller`.
    pub fn transact(
        &self,
        caller: Address,
        contract: SystemContract,
        input: &[u8],
    ) -> Result<Bytes, CallError> {
        self.state().run(caller, U256::ZERO, contract.address(), input, Mode::Ordinary)
    }

    /// Calls a view and decodes what it returns.
    pub fn view<C: SolCall>(&self, contract: SystemContract, call: &C) -> C::Return {
        crate::chain::read(self, At::Latest, contract, call).unwrap()
    }

    /// `count` Bitcoin headers on top of the light client's.
    pub fn bitcoin(&self, count: usize) {
        let storage = &mut self.state().storage;
        for _ in 0..count {
            let parent = light_client::tip(storage).unwrap().header;
            let (version, time) = (Version::from_consensus(4), parent.time + 600);
            let mut header = Header { version, prev_blockhash: parent.block_hash(), time, ..parent };
            while !header.target().is_met_by(header.block_hash()) {
                header.nonce += 1;
            }
            light_client::submit(storage, &serialize(&header)).unwrap();
        }
    }

    /// The hash of the block at `height`, made or not.
    pub fn hash(height: u64) -> B256 {
        hash_of(height)
    }
}

impl Chain for Arc<FakeChain> {
    fn chain_id(&self) -> Result<u64, ChainError> {
        self.as_ref().chain_id()
    }

    fn block_number(&self) -> Result<u64, ChainError> {
        self.as_ref().block_number()
    }

    fn finalized(&self) -> Result<u64, ChainError> {
        self.as_ref().finalized()
    }

    fn block_hash(&self, height: u64) -> Result<Option<B256>, ChainError> {
        self.as_ref().block_hash(height)
    }

    fn call(&self, at: At, to: Address, input: Bytes) -> Result<Bytes, ChainError> {
        self.as_ref().call(at, to, input)
    }

    fn logs(
        &self,
        blocks: RangeInclusive<u64>,
        contract: Address,
        event: B256,
    ) -> Result<Vec<ChainLog>, ChainError> {
        self.as_ref().logs(blocks, contract, event)
    }

    fn send(&self, transaction: Bytes) -> Result<B256, ChainError> {
        self.as_ref().send(transaction)
    }

    fn watched_deposits(&self, after: u64) -> Result<Vec<WatchedDeposit>, ChainError> {
        self.as_ref().watched_deposits(after)
    }
}
