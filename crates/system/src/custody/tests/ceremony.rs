//! Three custodians that share no memory make a key on the chain, honest and not.

use std::collections::BTreeMap;

use alloy_primitives::{B256, U256};
use ballast_custody::{
    Ceremony, Group, Member, Roster, Round, Session, Signer,
    ceremony::{Dealer, FinishError, Package, Packages, Receiver, SealedShares, transcript},
    signing::Commitments,
};
use ballast_types::interfaces::ICustody::*;
use bitcoin::secp256k1::rand::{SeedableRng, rngs::StdRng};

use super::world::*;
use crate::contract::{CallError, Mode};

/// The round in which a custodian stops, or what it does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Behaviour {
    Honest,
    SilentFrom(u8),
    BadShares,
    BadTrial,
}

/// Custodians that read all they know from the contract.
struct Cast {
    world: World,
    rng: StdRng,
    behaviours: BTreeMap<u16, Behaviour>,
}

fn member(number: u16) -> Member {
    Member::try_from(number).unwrap()
}

impl Cast {
    fn new(second: Behaviour) -> Self {
        let behaviours = [(1, Behaviour::Honest), (2, second), (3, Behaviour::Honest)].into();
        Self { world: World::without_key(), rng: StdRng::seed_from_u64(1), behaviours }
    }

    fn ceremony(&mut self) -> Ceremony {
        let shown = self.world.view(&ceremonyCall {});
        let identity = |number: &u16| (member(*number), signing_key(*number as u8).x_only());
        let roster = Roster::new(2, shown.custodians.iter().map(identity).collect()).unwrap();
        let ceremony = Ceremony::new(840_099, shown.number, roster);
        assert_eq!(B256::from(ceremony.id().0), shown.id);
        ceremony
    }

    fn said(&mut self, ceremony: &Ceremony, custodian: Member, round: Round) -> Vec<u8> {
        let (number, custodian) = (ceremony.number(), custodian.get());
        self.world.view(&messageCall { number, custodian, round: round as u8 }).to_vec()
    }

    fn is_silent(&self, custodian: Member, round: Round) -> bool {
        matches!(self.behaviours[&custodian.get()], Behaviour::SilentFrom(from) if round as u8 >= from)
    }

    fn say(&mut self, statement: ballast_custody::Statement<'_>, custodian: Member) -> Result<(), CallError> {
        let call = message_call(statement, custodian.get());
        self.world.duty(&call).map(|_| ())
    }

    /// Rounds 1 and 2; `None` if somebody was silent.
    fn deal(&mut self, ceremony: &Ceremony) -> Option<Vec<(Member, Receiver)>> {
        let members: Vec<Member> = ceremony.roster().members().collect();
        let mut dealers = Vec::new();
        for custodian in members.iter().copied() {
            let (dealer, package) = Dealer::new(ceremony, custodian, &mut self.rng).unwrap();
            dealers.push((custodian, dealer));
            if !self.is_silent(custodian, Round::Package) {
                let bytes = package.to_bytes();
                self.say(ceremony.statement(Round::Package, &bytes), custodian).unwrap();
            }
        }
        let packages = self.packages(ceremony)?;
        let mut receivers = Vec::new();
        for (custodian, dealer) in dealers {
            let (receiver, shares) = dealer.deal(&packages, &mut self.rng).unwrap();
            receivers.push((custodian, receiver));
            let mut bytes = shares.to_bytes();
            if self.behaviours[&custodian.get()] == Behaviour::BadShares {
                *bytes.last_mut().unwrap() ^= 1;
            }
            if !self.is_silent(custodian, Round::SealedShares) {
                self.say(ceremony.statement(Round::SealedShares, &bytes), custodian).unwrap();
            }
        }
        (self.world.view(&ceremonyCall {}).round == 4).then_some(receivers)
    }

    fn packages(&mut self, ceremony: &Ceremony) -> Option<Packages> {
        let mut packages = BTreeMap::new();
        for custodian in ceremony.roster().members() {
            let bytes = self.said(ceremony, custodian, Round::Package);
            packages.insert(custodian, Package::from_bytes(ceremony, &bytes).ok()?);
        }
        Some(Packages::new(ceremony.clone(), packages).unwrap())
    }

    fn shares(&mut self, ceremony: &Ceremony) -> BTreeMap<Member, SealedShares> {
        let mut shares = BTreeMap::new();
        for custodian in ceremony.roster().members() {
            let bytes = self.said(ceremony, custodian, Round::SealedShares);
            shares.insert(custodian, SealedShares::from_bytes(ceremony, custodian, &bytes).unwrap());
        }
        shares
    }

    /// One ceremony as far as it goes.
    fn run(&mut self) {
        let ceremony = self.ceremony();
        let Some(receivers) = self.deal(&ceremony) else { return };
        let (packages, shares) = (self.packages(&ceremony).unwrap(), self.shares(&ceremony));
        let session = Session::trial(&packages, 0, transcript(&packages, &shares).unwrap());
        let mut signers = Vec::new();
        for (custodian, receiver) in receivers {
            match receiver.finish(&shares) {
                Ok(share) => signers.push((custodian, Signer::new(share))),
                Err(FinishError::BadShare { culprit, complaint }) => {
                    assert_eq!(culprit, member(2));
                    let bytes = complaint.to_bytes();
                    self.say(ceremony.statement(Round::Complaint, &bytes), custodian).unwrap();
                    return;
                }
                Err(error) => panic!("{error}"),
            }
        }
        self.trial(&session, signers);
    }

    fn trial(&mut self, session: &Session, mut signers: Vec<(Member, Signer)>) {
        let mut commitments = BTreeMap::new();
        for (custodian, signer) in &mut signers {
            let bytes = signer.commit(session, &mut self.rng).unwrap().to_bytes();
            commitments.insert(*custodian, Commitments::from_bytes(session, &bytes).unwrap());
            if !self.is_silent(*custodian, Round::Commitments) {
                self.say(session.statement(Round::Commitments, &bytes), *custodian).unwrap();
            }
        }
        if self.world.view(&ceremonyCall {}).round != 5 {
            return;
        }
        for (custodian, signer) in &mut signers {
            let mut bytes = signer.sign(session, &commitments).unwrap().to_bytes();
            if self.behaviours[&custodian.get()] == Behaviour::BadTrial {
                bytes[31] ^= 1;
            }
            if !self.is_silent(*custodian, Round::SignatureShares) {
                self.say(session.statement(Round::SignatureShares, &bytes), *custodian).unwrap();
            }
        }
    }

    fn has_key(&mut self) -> bool {
        self.world.call(Mode::Static, ALICE, U256::ZERO, &groupKeyCall {}).is_ok()
    }

    /// Lets the round's time pass and says so.
    fn expire(&mut self) {
        let deadline = self.world.view(&ceremonyCall {}).deadline;
        self.world.storage.block.number = deadline;
        self.world.refused(&advanceCall {}, &NoKey {});
        self.world.storage.block.number = deadline + 1;
        self.world.duty(&advanceCall {}).unwrap();
    }
}

fn message_call(statement: ballast_custody::Statement<'_>, custodian: u16) -> sayCall {
    let signature = statement.sign(&signing_key(custodian as u8), &[0; 32]).serialize();
    sayCall {
        custodian,
        round: statement.round as u8,
        payload: statement.payload.to_vec().into(),
        r: B256::from_slice(&signature[..32]),
        s: B256::from_slice(&signature[32..]),
    }
}

#[test]
fn three_honest_custodians_make_a_key_and_then_it_takes_deposits() {
    let mut cast = Cast::new(Behaviour::Honest);
    cast.run();
    let key = cast.world.view(&groupKeyCall {});
    let group = Group::from_bytes(&cast.world.view(&groupBytesCall {})).unwrap();
    assert_eq!(B256::from(group.key().serialize()), key);
    assert_eq!((group.threshold(), group.members().count()), (2, 3));
    let made = cast.world.events::<KeyMade>();
    assert_eq!((made.len(), made[0].key), (1, key));
    assert_eq!(cast.world.view(&ceremonyCall {}).round, 0);
    cast.world.fund(ALICE, 100_000);
    cast.world.check();

    let late = message_call(cast.ceremony().statement(Round::Package, &[1]), 1);
    cast.world.refused(&late, &NoCeremony {});
}

#[test]
fn whoever_is_silent_in_any_round_is_left_out() {
    for round in [1, 2, 4, 5] {
        let mut cast = Cast::new(Behaviour::SilentFrom(round));
        cast.run();
        assert!(!cast.has_key(), "silent from round {round}");
        cast.expire();
        let shown = cast.world.view(&ceremonyCall {});
        assert_eq!((shown.number, shown.custodians), (2, vec![1, 3]), "silent from round {round}");
        cast.run();
        assert!(cast.has_key());
    }
}

#[test]
fn whoever_deals_a_bad_share_is_convicted_by_its_victim() {
    let mut cast = Cast::new(Behaviour::BadShares);
    cast.run();
    assert_eq!(cast.world.view(&ceremonyCall {}).custodians, [1, 3]);
    cast.run();
    assert!(cast.has_key());
}

#[test]
fn whoever_spoils_the_trial_is_left_out() {
    let mut cast = Cast::new(Behaviour::BadTrial);
    cast.run();
    assert!(!cast.has_key());
    assert_eq!(cast.world.view(&ceremonyCall {}).custodians, [1, 3]);
    cast.run();
    assert!(cast.has_key());
}

#[test]
fn when_too_few_speak_all_begin_again() {
    let mut cast = Cast::new(Behaviour::SilentFrom(1));
    cast.behaviours.insert(3, Behaviour::SilentFrom(1));
    cast.run();
    cast.expire();
    let shown = cast.world.view(&ceremonyCall {});
    assert_eq!((shown.number, shown.custodians), (2, vec![1, 2, 3]));
}

#[test]
fn a_message_is_its_authors_own_said_once_in_its_round() {
    let mut cast = Cast::new(Behaviour::Honest);
    let ceremony = cast.ceremony();
    let (_, package) = Dealer::new(&ceremony, member(1), &mut cast.rng).unwrap();
    let bytes = package.to_bytes();
    let good = message_call(ceremony.statement(Round::Package, &bytes), 1);
    for custodian in [0, 2, 4] {
        cast.world.refused(&sayCall { custodian, ..good.clone() }, &NotSigned { custodian });
    }
    let other = Ceremony::new(840_099, 2, ceremony.roster().clone());
    let elsewhere = message_call(other.statement(Round::Package, &bytes), 1);
    cast.world.refused(&elsewhere, &NotSigned { custodian: 1 });
    for round in [0, 2, 3, 4, 5, 6] {
        cast.world.refused(&sayCall { round, ..good.clone() }, &WrongRound { expected: 1, found: round });
    }
    let cut = message_call(ceremony.statement(Round::Package, &bytes[1..]), 1);
    cast.world.refused(&cut, &MalformedMessage { custodian: 1, round: 1 });
    // another's package, signed by oneself: the proof of knowledge is not one's own
    let (_, stolen) = Dealer::new(&ceremony, member(3), &mut cast.rng).unwrap();
    let stolen = stolen.to_bytes();
    let stolen = message_call(ceremony.statement(Round::Package, &stolen), 1);
    cast.world.refused(&stolen, &MalformedMessage { custodian: 1, round: 1 });
    cast.world.duty(&good).unwrap();
    cast.world.refused(&good, &AlreadySaid { custodian: 1 });
}
