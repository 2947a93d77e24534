//! A chain with custody, a vault and a pool, and people who have pBTC.

use alloy_primitives::{Address, U256, address};
use alloy_sol_types::{SolCall, SolError};
use ballast_types::{
    Network, Parameters, SystemContract,
    interfaces::{IPool::*, IStkBtc, IToken},
};

use crate::{
    contract::{Call, CallError, Mode, dispatch},
    custody,
    memory::Memory,
    mining, pool,
    storage::Storage,
    vault, wpbtc,
};

pub(super) const ALICE: Address = address!("00000000000000000000000000000000000000a1");
pub(super) const BOB: Address = address!("00000000000000000000000000000000000000b0");
/// Supplies the pool.
pub(super) const LENA: Address = address!("000000000000000000000000000000000000001e");
pub(super) const POOL: SystemContract = SystemContract::Pool;
pub(super) const VAULT: SystemContract = SystemContract::StkBtc;

pub(super) struct World(pub(super) Memory);

/// Thousandths of a bitcoin, in wei.
pub(super) fn milli(number: u64) -> U256 {
    U256::from(number) * U256::from(10u64.pow(15))
}

pub(super) fn parameters() -> Parameters {
    let mut parameters = Parameters::of(Network::Devnet);
    parameters.bitcoin = mining::parameters();
    parameters
}

impl World {
    /// Everybody has ten bitcoin, Alice has staked one of them.
    pub(super) fn new() -> Self {
        let mut storage = mining::light_client(0);
        custody::initialise(&mut storage, &parameters()).unwrap();
        vault::initialise(&mut storage, &parameters()).unwrap();
        pool::initialise(&mut storage, &parameters()).unwrap();
        for account in [ALICE, BOB, LENA] {
            storage.mint(account, milli(10_000)).unwrap();
        }
        let mut world = Self(storage);
        world.pay(VAULT, ALICE, milli(1_000), &IStkBtc::stakeCall { receiver: ALICE }).unwrap();
        world
    }

    /// The same, and Lena has supplied the pool with a bitcoin.
    pub(super) fn supplied() -> Self {
        let mut world = Self::new();
        world.pay(POOL, LENA, milli(1_000), &supplyCall { receiver: LENA }).unwrap();
        world
    }

    /// Calls as a transaction would: value moves first, and a failed call is undone.
    pub(super) fn pay<C: SolCall>(
        &mut self,
        contract: SystemContract,
        caller: Address,
        value: U256,
        call: &C,
    ) -> Result<C::Return, CallError> {
        let before = self.0.snapshot();
        self.0.transfer(caller, contract.address(), value).unwrap();
        let input = call.abi_encode();
        let call = Call { caller, value, input: &input, mode: Mode::Ordinary };
        match dispatch(contract, &mut self.0, &call) {
            Ok(returned) => Ok(C::abi_decode_returns_validate(&returned).unwrap()),
            Err(error) => {
                self.0.revert(before);
                Err(error)
            }
        }
    }

    pub(super) fn call<C: SolCall>(&mut self, caller: Address, call: &C) -> Result<C::Return, CallError> {
        self.pay(POOL, caller, U256::ZERO, call)
    }

    pub(super) fn vault<C: SolCall>(&mut self, caller: Address, call: &C) -> Result<C::Return, CallError> {
        self.pay(VAULT, caller, U256::ZERO, call)
    }

    /// Sells, after approving exactly that.
    pub(super) fn sell(&mut self, seller: Address, shares: U256) -> Result<U256, CallError> {
        let approval = IToken::approveCall { spender: POOL.address(), value: shares };
        self.vault(seller, &approval).unwrap();
        self.call(seller, &sellCall { shares, leastAssets: U256::ZERO, receiver: seller })
    }

    pub(super) fn wrapped(&mut self, account: Address) -> U256 {
        self.0.load(wpbtc::CONTRACT, balance_slot(account)).unwrap()
    }

    /// Wraps pBTC as WETH9's `deposit` does, and approves the pool for all of it.
    pub(super) fn wrap(&mut self, account: Address, wei: U256) {
        wpbtc::give(&mut self.0, account, account, wei).unwrap();
        let allowances =
            alloy_primitives::keccak256([account.into_word().0, U256::from(4).to_be_bytes()].concat());
        let slot = alloy_primitives::keccak256([POOL.address().into_word().0, allowances.0].concat());
        self.0.store(wpbtc::CONTRACT, slot.into(), wei).unwrap();
    }

    pub(super) fn assets(&mut self) -> U256 {
        self.call(LENA, &totalAssetsCall {}).unwrap()
    }

    pub(super) fn position(&mut self) -> positionReturn {
        self.call(LENA, &positionCall {}).unwrap()
    }

    /// Lets the vault complete redemptions.
    pub(super) fn complete(&mut self) {
        self.vault(BOB, &IStkBtc::advanceCall {}).unwrap();
    }

    /// Gives the vault income, all of which has raised the rate a few epochs later.
    pub(super) fn income(&mut self, wei: U256) {
        self.0.mint(VAULT.address(), wei).unwrap();
        vault::income(&mut self.0, 1, wei).unwrap();
        self.0.block.number += 60;
    }
}

fn balance_slot(account: Address) -> U256 {
    alloy_primitives::keccak256([account.into_word().0, U256::from(3).to_be_bytes()].concat()).into()
}

/// That a call reverted with `E`, and what it says.
pub(super) fn refused<T: std::fmt::Debug, E: SolError>(result: Result<T, CallError>) -> E {
    match result {
        Err(CallError::Revert(data)) => E::abi_decode_validate(&data).unwrap(),
        other => panic!("{other:?}"),
    }
}
