//! The Ballast node that a command asks, and ordinary transactions to it.

use alloy_consensus::{SignableTransaction, TxEip1559, TxEnvelope};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U64, U128, U256, keccak256};
use alloy_sol_types::{SolCall, SolError};
use anyhow::{Result, ensure};
use ballast_roles::chain::{At, read};
use ballast_roles::{Chain, ChainError, HttpChain};
use ballast_schnorr::SigningKey;
use ballast_types::{SystemContract, interfaces};
use bitcoin::secp256k1::{Message, SECP256K1};
use clap::Args;
use serde::Deserialize;
use serde_json::json;

/// How often a waiting command looks.
pub(crate) const LOOK: std::time::Duration = std::time::Duration::from_millis(200);

/// The Ballast node.
#[derive(Debug, Args)]
#[command(next_help_heading = "Ballast node")]
pub(crate) struct ChainArgs {
    /// The address of its JSON-RPC
    #[arg(long, value_name = "URL", env = "BALLAST_RPC", default_value = "http://127.0.0.1:8545")]
    chain: String,
}

/// The Ballast node, for commands that can do without.
#[derive(Debug, Args)]
#[command(next_help_heading = "Ballast node")]
pub(crate) struct OptionalChainArgs {
    /// The address of its JSON-RPC; without it only Bitcoin is asked and told
    #[arg(long, value_name = "URL")]
    chain: Option<String>,
}

impl ChainArgs {
    /// A client of the node, once it has answered.
    pub(crate) fn connect(&self) -> Result<HttpChain> {
        connect(&self.chain)
    }
}

impl OptionalChainArgs {
    /// The address, if one is given.
    pub(crate) fn url(&self) -> Option<&str> {
        self.chain.as_deref()
    }
}

/// A client of the node at `url`, once it has answered.
pub(crate) fn connect(url: &str) -> Result<HttpChain> {
    let chain = HttpChain::new(url);
    chain.chain_id()?;
    Ok(chain)
}

/// Calls a view of a system contract on the latest state; its own error comes by name.
pub(crate) fn view<C: SolCall>(chain: &impl Chain, contract: SystemContract, call: &C) -> Result<C::Return> {
    view_at(chain, At::Latest, contract, call)
}

/// The same on any state that the node still has.
pub(crate) fn view_at<C: SolCall>(
    chain: &impl Chain,
    at: At,
    contract: SystemContract,
    call: &C,
) -> Result<C::Return> {
    read(chain, at, contract, call).map_err(|error| named(contract, error))
}

/// The same on the latest state, where the error `E` means that there is no such thing.
pub(crate) fn find<E: SolError, C: SolCall>(
    chain: &impl Chain,
    contract: SystemContract,
    call: &C,
) -> Result<Option<C::Return>> {
    match read(chain, At::Latest, contract, call) {
        Ok(found) => Ok(Some(found)),
        Err(ChainError::Refused { data, .. }) if data.starts_with(&E::SELECTOR) => Ok(None),
        Err(error) => Err(named(contract, error)),
    }
}

/// A refusal with the contract's own error, if it is one.
pub(crate) fn named(contract: SystemContract, error: ChainError) -> anyhow::Error {
    match &error {
        ChainError::Refused { data, .. } if !data.is_empty() => {
            match interfaces::error_text(contract, data) {
                Some(text) => anyhow::anyhow!("{} refuses: {text}", contract.name()),
                None => error.into(),
            }
        }
        _ => error.into(),
    }
}

/// An account that acts on the chain.
pub(crate) trait Account {
    fn address(&self) -> Address;
    /// Calls a system contract in a transaction of its own, which is mined when this returns.
    fn submit(&self, contract: SystemContract, input: Bytes) -> Result<()>;
}

/// An account that signs ordinary transactions.
pub(crate) struct Wallet<'a> {
    chain: &'a HttpChain,
    key: SigningKey,
    address: Address,
}

impl Account for Wallet<'_> {
    fn address(&self) -> Address {
        self.address
    }

    fn submit(&self, contract: SystemContract, input: Bytes) -> Result<()> {
        self.transact(contract, U256::ZERO, input).map(|_| ())
    }
}

/// What a receipt says of a transaction.
#[derive(Debug, Deserialize)]
pub(crate) struct Mined {
    status: U64,
    pub(crate) logs: Vec<MinedLog>,
}

/// A log of a receipt.
#[derive(Debug, Deserialize)]
pub(crate) struct MinedLog {
    pub(crate) address: Address,
    pub(crate) topics: Vec<B256>,
    pub(crate) data: Bytes,
}

impl<'a> Wallet<'a> {
    pub(crate) fn new(chain: &'a HttpChain, key: SigningKey) -> Self {
        let public = key.public_key().serialize_uncompressed();
        let address = Address::from_word(keccak256(&public[1..]));
        Self { chain, key, address }
    }

    pub(crate) fn chain(&self) -> &HttpChain {
        self.chain
    }

    /// Calls a system contract in a transaction, waits until it is mined, and returns its receipt.
    pub(crate) fn call<C: SolCall>(&self, contract: SystemContract, value: U256, call: &C) -> Result<Mined> {
        self.transact(contract, value, call.abi_encode().into())
    }

    /// The same with an encoded call.
    pub(crate) fn transact(&self, contract: SystemContract, value: U256, input: Bytes) -> Result<Mined> {
        let hash = self.send(contract, value, input)?;
        loop {
            let mined: Option<Mined> = self.chain.ask("eth_getTransactionReceipt", json!([hash]))?;
            match mined {
                Some(mined) => {
                    ensure!(
                        mined.status == U64::from(1),
                        "transaction {hash} was mined but reverted: state had changed meanwhile, try again"
                    );
                    return Ok(mined);
                }
                None => std::thread::sleep(LOOK),
            }
        }
    }

    fn send(&self, contract: SystemContract, value: U256, input: Bytes) -> Result<B256> {
        let request =
            json!({ "from": self.address, "to": contract.address(), "value": value, "data": input });
        let gas: U64 = self
            .chain
            .ask("eth_estimateGas", json!([request]))
            .map_err(|error| self.explain(contract, error))?;
        let nonce: U64 = self.chain.ask("eth_getTransactionCount", json!([self.address, "pending"]))?;
        let price: U128 = self.chain.ask("eth_gasPrice", json!([]))?;
        let transaction = TxEip1559 {
            chain_id: self.chain.chain_id()?,
            nonce: nonce.to(),
            // what the state costs can rise until the transaction is mined
            gas_limit: gas.to::<u64>().saturating_mul(5) / 4,
            max_fee_per_gas: price.to::<u128>().saturating_mul(2),
            max_priority_fee_per_gas: 0,
            to: TxKind::Call(contract.address()),
            value,
            access_list: Default::default(),
            input,
        };
        let signed = self.sign(transaction)?;
        self.chain.send(signed.into()).map_err(|error| self.explain(contract, error))
    }

    fn sign(&self, transaction: TxEip1559) -> Result<Vec<u8>> {
        let digest = transaction.signature_hash();
        let secret = bitcoin::secp256k1::SecretKey::from_slice(&self.key.secret_bytes()[..])?;
        let signature = SECP256K1.sign_ecdsa_recoverable(&Message::from_digest(digest.0), &secret);
        let (parity, bytes) = signature.serialize_compact();
        let odd = parity.to_i32() == 1;
        let signature = Signature::from_bytes_and_parity(&bytes, odd);
        Ok(TxEnvelope::from(transaction.into_signed(signature)).encoded_2718())
    }

    fn explain(&self, contract: SystemContract, error: ChainError) -> anyhow::Error {
        let address = self.address;
        match &error {
            ChainError::Refused { message, .. } if message.contains("insufficient funds") => {
                anyhow::anyhow!("{address} has too little pBTC for this and its gas: {message}")
            }
            _ => named(contract, error),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
