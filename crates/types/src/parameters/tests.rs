use super::*;

fn devnet() -> Parameters {
    Parameters::of(Network::Devnet)
}

#[test]
fn built_in_files_are_the_wire_table() {
    let chain_ids = [Network::Mainnet, Network::Testnet, Network::Devnet].map(|network| {
        let parameters = Parameters::of(network);
        assert_eq!(parameters.network, network);
        assert_eq!(parameters.staking.slashing_script, alloy_primitives::bytes!("51024e73"));
        assert_eq!(parameters.chain.gas_limit, 60_000_000);
        let duty_gas: u64 = DutyKind::ALL.iter().map(|kind| parameters.chain.duty_gas.of(*kind)).sum();
        assert_eq!(duty_gas, 30_000_000);
        parameters.chain.chain_id
    });
    assert_eq!(chain_ids, [840_000, 840_001, 840_099]);
    let mainnet = Parameters::of(Network::Mainnet);
    assert_eq!((mainnet.bitcoin.confirmation_depth, mainnet.bitcoin.timestamp_depth), (30, 300));
    assert_eq!(mainnet.custody.custodians, Quorum { quorum: 10, members: 15 });
    assert_eq!(mainnet.chain.min_seat_stake_sat, 1_000_000_000);
    assert_eq!(mainnet.custody.deposit_depths[1], DepositDepth { up_to_sat: Some(100_000_000), depth: 6 });
}

#[test]
fn unknown_and_missing_fields_are_refused() {
    let file = include_str!("../../networks/devnet.toml");
    assert!(Parameters::from_toml(file).is_ok());
    let unknown = file.replace("gas_limit =", "gaslimit =");
    assert!(matches!(Parameters::from_toml(&unknown), Err(ParametersError::Toml(_))));
    let unknown = file.replace("late_votes = 2_000_000", "late_votes = 2_000_000\nother = 1");
    assert!(matches!(Parameters::from_toml(&unknown), Err(ParametersError::Toml(_))));
}

#[test]
fn each_rule_bites() {
    let refused = |change: fn(&mut Parameters), text: &str| {
        let mut parameters = devnet();
        change(&mut parameters);
        let error = parameters.check().expect_err(text).to_string();
        assert!(error.contains(text), "{error:?} does not name {text:?}");
    };
    refused(|p| p.chain.chain_id = 0, "chain_id");
    refused(|p| p.chain.gas_limit = 0, "gas_limit");
    refused(|p| p.chain.base_fee_floor_wei = 0, "base_fee_floor_wei");
    refused(|p| p.chain.block_time_ms = 0, "block_time_ms");
    refused(|p| p.chain.max_step_ms = 999, "max_step_ms");
    refused(|p| p.chain.epoch_blocks = 0, "epoch_blocks");
    refused(|p| p.chain.min_validators = 0, "min_validators");
    refused(|p| p.bitcoin.confirmation_depth = 0, "confirmation_depth");
    refused(|p| p.bitcoin.timestamp_depth = 2, "timestamp_depth");
    refused(|p| p.staking.max_staking_blocks = 199, "max_staking_blocks");
    refused(|p| p.staking.slashing_rate_bp = 0, "slashing_rate_bp");
    refused(|p| p.staking.slashing_rate_bp = 10_000, "slashing_rate_bp");
    refused(|p| p.staking.min_stake_sat = 1_000_001, "vault_chunk_sat");
    refused(|p| p.staking.covenant.quorum = 4, "covenant.members");
    refused(|p| p.staking.unbonding_blocks = 6, "unbonding_blocks");
    refused(|p| p.staking.covenant_keys = vec![B256::repeat_byte(2)], "covenant_keys has 1");
    refused(|p| p.staking.covenant_keys = vec![B256::ZERO; 3], "covenant_keys[0]");
    refused(|p| p.finality.window_blocks = 0, "window_blocks");
    refused(|p| p.finality.max_missed = p.finality.window_blocks + 1, "max_missed");
    refused(|p| p.finality.grace_blocks = p.finality.late_blocks + 1, "grace_blocks");
    refused(|p| p.finality.min_commit_blocks = 0, "min_commit_blocks");
    refused(|p| p.finality.max_ahead_blocks = p.finality.min_commit_blocks - 1, "max_ahead_blocks");
    refused(|p| p.custody.custodians.quorum = 0, "custodians.quorum");
    refused(|p| p.custody.min_payout_sat = 0, "min_payout_sat");
    refused(|p| p.custody.refund_blocks = 0, "refund_blocks");
    refused(|p| p.custody.max_inputs = 0, "max_inputs");
    refused(|p| p.custody.min_fee_rate_sat_vb = 101, "max_fee_rate_sat_vb");
    refused(|p| p.custody.min_deposit_sat = 1_109, "min_deposit_sat");
    refused(|p| p.custody.deficit_cap_sat = 9_999, "deficit_cap_sat");
    refused(|p| p.custody.recovery_blocks = 3, "recovery_blocks");
}

#[test]
fn deposit_depths_cover_every_amount_once() {
    let tier = |up_to_sat, depth| DepositDepth { up_to_sat, depth };
    let judged = |tiers: &[DepositDepth]| {
        let mut parameters = devnet();
        parameters.custody.deposit_depths = tiers.to_vec();
        parameters.check().is_ok()
    };
    assert!(judged(&[tier(Some(5), 1), tier(None, 2)]));
    assert!(!judged(&[]));
    assert!(!judged(&[tier(Some(5), 1)]));
    assert!(!judged(&[tier(None, 0)]));
    assert!(!judged(&[tier(Some(5), 2), tier(None, 2)]));
    assert!(!judged(&[tier(Some(5), 1), tier(Some(5), 2), tier(None, 3)]));
    assert!(!judged(&[tier(None, 1), tier(None, 2)]));
}

#[test]
fn a_genesis_names_all_of_custody_or_nobody() {
    let key = |byte: u8| {
        let secret = bitcoin::secp256k1::SecretKey::from_slice(&[byte; 32]).unwrap();
        B256::from(secret.x_only_public_key(&bitcoin::secp256k1::Secp256k1::new()).0.serialize())
    };
    let judged = |identities: &[B256], recovery: &[B256]| {
        let mut parameters = devnet();
        parameters.custody.identities = identities.to_vec();
        parameters.custody.recovery_keys = recovery.to_vec();
        parameters.check()
    };
    let three = [key(1), key(2), key(3)];
    assert!(judged(&[], &[]).is_ok());
    assert!(judged(&three, &three[..2]).is_ok());
    let keys = |result| assert!(matches!(result, Err(ParametersError::Keys { .. })), "{result:?}");
    keys(judged(&three[..2], &three));
    keys(judged(&three, &three[..1]));
    keys(judged(&[], &three));
    let twice = judged(&[key(1), key(2), key(1)], &three);
    assert!(matches!(twice, Err(ParametersError::Key { name: "identities", index: 2 })));
    let no_point = judged(&three, &[key(1), B256::repeat_byte(0xff)]);
    assert!(matches!(no_point, Err(ParametersError::Key { name: "recovery_keys", index: 1 })));
}
