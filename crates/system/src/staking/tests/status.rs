//! The status as a function, at every boundary.

use crate::staking::{
    Exit, Facts,
    Status::{self, *},
    status::judge,
};

const ACTIVE: Facts = Facts {
    quorum: true,
    anchor: Some(100),
    exit: Exit::None,
    spent: None,
    staking_time: 200,
    unbonding_time: 10,
    depth: 3,
    tip: 150,
};

#[test]
fn a_stake_counts_from_depth_k_to_its_expiry() {
    for (tip, status) in [(101, Verified), (102, Active), (289, Active), (290, Expired), (u32::MAX, Expired)]
    {
        assert_eq!(judge(&Facts { tip, ..ACTIVE }), status, "at {tip}");
    }
    assert_eq!(judge(&Facts { anchor: None, ..ACTIVE }), Verified);
    assert_eq!(judge(&Facts { quorum: false, ..ACTIVE }), Pending);
    assert_eq!(judge(&Facts { anchor: Some(u32::MAX), ..ACTIVE }), Verified);
}

#[test]
fn an_exit_decides_whatever_else_is_true() {
    for quorum in [false, true] {
        for anchor in [None, Some(100)] {
            let left = |exit, spent| judge(&Facts { quorum, anchor, exit, spent, ..ACTIVE });
            let table: [(Exit, Option<u32>, Status); 7] = [
                (Exit::Requested, None, Unbonding),
                (Exit::Unbonding, None, Unbonding),
                (Exit::Unbonding, Some(142), Unbonding),
                (Exit::Unbonding, Some(141), Unbonded),
                (Exit::Slashing, None, Slashed),
                (Exit::Other, None, Unbonded),
                (Exit::Other, Some(150), Unbonded),
            ];
            for (exit, spent, status) in table {
                assert_eq!(left(exit, spent), status, "{exit:?} {spent:?}");
            }
        }
    }
}
