//! What tools for ERC-4626, ERC-7540, ERC-7575 and ERC-165 expect.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use ballast_types::{
    DutyKind, SystemContract,
    interfaces::{IStkBtc::*, ISystem, IToken},
};

use super::world::*;
use crate::{
    contract::{Access, Mode, access},
    duty::classify,
    vault::store::CONTRACT,
    wpbtc,
};

fn id(selectors: &[[u8; 4]]) -> [u8; 4] {
    selectors.iter().fold([0; 4], |id, selector| std::array::from_fn(|byte| id[byte] ^ selector[byte]))
}

fn supports(world: &mut World, id: [u8; 4]) -> bool {
    world.view(&supportsInterfaceCall { interfaceId: id.into() })
}

#[test]
fn the_interfaces_that_erc_7540_asks_for_are_there() {
    let mut world = World::new();
    let operators = id(&[setOperatorCall::SELECTOR, isOperatorCall::SELECTOR]);
    let redemptions = id(&[
        requestRedeemCall::SELECTOR,
        pendingRedeemRequestCall::SELECTOR,
        claimableRedeemRequestCall::SELECTOR,
    ]);
    let vaults = id(&[
        assetCall::SELECTOR,
        shareCall::SELECTOR,
        convertToSharesCall::SELECTOR,
        convertToAssetsCall::SELECTOR,
        totalAssetsCall::SELECTOR,
        maxDepositCall::SELECTOR,
        previewDepositCall::SELECTOR,
        depositCall::SELECTOR,
        maxMintCall::SELECTOR,
        previewMintCall::SELECTOR,
        mintCall::SELECTOR,
        maxWithdrawCall::SELECTOR,
        previewWithdrawCall::SELECTOR,
        withdrawCall::SELECTOR,
        maxRedeemCall::SELECTOR,
        previewRedeemCall::SELECTOR,
        redeemCall::SELECTOR,
    ]);
    assert_eq!(operators, 0xe3bc_4e65u32.to_be_bytes());
    assert_eq!(redemptions, 0x620e_e8e4u32.to_be_bytes());
    assert_eq!(vaults, 0x2f0a_18c5u32.to_be_bytes());
    for id in [operators, redemptions, vaults, supportsInterfaceCall::SELECTOR] {
        assert!(supports(&mut world, id), "{id:02x?}");
    }
    // asynchronous deposits, and the id that stands for none
    for id in [0xce3b_be50u32, 0xffff_ffff] {
        assert!(!supports(&mut world, id.to_be_bytes()));
    }
}

#[test]
fn it_is_a_token_and_a_vault_of_wpbtc() {
    let mut world = World::new();
    assert_eq!(world.view(&IToken::nameCall {}), "Ballast staked BTC");
    assert_eq!(world.view(&IToken::symbolCall {}), "stkBTC");
    assert_eq!(world.view(&IToken::decimalsCall {}), 18);
    assert_eq!(world.view(&assetCall {}), wpbtc::CONTRACT);
    assert_eq!(world.view(&shareCall {}), CONTRACT);
    let domain = world.view(&IToken::eip712DomainCall {});
    assert_eq!((domain.chainId, domain.verifyingContract), (n(840_099), CONTRACT));
}

#[test]
fn previews_of_redemptions_always_revert() {
    let mut world = World::staked();
    for amount in [n(0), n(1), U256::MAX] {
        let shares = world.write(BOB, &previewWithdrawCall { assets: amount });
        assert_eq!(shares, refusal(&AsyncRedeem {}));
        assert_eq!(world.write(BOB, &previewRedeemCall { shares: amount }), refusal(&AsyncRedeem {}));
    }
}

#[test]
fn previews_of_deposits_are_what_happens() {
    for income in [0u64, 1, 123_457, 299_999] {
        let mut world = World::staked();
        world.income(sats(income) + n(income));
        world.pass(7);
        for amount in [1u64, 2, 999, 12_345_678_901, 20_000_000_000_007] {
            let (preview, price) = (world.view(&previewDepositCall { assets: n(amount) }), world.price());
            world.wrap(BOB, n(amount));
            let shares = world.write(BOB, &depositCall { assets: n(amount), receiver: BOB });
            assert_eq!(shares.clone().unwrap_or_default(), preview);
            assert!(preview * price.assets <= n(amount) * price.shares, "in favour of the depositor");
            let (preview, price) = (world.view(&previewMintCall { shares: n(amount) }), world.price());
            world.wrap(BOB, preview);
            assert_eq!(world.write(BOB, &mintCall { shares: n(amount), receiver: BOB }), Ok(preview));
            assert!(preview * price.shares >= n(amount) * price.assets, "in favour of the depositor");
        }
        world.check();
    }
}

#[test]
fn what_is_said_to_be_claimable_is_paid_before_all_is_completed() {
    let mut world = World::staked();
    world.income(sats(123_457));
    world.pass(7);
    world.request(ALICE, sats(30_000) + n(7)).unwrap();
    world.advance().unwrap();
    let (shares, assets) = (
        world.view(&maxRedeemCall { controller: ALICE }),
        world.view(&maxWithdrawCall { controller: ALICE }),
    );
    let withdraw = withdrawCall { assets, receiver: ALICE, controller: ALICE };
    assert_eq!(world.write(ALICE, &withdraw), Ok(shares));
    assert_eq!(world.wrapped(ALICE), assets);
    world.check();
}

#[test]
fn only_stake_takes_value() {
    let mut world = World::staked();
    crate::storage::Storage::mint(&mut world.storage, BOB, n(100)).unwrap();
    let value = n(5);
    let error = ISystem::NotPayable { value };
    let deposit = depositCall { assets: n(5), receiver: BOB };
    assert_eq!(world.call(Mode::Ordinary, BOB, value, &deposit), refusal(&error));
    let transfer = IToken::transferCall { to: ALICE, value: n(0) };
    assert_eq!(world.call(Mode::Ordinary, BOB, value, &transfer), refusal(&error));
    assert_eq!(world.call(Mode::Ordinary, BOB, value, &advanceCall {}).map(|_| ()), refusal(&error));
    assert_eq!(world.call(Mode::Ordinary, BOB, value, &stakeCall { receiver: BOB }), Ok(n(5)));
}

#[test]
fn static_calls_write_nothing() {
    let mut world = World::staked();
    world.wrap(ALICE, sats(5));
    let calls = [
        depositCall { assets: n(5), receiver: ALICE }.abi_encode(),
        mintCall { shares: n(5), receiver: ALICE }.abi_encode(),
        stakeCall { receiver: ALICE }.abi_encode(),
        requestRedeemCall { shares: sats(50_000), controller: ALICE, owner: ALICE }.abi_encode(),
        redeemCall { shares: n(1), receiver: ALICE, controller: ALICE }.abi_encode(),
        withdrawCall { assets: n(1), receiver: ALICE, controller: ALICE }.abi_encode(),
        cancelRedeemCall { requestId: n(1), receiver: ALICE }.abi_encode(),
        setOperatorCall { operator: BOB, approved: true }.abi_encode(),
        advanceCall {}.abi_encode(),
        IToken::transferCall { to: BOB, value: n(1) }.abi_encode(),
        IToken::approveCall { spender: BOB, value: n(1) }.abi_encode(),
        IToken::transferFromCall { from: ALICE, to: BOB, value: n(0) }.abi_encode(),
    ];
    for input in calls {
        let selector = *input.first_chunk::<4>().unwrap();
        let refused = world.raw(Mode::Static, ALICE, U256::ZERO, &input);
        assert_eq!(refused, refusal(&ISystem::StaticCall { selector: selector.into() }));
    }
}

#[test]
fn the_only_duty_is_the_step_of_the_queue() {
    assert_eq!(
        access(SystemContract::StkBtc, advanceCall::SELECTOR),
        Some(Access::Duty(DutyKind::Signatures))
    );
    let input = advanceCall {}.abi_encode();
    let own = classify(CONTRACT, &input).unwrap();
    let custodys = classify(SystemContract::Custody.address(), &input).unwrap();
    assert_ne!(own, custodys, "two contracts advance, and the mempool keeps both");
    assert!(classify(CONTRACT, &[input, vec![0]].concat()).is_err());
    let mut world = World::staked();
    let stake = stakeCall { receiver: BOB };
    let error = ISystem::NotADuty { selector: stakeCall::SELECTOR.into() };
    assert_eq!(world.call(Mode::Duty, Address::ZERO, U256::ZERO, &stake), refusal(&error));
}
