use commonware_consensus::{
    simplex::types::{ConflictingNotarize, Finalize, Notarize, Nullify, NullifyFinalize, Proposal},
    types::{Epoch, Round, View},
};
use commonware_cryptography::keccak256;
use commonware_utils::test_rng;

use super::*;
use crate::{
    committees::Committees,
    fixture::{genesis, validator},
    index::Index,
    mempool::Limits,
    node::genesis_block,
};

fn chain() -> Arc<Chain> {
    let genesis = genesis(2, 0, 1_000, 60);
    let block = genesis_block(&genesis);
    let index = Index::in_memory(block.block()).unwrap();
    Arc::new(Chain::new(Arc::new(genesis), block, Arc::new(index), Limits::default()))
}

/// The scheme of the validator in seat `seat`, with votes for the chain of `chain`.
fn scheme(chain: &Chain, seat: usize) -> Scheme {
    let committee = chain.genesis().committee();
    let secrets = (0..2).map(validator).find(|secrets| secrets.public() == committee[seat]).unwrap();
    let committees = Committees::new(chain.genesis_block().hash(), secrets.vote);
    committees.register(Epoch::zero(), &committee).unwrap().as_ref().clone()
}

fn proposal(payload: u8) -> Proposal<Digest> {
    Proposal::new(Round::new(Epoch::zero(), View::new(5)), View::new(4), keccak256::Digest([payload; 32]))
}

fn vote(scheme: &Scheme, payload: u8) -> Notarize<Scheme, Digest> {
    Notarize::sign(scheme, proposal(payload)).unwrap()
}

#[test]
fn two_votes_in_one_view_are_kept_with_the_seat() {
    let chain = chain();
    let (one, two) = (scheme(&chain, 0), scheme(&chain, 1));
    let mut reporter = reporter(test_rng(), one.clone(), chain.clone());
    reporter.report(Activity::Notarize(vote(&two, 1)));
    assert_eq!(chain.index().faults().unwrap(), [], "one vote is no fault");

    let evidence = Activity::ConflictingNotarize(ConflictingNotarize::new(vote(&two, 1), vote(&two, 2)));
    reporter.report(evidence.clone());
    let fault = Fault { epoch: 0, view: 5, seat: 1 };
    assert_eq!(chain.index().faults().unwrap(), [(fault, evidence.encode().to_vec())]);

    let round = proposal(3).round;
    let both = NullifyFinalize::new(
        Nullify::sign::<Digest>(&one, round).unwrap(),
        Finalize::sign(&one, proposal(3)).unwrap(),
    );
    reporter.report(Activity::NullifyFinalize(both));
    assert_eq!(chain.index().faults().unwrap().len(), 2);
}

#[test]
fn a_forged_conflict_is_not_kept() {
    let chain = chain();
    let two = scheme(&chain, 1);
    let mut forged = vote(&two, 2);
    forged.attestation = vote(&two, 3).attestation;
    let evidence = ConflictingNotarize::new(vote(&two, 1), forged);
    reporter(test_rng(), two, chain.clone()).report(Activity::ConflictingNotarize(evidence));
    assert_eq!(chain.index().faults().unwrap(), []);
}
