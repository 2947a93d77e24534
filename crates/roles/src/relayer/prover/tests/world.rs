//! A chain with custody, a bitcoind, and a prover between them.

use std::{
    collections::{BTreeSet, VecDeque},
    ops::Range,
    sync::{Mutex, MutexGuard},
};

use alloy_primitives::{Address, B256, U256, address};
use alloy_sol_types::SolCall;
use ballast_bitcoin_io::Bitcoin;
use ballast_system::{Storage, light_client};
use ballast_types::{
    SystemContract,
    interfaces::{ICustody, ILightClient},
};
use bitcoin::{
    Amount, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Txid, Witness, absolute::LockTime,
    block::Header, consensus::deserialize, hashes::Hash, transaction::Version,
};

use super::super::{Action, Event, Prover, ProverHands, Warning};
use crate::{
    chain::{At, Chain, WatchedDeposit, events, read, send_duty},
    fake::{
        FakeChain,
        bitcoin::{BitcoinState, FakeBitcoin, genesis},
    },
    relayer::{
        claim::Proof,
        journal::{Journal, JournalError, JournalStore},
    },
    runner::{Hands, Role},
};

pub(super) const ALICE: Address = address!("00000000000000000000000000000000000000a1");
pub(super) const BOB: Address = address!("00000000000000000000000000000000000000b0");
/// What a deposit pays on the devnet, in sats.
pub(super) const SWEEP_FEE: u64 = 555;
/// Blocks on top that everything needs on the devnet.
pub(super) const K: usize = 3;
/// How far a prover looks back here.
pub(super) const LOOKBACK: u32 = 50;
/// Headers in one list.
const FULL: usize = 100;

/// A journal that outlives its prover.
#[derive(Default)]
pub(super) struct MemoryJournal(Mutex<Journal>);

impl MemoryJournal {
    pub(super) fn load(&self) -> Journal {
        self.0.lock().unwrap().clone()
    }

    pub(super) fn lose(&self) {
        *self.0.lock().unwrap() = Journal::default();
    }
}

impl JournalStore for MemoryJournal {
    fn save(&self, journal: &Journal) -> Result<(), JournalError> {
        *self.0.lock().unwrap() = journal.clone();
        Ok(())
    }
}

/// Two nodes, a prover between them, and what it did.
pub(super) struct World {
    pub(super) prover: Prover,
    pub(super) hands: ProverHands<FakeChain, FakeBitcoin, MemoryJournal>,
    /// The proofs submitted, refused ones too.
    pub(super) proofs: Vec<&'static str>,
    pub(super) warnings: Vec<Warning>,
    /// The heights of the blocks read.
    pub(super) reads: Vec<u32>,
    salt: u32,
}

impl World {
    /// Custody has a key, and both chains are at Bitcoin block 5.
    pub(super) fn new() -> Self {
        let chain = FakeChain::new(genesis());
        chain.set_up_custody();
        chain.make_key();
        let hands = ProverHands { chain, bitcoin: FakeBitcoin::new(), journal: MemoryJournal::default() };
        let prover = Prover::new(Journal::default(), LOOKBACK);
        let (proofs, warnings, reads) = (vec![], vec![], vec![]);
        let mut world = Self { prover, hands, proofs, warnings, reads, salt: 0 };
        world.mine(&[]);
        world.mine_empty(4);
        world
    }

    pub(super) fn bitcoin(&self) -> MutexGuard<'_, BitcoinState> {
        self.hands.bitcoin.state()
    }

    pub(super) fn chain(&self) -> &FakeChain {
        &self.hands.chain
    }

    /// One tick and all that follows from it.
    pub(super) fn tick(&mut self) {
        self.tick_until(usize::MAX);
    }

    /// One tick, cut off after `limit` actions as a kill would; whether it was cut off.
    pub(super) fn tick_until(&mut self, limit: usize) -> bool {
        let mut actions = VecDeque::from(self.prover.step(Event::Tick));
        for _ in 0..limit {
            let Some(action) = actions.pop_front() else { return false };
            match &action {
                Action::Warn(warning) => self.warnings.push(warning.clone()),
                Action::ReadBlock { height } => self.reads.push(*height),
                Action::Prove(proof) => self.proofs.push(match **proof {
                    Proof::Deposit(_) => "deposit",
                    Proof::Anchor(_) => "anchor",
                    Proof::Payment(_) => "payment",
                }),
                _ => {}
            }
            let event = self.hands.perform(action);
            actions.extend(event.map(|event| self.prover.step(event)).unwrap_or_default());
        }
        true
    }

    /// A tick, then a block.
    pub(super) fn round(&mut self) {
        self.tick();
        self.chain().block();
    }

    /// Kills the prover and starts another one.
    pub(super) fn restart(&mut self) {
        self.prover = Prover::new(self.hands.journal.load(), LOOKBACK);
    }

    /// Mines a block with these transactions, which the light client hears of.
    pub(super) fn mine(&mut self, transactions: &[Transaction]) -> u32 {
        let height = self.bitcoin().mine_with(transactions);
        self.carry_headers();
        height
    }

    pub(super) fn mine_empty(&mut self, count: usize) {
        for _ in 0..count {
            self.mine(&[]);
        }
    }

    /// Replaces the last `depth` blocks by one more, the first of them with these transactions. The light client does not
    /// hear of it.
    pub(super) fn reorganise(&mut self, depth: usize, transactions: &[Transaction]) {
        let mut bitcoin = self.bitcoin();
        bitcoin.cut(depth);
        bitcoin.mine_with(transactions);
        for _ in 0..depth {
            bitcoin.mine_with(&[]);
        }
    }

    /// Tells the light client what bitcoind has, in a block of its own, if it is heavier.
    pub(super) fn carry_headers(&self) {
        let headers = self.bitcoin().headers.clone();
        let known = |header: &Header| {
            let hash = header.block_hash().to_byte_array().into();
            let call = ILightClient::confirmationsCall { hash };
            read(self.chain(), At::Latest, SystemContract::LightClient, &call).unwrap() > 0
        };
        let first = headers.iter().rposition(known).unwrap() + 1;
        for list in headers[first..].chunks(FULL) {
            // a branch that is not heavier is refused
            let _ = crate::light_client::submit(self.chain(), list);
            self.chain().block();
        }
    }

    /// Whether the light client has bitcoind's tip.
    pub(super) fn agrees(&self) -> bool {
        let theirs = self.bitcoin().headers.last().unwrap().block_hash();
        light_client::tip(&mut self.chain().state().storage).unwrap().hash() == theirs
    }

    pub(super) fn view<C: SolCall>(&self, call: &C) -> C::Return {
        read(self.chain(), At::Latest, SystemContract::Custody, call).unwrap()
    }

    pub(super) fn books(&self) -> ICustody::Books {
        self.view(&ICustody::solvencyCall {})
    }

    /// The pBTC of an account, in sats.
    pub(super) fn balance(&self, account: Address) -> u64 {
        let wei = self.chain().state().storage.balance(account).unwrap();
        (wei / U256::from(10_000_000_000u64)).to()
    }

    /// The script of the deposit address of an account.
    pub(super) fn script(&self, recipient: Address) -> ScriptBuf {
        self.script_with(recipient, None)
    }

    fn script_with(&self, recipient: Address, refund_key: Option<B256>) -> ScriptBuf {
        let refund_key = refund_key.unwrap_or_default();
        let call = ICustody::depositScriptCall { recipient, action: 0, refundKey: refund_key };
        ScriptBuf::from_bytes(self.view(&call).to_vec())
    }

    /// Asks the node to watch the deposit address of an account.
    pub(super) fn watch(&self, recipient: Address) {
        self.watch_with(recipient, None);
    }

    /// The same with a way back; the script of the address.
    pub(super) fn watch_with(&self, recipient: Address, refund_key: Option<B256>) -> ScriptBuf {
        let script = self.script_with(recipient, refund_key);
        let mut state = self.chain().state();
        let number = state.watched.last().map_or(0, |deposit| deposit.number) + 1;
        state.watched.push(WatchedDeposit {
            number,
            recipient,
            action: 0,
            refund_key,
            script: script.clone(),
        });
        script
    }

    /// A transaction that deposits these sats for an account.
    pub(super) fn deposit(&mut self, recipient: Address, values: &[u64]) -> Transaction {
        let script_pubkey = self.script(recipient);
        self.paying(script_pubkey, values)
    }

    /// A transaction that pays a script these sats.
    pub(super) fn paying(&mut self, script_pubkey: ScriptBuf, values: &[u64]) -> Transaction {
        self.salt += 1;
        let input = TxIn {
            previous_output: OutPoint::new(Txid::all_zeros(), self.salt),
            script_sig: ScriptBuf::new(),
            sequence: Sequence::MAX,
            witness: Witness::from_slice(&[[7; 64]]),
        };
        let output =
            |value: &u64| TxOut { value: Amount::from_sat(*value), script_pubkey: script_pubkey.clone() };
        let output = values.iter().map(output).collect();
        Transaction { version: Version::TWO, lock_time: LockTime::ZERO, input: vec![input], output }
    }

    /// Deposits so many sats for an account, up to their proof.
    pub(super) fn fund(&mut self, recipient: Address, value: u64) -> Transaction {
        self.watch(recipient);
        let deposit = self.deposit(recipient, &[value]);
        self.mine(std::slice::from_ref(&deposit));
        self.mine_empty(K);
        self.round();
        assert!(self.balance(recipient) > 0);
        deposit
    }

    /// Asks for a payout and lets the chain write its transaction.
    pub(super) fn pay_out(&self, owner: Address, amount: u64, max_fee: u64) -> Transaction {
        self.request(owner, amount, max_fee);
        self.advance().unwrap()
    }

    /// Asks for a payout.
    pub(super) fn request(&self, owner: Address, amount: u64, max_fee: u64) {
        let script = ScriptBuf::from_bytes([&[0x00, 0x14][..], &[5; 20]].concat());
        let call =
            ICustody::requestPayoutCall { scriptPubKey: script.to_bytes().into(), amount, maxFee: max_fee };
        let value = U256::from(amount + max_fee) * U256::from(10_000_000_000u64);
        self.chain().pay(owner, value, SystemContract::Custody, &call);
    }

    /// Lets the interval pass and the next transaction be written, signed.
    pub(super) fn advance(&self) -> Option<Transaction> {
        let before = self.rungs().len();
        self.try_advance();
        let rungs = self.rungs();
        assert_eq!(rungs.len(), before + 1);
        rungs.last().map(|(_, transaction)| transaction.clone())
    }

    /// Lets the interval pass and whatever is due happen.
    pub(super) fn try_advance(&self) {
        for _ in 0..5 {
            self.chain().block();
        }
        // nothing may be due
        let _ = send_duty(self.chain(), SystemContract::Custody, &ICustody::advanceCall {});
        self.chain().block();
    }

    /// Mines the first or the newest rung of an intent that has none on the best chain, if there is one.
    pub(super) fn confirm_one(&self, first: bool) {
        let rungs = self.rungs();
        let is_confirmed =
            |transaction: &Transaction| self.bitcoin().is_confirmed(transaction.compute_txid());
        let confirmed: BTreeSet<u64> =
            rungs.iter().filter(|(_, rung)| is_confirmed(rung)).map(|(intent, _)| *intent).collect();
        let mut open = rungs.iter().filter(|(intent, _)| !confirmed.contains(intent));
        let Some((intent, oldest)) = open.next() else { return };
        let newest = rungs.iter().rfind(|(other, _)| other == intent).map(|(_, rung)| rung);
        let rung = if first { oldest } else { newest.unwrap() };
        self.bitcoin().mine_with(std::slice::from_ref(rung));
    }

    /// Replaces the last `depth` blocks by others with the same transactions.
    pub(super) fn reorganise_and_mine_again(&self, depth: usize) {
        let tip = self.bitcoin().headers.len();
        let depth = depth.min(tip - 6);
        let lost = self.transactions((tip - depth)..tip);
        self.bitcoin().cut(depth);
        self.bitcoin().mine_with(&lost);
        (0..depth).for_each(|_| _ = self.bitcoin().mine_with(&[]));
    }

    /// What is on the best chain at these heights, without coinbases.
    fn transactions(&self, heights: Range<usize>) -> Vec<Transaction> {
        let headers = self.bitcoin().headers[heights].to_vec();
        let block = |header: &Header| self.hands.bitcoin.block(&header.block_hash()).unwrap().unwrap();
        headers.iter().flat_map(|header| block(header).txdata.into_iter().skip(1)).collect()
    }

    /// Sats in unspent outputs of deposits and of the treasury, on the best chain.
    pub(super) fn treasury_on_bitcoin(&self) -> u64 {
        let tip = self.bitcoin().headers.len();
        let all = self.transactions(0..tip);
        let treasury = ScriptBuf::from_bytes(self.view(&ICustody::treasuryScriptCall {}).to_vec());
        let ours = [treasury, self.script(ALICE), self.script(BOB)];
        let spent: BTreeSet<OutPoint> =
            all.iter().flat_map(|tx| tx.input.iter().map(|input| input.previous_output)).collect();
        let mut sats = 0;
        for transaction in &all {
            let txid = transaction.compute_txid();
            for (vout, output) in (0..).zip(&transaction.output) {
                let is_ours = ours.contains(&output.script_pubkey);
                if is_ours && !spent.contains(&OutPoint::new(txid, vout)) {
                    sats += output.value.to_sat();
                }
            }
        }
        sats
    }

    /// Every transaction that custody was told to sign, signed, with its intent.
    fn rungs(&self) -> Vec<(u64, Transaction)> {
        let latest = self.chain().block_number().unwrap();
        let events = events::<ICustody::Intent>(self.chain(), 1..=latest, SystemContract::Custody).unwrap();
        let signed = |(_, intent): (u64, ICustody::Intent)| {
            let mut transaction: Transaction = deserialize(&intent.transaction).unwrap();
            transaction.input.iter_mut().for_each(|input| input.witness = Witness::from_slice(&[[7; 64]]));
            (intent.intent, transaction)
        };
        events.into_iter().map(signed).collect()
    }

    /// How often something is in the chain's mempool.
    pub(super) fn waiting(&self) -> usize {
        self.chain().state().pool.len()
    }
}
