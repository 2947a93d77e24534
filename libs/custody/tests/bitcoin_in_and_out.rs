//! Bitcoin comes in by a deposit address, is swept into the treasury and paid out, signed by 2 of 3 custodians
//! that share nothing but messages; a custodian is killed between the rounds, another one cheats. Every
//! transaction runs through Bitcoin Core's interpreter.

#![expect(clippy::unwrap_used, reason = "a test that fails says so")]

use std::collections::{BTreeMap, BTreeSet};

use ballast_custody::ceremony::{Dealer, Package, Packages, Receiver, SealedShares, transcript};
use ballast_custody::intent::{Intent, Payout, payout, sweep};
use ballast_custody::signing::{AggregateError, Commitments, SignError, SignatureShares, aggregate};
use ballast_custody::{
    Action, Ceremony, Coin, Deposit, Group, KeyShare, Lock, Member, Recovery, Refund, Roster, Round, Rules,
    Session, Signer, Treasury, Unsigned,
};
use ballast_schnorr::SigningKey;
use bitcoin::consensus::serialize;
use bitcoin::hashes::Hash;
use bitcoin::secp256k1::rand::{SeedableRng, rngs::StdRng};
use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::{Amount, FeeRate, OutPoint, ScriptBuf, Transaction, TxOut, WPubkeyHash, XOnlyPublicKey};
use bitcoinconsensus::{Utxo, VERIFY_ALL_PRE_TAPROOT, VERIFY_TAPROOT, verify_with_flags};

const CHAIN: u64 = 840_099;
const RULES: Rules = Rules {
    depth: 3,
    max_inputs: 25,
    max_payouts: 50,
    max_fee_rate: FeeRate::from_sat_per_vb_u32(100),
    headroom: 4,
};

/// A custodian of its own: its identity, its randomness, what it stores, what it holds in memory.
struct Custodian {
    member: Member,
    identity: SigningKey,
    rng: StdRng,
    store: Vec<u8>,
    signer: Option<Signer>,
}

/// A message as others get it.
struct Post {
    member: Member,
    payload: Vec<u8>,
    signature: Signature,
}

impl Custodian {
    fn new(number: u16) -> Self {
        Self {
            member: Member::try_from(number).unwrap(),
            identity: SigningKey::from_bytes(&[number as u8; 32]).unwrap(),
            rng: StdRng::seed_from_u64(number.into()),
            store: Vec::new(),
            signer: None,
        }
    }

    /// Starts with what the store holds and nothing else.
    fn start(&mut self) {
        self.signer = Some(Signer::new(KeyShare::from_secret_bytes(&self.store).unwrap()));
    }

    fn post(&self, statement: ballast_custody::Statement<'_>) -> Post {
        let signature = statement.sign(&self.identity, &[0; 32]);
        Post { member: self.member, payload: statement.payload.to_vec(), signature }
    }

    fn commit(&mut self, session: &Session) -> Post {
        let payload = self.signer.as_mut().unwrap().commit(session, &mut self.rng).unwrap().to_bytes();
        self.post(session.statement(Round::Commitments, &payload))
    }

    fn sign(&mut self, session: &Session, board: &BTreeMap<Member, Commitments>) -> Result<Post, SignError> {
        let payload = self.signer.as_mut().unwrap().sign(session, board)?.to_bytes();
        Ok(self.post(session.statement(Round::SignatureShares, &payload)))
    }
}

struct Custody {
    roster: Roster,
    group: Group,
    custodians: Vec<Custodian>,
}

/// The ceremony, up to the trial signature of all three.
fn found() -> Custody {
    let mut custodians: Vec<Custodian> = (1..=3).map(Custodian::new).collect();
    let identities =
        custodians.iter().map(|custodian| (custodian.member, custodian.identity.x_only())).collect();
    let roster = Roster::new(2, identities).unwrap();
    let ceremony = Ceremony::new(CHAIN, 0, roster.clone());

    let mut dealers = Vec::new();
    let mut packages = BTreeMap::new();
    for custodian in &mut custodians {
        let (dealer, package) = Dealer::new(&ceremony, custodian.member, &mut custodian.rng).unwrap();
        dealers.push(dealer);
        let post = custodian.post(ceremony.statement(Round::Package, &package.to_bytes()));
        ceremony.verify(post.member, Round::Package, &post.payload, &post.signature).unwrap();
        packages.insert(post.member, Package::from_bytes(&ceremony, &post.payload).unwrap());
    }
    let packages = Packages::new(ceremony.clone(), packages).unwrap();

    let mut receivers: Vec<Receiver> = Vec::new();
    let mut sealed = BTreeMap::new();
    for (custodian, dealer) in custodians.iter_mut().zip(dealers) {
        let (receiver, shares) = dealer.deal(&packages, &mut custodian.rng).unwrap();
        receivers.push(receiver);
        let post = custodian.post(ceremony.statement(Round::SealedShares, &shares.to_bytes()));
        ceremony.verify(post.member, Round::SealedShares, &post.payload, &post.signature).unwrap();
        sealed.insert(post.member, SealedShares::from_bytes(&ceremony, post.member, &post.payload).unwrap());
    }
    for (custodian, receiver) in custodians.iter_mut().zip(receivers) {
        custodian.store = receiver.finish(&sealed).unwrap().to_secret_bytes().to_vec();
        custodian.start();
    }
    let mut custody = Custody { roster, group: packages.group().clone(), custodians };
    let trial = Session::trial(&packages, 0, transcript(&packages, &sealed).unwrap());
    let signature = custody.sign(&trial, &[0, 1, 2]).unwrap();
    assert!(trial.digests()[0].verifies(custody.group.key(), &signature[0]));
    custody
}

impl Custody {
    fn board(&self, session: &Session, posts: &[Post]) -> BTreeMap<Member, Commitments> {
        let read = |post: &Post| {
            session
                .verify(&self.roster, post.member, Round::Commitments, &post.payload, &post.signature)
                .unwrap();
            (post.member, Commitments::from_bytes(session, &post.payload).unwrap())
        };
        posts.iter().map(read).collect()
    }

    /// Both rounds by some custodians, by position.
    fn sign(&mut self, session: &Session, signers: &[usize]) -> Result<Vec<Signature>, AggregateError> {
        let posts: Vec<Post> = signers.iter().map(|index| self.custodians[*index].commit(session)).collect();
        let board = self.board(session, &posts);
        let mut shares = BTreeMap::new();
        for index in signers {
            let post = self.custodians[*index].sign(session, &board).unwrap();
            let (round, roster) = (Round::SignatureShares, &self.roster);
            session.verify(roster, post.member, round, &post.payload, &post.signature).unwrap();
            shares.insert(post.member, SignatureShares::from_bytes(session, &post.payload).unwrap());
        }
        aggregate(&self.group, session, &board, &shares)
    }

    fn session(&self, unsigned: &Unsigned, attempt: u32) -> Session {
        Session::new(CHAIN, &self.group, attempt, unsigned.digests()).unwrap()
    }
}

fn accepted(transaction: &Transaction, spent: &[TxOut]) -> bool {
    let utxo = |output: &TxOut| Utxo {
        script_pubkey: output.script_pubkey.as_bytes().as_ptr(),
        script_pubkey_len: output.script_pubkey.len() as u32,
        value: output.value.to_sat() as i64,
    };
    let utxos: Vec<Utxo> = spent.iter().map(utxo).collect();
    let (bytes, flags) = (serialize(transaction), VERIFY_ALL_PRE_TAPROOT | VERIFY_TAPROOT);
    transaction.input.len() == spent.len()
        && spent.iter().enumerate().all(|(index, output)| {
            let script = output.script_pubkey.as_bytes();
            verify_with_flags(script, output.value.to_sat(), &bytes, Some(&utxos), index, flags).is_ok()
        })
}

fn x_only(byte: u8) -> XOnlyPublicKey {
    SigningKey::from_bytes(&[byte; 32]).unwrap().x_only()
}

fn treasury(group: &Group) -> Treasury {
    let recovery = Recovery::new(12_960, 2, vec![x_only(101), x_only(102), x_only(103)]).unwrap();
    Treasury { group: group.key(), recovery }
}

/// A user's transaction that pays two deposit addresses and somebody else in between.
fn user_pays(group: &Group, deposits: [&Deposit; 2]) -> Transaction {
    let pay = |sats, script_pubkey| TxOut { value: Amount::from_sat(sats), script_pubkey };
    Transaction {
        version: bitcoin::transaction::Version::TWO,
        lock_time: bitcoin::absolute::LockTime::ZERO,
        input: vec![bitcoin::TxIn::default()],
        output: vec![
            pay(400_000, deposits[0].script_pubkey(group.key())),
            pay(5_000, ScriptBuf::new_p2wpkh(&WPubkeyHash::all_zeros())),
            pay(300_000, deposits[1].script_pubkey(group.key())),
        ],
    }
}

fn coins_of(group: &Group, deposit: &Deposit, transaction: &Transaction) -> Vec<Coin> {
    let coin = |payment: ballast_custody::Payment| Coin {
        outpoint: OutPoint { txid: transaction.compute_txid(), vout: payment.vout },
        value: payment.value,
        confirmations: 6,
        lock: Lock::Deposit(*deposit),
    };
    deposit.payments(group.key(), transaction).into_iter().map(coin).collect()
}

/// Sweeps two deposits, one of them refundable; gives the treasury coin.
fn sweep_in(custody: &mut Custody) -> Coin {
    let plain = Deposit { chain_id: CHAIN, recipient: [1; 20], action: Action::Mint, refund: None };
    let refund = Some(Refund::new(x_only(111), 144, 100).unwrap());
    let refundable = Deposit { action: Action::MintAndStake, refund, ..plain };
    let paid = user_pays(&custody.group, [&plain, &refundable]);
    let coins = [plain, refundable].map(|deposit| coins_of(&custody.group, &deposit, &paid)).concat();
    let home = treasury(&custody.group);
    let intent = sweep::derive(&sweep::Facts {
        group: custody.group.key(),
        treasury: &home,
        coins: &coins,
        reserved: &BTreeSet::new(),
        fee_rate: FeeRate::from_sat_per_vb_u32(10),
        budget: Amount::from_sat(5_000),
        rules: &RULES,
    })
    .unwrap();
    let unsigned = intent.unsigned();
    let signatures = custody.sign(&custody.session(&unsigned, 0), &[0, 2]).unwrap();
    let swept = unsigned.complete(&signatures).unwrap();
    assert!(accepted(&swept, unsigned.spent()));
    let outpoint = OutPoint { txid: swept.compute_txid(), vout: 0 };
    Coin { outpoint, value: intent.change(), confirmations: 3, lock: Lock::Treasury(home.recovery) }
}

fn pay_out(custody: &Custody, coin: &Coin) -> Intent {
    let payout = Payout {
        id: 1,
        script_pubkey: ScriptBuf::new_p2wpkh(&WPubkeyHash::from_byte_array([7; 20])),
        amount: Amount::from_sat(250_000),
        fee_ceiling: Amount::from_sat(10_000),
    };
    payout::derive(&payout::Facts {
        treasury: &treasury(&custody.group),
        coins: std::slice::from_ref(coin),
        reserved: &BTreeSet::new(),
        payouts: &[payout],
        fee_rate: FeeRate::from_sat_per_vb_u32(10),
        rules: &RULES,
    })
    .unwrap()
}

#[test]
fn a_deposit_is_swept_and_paid_out() {
    let mut custody = found();
    let coin = sweep_in(&mut custody);
    let intent = pay_out(&custody, &coin);
    for intent in [intent.bump(FeeRate::from_sat_per_vb_u32(20)).unwrap(), intent] {
        let unsigned = intent.unsigned();
        let signatures = custody.sign(&custody.session(&unsigned, 0), &[1, 2]).unwrap();
        let paid = unsigned.complete(&signatures).unwrap();
        assert!(accepted(&paid, unsigned.spent()));
        assert_eq!(paid.output[0].value, Amount::from_sat(250_000));
        assert_eq!(paid.output[1].script_pubkey, treasury(&custody.group).script_pubkey());
        assert_eq!(paid.vsize() as u64, intent.vsize(), "the fee was computed for this very size");
    }
}

#[test]
fn a_custodian_killed_between_the_rounds_is_replaced() {
    let mut custody = found();
    let coin = sweep_in(&mut custody);
    let unsigned = pay_out(&custody, &coin).unsigned();
    let session = custody.session(&unsigned, 0);
    let posts = [0, 1].map(|index| custody.custodians[index].commit(&session));
    let board = custody.board(&session, &posts);

    custody.custodians[1].start();
    let error = custody.custodians[1].sign(&session, &board).err();
    assert_eq!(error, Some(SignError::NoNonces { session: session.id() }));

    let next = custody.session(&unsigned, 1);
    let signatures = custody.sign(&next, &[0, 2]).unwrap();
    assert!(accepted(&unsigned.complete(&signatures).unwrap(), unsigned.spent()));
}

#[test]
fn a_custodian_that_cheats_is_named_and_the_payout_still_happens() {
    let mut custody = found();
    let coin = sweep_in(&mut custody);
    let unsigned = pay_out(&custody, &coin).unsigned();
    let session = custody.session(&unsigned, 0);
    let posts = [0, 2].map(|index| custody.custodians[index].commit(&session));
    let board = custody.board(&session, &posts);
    let mut shares = BTreeMap::new();
    for index in [0, 2] {
        let mut post = custody.custodians[index].sign(&session, &board).unwrap();
        if index == 2 {
            post.payload[31] ^= 1;
            post = custody.custodians[2].post(session.statement(Round::SignatureShares, &post.payload));
        }
        let (round, roster) = (Round::SignatureShares, &custody.roster);
        session.verify(roster, post.member, round, &post.payload, &post.signature).unwrap();
        shares.insert(post.member, SignatureShares::from_bytes(&session, &post.payload).unwrap());
    }
    let cheater = custody.custodians[2].member;
    let error = aggregate(&custody.group, &session, &board, &shares).unwrap_err();
    assert_eq!(error, AggregateError::Cheaters { members: BTreeSet::from([cheater]) });

    let next = custody.session(&unsigned, 1);
    let signatures = custody.sign(&next, &[0, 1]).unwrap();
    assert!(accepted(&unsigned.complete(&signatures).unwrap(), unsigned.spent()));
}
