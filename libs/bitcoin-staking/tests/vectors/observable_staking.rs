//! Stakes that announce themselves on Bitcoin.

use ballast_bitcoin_staking::op_return::{Announcement, AnnouncementError};
use ballast_bitcoin_staking::{Coin, CoinPolicy, Funding, UnbondingTx};
use bitcoin::absolute::Height;
use bitcoin::{OutPoint, TxOut};
use serde_json::Value;

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

        let coins: Vec<_> = vector["utxos"].as_array().unwrap().iter().map(coin).collect();
        let funding = Funding {
            coins: &coins,
            policy: CoinPolicy::BtcStakingTs,
            fee_rate: rate(&vector["fee_rate"]),
            change: coins[0].output.script_pubkey.clone(),
            op_return: None,
        };
        let height = Height::from_consensus(number(&params["btcActivationHeight"]) as u32).unwrap();
        let built =
            announced.build_staking((&committee, unbonding_time), stake.value(), height, &funding).unwrap();
        assert_tx(built.staking().transaction(), &vector["staking_tx_hex"], "staking");
        assert_eq!(built.quoted_fee(), sats(&vector["fee"]));
        assert_eq!(*built.staking().stake(), stake);
        let unbonding = UnbondingTx::build(&stake, sats(&params["unbondingFeeSat"])).unwrap();
        assert_tx(unbonding.transaction(), &vector["unbonding_tx_hex"], "unbonding");
    }
}

fn coin(value: &Value) -> Coin {
    let output = TxOut { value: sats(&value["value"]), script_pubkey: script(&value["scriptPubKey"]) };
    Coin {
        outpoint: OutPoint::new(text(&value["txid"]).parse().unwrap(), number(&value["vout"]) as u32),
        output,
    }
}
