//! A chain in memory, accounts that sign, an assembler and regtest headers, for the tests of this crate.

use std::collections::BTreeMap;

use alloy_consensus::{SignableTransaction, TxEip1559, TxEnvelope, transaction::Recovered};
use alloy_primitives::{Address, B256, Bytes, FixedBytes, Signature, TxKind, U256, hex, keccak256};
use alloy_sol_types::SolCall;
use ballast_types::{
    Block, Duty, Genesis, Network, OperationRange, Parameters, SystemContract, Transaction, ValidatorKeys,
    genesis::{BitcoinBase, GenesisValidator},
    interfaces::ILightClient,
};
use bitcoin::{
    TxMerkleNode, block::Header as BitcoinHeader, consensus::serialize, constants::genesis_block,
    hashes::Hash as _,
};
use k256::ecdsa::SigningKey;
use revm::bytecode::opcode::OPCODE_INFO;

use crate::{
    Built, CallError, CallOutcome, CallRequest, Candidates, Environment, ExecutionError, Outcome, Seal,
    build_block, call, check_header, execute_block, memory::MemoryState,
};

/// 1 pBTC in wei.
pub(crate) const PBTC: u128 = 1_000_000_000_000_000_000;
/// Fee that the transactions of tests offer, in wei per gas.
pub(crate) const MAX_FEE: u128 = 2_000_000;

/// An account with a key.
#[derive(Clone)]
pub(crate) struct Wallet {
    key: SigningKey,
    pub(crate) address: Address,
}

impl Wallet {
    pub(crate) fn new(seed: u8) -> Self {
        let key = SigningKey::from_slice(&[seed; 32]).unwrap();
        let point = key.verifying_key().to_encoded_point(false);
        Self { key, address: Address::from_raw_public_key(&point.as_bytes()[1..]) }
    }

    pub(crate) fn sign_hash(&self, hash: B256) -> Signature {
        let (signature, recovery) = self.key.sign_prehash_recoverable(hash.as_slice()).unwrap();
        let (r, s) = signature.split_bytes();
        let (r, s) = (B256::from_slice(&r), B256::from_slice(&s));
        Signature::from_scalars_and_parity(r, s, recovery.is_y_odd())
    }

    pub(crate) fn sign<T: SignableTransaction<Signature>>(&self, tx: T) -> Recovered<TxEnvelope>
    where
        TxEnvelope: From<alloy_consensus::Signed<T>>,
    {
        let signature = self.sign_hash(tx.signature_hash());
        Recovered::new_unchecked(tx.into_signed(signature).into(), self.address)
    }

    pub(crate) fn send(
        &self,
        nonce: u64,
        to: TxKind,
        value: u128,
        input: impl Into<Bytes>,
    ) -> Recovered<TxEnvelope> {
        self.sign(TxEip1559 { to, value: U256::from(value), input: input.into(), ..unsigned(nonce) })
    }

    pub(crate) fn call(&self, nonce: u64, to: Address, input: impl Into<Bytes>) -> Recovered<TxEnvelope> {
        self.send(nonce, TxKind::Call(to), 0, input)
    }

    pub(crate) fn create(&self, nonce: u64, init: impl Into<Bytes>) -> Recovered<TxEnvelope> {
        self.send(nonce, TxKind::Create, 0, init)
    }
}

/// A transaction that does nothing and may use three million gas.
pub(crate) fn unsigned(nonce: u64) -> TxEip1559 {
    TxEip1559 {
        chain_id: 840_099,
        nonce,
        gas_limit: 3_000_000,
        max_fee_per_gas: MAX_FEE,
        max_priority_fee_per_gas: 1_000,
        to: TxKind::Call(Address::ZERO),
        ..Default::default()
    }
}

pub(crate) fn alice() -> Wallet {
    Wallet::new(0xa1)
}

pub(crate) fn bob() -> Wallet {
    Wallet::new(0xb0)
}

/// A devnet on regtest where Alice and Bob have 1,000 pBTC each.
pub(crate) fn genesis() -> Genesis {
    let keys = ValidatorKeys { ed25519: B256::repeat_byte(1), bls: FixedBytes::repeat_byte(1) };
    let funds = U256::from(1_000 * PBTC);
    let genesis = Genesis {
        // a minute after regtest's own genesis
        timestamp_ms: 1_296_688_662_000,
        parameters: Parameters::of(Network::Devnet),
        validators: vec![GenesisValidator { keys, possession: FixedBytes::ZERO }],
        bitcoin: BitcoinBase { height: 0, headers: vec![raw(&regtest())] },
        providers: Vec::new(),
        alloc: BTreeMap::from([(alice().address, funds), (bob().address, funds)]),
    };
    genesis.check().unwrap();
    genesis
}

/// Regtest's first header.
pub(crate) fn regtest() -> BitcoinHeader {
    genesis_block(bitcoin::Network::Regtest).header
}

fn raw(header: &BitcoinHeader) -> FixedBytes<80> {
    FixedBytes::from_slice(&serialize(header))
}

/// `count` mined headers on `parent`; `salt` makes siblings differ.
pub(crate) fn mine(parent: &BitcoinHeader, count: usize, salt: u8) -> Vec<BitcoinHeader> {
    let mut headers = Vec::new();
    let mut last = *parent;
    for _ in 0..count {
        last.prev_blockhash = last.block_hash();
        last.version = bitcoin::block::Version::from_consensus(0x2000_0000);
        last.merkle_root = TxMerkleNode::from_byte_array([salt; 32]);
        last.time += 1;
        while !last.target().is_met_by(last.block_hash()) {
            last.nonce += 1;
        }
        headers.push(last);
    }
    headers
}

/// The duty that submits these headers.
pub(crate) fn headers_duty(headers: &[BitcoinHeader]) -> Duty {
    let headers = headers.iter().flat_map(serialize).collect::<Vec<_>>().into();
    let input = ILightClient::submitHeadersCall { headers }.abi_encode().into();
    Duty { chain_id: 840_099, to: SystemContract::LightClient.address(), input }
}

/// Assembles mnemonics and `0x…` bytes, separated by spaces.
pub(crate) fn asm(source: &str) -> Bytes {
    let byte = |name: &str| {
        let info =
            |info: &Option<revm::bytecode::opcode::OpCodeInfo>| info.is_some_and(|info| info.name() == name);
        OPCODE_INFO.iter().position(info).unwrap_or_else(|| panic!("{name} is no opcode")) as u8
    };
    let bytes = source.split_whitespace().flat_map(|token| match token.strip_prefix("0x") {
        Some(digits) => hex::decode(digits).unwrap(),
        None => vec![byte(token)],
    });
    bytes.collect::<Vec<_>>().into()
}

/// Init code that deploys `runtime`.
pub(crate) fn deploying(runtime: &[u8]) -> Bytes {
    let length = hex::encode((runtime.len() as u16).to_be_bytes());
    let loader = asm(&format!("PUSH2 0x{length} DUP1 PUSH1 0x0a PUSH0 CODECOPY PUSH0 RETURN"));
    [&loader[..], runtime].concat().into()
}

/// Runtime code that calls `target` by `opcode` with its own call data and returns what comes back, reverting if it failed.
pub(crate) fn forwarder(opcode: &str, target: Address) -> Bytes {
    let value = if matches!(opcode, "CALL" | "CALLCODE") { "CALLVALUE" } else { "" };
    let target = hex::encode(target);
    asm(&format!(
        "CALLDATASIZE PUSH0 PUSH0 CALLDATACOPY PUSH0 PUSH0 CALLDATASIZE PUSH0 {value} PUSH20 0x{target} GAS {opcode} \
         RETURNDATASIZE PUSH0 PUSH0 RETURNDATACOPY PUSH1 0x{:02x} JUMPI \
         RETURNDATASIZE PUSH0 REVERT JUMPDEST RETURNDATASIZE PUSH0 RETURN",
        if value.is_empty() { 41 } else { 42 }
    ))
}

/// A chain in memory.
#[derive(Clone)]
pub(crate) struct Chain {
    pub(crate) genesis: Genesis,
    pub(crate) state: MemoryState,
    pub(crate) head: Block,
    pub(crate) outcome: Outcome,
}

impl Chain {
    /// The genesis block and an empty block 1 on it.
    pub(crate) fn new() -> Self {
        let mut chain = Self::at_genesis();
        chain.grow(Candidates::default());
        chain
    }

    pub(crate) fn at_genesis() -> Self {
        let genesis = genesis();
        let head = genesis.block(B256::ZERO, OperationRange::default());
        Self { genesis, state: MemoryState::default(), head, outcome: Outcome::default() }
    }

    /// The environment of the next block, one second later.
    pub(crate) fn next(&self) -> Environment {
        let time = crate::time_ms(&self.head.header).unwrap() + 1_000;
        let chain = &self.genesis.parameters.chain;
        Environment::child_of(&self.head.header, self.head.hash(), time, chain)
    }

    pub(crate) fn build(&self, candidates: Candidates) -> Built {
        build_block(&self.state, &self.next(), &self.genesis, candidates).unwrap()
    }

    /// The next block with this body, not executed.
    pub(crate) fn seal(&self, transactions: Vec<Transaction>, outcome: &Outcome) -> Block {
        self.next().seal(transactions, outcome, Seal::default())
    }

    /// Executes `block` as another validator would, from its bytes.
    pub(crate) fn execute(&self, block: &Block) -> Result<Outcome, ExecutionError> {
        let block = Block::decode_exact(&block.encoded()).unwrap();
        let (parent, chain) = (&self.head, &self.genesis.parameters.chain);
        let environment = check_header(&parent.header, parent.hash(), &block.header, chain)
            .map_err(crate::InvalidBlock::from)?;
        execute_block(&self.state, &environment, &self.genesis, &block)
    }

    /// Builds a block, executes it again from its bytes, and appends it.
    pub(crate) fn grow(&mut self, candidates: Candidates) -> Built {
        let built = self.build(candidates);
        let block = self.seal(built.transactions.clone(), &built.outcome);
        let outcome = self.execute(&block).unwrap();
        assert_eq!(outcome, built.outcome, "execution repeats what building did");
        self.state.apply(&outcome.changes);
        (self.head, self.outcome) = (block, outcome);
        built
    }

    /// Appends a block with these transactions, all of which must get in.
    pub(crate) fn include(&mut self, transactions: Vec<Recovered<TxEnvelope>>) -> &Outcome {
        let built = self.grow(Candidates { transactions, ..Candidates::default() });
        assert_eq!(built.left_out, []);
        &self.outcome
    }

    /// Appends a block with these duties, all of which must get in.
    pub(crate) fn include_duties(&mut self, duties: Vec<Duty>) -> &Outcome {
        let built = self.grow(Candidates { duties, ..Candidates::default() });
        assert_eq!(built.left_out, []);
        &self.outcome
    }

    /// Deploys `runtime` from Alice's account and returns its address.
    pub(crate) fn deploy(&mut self, runtime: &[u8]) -> Address {
        let nonce = self.nonce(alice().address);
        let outcome = self.include(vec![alice().create(nonce, deploying(runtime))]);
        assert!(outcome.receipts[0].success);
        let address = alice().address.create(nonce);
        assert_eq!(self.state.accounts[&address].code_hash, keccak256(runtime));
        address
    }

    pub(crate) fn nonce(&self, address: Address) -> u64 {
        self.state.accounts.get(&address).map(|account| account.nonce).unwrap_or_default()
    }

    /// Calls `to` on the head.
    pub(crate) fn call(&self, to: Address, input: impl Into<Bytes>) -> Result<CallOutcome, CallError> {
        let request = CallRequest { to: TxKind::Call(to), input: input.into(), ..CallRequest::default() };
        self.simulate(&request)
    }

    pub(crate) fn simulate(&self, request: &CallRequest) -> Result<CallOutcome, CallError> {
        let environment = Environment::of(&self.head.header).unwrap();
        call(&self.state, &environment, &self.genesis.parameters.chain, request)
    }

    /// Height and hash of the light client's tip.
    pub(crate) fn tip(&self) -> (u32, B256) {
        let input = ILightClient::tipCall {}.abi_encode();
        let output = self.call(SystemContract::LightClient.address(), input).unwrap().output;
        let tip = ILightClient::tipCall::abi_decode_returns(&output).unwrap();
        (tip.height, tip.hash)
    }
}
