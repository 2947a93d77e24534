//! The verdicts on one stake.

use ballast_bitcoin_staking::{Approval, Slashed};
use bitcoin::TxOut;

use super::*;
use crate::intent::Child;
use crate::intent::staking::Parts as Staking;
use crate::presign::{ORDER, Presigned, Presigning, Withdrawn};
use crate::testing::keys;
use crate::testing::stake::{COVENANT, WITHDRAWAL_RATE, approve, params, parts, presignatures, presigned};
use crate::verdict::staking::{self, Known, StakingRefusal};
use crate::{StakingIntent, signing};

/// A custodian's view of a stake, in which nothing is wrong.
struct Stake {
    presigned: Presigned,
    proposed: Transaction,
    digests: Vec<signing::Digest>,
    approvals: BTreeMap<XOnlyPublicKey, Approval>,
    view: View,
}

impl Stake {
    fn new() -> Self {
        let presigned = presigned(&keys(2, 3, 1));
        let intent = presigned.intent();
        let group = intent.group();
        let see = |coin: &Coin| {
            let seen = Seen { output: coin.output(group), confirmations: coin.confirmations };
            (coin.outpoint, seen)
        };
        let seen = intent.inputs().iter().map(see).collect();
        Self {
            proposed: intent.transaction(),
            digests: presigned.presigning().digests(),
            approvals: approve(&presigned, &COVENANT[..2]),
            view: View { group, treasury: treasury(group), seen, ..View::of(paying()) },
            presigned,
        }
    }

    fn known(&self) -> Known<'_> {
        let View { treasury, seen, reserved, policy, signed, .. } = &self.view;
        Known { group: self.view.group, treasury, seen, reserved, policy, signed }
    }

    fn presigning(&self) -> Result<Vec<signing::Digest>, StakingRefusal> {
        staking::judge_presigning(self.presigned.presigning(), &self.digests, &self.known())
    }

    fn judge(&self) -> Result<Unsigned, StakingRefusal> {
        staking::judge(&self.presigned, &self.proposed, &self.approvals, &self.known())
    }

    fn refusals(&self) -> (&'static str, &'static str) {
        (self.presigning().unwrap_err().name(), self.judge().unwrap_err().name())
    }
}

/// What both verdicts say after a change.
fn with(change: impl FnOnce(&mut Stake)) -> (&'static str, &'static str) {
    let mut stake = Stake::new();
    change(&mut stake);
    stake.refusals()
}

#[test]
fn what_follows_from_the_chain_is_signed() {
    let stake = Stake::new();
    assert_eq!(stake.presigning(), Ok(stake.digests.clone()));
    assert_eq!(stake.judge(), Ok(stake.presigned.intent().unsigned()));
}

#[test]
fn each_digest_has_to_be_the_derived_one() {
    for (place, which) in ORDER.into_iter().enumerate() {
        let mut stake = Stake::new();
        stake.digests[place].hash[0] ^= 1;
        assert_eq!(stake.presigning(), Err(StakingRefusal::Digest { which }));
    }
    let mut stake = Stake::new();
    let unbonding = stake.presigned.unbonding_digest();
    stake.digests.push(unbonding);
    let refusal = stake.presigning().unwrap_err();
    assert_eq!(refusal, StakingRefusal::DigestCount { expected: 6, found: 7 });
    assert_eq!(refusal.name(), "digest_count_changed");
    stake.digests.remove(0);
    assert_eq!(stake.presigning().unwrap_err().name(), "digest_changed");
}

#[test]
fn a_changed_staking_transaction_is_refused() {
    let changed = |change: &dyn Fn(&mut Transaction)| {
        let mut stake = Stake::new();
        change(&mut stake.proposed);
        stake.judge().unwrap_err().name()
    };
    assert_eq!(changed(&|tx| tx.output[0].value -= sat(1)), "output_changed");
    let thief = ScriptBuf::new_p2pkh(&PubkeyHash::from_byte_array([9; 20]));
    assert_eq!(changed(&|tx| tx.output[1].script_pubkey = thief.clone()), "output_changed");
    assert_eq!(changed(&|tx| tx.output.swap(0, 1)), "output_changed");
    let extra = TxOut { value: sat(1), script_pubkey: thief.clone() };
    assert_eq!(changed(&|tx| tx.output.push(extra.clone())), "output_count_changed");
    assert_eq!(changed(&|tx| tx.version = Version::TWO), "version_changed");
    assert_eq!(changed(&|tx| tx.input[0].sequence = Sequence::ZERO), "sequence_changed");
    assert_eq!(changed(&|tx| tx.input[0].previous_output = outpoint(9)), "input_changed");
}

#[test]
fn another_group_or_treasury_is_refused_at_both_steps() {
    assert_eq!(with(|stake| stake.view.group = x_only(8)), ("other_group", "other_group"));
    let recovery = Recovery::new(144, 1, vec![x_only(1)]).unwrap();
    let refusals = with(|stake| stake.view.treasury.recovery = recovery);
    assert_eq!(refusals, ("other_treasury", "other_treasury"));
}

#[test]
fn inputs_have_to_be_there_deep_and_free_at_both_steps() {
    let missing = with(|stake| stake.view.seen.clear());
    assert_eq!(missing, ("input_missing", "input_missing"));
    let shallow = with(|stake| stake.view.policy.depth = 11);
    assert_eq!(shallow, ("input_not_deep", "input_not_deep"));
    let reserved = with(|stake| stake.view.reserved = BTreeSet::from([outpoint(1)]));
    assert_eq!(reserved, ("input_reserved", "input_reserved"));
}

#[test]
fn a_refundable_deposit_is_no_stake() {
    let keys = keys(2, 3, 1);
    let refundable = coin(3, 1_500_000, Lock::Deposit(deposit(1, true)));
    let inputs = vec![refundable];
    let intent = StakingIntent::build(Staking { inputs, ..parts(keys.group.key()) }).unwrap();
    let mut stake = Stake::new();
    let coin = &intent.inputs()[0];
    let seen = Seen { output: coin.output(intent.group()), confirmations: 10 };
    stake.view.seen.insert(coin.outpoint, seen);
    let presigning = Presigning::of(intent, params(), WITHDRAWAL_RATE).unwrap();
    stake.digests = presigning.digests();
    let signatures = presignatures(&keys, &presigning);
    stake.presigned = Presigned::new(presigning, &signatures).unwrap();
    stake.proposed = stake.presigned.intent().transaction();
    stake.approvals = approve(&stake.presigned, &COVENANT);
    assert_eq!(stake.refusals(), ("input_refundable", "input_refundable"));
}

#[test]
fn the_custodians_own_limits_hold() {
    let fee = with(|stake| stake.view.policy.fee = sat(1_539));
    assert_eq!(fee, ("fee_too_high", "fee_too_high"));
    let rate = with(|stake| stake.view.policy.fee_rate = FeeRate::from_sat_per_vb_u32(9));
    assert_eq!(rate, ("fee_rate_too_high", "fee_rate_too_high"));
    let epoch = with(|stake| {
        stake.view.policy.epoch_fee = sat(2_000);
        stake.view.signed.fees = sat(461);
    });
    assert_eq!(epoch, ("epoch_fees_too_high", "epoch_fees_too_high"));
    // The staking transaction pays 10 sat per virtual byte, the withdrawals 20.
    let mut stake = Stake::new();
    stake.view.policy.fee_rate = FeeRate::from_sat_per_vb_u32(19);
    assert_eq!(stake.presigning().unwrap_err().name(), "fee_rate_too_high");
    stake.judge().unwrap();
}

#[test]
fn without_a_quorum_of_the_covenant_nothing_is_staked() {
    let mut stake = Stake::new();
    stake.approvals = approve(&stake.presigned, &COVENANT[..1]);
    let refusal = stake.judge().unwrap_err();
    assert_eq!(refusal, StakingRefusal::Quorum { needed: 2, found: 1 });
    assert_eq!(refusal.name(), "covenant_quorum_missing");
    stake.approvals.clear();
    assert_eq!(stake.judge(), Err(StakingRefusal::Quorum { needed: 2, found: 0 }));
    stake.approvals = approve(&stake.presigned, &COVENANT);
    stake.judge().unwrap();
}

#[test]
fn every_covenant_signature_is_verified() {
    use ballast_bitcoin_staking::ApprovalError::*;
    let (first, second) = (x_only(COVENANT[0]), x_only(COVENANT[1]));
    let refused = |change: &dyn Fn(&mut Approval, &Approval)| {
        let mut stake = Stake::new();
        let other = stake.approvals[&second];
        change(stake.approvals.get_mut(&first).unwrap(), &other);
        let refusal = stake.judge().unwrap_err();
        assert_eq!(refusal.name(), "covenant_signature_invalid");
        refusal
    };
    let unbonding = refused(&|approval, other| approval.unbonding = other.unbonding);
    assert_eq!(unbonding, UnbondingSignature { key: first }.into());
    let slashing = refused(&|approval, other| approval.slashing = other.slashing);
    assert_eq!(slashing, SlashingSignature { key: first, slashed: Slashed::Stake }.into());
    let second_slashing = refused(&|approval, _| approval.unbonding_slashing = approval.slashing);
    let slashed = Slashed::Unbonding;
    assert_eq!(second_slashing, SlashingSignature { key: first, slashed }.into());

    let mut stake = Stake::new();
    let approval = stake.approvals[&first];
    stake.approvals.insert(x_only(99), approval);
    assert_eq!(stake.judge(), Err(NotMember { key: x_only(99) }.into()));
}

#[test]
fn the_covenants_signatures_of_another_stake_are_none_of_this() {
    let keys = keys(2, 3, 1);
    let value = sat(1_000_001);
    let other = StakingIntent::build(Staking { value, ..parts(keys.group.key()) }).unwrap();
    let presigning = Presigning::of(other, params(), WITHDRAWAL_RATE).unwrap();
    let signatures = presignatures(&keys, &presigning);
    let other = Presigned::new(presigning, &signatures).unwrap();
    let mut stake = Stake::new();
    stake.approvals = approve(&other, &COVENANT);
    assert_eq!(stake.judge().unwrap_err().name(), "covenant_signature_invalid");
}

#[test]
fn a_child_is_judged_by_what_both_pay() {
    let stake = Stake::new();
    let child = Child::of(stake.presigned.intent(), FeeRate::from_sat_per_vb_u32(20)).unwrap();
    let judge = |stake: &Stake, tx: &Transaction| staking::judge_child(&child, tx, &stake.known());
    assert_eq!(judge(&stake, &child.transaction()), Ok(child.unsigned()));

    let mut changed = child.transaction();
    changed.output[0].value -= sat(1);
    assert_eq!(judge(&stake, &changed).unwrap_err().name(), "output_changed");
    let name = |change: &dyn Fn(&mut View)| {
        let mut stake = Stake::new();
        change(&mut stake.view);
        judge(&stake, &child.transaction()).unwrap_err().name()
    };
    assert_eq!(name(&|view| view.group = x_only(8)), "other_group");
    assert_eq!(name(&|view| view.policy.fee = sat(5_299)), "fee_too_high");
    let limit = FeeRate::from_sat_per_vb_u32(19);
    assert_eq!(name(&|view| view.policy.fee_rate = limit), "fee_rate_too_high");
    let mut exact = Stake::new();
    exact.view.policy.fee_rate = FeeRate::from_sat_per_vb_u32(20);
    exact.view.policy.fee = sat(5_300);
    judge(&exact, &child.transaction()).unwrap();
}

#[test]
fn only_the_stakes_own_unbonding_is_signed() {
    let mut stake = Stake::new();
    let digest = stake.presigned.unbonding_digest();
    let judge = |stake: &Stake, digest| staking::judge_unbonding(&stake.presigned, digest, &stake.known());
    assert_eq!(judge(&stake, &digest), Ok(digest));
    let refusal = judge(&stake, &stake.digests[3]).unwrap_err();
    assert_eq!((refusal.name(), refusal), ("unbonding_changed", StakingRefusal::Unbonding));
    stake.view.treasury.recovery = Recovery::new(144, 1, vec![x_only(1)]).unwrap();
    assert_eq!(judge(&stake, &digest), Ok(digest), "a stake of before a rotation can leave");
    stake.view.group = x_only(8);
    assert_eq!(judge(&stake, &digest).unwrap_err().name(), "other_group");
}

#[test]
fn names_say_which_transaction() {
    let names: Vec<String> = ORDER.iter().map(ToString::to_string).collect();
    assert_eq!(names[0], "slashing of the staking output");
    assert_eq!(names[5], "withdrawal of the change of slashing the unbonding output");
    assert_eq!(Withdrawn::Unbonding.to_string(), "unbonding output");
}
