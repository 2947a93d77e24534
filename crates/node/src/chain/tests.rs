use alloy_sol_types::SolCall as _;
use ballast_evm::{Built, Seal, build_block, memory::MemoryState};
use ballast_schnorr::{SigningKey, eots, message, nonce};
use ballast_types::{SystemContract, genesis::GenesisProvider, interfaces::IFinality};

use super::*;
use crate::{
    fixture::{PBTC, bitcoin_base, genesis, header_duty, mine, raw, validator, wallet},
    node::genesis_block,
};

/// A chain without an engine: blocks are built and made final by hand.
struct Harness {
    chain: Chain,
    state: MemoryState,
    head: ChainBlock,
}

impl Harness {
    fn new() -> Self {
        Self::with(genesis(1, 0, 1_000, 60))
    }

    fn with(genesis: Genesis) -> Self {
        let head = genesis_block(&genesis);
        let index = Arc::new(Index::in_memory(head.block()).unwrap());
        let chain = Chain::new(Arc::new(genesis), head.clone(), index, Limits::default());
        let mut harness = Self { chain, state: MemoryState::default(), head };
        harness.grow();
        harness
    }

    fn build(&self) -> (Environment, Built) {
        let environment = self.chain.next_environment().unwrap();
        let candidates = self.chain.candidates(environment.base_fee);
        let built = build_block(&self.state, &environment, self.chain.genesis(), candidates).unwrap();
        (environment, built)
    }

    /// Puts what waits into a block and makes it final.
    fn grow(&mut self) -> Built {
        let (environment, built) = self.build();
        let mut seal = Seal { operations: self.head.extra().operations, ..Seal::default() };
        seal.context.leader = validator(0).public().ed25519;
        let block = environment.seal(built.transactions.clone(), &built.outcome, seal);
        self.head = ChainBlock::new(block).unwrap();
        self.chain.remember(self.head.hash(), environment.number, built.outcome.clone());
        self.chain.finalise(&self.head).unwrap();
        self.state.apply(&built.outcome.changes);
        built
    }
}

#[test]
fn a_final_block_is_indexed_announced_and_taken_out_of_the_mempool() {
    let mut harness = Harness::new();
    let mut events = harness.chain.subscribe();
    let transfer = wallet(0).transfer(0, wallet(1).address, PBTC, 1);
    let hash = harness.chain.submit(&raw(&transfer)).unwrap();
    let header = mine(&bitcoin_base(0));
    let duty = harness.chain.submit(&header_duty(&header).encoded()).unwrap();
    assert_eq!(harness.chain.waiting(), (1, 1));
    for expected in [hash, duty] {
        assert!(matches!(events.try_recv().unwrap(), ChainEvent::Pending(tx) if tx.hash() == expected));
    }

    harness.grow();
    assert_eq!(harness.chain.waiting(), (0, 0));
    let ChainEvent::Block(stored) = events.try_recv().unwrap() else { panic!("a block was announced") };
    let order: Vec<_> = stored.block.transactions.iter().map(Transaction::hash).collect();
    assert_eq!((stored.hash, order), (harness.head.hash(), vec![duty, hash]), "duties come first");
    assert_eq!(harness.chain.transaction(duty).unwrap(), Some(TransactionPlace { block: 2, index: 0 }));
    let state = harness.chain.state_at(2).unwrap();
    assert_eq!(state.account(wallet(0).address).unwrap().unwrap().nonce, 1);
    assert_eq!(harness.chain.pending_nonce(wallet(0).address).unwrap(), 1);
}

#[test]
fn a_block_that_comes_again_changes_nothing() {
    let mut harness = Harness::new();
    harness.grow();
    let mut events = harness.chain.subscribe();
    let (_, built) = harness.build();
    harness.chain.remember(harness.head.hash(), 2, built.outcome);
    harness.chain.finalise(&harness.head).unwrap();
    assert_eq!(harness.chain.latest().unwrap(), 2);
    assert!(events.try_recv().is_err(), "it is not announced twice");
}

#[test]
fn a_block_that_was_never_executed_cannot_be_final() {
    let harness = Harness::new();
    let stranger = genesis_block(&genesis(1, 1_000, 1_000, 60));
    assert!(matches!(harness.chain.finalise(&stranger), Err(IndexError::Damaged(_))));
}

#[test]
fn what_turned_invalid_is_dropped_and_what_may_fit_later_stays() {
    let harness = Harness::new();
    let submit = |number: u8| {
        let transfer = wallet(number).transfer(0, wallet(9).address, 1, 1);
        harness.chain.submit(&raw(&transfer)).unwrap()
    };
    let hashes = [submit(0), submit(1), submit(2)];
    let nonce = TransactionRejection::NonceTooHigh { expected: 0, found: 1 };
    let reasons =
        [Reason::NoRoom, Reason::Transaction(nonce), Reason::Transaction(TransactionRejection::Type(3))];
    let left_out: Vec<_> =
        hashes.into_iter().zip(reasons).map(|(hash, reason)| LeftOut { hash, reason }).collect();
    harness.chain.drop_invalid(&left_out);
    let kept = hashes.map(|hash| harness.chain.pending(hash).is_some());
    assert_eq!(kept, [true, true, false]);
}

#[test]
fn a_duty_is_run_before_it_is_taken() {
    let harness = Harness::new();
    let orphan = mine(&mine(&bitcoin_base(0)));
    let refused = harness.chain.submit(&header_duty(&orphan).encoded());
    assert!(matches!(refused, Err(SubmitError::Duty(DutyRejection::Reverted(_)))), "{refused:?}");
    let not_a_duty = Duty { chain_id: 840_099, to: Address::ZERO, input: Bytes::new() };
    let refused = harness.chain.submit(&not_a_duty.encoded());
    assert!(matches!(refused, Err(SubmitError::Duty(DutyRejection::NotADuty(_)))), "{refused:?}");
    assert_eq!(harness.chain.waiting(), (0, 0));
}

#[test]
fn only_what_clients_submit_goes_to_peers() {
    let harness = Harness::new();
    let mut outgoing = harness.chain.submitted();
    let (own, theirs) =
        (wallet(0).transfer(0, Address::ZERO, 1, 1), wallet(1).transfer(0, Address::ZERO, 1, 1));
    harness.chain.submit_from_peer(&raw(&theirs)).unwrap();
    harness.chain.submit(&raw(&own)).unwrap();
    assert_eq!(outgoing.try_recv().unwrap(), Bytes::from(raw(&own)));
    assert!(outgoing.try_recv().is_err());
}

/// The duty of a vote by the provider with this key, whose randomness nobody promised.
fn ballot(key: &SigningKey, height: u64, block_hash: B256) -> Duty {
    let context = message::nonce_context(840_099);
    let one = nonce::derive(key, context.as_bytes(), height);
    let randomness = one.public().0.into();
    let signature = eots::sign(key, one, &message::vote(840_099, height, &block_hash)).unwrap();
    let call = IFinality::voteCall {
        provider: key.x_only().serialize().into(),
        height,
        blockHash: block_hash,
        randomness,
        signature: signature.to_bytes().into(),
        commitment: 0,
        path: vec![],
    };
    Duty { chain_id: 840_099, to: SystemContract::Finality.address(), input: call.abi_encode().into() }
}

#[test]
fn a_vote_for_another_block_is_refused_and_kept_for_whoever_looks_for_double_signs() {
    let (provider, stranger) = ([2, 3]).map(|number| SigningKey::from_bytes(&[number; 32]).unwrap()).into();
    let key = provider.x_only().serialize().into();
    let (owner, root) = (Address::repeat_byte(2), B256::repeat_byte(1));
    let genesis = Genesis {
        providers: vec![GenesisProvider { key, owner, commission_bp: 0, start: 1, count: 300, root }],
        ..genesis(1, 0, 1_000, 60)
    };
    let harness = Harness::with(genesis);
    let (_, head) = harness.chain.head().unwrap();
    let submit = |duty: &Duty| harness.chain.submit(&duty.encoded()).unwrap_err();
    let wrong = ballot(&provider, 1, B256::repeat_byte(9));
    submit(&wrong);
    // what it is not: said twice, of this chain's block, signed by somebody else, or of a block that is to come
    submit(&wrong);
    submit(&ballot(&provider, 2, B256::repeat_byte(9)));
    submit(&ballot(&provider, 1, head));
    submit(&ballot(&stranger, 1, B256::repeat_byte(9)));
    submit(&header_duty(&mine(&mine(&bitcoin_base(0)))));
    let (next, votes) = harness.chain.refused_votes(0, 10);
    assert_eq!((next, votes), (1, vec![Vote::of(&wrong).unwrap()]));
    submit(&ballot(&provider, 1, B256::repeat_byte(8)));
    assert_eq!(harness.chain.refused_votes(next, 10).1[0].block_hash, B256::repeat_byte(8));
}
