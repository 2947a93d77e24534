//! A Bitcoin with real Merkle trees and work, and a contract that hears of it as duties.

use alloy_primitives::{Address, B256, Bytes, U256, address};
use alloy_sol_types::{SolCall, SolError, SolEvent};
use ballast_bitcoin_light::InclusionProof;
use ballast_schnorr::{SigningKey, bip340, message};
use ballast_types::{
    Network, Parameters, SystemContract,
    interfaces::{ICustody::*, ILightClient},
};
use bitcoin::{
    Amount, Block, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Witness,
    absolute::LockTime,
    consensus::{deserialize, serialize},
    hashes::Hash,
    transaction::Version,
};

use crate::{
    contract::{Call, CallError, Mode, dispatch},
    custody::{self, deposit::wei, store::*},
    memory::Memory,
    mining,
    storage::Storage,
    vault,
};

pub(super) const ALICE: Address = address!("00000000000000000000000000000000000000a1");
pub(super) const BOB: Address = address!("00000000000000000000000000000000000000b0");
/// What a deposit pays on this network: 111 virtual bytes at 5 sats.
pub(super) const SWEEP_FEE: u64 = 555;
pub(super) const K: usize = 3;

/// The chain, the best branch of Bitcoin, and the means to make more of both.
pub(super) struct World {
    pub(super) storage: Memory,
    pub(super) blocks: Vec<Block>,
    salt: u32,
}

pub(super) fn signing_key(byte: u8) -> SigningKey {
    SigningKey::from_bytes(&[byte; 32]).unwrap()
}

pub(super) fn x_only(byte: u8) -> B256 {
    signing_key(byte).x_only().serialize().into()
}

pub(super) fn parameters() -> Parameters {
    let mut parameters = Parameters::of(Network::Devnet);
    parameters.bitcoin = mining::parameters();
    parameters.custody.identities = [1, 2, 3].map(x_only).to_vec();
    parameters.custody.recovery_keys = [1, 2, 3].map(x_only).to_vec();
    parameters.check().unwrap();
    parameters
}

pub(super) fn sats(amount: u64) -> U256 {
    wei(amount)
}

impl World {
    /// A chain without a group key.
    pub(super) fn without_key() -> Self {
        let mut storage = mining::light_client(0);
        custody::initialise(&mut storage, &parameters()).unwrap();
        vault::initialise(&mut storage, &parameters()).unwrap();
        let genesis = bitcoin::constants::genesis_block(bitcoin::Network::Regtest);
        Self { storage, blocks: vec![genesis], salt: 0 }
    }

    pub(super) fn new() -> Self {
        let mut world = Self::without_key();
        GROUP.store(&mut world.storage, &x_only(77)).unwrap();
        ROUND.clear(&mut world.storage).unwrap();
        world
    }

    /// Calls the contract as a transaction would: value moves first, and a failed call is undone.
    pub(super) fn call<C: SolCall>(
        &mut self,
        mode: Mode,
        caller: Address,
        value: U256,
        call: &C,
    ) -> Result<C::Return, CallError> {
        self.call_at(SystemContract::Custody, mode, caller, value, &call.abi_encode())
            .map(|returned| C::abi_decode_returns_validate(&returned).unwrap())
    }

    fn call_at(
        &mut self,
        contract: SystemContract,
        mode: Mode,
        caller: Address,
        value: U256,
        input: &[u8],
    ) -> Result<Bytes, CallError> {
        let before = self.storage.snapshot();
        if !value.is_zero() {
            self.storage.transfer(caller, contract.address(), value).unwrap();
        }
        self.storage.is_static = mode == Mode::Static;
        let result = dispatch(contract, &mut self.storage, &Call { caller, value, input, mode });
        self.storage.is_static = false;
        if result.is_err() {
            self.storage.revert(before);
        }
        result
    }

    pub(super) fn duty<C: SolCall>(&mut self, call: &C) -> Result<C::Return, CallError> {
        self.call(Mode::Duty, Address::ZERO, U256::ZERO, call)
    }

    pub(super) fn view<C: SolCall>(&mut self, call: &C) -> C::Return {
        self.call(Mode::Static, ALICE, U256::ZERO, call).unwrap()
    }

    /// A duty that must be refused with exactly this error.
    pub(super) fn refused<C: SolCall>(&mut self, call: &C, error: &impl SolError)
    where
        C::Return: std::fmt::Debug + PartialEq,
    {
        let before = self.storage.snapshot();
        let result = self.duty(call).map(|_| ());
        assert_eq!(result, Err(CallError::revert(error)));
        assert_eq!(self.storage.snapshot(), before);
    }

    pub(super) fn books(&mut self) -> Books {
        self.view(&solvencyCall {})
    }

    pub(super) fn balance(&mut self, account: Address) -> U256 {
        self.storage.balance(account).unwrap()
    }

    /// Events of one kind, oldest first.
    pub(super) fn events<E: SolEvent>(&self) -> Vec<E> {
        let decode = |(contract, log): &(Address, alloy_primitives::LogData)| {
            let ours = *contract == SystemContract::Custody.address();
            ours.then(|| E::decode_log_data(log).ok()).flatten()
        };
        self.storage.logs().iter().filter_map(decode).collect()
    }

    /// A block on top of `parent`, not told to anybody.
    fn block_on(&mut self, parent: &Block, transactions: &[Transaction]) -> Block {
        self.salt += 1;
        let coinbase =
            spend(OutPoint::null(), self.salt, vec![output(ScriptBuf::from_bytes(vec![0x51, 0x51]), 50)]);
        let mut block = Block {
            header: mining::mine(
                &parent.header,
                parent.header.time + mining::SPACING,
                mining::REGTEST_BITS,
                0,
            ),
            txdata: [&[coinbase], transactions].concat(),
        };
        block.header.merkle_root = block.compute_merkle_root().unwrap();
        mining::solve(&mut block.header);
        block
    }

    /// Mines a block with these transactions; its height.
    pub(super) fn mine(&mut self, transactions: &[Transaction]) -> usize {
        let parent = self.blocks.last().unwrap().clone();
        let block = self.block_on(&parent, transactions);
        self.tell(std::slice::from_ref(&block));
        self.blocks.push(block);
        self.blocks.len() - 1
    }

    pub(super) fn mine_empty(&mut self, count: usize) {
        for _ in 0..count {
            self.mine(&[]);
        }
    }

    /// Replaces the last blocks by as many and one more, the first of them with these transactions.
    pub(super) fn reorganise(&mut self, depth: usize, transactions: &[Transaction]) {
        let stays = self.blocks.len() - depth;
        let mut branch = Vec::new();
        let mut parent = self.blocks[stays - 1].clone();
        for index in 0..=depth {
            let transactions = if index == 0 { transactions } else { &[] };
            parent = self.block_on(&parent, transactions);
            branch.push(parent.clone());
        }
        self.switch(stays, branch);
    }

    /// Returns to a branch that has lost, made heavier than the best chain.
    pub(super) fn resume(&mut self, stays: usize, mut branch: Vec<Block>) {
        while stays + branch.len() <= self.blocks.len() {
            let parent = branch.last().unwrap().clone();
            branch.push(self.block_on(&parent, &[]));
        }
        self.switch(stays, branch);
    }

    /// Makes `branch` the chain above the first `stays` blocks.
    pub(super) fn switch(&mut self, stays: usize, branch: Vec<Block>) {
        self.tell(&branch);
        self.blocks.truncate(stays);
        self.blocks.extend(branch);
    }

    fn tell(&mut self, blocks: &[Block]) {
        let headers: Vec<_> = blocks.iter().map(|block| block.header).collect();
        let last = u64::from(headers.last().unwrap().time);
        self.storage.block.timestamp = self.storage.block.timestamp.max(last);
        self.storage.block.number += 5;
        let input = ILightClient::submitHeadersCall { headers: mining::bytes(&headers).into() }.abi_encode();
        let contract = SystemContract::LightClient;
        self.call_at(contract, Mode::Duty, Address::ZERO, U256::ZERO, &input).unwrap();
    }

    /// The proof of the transaction at `index` of the block at `height`.
    pub(super) fn proof(&self, height: usize, index: usize) -> Inclusion {
        let block = &self.blocks[height];
        let InclusionProof { branch, coinbase } = InclusionProof::from_block(block, index).unwrap();
        let siblings = |branch: &ballast_bitcoin_light::MerkleBranch| {
            branch.siblings().iter().map(|sibling| B256::from(sibling.to_byte_array())).collect()
        };
        Inclusion {
            blockHash: block.block_hash().to_byte_array().into(),
            index: index as u32,
            branch: siblings(&branch),
            coinbase: coinbase.sha256.to_byte_array().into(),
            coinbaseBranch: siblings(&coinbase.branch),
        }
    }

    /// A transaction that deposits for somebody, to be minted.
    pub(super) fn deposit_tx(&mut self, recipient: Address, values: &[u64], refund: B256) -> Transaction {
        self.deposit_with(recipient, 0, values, refund)
    }

    /// A transaction that deposits for somebody.
    pub(super) fn deposit_with(
        &mut self,
        recipient: Address,
        action: u8,
        values: &[u64],
        refund: B256,
    ) -> Transaction {
        let script = self.view(&depositScriptCall { recipient, action, refundKey: refund });
        let script = ScriptBuf::from_bytes(script.to_vec());
        self.salt += 1;
        let outputs = values.iter().map(|value| output(script.clone(), *value)).collect();
        let mut source = [9; 32];
        source[..4].copy_from_slice(&self.salt.to_be_bytes());
        spend(OutPoint::new(bitcoin::Txid::from_byte_array(source), 0), 0, outputs)
    }

    /// The duty for output `vout` of transaction `index` of the block at `height`.
    pub(super) fn deposit_call(
        &self,
        height: usize,
        index: usize,
        vout: u32,
        recipient: Address,
    ) -> proveDepositCall {
        proveDepositCall {
            recipient,
            action: 0,
            refundKey: B256::ZERO,
            transaction: serialize(&self.blocks[height].txdata[index]).into(),
            vout,
            proof: self.proof(height, index),
        }
    }

    /// Deposits, waits and mints.
    pub(super) fn fund(&mut self, recipient: Address, value: u64) {
        let deposit = self.deposit_tx(recipient, &[value], B256::ZERO);
        let height = self.mine(&[deposit]);
        self.mine_empty(K);
        let call = self.deposit_call(height, 1, 0, recipient);
        self.duty(&call).unwrap();
    }

    pub(super) fn anchor_call(&self, height: usize, index: usize, vout: u32) -> proveAnchorCall {
        let transaction = serialize(&self.blocks[height].txdata[index]).into();
        proveAnchorCall { transaction, vout, proof: self.proof(height, index) }
    }

    pub(super) fn payment_call(&self, height: usize, index: usize) -> provePaymentCall {
        let transaction = serialize(&self.blocks[height].txdata[index]).into();
        provePaymentCall { transaction, proof: self.proof(height, index) }
    }

    pub(super) fn request(
        &mut self,
        owner: Address,
        script: &ScriptBuf,
        amount: u64,
        max_fee: u64,
    ) -> Result<u64, CallError> {
        let call = requestPayoutCall { scriptPubKey: script.to_bytes().into(), amount, maxFee: max_fee };
        self.call(Mode::Ordinary, owner, sats(amount + max_fee), &call)
    }

    /// Lets the interval pass.
    pub(super) fn wait(&mut self) {
        self.storage.block.number += parameters().custody.intent_interval_blocks;
    }

    /// Emits the next intent; its transaction.
    pub(super) fn advance(&mut self) -> (Intent, Transaction) {
        self.wait();
        let before = self.events::<Intent>().len();
        self.duty(&advanceCall {}).unwrap();
        let mut events = self.events::<Intent>();
        assert_eq!(events.len(), before + 1);
        let event = events.pop().unwrap();
        let transaction = deserialize(&event.transaction).unwrap();
        (event, transaction)
    }

    /// Confirms a transaction k deep and proves it.
    pub(super) fn confirm(&mut self, transaction: &Transaction) -> usize {
        let height = self.mine(&[signed(transaction)]);
        self.mine_empty(K);
        let call = self.payment_call(height, 1);
        self.duty(&call).unwrap();
        height
    }

    pub(super) fn attest(&mut self, custodian: u16, height: u32, rate: u64) -> Result<(), CallError> {
        let call = attestation(custodian, height, rate, custodian as u8);
        self.duty(&call).map(|_| ())
    }

    pub(super) fn tip(&self) -> u32 {
        self.blocks.len() as u32 - 1
    }

    /// stkBTC of an account.
    pub(super) fn shares(&mut self, account: Address) -> U256 {
        vault::STKBTC.balance_of(&mut self.storage, account).unwrap()
    }

    /// To the sat: escrow is in the contract, coins are what was issued, and the books agree with themselves.
    pub(super) fn check(&mut self) {
        let books = self.books();
        assert_eq!(self.balance(CONTRACT), sats(books.escrow), "escrow");
        assert_eq!(self.storage.supply(), sats(books.issued - books.burnt), "supply");
        assert_eq!(books.liabilities, books.issued - books.burnt);
        // all that is in the vault came by deposits, at a share a wei
        let staked = vault::total_assets(&mut self.storage).unwrap();
        assert_eq!(self.balance(vault::CONTRACT), staked, "vault");
        assert_eq!(vault::STKBTC.supply(&mut self.storage).unwrap(), staked, "shares");
        let (mut standing, mut off, mut reserved, mut refundable) = (0, 0, 0, 0);
        for number in 1..=self.view(&coinCountCall {}) {
            let coin = self.view(&coinCall { number });
            let ours = COIN_REFUND.at(&number).load(&mut self.storage).unwrap().is_zero();
            match (coin.state, ours) {
                (2 | 3, true) => *if coin.standing { &mut standing } else { &mut off } += coin.value,
                (1 | 3, false) => refundable += coin.value,
                _ => {}
            }
            if coin.state == 3 && ours {
                reserved += coin.value;
            }
        }
        let counted = (books.anchored, books.unbacked, books.inFlight, books.refundable);
        assert_eq!(counted, (standing, off, reserved, refundable), "coins");
        assert_eq!(books.surplus + books.liabilities, books.anchored + books.deficit);
        assert!(books.surplus == 0 || books.deficit == 0);
    }
}

pub(super) fn attestation(custodian: u16, height: u32, rate: u64, signer: u8) -> attestFeeRateCall {
    let digest = bip340::digest(&message::fee_rate(840_099, height, rate));
    let signature = bip340::sign(&signing_key(signer), &digest, &[0; 32]).serialize();
    let (r, s) = (B256::from_slice(&signature[..32]), B256::from_slice(&signature[32..]));
    attestFeeRateCall { custodian, height, feeRate: rate, r, s }
}

pub(super) fn output(script_pubkey: ScriptBuf, value: u64) -> TxOut {
    TxOut { value: Amount::from_sat(value), script_pubkey }
}

fn spend(previous_output: OutPoint, salt: u32, output: Vec<TxOut>) -> Transaction {
    let script_sig = ScriptBuf::from_bytes(salt.to_be_bytes().to_vec());
    let input = TxIn { previous_output, script_sig, sequence: Sequence::MAX, witness: Witness::new() };
    Transaction { version: Version::TWO, lock_time: LockTime::ZERO, input: vec![input], output }
}

/// With a witness, as Bitcoin would have it; nothing here looks at what is in it.
pub(super) fn signed(transaction: &Transaction) -> Transaction {
    let mut signed = transaction.clone();
    signed.input.iter_mut().for_each(|input| input.witness = Witness::from_slice(&[[7; 64]]));
    signed
}

/// A script of each type that is paid.
pub(super) fn payees() -> [ScriptBuf; 5] {
    let key = bitcoin::secp256k1::SecretKey::from_slice(&[5; 32]).unwrap();
    let public = bitcoin::PublicKey::new(key.public_key(&bitcoin::secp256k1::Secp256k1::new()));
    let inner = ScriptBuf::new_op_return([1]);
    [
        ScriptBuf::new_p2pkh(&public.pubkey_hash()),
        ScriptBuf::new_p2sh(&inner.script_hash()),
        ScriptBuf::new_p2wpkh(&public.wpubkey_hash().unwrap()),
        ScriptBuf::new_p2wsh(&inner.wscript_hash()),
        ScriptBuf::new_p2tr_tweaked(bitcoin::key::TweakedPublicKey::dangerous_assume_tweaked(
            signing_key(5).x_only(),
        )),
    ]
}
