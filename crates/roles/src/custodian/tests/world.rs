//! Three custodians, a chain with the real custody contract, a bitcoind, and disks that outlive processes.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
};

use alloy_primitives::{Address, B256, U256, address};
use alloy_sol_types::{SolCall, SolEvent};
use ballast_bitcoin_io::Bitcoin;
use ballast_bitcoin_light::InclusionProof;
use ballast_custody::{CeremonyId, Group, KeyShare, Member, Policy, Round, Session};
use ballast_system::light_client;
use ballast_types::{SystemContract, interfaces::ICustody::*};
use bitcoin::{
    OutPoint, PubkeyHash, ScriptBuf, Transaction, Txid,
    consensus::{deserialize, serialize},
    hashes::Hash,
    secp256k1::rand::{SeedableRng, rngs::StdRng},
};
use zeroize::Zeroizing;

use super::bitcoin_node::{Node, spend};
use crate::{
    chain::{At, send_duty},
    custodian::{
        Action, Custodian, CustodianHands, Event, Responder, Warning,
        config::PolicyConfig,
        ledger::Ledger,
        question::{Asked, Commit, NoAnswer, Peers, Question, Said, Sign},
        store::{Store, StoreError},
    },
    custody,
    fake::{CHAIN_ID, FakeChain, bitcoin::genesis},
    runner::{Hands, Role},
};

pub(super) use crate::fake::custody::identity;

pub(super) const ALICE: Address = address!("00000000000000000000000000000000000000a1");
/// Blocks on top that a deposit and an intent's coins need on this network.
pub(super) const K: usize = 3;
pub(super) const AMOUNT: u64 = 50_000;
pub(super) const CEILING: u64 = 20_000;

pub(super) type TestResponder = Responder<Arc<FakeChain>, Node, Disk, StdRng>;

pub(super) fn member(number: u16) -> Member {
    Member::try_from(number).unwrap()
}

/// A disk in memory.
#[derive(Clone, Default)]
pub(super) struct Disk(Arc<Mutex<Files>>);

#[derive(Default)]
pub(super) struct Files {
    pub(super) seeds: BTreeMap<CeremonyId, [u8; 32]>,
    pub(super) shares: BTreeMap<CeremonyId, Vec<u8>>,
    ledger: Ledger,
    /// Whether it is full.
    pub(super) full: bool,
}

impl Disk {
    pub(super) fn files(&self) -> std::sync::MutexGuard<'_, Files> {
        self.0.lock().unwrap()
    }

    fn writable(&self) -> Result<(), StoreError> {
        let source = std::io::ErrorKind::StorageFull.into();
        if self.files().full { Err(StoreError::File { path: "disk".into(), source }) } else { Ok(()) }
    }
}

impl Store for Disk {
    fn seed(&self, ceremony: CeremonyId, fresh: &[u8; 32]) -> Result<Zeroizing<[u8; 32]>, StoreError> {
        self.writable()?;
        Ok(Zeroizing::new(*self.files().seeds.entry(ceremony).or_insert(*fresh)))
    }

    fn forget_seeds(&self) -> Result<(), StoreError> {
        self.files().seeds.clear();
        Ok(())
    }

    fn keep_share(&self, ceremony: CeremonyId, share: &KeyShare) -> Result<(), StoreError> {
        self.writable()?;
        self.files().shares.insert(ceremony, share.to_secret_bytes().to_vec());
        Ok(())
    }

    fn has_share(&self, ceremony: CeremonyId) -> Result<bool, StoreError> {
        Ok(self.files().shares.contains_key(&ceremony))
    }

    fn share(&self, group: &Group) -> Result<Option<KeyShare>, StoreError> {
        let files = self.files();
        let mut shares = files.shares.values().map(|bytes| KeyShare::from_secret_bytes(bytes).unwrap());
        Ok(shares.find(|share| share.group() == group))
    }

    fn ledger(&self) -> Result<Ledger, StoreError> {
        Ok(self.files().ledger.clone())
    }

    fn keep_ledger(&self, ledger: &Ledger) -> Result<(), StoreError> {
        self.writable()?;
        self.files().ledger = ledger.clone();
        Ok(())
    }
}

/// What a custodian does with a question of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Honest,
    /// Gives no answer.
    Down,
    /// Commits, and is then killed.
    DiesBetweenTheRounds,
    /// Signs a share that is none.
    BadShare,
    /// Somebody on the way changes its answers.
    Intercepted,
}

/// The custodians as they reach each other.
#[derive(Clone, Default)]
pub(super) struct Wires(Arc<Mutex<BTreeMap<Member, Wire>>>);

type Wire = (Manner, Arc<TestResponder>);

impl Wires {
    fn ask_one<Q: Question>(&self, member: Member, asked: &Asked<Q>) -> Result<Said, NoAnswer> {
        let (manner, responder) = self.0.lock().unwrap()[&member].clone();
        let silent = || NoAnswer::Silent("unreachable".into());
        let json = serde_json::to_string(asked).unwrap();
        let answer = match (Q::ROUND, manner) {
            (_, Manner::Down) | (Round::SignatureShares, Manner::DiesBetweenTheRounds) => {
                return Err(silent());
            }
            (Round::Commitments, _) => responder.commit(&serde_json::from_str(&json).unwrap()),
            _ => responder.sign(&serde_json::from_str(&json).unwrap()),
        };
        let mut said = answer.map_err(|denial| NoAnswer::Refused {
            name: denial.name().into(),
            message: denial.to_string(),
        })?;
        let mut payload = said.payload.to_vec();
        *payload.last_mut().unwrap() ^= 1;
        match (Q::ROUND, manner) {
            (_, Manner::Intercepted) => said.payload = payload.into(),
            (Round::SignatureShares, Manner::BadShare) => {
                let asked: Asked<Sign> = serde_json::from_str(&json).unwrap();
                let Sign { intent, rung, attempt, .. } = asked.0;
                let digests = responder.verdict(intent, rung).unwrap().digests();
                let group = responder.store.share(&group_of(&responder)).unwrap().unwrap().group().clone();
                let session = Session::new(CHAIN_ID, &group, attempt, digests).unwrap();
                let statement = session.statement(Round::SignatureShares, &payload);
                let signature = statement.sign(&identity(member.get()), &[0; 32]);
                said = Said { payload: payload.into(), signature };
            }
            _ => {}
        }
        Ok(said)
    }
}

fn group_of(responder: &TestResponder) -> Group {
    custody::group(&responder.chain, At::Latest).unwrap().unwrap()
}

impl Peers for Wires {
    fn ask<Q: Question>(
        &self,
        members: &[Member],
        asked: &Asked<Q>,
    ) -> BTreeMap<Member, Result<Said, NoAnswer>> {
        members.iter().map(|member| (*member, self.ask_one(*member, asked))).collect()
    }
}

/// A custodian's process, and its disk.
pub(super) struct Actor {
    role: Custodian<StdRng>,
    pub(super) hands: CustodianHands<Arc<FakeChain>, Node, Disk, StdRng, Wires>,
    pub(super) disk: Disk,
    pub(super) warnings: Vec<Warning>,
    /// What it does to its own actions.
    pub(super) twist: fn(&mut Action),
    pub(super) policy: Policy,
}

pub(super) struct World {
    pub(super) chain: Arc<FakeChain>,
    pub(super) bitcoin: Node,
    pub(super) wires: Wires,
    pub(super) actors: BTreeMap<u16, Actor>,
    starts: u64,
}

impl World {
    /// A chain at its beginning, and three custodians.
    pub(super) fn new() -> Self {
        Self::seeded(0)
    }

    fn seeded(starts: u64) -> Self {
        let chain = Arc::new(FakeChain::new(genesis()));
        chain.set_up_custody();
        let mut world =
            Self { chain, bitcoin: Node::new(), wires: Wires::default(), actors: BTreeMap::new(), starts };
        for number in 1..=3 {
            world.start(number, Disk::default(), |_| {}, PolicyConfig::default().policy());
        }
        world
    }

    /// Three custodians with a key.
    pub(super) fn with_key() -> Self {
        Self::with_key_of_seed(0)
    }

    /// Three custodians with another key for each seed.
    pub(super) fn with_key_of_seed(seed: u64) -> Self {
        let mut world = Self::seeded(seed);
        world.run(12, &[1, 2, 3]);
        assert!(world.has_key());
        world.actors.values_mut().for_each(|actor| actor.warnings.clear());
        world
    }

    /// With a key, Alice's deposit, and a payout of hers that is an intent by now; the intent.
    pub(super) fn with_intent() -> (Self, Intent) {
        let mut world = Self::with_key();
        world.deposit(1_000_000);
        world.request(AMOUNT);
        let intent = world.advance();
        (world, intent)
    }

    fn start(&mut self, number: u16, disk: Disk, twist: fn(&mut Action), policy: Policy) {
        self.starts += 1;
        let rng = |salt: u64| StdRng::seed_from_u64(1_000 * salt + u64::from(number));
        let nodes = (self.chain.clone(), self.bitcoin.clone(), disk.clone());
        let who = (member(number), identity(number));
        let responder = Responder::new(nodes, who, (policy.clone(), 1_000), rng(2 * self.starts));
        let responder = Arc::new(responder);
        self.wires.0.lock().unwrap().insert(member(number), (Manner::Honest, responder.clone()));
        let hands = CustodianHands { responder, peers: self.wires.clone() };
        let role = Custodian::new(member(number), rng(2 * self.starts + 1));
        self.actors.insert(number, Actor { role, hands, disk, warnings: vec![], twist, policy });
    }

    /// Kills a custodian and starts it again, with its disk.
    pub(super) fn restart(&mut self, number: u16) {
        let Actor { disk, twist, policy, .. } = self.actors.remove(&number).unwrap();
        self.start(number, disk, twist, policy);
    }

    /// Starts a custodian again with other limits.
    pub(super) fn limit(&mut self, number: u16, policy: Policy) {
        self.actors.get_mut(&number).unwrap().policy = policy;
        self.restart(number);
    }

    pub(super) fn behave(&mut self, number: u16, manner: Manner) {
        self.wires.0.lock().unwrap().get_mut(&member(number)).unwrap().0 = manner;
    }

    pub(super) fn responder(&self, number: u16) -> &TestResponder {
        &self.actors[&number].hands.responder
    }

    /// One tick of one custodian and all that follows from it.
    pub(super) fn tick(&mut self, number: u16) {
        self.tick_until(number, usize::MAX);
    }

    /// One tick, cut off after so many actions as a kill would.
    pub(super) fn tick_until(&mut self, number: u16, limit: usize) {
        let actor = self.actors.get_mut(&number).unwrap();
        let mut actions = VecDeque::from(actor.role.step(Event::Tick));
        for _ in 0..limit {
            let Some(mut action) = actions.pop_front() else { return };
            if let Action::Warn(warning) = &action {
                actor.warnings.push(warning.clone());
            }
            (actor.twist)(&mut action);
            let event = actor.hands.perform(action);
            actions.extend(event.map(|event| actor.role.step(event)).unwrap_or_default());
        }
    }

    /// Ticks of some custodians, then a block, so many times.
    pub(super) fn run(&mut self, times: usize, who: &[u16]) {
        for _ in 0..times {
            who.iter().for_each(|number| self.tick(*number));
            self.chain.block();
        }
    }

    pub(super) fn ceremony(&self) -> ceremonyReturn {
        self.view(&ceremonyCall {})
    }

    pub(super) fn has_key(&self) -> bool {
        self.ceremony().round == 0
    }

    /// What a view of custody shows.
    pub(super) fn view<C: SolCall>(&self, call: &C) -> C::Return {
        self.chain.view(SystemContract::Custody, call)
    }

    /// A block with this duty, which must be good.
    fn duty<C: SolCall>(&self, call: &C) {
        send_duty(&self.chain, SystemContract::Custody, call).unwrap();
        self.chain.block();
    }

    /// Lets the round's time pass.
    pub(super) fn expire(&mut self) {
        let deadline = self.ceremony().deadline;
        self.chain.state().storage.block.number = deadline + 1;
        self.duty(&advanceCall {});
    }

    /// Mines a block of these transactions, and the light client hears of it; its height.
    pub(super) fn mine(&mut self, transactions: Vec<Transaction>) -> usize {
        let mut bitcoin = self.bitcoin.bitcoin.state();
        let height = bitcoin.mine_with(&transactions) as usize;
        let header = serialize(&bitcoin.headers[height]);
        light_client::submit(&mut self.chain.state().storage, &header).unwrap();
        height
    }

    pub(super) fn mine_empty(&mut self, count: usize) {
        for _ in 0..count {
            self.mine(vec![]);
        }
    }

    /// The proof of the first transaction after the coinbase of the block at a height.
    fn proof(&self, height: usize) -> (Vec<u8>, Inclusion) {
        let hash = self.bitcoin.block_hash(height as u32).unwrap().unwrap();
        let block = self.bitcoin.block(&hash).unwrap().unwrap();
        let InclusionProof { branch, coinbase } = InclusionProof::from_block(&block, 1).unwrap();
        let siblings = |branch: &ballast_bitcoin_light::MerkleBranch| {
            branch.siblings().iter().map(|sibling| B256::from(sibling.to_byte_array())).collect()
        };
        let proof = Inclusion {
            blockHash: block.block_hash().to_byte_array().into(),
            index: 1,
            branch: siblings(&branch),
            coinbase: coinbase.sha256.to_byte_array().into(),
            coinbaseBranch: siblings(&coinbase.branch),
        };
        (serialize(&block.txdata[1]), proof)
    }

    /// Alice deposits, and it is minted.
    pub(super) fn deposit(&mut self, sats: u64) {
        self.deposit_with(sats, B256::ZERO);
    }

    /// Alice deposits, with a refund leaf unless its key is zero.
    pub(super) fn deposit_with(&mut self, sats: u64, refund: B256) {
        let call = depositScriptCall { recipient: ALICE, action: 0, refundKey: refund };
        let script = ScriptBuf::from_bytes(self.view(&call).to_vec());
        let salt = self.bitcoin.tip().unwrap().height;
        let source = OutPoint::new(Txid::from_byte_array([9; 32]), salt);
        let height = self.mine(vec![spend(source, salt, vec![(script, sats)])]);
        self.mine_empty(K);
        let (transaction, proof) = self.proof(height);
        let call = proveDepositCall {
            recipient: ALICE,
            action: 0,
            refundKey: refund,
            transaction: transaction.into(),
            vout: 0,
            proof,
        };
        self.duty(&call);
    }

    /// Alice asks for a payout.
    pub(super) fn request(&mut self, amount: u64) {
        let script = ScriptBuf::new_p2pkh(&PubkeyHash::from_byte_array([5; 20]));
        let value = U256::from(amount + CEILING) * U256::from(10_000_000_000u64);
        let call = requestPayoutCall { scriptPubKey: script.to_bytes().into(), amount, maxFee: CEILING };
        self.chain.pay(ALICE, value, SystemContract::Custody, &call);
    }

    /// Emits the next intent or rung.
    pub(super) fn advance(&mut self) -> Intent {
        self.chain.state().storage.block.number += 5;
        self.duty(&advanceCall {});
        let state = self.chain.state();
        let decode = |(_, log): &(Address, alloy_primitives::LogData)| Intent::decode_log_data(log).ok();
        state.storage.logs().iter().filter_map(decode).next_back().unwrap()
    }

    /// Confirms what waits in the mempool and proves it.
    pub(super) fn settle(&mut self) {
        let [transaction] =
            <[Transaction; 1]>::try_from(self.bitcoin.bitcoin.state().mempool.clone()).unwrap();
        let height = self.mine(vec![transaction]);
        self.mine_empty(K);
        let (transaction, proof) = self.proof(height);
        let call = provePaymentCall { transaction: transaction.into(), proof };
        self.duty(&call);
    }

    pub(super) fn mempool(&self) -> Vec<Txid> {
        self.bitcoin.bitcoin.state().mempool.iter().map(Transaction::compute_txid).collect()
    }

    pub(super) fn warnings(&self, number: u16) -> Vec<String> {
        self.actors[&number].warnings.iter().map(ToString::to_string).collect()
    }

    /// The question that a coordinator would ask about an intent.
    pub(super) fn commit_question(&self, intent: &Intent, coordinator: u16) -> Commit {
        let Intent { intent, rung, transaction, .. } = intent.clone();
        let attempt = crate::custodian::question::attempt(member(coordinator), 0);
        Commit { intent, rung, attempt, transaction }
    }
}

/// A question signed by a custodian.
pub(super) fn asked<Q: Question>(question: Q, by: u16) -> Asked<Q> {
    Asked::sign(question, CHAIN_ID, &identity(by), &[0; 32])
}

/// The txid of an intent's event.
pub(super) fn txid(intent: &Intent) -> Txid {
    let transaction: Transaction = deserialize(&intent.transaction).unwrap();
    transaction.compute_txid()
}
