//! A devnet with funded accounts that sign, for the tests of this crate.

#![allow(dead_code, reason = "each test binary uses a part")]

use std::{collections::BTreeMap, net::SocketAddr, path::Path};

use alloy_consensus::{SignableTransaction as _, TxEip1559, TxEnvelope};
use alloy_eips::eip2718::Encodable2718 as _;
use alloy_primitives::{Address, B256, FixedBytes, Signature, TxKind, U256};
use alloy_sol_types::SolCall as _;
use ballast_node::{Config, ValidatorSecrets, mempool::Limits};
use ballast_types::{
    Duty, Genesis, Network, Parameters, SystemContract, genesis::BitcoinBase, interfaces::ILightClient,
};
use bitcoin::{
    block::{Header as BitcoinHeader, Version},
    consensus::serialize,
    constants::genesis_block,
};
use k256::ecdsa::SigningKey;

/// 1 pBTC in wei.
pub(crate) const PBTC: u128 = 1_000_000_000_000_000_000;

/// The keys of validator `number`.
pub(crate) fn validator(number: u8) -> ValidatorSecrets {
    ValidatorSecrets::from_seed(&[number; 32])
}

/// A devnet of `validators` validators that begins at `timestamp_ms`, where every [`wallet`] below 32 has 1,000 pBTC.
pub(crate) fn genesis(validators: u8, timestamp_ms: u64, block_time_ms: u64, epoch_blocks: u64) -> Genesis {
    let mut parameters = Parameters::of(Network::Devnet);
    parameters.chain.block_time_ms = block_time_ms;
    parameters.chain.epoch_blocks = epoch_blocks;
    let chain_id = parameters.chain.chain_id;
    let mut validators: Vec<_> =
        (0..validators).map(|number| validator(number).genesis_entry(chain_id)).collect();
    validators.sort_by_key(|validator| validator.keys.ed25519);
    let base = FixedBytes::from_slice(&serialize(&bitcoin_base(timestamp_ms)));
    let bitcoin = BitcoinBase { height: 0, headers: vec![base] };
    let funds = U256::from(1_000 * PBTC);
    let alloc: BTreeMap<_, _> = (0..32).map(|number| (wallet(number).address, funds)).collect();
    let genesis = Genesis { timestamp_ms, parameters, validators, bitcoin, providers: Vec::new(), alloc };
    genesis.check().expect("the fixture is a valid genesis");
    genesis
}

/// The first header of a regtest that begins with the chain.
pub(crate) fn bitcoin_base(timestamp_ms: u64) -> BitcoinHeader {
    let mut header = genesis_block(bitcoin::Network::Regtest).header;
    header.time = u32::try_from(timestamp_ms / 1_000).expect("a time before 2106");
    header.version = Version::NO_SOFT_FORK_SIGNALLING;
    solve(header)
}

/// The header after `parent`, a second later.
pub(crate) fn mine(parent: &BitcoinHeader) -> BitcoinHeader {
    solve(BitcoinHeader { prev_blockhash: parent.block_hash(), time: parent.time + 1, ..*parent })
}

fn solve(mut header: BitcoinHeader) -> BitcoinHeader {
    while !header.target().is_met_by(header.block_hash()) {
        header.nonce += 1;
    }
    header
}

/// The duty that carries one header.
pub(crate) fn header_duty(header: &BitcoinHeader) -> Duty {
    let input = ILightClient::submitHeadersCall { headers: serialize(header).into() }.abi_encode().into();
    Duty { chain_id: 840_099, to: SystemContract::LightClient.address(), input }
}

/// A single validator on a free port that keeps its data in `data_dir`.
pub(crate) fn config(data_dir: &Path, genesis: &Genesis) -> Config {
    Config {
        data_dir: data_dir.to_owned(),
        genesis: genesis.clone(),
        secrets: validator(0),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        peers: Vec::new(),
        worker_threads: 1,
        mempool: Limits::default(),
    }
}

/// An account with a key.
pub(crate) struct Wallet {
    key: SigningKey,
    pub(crate) address: Address,
}

/// Account `number`.
pub(crate) fn wallet(number: u8) -> Wallet {
    let key = SigningKey::from_slice(&[number + 1; 32]).expect("small scalars are keys");
    let point = key.verifying_key().to_encoded_point(false);
    let address = Address::from_raw_public_key(&point.as_bytes()[1..]);
    Wallet { key, address }
}

impl Wallet {
    /// Signs a transaction.
    pub(crate) fn sign(&self, tx: TxEip1559) -> TxEnvelope {
        let (signature, recovery) =
            self.key.sign_prehash_recoverable(tx.signature_hash().as_slice()).expect("a hash can be signed");
        let (r, s) = signature.split_bytes();
        let (r, s) = (B256::from_slice(&r), B256::from_slice(&s));
        tx.into_signed(Signature::from_scalars_and_parity(r, s, recovery.is_y_odd())).into()
    }

    /// A transfer of `value` wei to `to`, with a tip in wei per gas.
    pub(crate) fn transfer(&self, nonce: u64, to: Address, value: u128, tip: u128) -> TxEnvelope {
        self.sign(TxEip1559 {
            chain_id: 840_099,
            nonce,
            gas_limit: 21_000,
            max_fee_per_gas: 10_000_000 + tip,
            max_priority_fee_per_gas: tip,
            to: TxKind::Call(to),
            value: U256::from(value),
            ..Default::default()
        })
    }
}

/// The bytes that a client submits.
pub(crate) fn raw(envelope: &TxEnvelope) -> Vec<u8> {
    envelope.encoded_2718()
}
