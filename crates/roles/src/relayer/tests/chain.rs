//! A chain that has the real light client, a mempool, and nothing else.

use std::{
    io,
    sync::{Mutex, MutexGuard},
};

use alloy_primitives::{Address, B256, Bytes, FixedBytes, U256};
use alloy_sol_types::SolCall;
use ballast_system::{
    BlockEnv, Call, CallError, Mode, dispatch, duty::classify, light_client, memory::Memory,
};
use ballast_types::{
    Duty, SystemContract, genesis::BitcoinBase, interfaces::ILightClient, parameters::BitcoinParameters,
};
use bitcoin::{BlockHash, Network, block::Header, consensus::serialize};

use crate::chain::{Chain, ChainError};

const CHAIN_ID: u64 = 840_099;

/// The light client over a hash map, and a mempool of duties.
pub(super) struct FakeChain(Mutex<ChainState>);

pub(super) struct ChainState {
    pub(super) storage: Memory,
    pub(super) pool: Vec<Duty>,
    /// The most headers that a block's budget carries.
    pub(super) budget: usize,
    pub(super) up: bool,
}

impl FakeChain {
    pub(super) fn new(base: Header) -> Self {
        let timestamp = u64::from(u32::MAX);
        let mut storage = Memory::new(BlockEnv { number: 1, timestamp, chain_id: CHAIN_ID });
        let parameters = BitcoinParameters {
            network: Network::Regtest,
            confirmation_depth: 3,
            timestamp_depth: 6,
            stale_after_s: 60,
        };
        let base = BitcoinBase { height: 0, headers: vec![FixedBytes::from_slice(&serialize(&base))] };
        light_client::initialise(&mut storage, &parameters, &base).unwrap();
        Self(Mutex::new(ChainState { storage, pool: vec![], budget: usize::MAX, up: true }))
    }

    pub(super) fn state(&self) -> MutexGuard<'_, ChainState> {
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
    pub(super) fn block(&self) {
        let mut state = self.state();
        for duty in std::mem::take(&mut state.pool) {
            // a duty that became invalid is left out
            let _ = state.run(&duty.input, Mode::Duty);
        }
    }

    pub(super) fn tip(&self) -> BlockHash {
        light_client::tip(&mut self.state().storage).unwrap().hash()
    }
}

impl ChainState {
    fn run(&mut self, input: &[u8], mode: Mode) -> Result<Bytes, CallError> {
        let call = Call { caller: Address::ZERO, value: U256::ZERO, input, mode };
        let before = self.storage.snapshot();
        let done = dispatch(SystemContract::LightClient, &mut self.storage, &call);
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
        let headers = ILightClient::submitHeadersCall::abi_decode(&duty.input).unwrap().headers.len() / 80;
        if headers > self.budget {
            return Err(("out of gas".into(), Bytes::new()));
        }
        let before = self.storage.snapshot();
        let simulated = self.run(&duty.input, Mode::Duty);
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
        self.running().map(|state| state.storage.block.number)
    }

    fn call(&self, to: Address, input: Bytes) -> Result<Bytes, ChainError> {
        assert_eq!(to, SystemContract::LightClient.address());
        self.running()?.run(&input, Mode::Static).map_err(|error| {
            let CallError::Revert(data) = error else { panic!("{error}") };
            ChainError::Refused { method: "eth_call", code: 3, message: "execution reverted".into(), data }
        })
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
}
