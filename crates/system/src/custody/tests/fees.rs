use alloy_primitives::Address;
use ballast_types::interfaces::ICustody::*;

use super::world::*;

const FLOOR: u64 = 250;

#[test]
fn the_rate_is_the_median_of_enough_custodians_one_step_at_a_time() {
    let mut world = World::new();
    world.mine_empty(10);
    assert_eq!(world.view(&feeRateCall {}), FLOOR);
    world.attest(1, 5, 2_000).unwrap();
    assert_eq!(world.view(&feeRateCall {}), FLOOR, "one alone moves nothing");
    world.attest(2, 5, 5_000).unwrap();
    assert_eq!(world.view(&feeRateCall {}), 2 * FLOOR, "at most doubled");
    world.attest(3, 5, 3_000).unwrap();
    assert_eq!(world.view(&feeRateCall {}), 4 * FLOOR);
    world.attest(3, 6, 3_000).unwrap();
    world.attest(3, 7, 3_000).unwrap();
    assert_eq!(world.view(&feeRateCall {}), 3_000, "the median of three");
    world.attest(1, 6, 0).unwrap();
    world.attest(2, 6, 0).unwrap();
    assert_eq!(world.view(&feeRateCall {}), 1_500, "halved");
    for height in 8..=10 {
        world.attest(3, height, u64::MAX).unwrap();
        world.attest(1, height, 0).unwrap();
    }
    assert_eq!(world.view(&feeRateCall {}), FLOOR, "never below the floor, whatever one says");
}

#[test]
fn the_rate_has_a_ceiling() {
    let mut world = World::new();
    world.mine_empty(12);
    for height in 1..=12 {
        world.attest(1, height, u64::MAX).unwrap();
        world.attest(2, height, u64::MAX).unwrap();
    }
    assert_eq!(world.view(&feeRateCall {}), 100 * 250);
}

#[test]
fn an_attestation_is_a_custodians_own_and_counts_once() {
    let mut world = World::new();
    world.mine_empty(200);
    let tip = world.tip();
    for custodian in [0, 4] {
        let call = attestation(custodian, tip, 500, 1);
        world.refused(&call, &NotSigned { custodian });
    }
    world.refused(&attestation(1, tip, 500, 2), &NotSigned { custodian: 1 });
    let forged = attestFeeRateCall { feeRate: 501, ..attestation(1, tip, 500, 1) };
    world.refused(&forged, &NotSigned { custodian: 1 });
    let good = attestation(1, tip - 1, 500, 1);
    world.duty(&good).unwrap();
    let due = |lowest, found| AttestationHeight { lowest, highest: tip, found };
    world.refused(&good, &due(tip, tip - 1));
    world.refused(&attestation(1, tip + 1, 500, 1), &due(tip, tip + 1));
    world.refused(&attestation(2, tip - 145, 500, 2), &due(tip - 144, tip - 145));
    // anybody may carry it
    assert_eq!(world.balance(Address::ZERO), sats(0));
}
