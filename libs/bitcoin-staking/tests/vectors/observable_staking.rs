//! Stakes that announce themselves on Bitcoin.

use ballast_bitcoin_staking::op_return::{Announcement, AnnouncementError};

use super::read::*;

#[test]
fn announced_stakes_are_found() {
    for vector in vectors(include_str!("../../testvectors/observable_staking.json")) {
        let (params, tx) = (&vector["params"], tx(&vector["staking_tx_hex"]));
        let tag = hex::decode(text(&params["tag"])).unwrap().try_into().unwrap();
        let (committee, unbonding_time) = (committee(params), blocks(&params["unbondingTime"]));
        let stake = Announcement::find_stake(&tx, tag, &committee, unbonding_time).unwrap();
        assert_eq!(stake.terms().staker(), key(&vector["staker_pk"]));
        assert_eq!(stake.terms().providers(), [key(&vector["fp_pk"])]);
        assert_eq!(stake.terms().staking_time(), blocks(&vector["staking_time"]));
        assert_eq!(stake.value(), sats(&vector["staking_amount"]));
        assert_eq!(stake.outpoint().vout, 0);

        let announced = Announcement {
            tag,
            staker: stake.terms().staker(),
            provider: stake.terms().providers()[0],
            staking_time: stake.terms().staking_time(),
        };
        assert_eq!(announced.to_script(), script(&vector["scripts"]["dataEmbedScript"]));
        assert!(tx.output.contains(&announced.to_output()));
        let other = Announcement::find_stake(&tx, [0; 4], &committee, unbonding_time);
        assert_eq!(other, Err(AnnouncementError::Tag { expected: [0; 4], found: tag }));
    }
}
