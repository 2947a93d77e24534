//! What clients send: signed transactions, a contract, duties.

use alloy_consensus::{SignableTransaction, Signed, TxEip1559, TxEnvelope};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, bytes};
use alloy_sol_types::SolCall;
use ballast_types::{Duty, SystemContract, interfaces::ILightClient};
use bitcoin::{
    TxMerkleNode,
    block::{Header, Version},
    consensus::serialize,
    constants::genesis_block,
    hashes::Hash as _,
};
use k256::ecdsa::SigningKey;

/// Chain id of the devnet.
pub(crate) const CHAIN_ID: u64 = 840_099;

/// Creates a contract that, called without data, writes the value to slot 0 and logs it with the caller as topic;
/// called with data, it reverts with that data.
pub(crate) const CREATE_ECHO: Bytes = bytes!(
    "601e80600b6000396000f3"       // copy the rest and return it
    "3660135734600055"             // if there is data, go to 0x13; else slot 0 = value
    "346000523360206000a100"      // log 32 bytes, the value, with the caller as topic; stop
    "5b366000600037366000fd"      // 0x13: revert with the data
);

pub(crate) struct Wallet {
    key: SigningKey,
    pub(crate) address: Address,
}

pub(crate) fn alice() -> Wallet {
    Wallet::new(0xa1)
}

pub(crate) fn bob() -> Wallet {
    Wallet::new(0xb0)
}

/// A payment of nothing to the zero address.
pub(crate) fn payment(nonce: u64) -> TxEip1559 {
    TxEip1559 {
        chain_id: CHAIN_ID,
        nonce,
        gas_limit: 21_000,
        max_fee_per_gas: 2_000_000,
        max_priority_fee_per_gas: 1_000,
        to: TxKind::Call(Address::ZERO),
        ..Default::default()
    }
}

/// A call of `to` that sends `value`.
pub(crate) fn paying(nonce: u64, to: Address, value: u64) -> TxEip1559 {
    TxEip1559 { to: TxKind::Call(to), value: U256::from(value), gas_limit: 100_000, ..payment(nonce) }
}

/// The creation of the echo contract.
pub(crate) fn creation(nonce: u64) -> TxEip1559 {
    TxEip1559 { to: TxKind::Create, input: CREATE_ECHO, gas_limit: 200_000, ..payment(nonce) }
}

impl Wallet {
    fn new(seed: u8) -> Self {
        let key = SigningKey::from_slice(&[seed; 32]).unwrap();
        let point = key.verifying_key().to_encoded_point(false);
        Self { key, address: Address::from_raw_public_key(&point.as_bytes()[1..]) }
    }

    /// The encoding of `tx`, signed.
    pub(crate) fn sign<T: SignableTransaction<Signature>>(&self, tx: T) -> Bytes
    where
        TxEnvelope: From<Signed<T>>,
    {
        let signed = self.key.sign_prehash_recoverable(tx.signature_hash().as_slice()).unwrap();
        let envelope = TxEnvelope::from(tx.into_signed(Signature::from(signed)));
        envelope.encoded_2718().into()
    }
}

/// The duty that submits `count` headers on top of Bitcoin's first; `salt` makes siblings differ.
pub(crate) fn headers(count: usize, salt: u8) -> Bytes {
    let mut last: Header = genesis_block(bitcoin::Network::Regtest).header;
    let mut raw = Vec::new();
    for _ in 0..count {
        last.prev_blockhash = last.block_hash();
        last.merkle_root = TxMerkleNode::from_byte_array([salt; 32]);
        last.time += 1;
        last.version = Version::from_consensus(4);
        while !last.target().is_met_by(last.block_hash()) {
            last.nonce += 1;
        }
        raw.extend(serialize(&last));
    }
    duty(ILightClient::submitHeadersCall { headers: raw.into() }.abi_encode().into())
}

/// A duty of the light client.
pub(crate) fn duty(input: Bytes) -> Bytes {
    Duty { chain_id: CHAIN_ID, to: SystemContract::LightClient.address(), input }.encoded().into()
}

/// The topic that stands for an address.
pub(crate) fn topic(address: Address) -> B256 {
    address.into_word()
}
