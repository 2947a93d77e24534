//! Custody with the mainnet's rules at their largest, metered: what does not fit into its duty's budget would stop for good.

use std::{collections::BTreeMap, sync::LazyLock};

use alloy_primitives::{B256, Bytes, U256};
use alloy_sol_types::{SolCall, SolEvent};
use ballast_bitcoin_light::InclusionProof;
use ballast_custody::{
    Ceremony, Member, Roster, Round, Session, Signer, Statement,
    ceremony::{Dealer, Package, Packages, Receiver, SealedShares, transcript},
    signing::Commitments,
};
use ballast_schnorr::SigningKey;
use ballast_types::{Network, Parameters, SystemContract, interfaces::ICustody::*};
use bitcoin::{
    Amount, Block as BitcoinBlock, CompactTarget, OutPoint, ScriptBuf, Sequence, Transaction as BitcoinTx,
    TxIn, TxOut, Witness,
    absolute::LockTime,
    consensus::{deserialize, serialize},
    hashes::Hash,
    secp256k1::rand::{SeedableRng, rngs::StdRng},
    transaction::Version,
};

use super::{super::*, ledger};
use crate::{
    machine::Machine,
    testing::{Chain, PBTC, Wallet, genesis, headers_duty, regtest},
};

const CUSTODIANS: u8 = 15;
const OWNERS: u8 = 85;
const DEPOSIT: u64 = 100_000;
const AMOUNT: u64 = 98_000;
/// Enough for the first rungs of a full intent at the lowest rate, which begins at about 103 sats for each payout.
const CEILING: u64 = 500;
/// Transactions of a full Bitcoin block, so that its paths have 12 hashes.
const FULL_BLOCK: u32 = 4_000;

/// Custodian or recovery key number `number`.
fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32]).unwrap()
}

fn x_only(number: u8) -> B256 {
    key(number).x_only().serialize().into()
}

fn owner(number: u8) -> Wallet {
    Wallet::new(number)
}

/// A chain with the mainnet's custody, and the Bitcoin beneath it.
#[derive(Clone)]
struct Vault {
    chain: Chain,
    blocks: Vec<BitcoinBlock>,
    salt: u32,
    /// The most that each kind of duty has cost.
    largest: BTreeMap<DutyKind, u64>,
}

impl Vault {
    fn without_key() -> Self {
        let mut genesis = genesis();
        let mainnet = Parameters::of(Network::Mainnet);
        genesis.parameters.chain.duty_gas = mainnet.chain.duty_gas;
        genesis.parameters.bitcoin.confirmation_depth = mainnet.bitcoin.confirmation_depth;
        genesis.parameters.bitcoin.stale_after_s = mainnet.bitcoin.stale_after_s;
        genesis.parameters.custody = mainnet.custody;
        let custody = &mut genesis.parameters.custody;
        custody.identities = (1..=CUSTODIANS).map(x_only).collect();
        custody.recovery_keys = (101..=105).map(x_only).collect();
        // only how often, not how much
        custody.intent_interval_blocks = 2;
        genesis.alloc.extend((1..=OWNERS).map(|number| (owner(number).address, U256::from(PBTC))));
        let head = genesis.block(B256::ZERO, Default::default());
        let chain = Chain { genesis, state: Default::default(), head, outcome: Default::default() };
        let blocks = vec![bitcoin::constants::genesis_block(bitcoin::Network::Regtest)];
        let mut vault = Self { chain, blocks, salt: 0, largest: BTreeMap::new() };
        vault.chain.include(vec![]);
        vault
    }

    fn duty(&self, call: &impl SolCall) -> Duty {
        let input = call.abi_encode().into();
        Duty {
            chain_id: self.chain.genesis.parameters.chain.chain_id,
            to: SystemContract::Custody.address(),
            input,
        }
    }

    /// Runs the duty in a block of its own; the gas that it takes from its budget.
    fn run(&mut self, duty: Duty) -> u64 {
        let environment = self.chain.next();
        let mut ledger = ledger(&self.chain);
        let mut machine = Machine::new(&self.chain.state, &environment, duty.chain_id);
        let (key, _) = ledger.run(&mut machine, &duty).unwrap().unwrap();
        let gas = ledger.budgets.of(key.kind) - ledger.left.of(key.kind);
        let largest = self.largest.entry(key.kind).or_default();
        *largest = gas.max(*largest);
        self.chain.include_duties(vec![duty]);
        gas
    }

    fn view<C: SolCall>(&self, call: &C) -> C::Return {
        let output = self.chain.call(SystemContract::Custody.address(), call.abi_encode()).unwrap().output;
        C::abi_decode_returns(&output).unwrap()
    }

    fn event<E: SolEvent>(&self) -> Option<E> {
        let logs = self.chain.outcome.receipts.iter().flat_map(|receipt| &receipt.logs);
        logs.filter_map(|log| E::decode_log_data(&log.data).ok()).last()
    }

    fn say(&mut self, statement: Statement<'_>, custodian: Member) -> u64 {
        let signature = statement.sign(&key(custodian.get() as u8), &[0; 32]).serialize();
        let call = sayCall {
            custodian: custodian.get(),
            round: statement.round as u8,
            payload: statement.payload.to_vec().into(),
            r: B256::from_slice(&signature[..32]),
            s: B256::from_slice(&signature[32..]),
        };
        self.run(self.duty(&call))
    }

    /// Mines a block with these transactions and tells the light client.
    fn mine(&mut self, transactions: Vec<BitcoinTx>) {
        let parent = self.blocks.last().unwrap().header;
        let coinbase = self.payment(OutPoint::null(), ScriptBuf::from_bytes(vec![0x51, 0x51]), 50);
        let mut header = regtest();
        header.prev_blockhash = parent.block_hash();
        header.version = bitcoin::block::Version::from_consensus(0x2000_0000);
        header.bits = CompactTarget::from_consensus(0x207f_ffff);
        header.time = parent.time + 1;
        let mut block = BitcoinBlock { header, txdata: [vec![coinbase], transactions].concat() };
        block.header.merkle_root = block.compute_merkle_root().unwrap();
        while !block.header.target().is_met_by(block.header.block_hash()) {
            block.header.nonce += 1;
        }
        self.chain.include_duties(vec![headers_duty(&[block.header])]);
        self.blocks.push(block);
    }

    fn mine_empty(&mut self, count: usize) {
        (0..count).for_each(|_| self.mine(vec![]));
    }

    /// A transaction that no other one equals.
    fn payment(&mut self, previous_output: OutPoint, script_pubkey: ScriptBuf, sats: u64) -> BitcoinTx {
        self.salt += 1;
        let script_sig = ScriptBuf::from_bytes(self.salt.to_be_bytes().to_vec());
        let input =
            vec![TxIn { previous_output, script_sig, sequence: Sequence::MAX, witness: Witness::new() }];
        let output = vec![TxOut { value: Amount::from_sat(sats), script_pubkey }];
        BitcoinTx { version: Version::TWO, lock_time: LockTime::ZERO, input, output }
    }

    fn proof(&self, height: usize) -> Inclusion {
        let block = &self.blocks[height];
        let InclusionProof { branch, coinbase } = InclusionProof::from_block(block, 1).unwrap();
        let siblings = |branch: &ballast_bitcoin_light::MerkleBranch| {
            branch.siblings().iter().map(|sibling| B256::from(sibling.to_byte_array())).collect()
        };
        Inclusion {
            blockHash: block.block_hash().to_byte_array().into(),
            index: 1,
            branch: siblings(&branch),
            coinbase: coinbase.sha256.to_byte_array().into(),
            coinbaseBranch: siblings(&coinbase.branch),
        }
    }

    /// `count` deposits of the same size, each in a block of its own, proven when they are deep.
    fn deposit(&mut self, count: usize) {
        let recipient = owner(1).address;
        let script = self.view(&depositScriptCall { recipient, action: 0, refundKey: B256::ZERO });
        let first = self.blocks.len();
        for salt in 0..count {
            let source = OutPoint::new(bitcoin::Txid::from_byte_array([9; 32]), salt as u32);
            let deposit = self.payment(source, ScriptBuf::from_bytes(script.to_vec()), DEPOSIT);
            self.mine(vec![deposit]);
        }
        self.mine_empty(31);
        for height in first..first + count {
            let transaction = serialize(&self.blocks[height].txdata[1]).into();
            let (refund, proof) = (B256::ZERO, self.proof(height));
            let call =
                proveDepositCall { recipient, action: 0, refundKey: refund, transaction, vout: 0, proof };
            self.run(self.duty(&call));
        }
    }

    /// Every owner asks for a payout to a script of the longest kind.
    fn request(&mut self) {
        let script: Bytes = [&[0x51, 0x20][..], x_only(200).as_slice()].concat().into();
        let call = requestPayoutCall { scriptPubKey: script, amount: AMOUNT, maxFee: CEILING };
        let value = u128::from(AMOUNT + CEILING) * 10_000_000_000;
        let to = alloy_primitives::TxKind::Call(SystemContract::Custody.address());
        for number in 1..=OWNERS {
            let outcome = self.chain.include(vec![owner(number).send(0, to, value, call.abi_encode())]);
            assert!(outcome.receipts[0].success);
        }
    }

    /// Lets `blocks` of Bitcoin and the interval pass, and advances.
    fn advance(&mut self, blocks: usize) -> (Intent, u64) {
        self.mine_empty(blocks);
        self.chain.include(vec![]);
        self.chain.include(vec![]);
        let gas = self.run(self.duty(&advanceCall {}));
        (self.event().unwrap(), gas)
    }
}

/// A whole ceremony of all custodians.
fn ceremony(vault: &mut Vault) {
    let mut rng = StdRng::seed_from_u64(1);
    let shown = vault.view(&ceremonyCall {});
    let identity = |number: &u16| (Member::try_from(*number).unwrap(), key(*number as u8).x_only());
    let quorum = vault.chain.genesis.parameters.custody.custodians.quorum;
    let roster = Roster::new(quorum, shown.custodians.iter().map(identity).collect()).unwrap();
    let ceremony = Ceremony::new(840_099, shown.number, roster);
    let (mut dealers, mut packages) = (Vec::new(), BTreeMap::new());
    for custodian in ceremony.roster().members() {
        let (dealer, package) = Dealer::new(&ceremony, custodian, &mut rng).unwrap();
        let bytes = package.to_bytes();
        dealers.push((custodian, dealer));
        packages.insert(custodian, Package::from_bytes(&ceremony, &bytes).unwrap());
        vault.say(ceremony.statement(Round::Package, &bytes), custodian);
    }
    let packages = Packages::new(ceremony.clone(), packages).unwrap();
    let (mut receivers, mut shares): (Vec<(Member, Receiver)>, _) = (Vec::new(), BTreeMap::new());
    for (custodian, dealer) in dealers {
        let (receiver, dealt) = dealer.deal(&packages, &mut rng).unwrap();
        let bytes = dealt.to_bytes();
        receivers.push((custodian, receiver));
        shares.insert(custodian, SealedShares::from_bytes(&ceremony, custodian, &bytes).unwrap());
        vault.say(ceremony.statement(Round::SealedShares, &bytes), custodian);
    }
    let session = Session::trial(&packages, 0, transcript(&packages, &shares).unwrap());
    let signers = receivers.into_iter().map(|(custodian, receiver)| {
        let Ok(share) = receiver.finish(&shares) else { panic!("an honest dealer's share is bad") };
        (custodian, Signer::new(share))
    });
    trial(vault, &session, signers.collect(), &mut rng);
}

fn trial(vault: &mut Vault, session: &Session, mut signers: Vec<(Member, Signer)>, rng: &mut StdRng) {
    let mut commitments = BTreeMap::new();
    for (custodian, signer) in &mut signers {
        let bytes = signer.commit(session, rng).unwrap().to_bytes();
        commitments.insert(*custodian, Commitments::from_bytes(session, &bytes).unwrap());
        vault.say(session.statement(Round::Commitments, &bytes), *custodian);
    }
    for (custodian, signer) in &mut signers {
        let bytes = signer.sign(session, &commitments).unwrap().to_bytes();
        vault.say(session.statement(Round::SignatureShares, &bytes), *custodian);
    }
}

static KEYED: LazyLock<Vault> = LazyLock::new(|| {
    let mut vault = Vault::without_key();
    ceremony(&mut vault);
    vault
});

#[test]
fn a_ceremony_of_the_mainnets_custodians_fits_and_makes_a_key() {
    let made: KeyMade = KEYED.event().expect("the last message makes the key");
    assert_eq!(KEYED.view(&groupKeyCall {}), made.key);
    println!("largest message: {} gas", KEYED.largest[&DutyKind::Signatures]);
}

#[test]
fn full_intents_and_the_proof_of_one_fit() {
    let mut vault = KEYED.clone();
    vault.largest.clear();
    vault.deposit(100);
    println!("largest deposit: {} gas", vault.largest[&DutyKind::Proofs]);
    vault.request();
    let (mut event, gas) = vault.advance(0);
    let payment: BitcoinTx = deserialize(&event.transaction).unwrap();
    assert_eq!((payment.input.len(), payment.output.len()), (25, 26), "a full intent and its change");
    println!("full intent: {gas} gas");
    // gaps in the queue are read too
    let to = SystemContract::Custody.address();
    for number in (27..=75).step_by(2) {
        let cancel = cancelPayoutCall { payout: number.into() }.abi_encode();
        assert!(vault.chain.include(vec![owner(number).call(1, to, cancel)]).receipts[0].success);
    }
    // the ladder ends when the payouts cannot pay for a further rung; then the first intent is read in vain
    while event.intent == 1 {
        let gas;
        (event, gas) = vault.advance(6);
        println!("intent {} rung {}: {gas} gas", event.intent, event.rung);
    }
    let second: BitcoinTx = deserialize(&event.transaction).unwrap();
    assert_eq!((second.input.len(), second.output.len()), (25, 26), "full again");

    let mut signed = payment;
    signed.input.iter_mut().for_each(|input| input.witness = Witness::from_slice(&[[7; 64]]));
    let mut block = vec![signed.clone()];
    block.extend((2..FULL_BLOCK).map(|_| vault.payment(OutPoint::null(), ScriptBuf::new(), 1)));
    vault.mine(block);
    let height = vault.blocks.len() - 1;
    vault.mine_empty(30);
    let call = provePaymentCall { transaction: serialize(&signed).into(), proof: vault.proof(height) };
    assert_eq!(call.proof.branch.len(), 12);
    let gas = vault.run(vault.duty(&call));
    assert!(vault.event::<Settled>().is_some());
    println!("proof of a full intent: {gas} gas; largest of each kind: {:?}", vault.largest);
}
