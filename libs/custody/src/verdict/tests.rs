use bitcoin::absolute::LockTime;
use bitcoin::hashes::Hash;
use bitcoin::transaction::Version;
use bitcoin::{FeeRate, PubkeyHash, ScriptBuf, Sequence, Witness};

use super::*;
use crate::intent::{Parts, Payout, Rules, payout, sweep};
use crate::testing::{coin, deposit, outpoint, treasury, treasury_coin, x_only};
use crate::{Coin, Lock, Recovery};

mod changed;
mod inputs;
mod staking;

const RULES: Rules = Rules {
    depth: 3,
    max_inputs: 25,
    max_payouts: 25,
    max_fee_rate: FeeRate::from_sat_per_vb_u32(100),
    headroom: 2,
};

fn sat(sats: u64) -> Amount {
    Amount::from_sat(sats)
}

/// A custodian's view of a payout intent, in which nothing is wrong.
struct View {
    intent: Intent,
    proposed: Transaction,
    previous: Option<Intent>,
    group: XOnlyPublicKey,
    treasury: Treasury,
    seen: BTreeMap<OutPoint, Seen>,
    reserved: BTreeSet<OutPoint>,
    policy: Policy,
    signed: Signed,
}

impl View {
    fn of(intent: Intent) -> Self {
        let group = intent.parts().group;
        let see = |coin: &Coin| {
            let seen = Seen { output: coin.output(group), confirmations: coin.confirmations };
            (coin.outpoint, seen)
        };
        Self {
            proposed: intent.transaction(),
            previous: None,
            group,
            treasury: treasury(x_only(7)),
            seen: intent.inputs().iter().map(see).collect(),
            reserved: BTreeSet::new(),
            policy: Policy {
                depth: 3,
                payout: Amount::MAX_MONEY,
                intent: Amount::MAX_MONEY,
                epoch: Amount::MAX_MONEY,
                fee: Amount::MAX_MONEY,
                epoch_fee: Amount::MAX_MONEY,
                fee_rate: FeeRate::from_sat_per_vb_u32(100),
                refused: BTreeSet::new(),
            },
            signed: Signed::default(),
            intent,
        }
    }

    fn judge(&self) -> Result<Unsigned, Refusal> {
        judge(&Facts {
            intent: &self.intent,
            proposed: &self.proposed,
            previous: self.previous.as_ref(),
            group: self.group,
            treasury: &self.treasury,
            seen: &self.seen,
            reserved: &self.reserved,
            policy: &self.policy,
            signed: &self.signed,
        })
    }

    fn refusal(&self) -> &'static str {
        self.judge().unwrap_err().name()
    }
}

fn payouts() -> [Payout; 2] {
    [1, 2].map(|id: u8| Payout {
        id: id.into(),
        script_pubkey: ScriptBuf::new_p2pkh(&PubkeyHash::from_byte_array([id; 20])),
        amount: sat(100_000),
        fee_ceiling: sat(30_000),
    })
}

/// Two payouts from a treasury coin and a swept-once deposit.
fn paying() -> Intent {
    let facts = payout::Facts {
        treasury: &treasury(x_only(7)),
        coins: &[treasury_coin(1, 200_000), coin(2, 150_000, Lock::Deposit(deposit(1, false)))],
        reserved: &BTreeSet::new(),
        payouts: &payouts(),
        fee_rate: FeeRate::from_sat_per_vb_u32(10),
        rules: &RULES,
    };
    payout::derive(&facts).unwrap()
}

/// A sweep of a deposit that its depositor can take back after 100 blocks, now 10 deep.
fn sweeping() -> Intent {
    let facts = sweep::Facts {
        group: x_only(7),
        treasury: &treasury(x_only(7)),
        coins: &[coin(3, 80_000, Lock::Deposit(deposit(1, true)))],
        reserved: &BTreeSet::new(),
        fee_rate: FeeRate::from_sat_per_vb_u32(10),
        budget: sat(5_000),
        rules: &RULES,
    };
    sweep::derive(&facts).unwrap()
}

#[test]
fn the_chains_own_transaction_is_signed() {
    for intent in [paying(), sweeping()] {
        let unsigned = View::of(intent.clone()).judge().unwrap();
        assert_eq!(unsigned, intent.unsigned());
        assert_eq!(unsigned.digests().len(), intent.inputs().len());
    }
}

#[test]
fn another_group_or_treasury_is_refused() {
    let mut view = View::of(paying());
    view.group = x_only(8);
    let refusal = Refusal::Group { expected: x_only(8).serialize(), found: x_only(7).serialize() };
    assert_eq!(view.judge(), Err(refusal));

    let mut view = View::of(paying());
    view.treasury.recovery = Recovery::new(144, 1, vec![x_only(1)]).unwrap();
    assert_eq!(view.judge(), Err(Refusal::Treasury));
}

#[test]
fn a_rung_has_to_follow_from_the_one_before() {
    let first = paying();
    let next = first.bump(FeeRate::from_sat_per_vb_u32(20)).unwrap();
    let mut view = View::of(next.clone());
    view.previous = Some(first);
    view.judge().unwrap();

    let fewer = Parts { payouts: payouts()[..1].to_vec(), ..next.parts().clone() };
    let mut view = View { previous: view.previous, ..View::of(Intent::build(fewer).unwrap()) };
    assert_eq!(view.judge(), Err(Refusal::Rung { rung: 1 }));
    view.previous = Some(sweeping());
    assert_eq!(view.refusal(), "not_a_rung");
}

#[test]
fn a_payout_to_nobody_is_refused() {
    let burn = ScriptBuf::new_op_return([1; 4]);
    let mut payouts = payouts();
    payouts[1].script_pubkey = burn;
    let parts = Parts { payouts: payouts.to_vec(), ..paying().parts().clone() };
    let view = View::of(Intent::build(parts).unwrap());
    assert_eq!(view.judge(), Err(Refusal::Payee { id: 2, error: PayeeError::Burns }));
    assert_eq!(view.refusal(), "payee_refused");
}

#[test]
fn the_custodians_own_limits_hold() {
    let mut view = View::of(paying());
    view.policy.epoch = sat(500_000);
    view.signed.payouts = sat(300_001);
    assert_eq!(view.refusal(), "epoch_over_cap");
    view.signed.payouts = sat(300_000);
    view.judge().unwrap();
}

#[test]
fn no_intent_is_a_refusal_too() {
    let refusal = Refusal::from(IntentError::Nothing);
    assert_eq!(refusal.name(), "no_intent");
}
