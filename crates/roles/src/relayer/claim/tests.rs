use std::collections::BTreeSet;

use alloy_primitives::{Address, B256};
use bitcoin::{Network, ScriptBuf, constants::genesis_block};

use super::*;

const SPENT: CoinFacts = CoinFacts { is_spent: true, stands: false };
const STANDS: CoinFacts = CoinFacts { is_spent: false, stands: true };
const LOST: CoinFacts = CoinFacts { is_spent: false, stands: false };

fn claim(origin: Origin) -> Claim {
    let block = genesis_block(Network::Regtest);
    let transaction = block.txdata[0].clone();
    let sighting = Sighting {
        height: 0,
        block: block.block_hash(),
        txid: transaction.compute_txid(),
        transaction,
        proof: InclusionProof::from_block(&block, 0).unwrap(),
        watches: BTreeSet::new(),
    };
    Claim { sighting: Arc::new(sighting), vout: 0, value: 1_000, origin }
}

fn deposit() -> Claim {
    let recipient = Address::repeat_byte(1);
    let script = ScriptBuf::new();
    claim(Origin::Deposit(WatchedDeposit { number: 1, recipient, action: 1, refund_key: None, script }))
}

fn facts(depth: u32, coin: Option<CoinFacts>) -> Facts {
    Facts { confirmations: depth + 1, coin, payment_depth: 6, deposit_depth: 3, minimum: 1_000 }
}

/// What is proven, for short.
fn name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Wait => "wait",
        Verdict::Settled => "settled",
        Verdict::Prove(proof) => match **proof {
            Proof::Deposit(_) => "deposit",
            Proof::Anchor(_) => "anchor",
            Proof::Payment(_) => "payment",
        },
    }
}

#[test]
fn what_is_proven_depends_on_what_the_chain_knows_and_how_deep_it_is() {
    let (payment, known) = (claim(Origin::Payment), claim(Origin::Known));
    let table = [
        (&deposit(), facts(2, None), "wait"),
        (&deposit(), facts(3, None), "deposit"),
        (&deposit(), facts(3, Some(STANDS)), "settled"),
        (&deposit(), facts(2, Some(LOST)), "wait"),
        (&deposit(), facts(3, Some(LOST)), "anchor"),
        (&deposit(), facts(3, Some(SPENT)), "settled"),
        (&payment, facts(5, None), "wait"),
        (&payment, facts(6, None), "payment"),
        (&payment, facts(0, Some(STANDS)), "settled"),
        (&payment, facts(3, Some(LOST)), "anchor"),
        (&known, facts(3, None), "settled"),
        (&known, facts(2, Some(LOST)), "wait"),
        (&known, facts(3, Some(LOST)), "anchor"),
        (&known, facts(3, Some(STANDS)), "settled"),
    ];
    for (claim, facts, expected) in table {
        assert_eq!(name(&judge(claim, &facts)), expected, "{:?} {facts:?}", claim.origin);
    }
}

#[test]
fn a_block_that_the_light_client_does_not_have_proves_nothing_and_settles_nothing() {
    for coin in [None, Some(STANDS), Some(LOST), Some(SPENT)] {
        let facts = Facts { confirmations: 0, ..facts(0, coin) };
        assert_eq!(judge(&deposit(), &facts), Verdict::Wait);
    }
}

#[test]
fn a_deposit_below_the_minimum_is_settled() {
    let facts = Facts { minimum: 1_001, ..facts(3, None) };
    assert_eq!(judge(&deposit(), &facts), Verdict::Settled);
}

#[test]
fn a_deposit_s_proof_carries_its_terms() {
    let Verdict::Prove(proof) = judge(&deposit(), &facts(3, None)) else { panic!() };
    let Proof::Deposit(call) = *proof else { panic!() };
    assert_eq!((call.recipient, call.action, call.refundKey), (Address::repeat_byte(1), 1, B256::ZERO));
    assert_eq!(call.transaction.as_ref(), serialize(&deposit().sighting.transaction));
    assert_eq!(call.proof.blockHash, genesis_block(Network::Regtest).block_hash().to_byte_array());
}
