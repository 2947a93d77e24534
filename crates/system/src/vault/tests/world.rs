//! A vault next to a custody without debts and a Bitcoin at its genesis, called as transactions call it.

use alloy_primitives::{Address, B256, Bytes, U256, address, keccak256};
use alloy_sol_types::{SolCall, SolError, SolEvent};
use ballast_types::{Network, Parameters, SystemContract, interfaces::IStkBtc::*, interfaces::IToken};

use crate::{
    contract::{Call, CallError, Mode, dispatch},
    memory::Memory,
    mining,
    price::Price,
    storage::Storage,
    vault::{self, price::price, store::*},
    wpbtc,
};

pub(super) const ALICE: Address = address!("00000000000000000000000000000000000000a1");
pub(super) const BOB: Address = address!("00000000000000000000000000000000000000b0");
pub(super) const CAROL: Address = address!("00000000000000000000000000000000000000c0");
pub(super) const ACCOUNTS: [Address; 3] = [ALICE, BOB, CAROL];
/// Blocks of a stream here.
pub(super) const BLOCKS: u64 = 10;

pub(super) struct World {
    pub(super) storage: Memory,
    /// What was forced upon the vault, in wei.
    pub(super) donated: U256,
}

pub(super) fn n(number: u64) -> U256 {
    U256::from(number)
}

/// Sats as wei.
pub(super) fn sats(amount: u64) -> U256 {
    crate::custody::wei(amount)
}

pub(super) fn parameters() -> Parameters {
    let mut parameters = Parameters::of(Network::Devnet);
    parameters.chain.epoch_blocks = BLOCKS;
    parameters
}

impl World {
    pub(super) fn new() -> Self {
        let mut storage = mining::light_client(0);
        vault::initialise(&mut storage, &parameters()).unwrap();
        Self { storage, donated: U256::ZERO }
    }

    /// Alice holds all but the locked shares of a bitcoin, at a rate of one.
    pub(super) fn staked() -> Self {
        let mut world = Self::new();
        world.stake(ALICE, sats(100_000_000)).unwrap();
        world
    }

    /// Calls the contract as a transaction would: value moves first, and a failed call is undone.
    pub(super) fn call<C: SolCall>(
        &mut self,
        mode: Mode,
        caller: Address,
        value: U256,
        call: &C,
    ) -> Result<C::Return, CallError> {
        self.raw(mode, caller, value, &call.abi_encode())
            .map(|returned| C::abi_decode_returns_validate(&returned).unwrap())
    }

    pub(super) fn raw(
        &mut self,
        mode: Mode,
        caller: Address,
        value: U256,
        input: &[u8],
    ) -> Result<Bytes, CallError> {
        let before = self.storage.snapshot();
        if !value.is_zero() {
            self.storage.transfer(caller, CONTRACT, value).unwrap();
        }
        self.storage.is_static = mode == Mode::Static;
        let call = Call { caller, value, input, mode };
        let result = dispatch(SystemContract::StkBtc, &mut self.storage, &call);
        self.storage.is_static = false;
        if result.is_err() {
            self.storage.revert(before);
        }
        result
    }

    pub(super) fn write<C: SolCall>(&mut self, caller: Address, call: &C) -> Result<C::Return, CallError> {
        self.call(Mode::Ordinary, caller, U256::ZERO, call)
    }

    pub(super) fn view<C: SolCall>(&mut self, call: &C) -> C::Return {
        self.call(Mode::Static, CAROL, U256::ZERO, call).unwrap()
    }

    pub(super) fn advance(&mut self) -> Result<(), CallError> {
        self.call(Mode::Duty, Address::ZERO, U256::ZERO, &advanceCall {}).map(|_| ())
    }

    /// Gives an account new pBTC and stakes it.
    pub(super) fn stake(&mut self, account: Address, wei: U256) -> Result<U256, CallError> {
        self.storage.mint(account, wei).unwrap();
        self.call(Mode::Ordinary, account, wei, &stakeCall { receiver: account })
    }

    /// Gives an account new wpBTC that the vault may take.
    pub(super) fn wrap(&mut self, account: Address, wei: U256) {
        self.storage.mint(account, wei).unwrap();
        wpbtc::give(&mut self.storage, account, account, wei).unwrap();
        self.storage.store(wpbtc::CONTRACT, allowance_slot(account), U256::MAX).unwrap();
    }

    pub(super) fn wrapped(&mut self, account: Address) -> U256 {
        let slot = entry(account.into_word(), B256::with_last_byte(3));
        self.storage.load(wpbtc::CONTRACT, slot.into()).unwrap()
    }

    pub(super) fn request(&mut self, account: Address, shares: U256) -> Result<u64, CallError> {
        let call = requestRedeemCall { shares, controller: account, owner: account };
        self.write(account, &call).map(|number| number.to())
    }

    pub(super) fn redeem_all(&mut self, account: Address) -> U256 {
        let shares = self.view(&maxRedeemCall { controller: account });
        self.write(account, &redeemCall { shares, receiver: account, controller: account }).unwrap()
    }

    /// Income that arrives with the settlement of an epoch.
    pub(super) fn income(&mut self, wei: U256) {
        self.storage.mint(CONTRACT, wei).unwrap();
        vault::income(&mut self.storage, 3, wei).unwrap();
    }

    /// The books after a loss.
    pub(super) fn lose(&mut self, wei: U256) {
        decrease(&BOOKED, &mut self.storage, wei).unwrap();
        self.storage.burn(CONTRACT, wei).unwrap();
    }

    pub(super) fn pass(&mut self, blocks: u64) {
        self.storage.block.number += blocks;
    }

    pub(super) fn shares(&mut self, account: Address) -> U256 {
        self.view(&IToken::balanceOfCall { account })
    }

    pub(super) fn price(&mut self) -> Price {
        price(&mut self.storage).unwrap()
    }

    pub(super) fn rate(&mut self) -> U256 {
        self.view(&getRateCall {})
    }

    pub(super) fn events<E: SolEvent>(&self) -> Vec<E> {
        let own = self.storage.logs().iter().filter(|(contract, _)| *contract == CONTRACT);
        own.filter_map(|(_, log)| E::decode_log_data(log).ok()).collect()
    }

    /// To the wei: the vault's pBTC is what it booked and what it set aside; shares are where the books say.
    pub(super) fn check(&mut self) {
        let booked = BOOKED.load(&mut self.storage).unwrap();
        let set_aside: U256 =
            ACCOUNTS.iter().map(|account| self.view(&maxWithdrawCall { controller: *account })).sum();
        assert_eq!(self.storage.balance(CONTRACT), Ok(booked + set_aside + self.donated), "pBTC");
        let stream = self.view(&streamCall {});
        let price = self.price();
        if booked > stream.streaming + stream.waiting {
            assert_eq!(price.assets + stream.streaming + stream.waiting, booked, "booked");
        }
        let queue = self.view(&queueCall {});
        let held: U256 = ACCOUNTS.iter().map(|account| self.shares(*account)).sum();
        let dead = self.shares(address!("000000000000000000000000000000000000dEaD"));
        assert_eq!(held + dead + queue.shares, price.shares, "supply");
        self.check_queue(queue);
    }

    fn check_queue(&mut self, queue: queueReturn) {
        let mut waiting = U256::ZERO;
        let mut by_account = ACCOUNTS.map(|_| [U256::ZERO; 3]);
        for number in 1..=queue.last.to::<u64>() {
            let ticket = self.view(&ticketCall { requestId: n(number) });
            assert!(ticket.shares.is_zero() || n(number) >= queue.first, "none waits before the head");
            let place = ACCOUNTS.iter().position(|account| *account == ticket.controller).unwrap();
            let call = claimableRedeemRequestCall { requestId: n(number), controller: ticket.controller };
            let sums = [ticket.shares, ticket.assets, self.view(&call)];
            by_account[place].iter_mut().zip(sums).for_each(|(sum, part)| *sum += part);
            waiting += ticket.shares;
        }
        assert_eq!(waiting, queue.shares, "queue");
        for (account, [shares, worth, claimable]) in ACCOUNTS.into_iter().zip(by_account) {
            let pending = vault::queue::pending(&mut self.storage, account).unwrap();
            assert_eq!(pending, (shares, worth), "pending");
            assert_eq!(self.view(&maxRedeemCall { controller: account }), claimable, "claimable");
        }
    }

    /// All that an account could call its own now, in wei: pBTC, wpBTC, shares, tickets, claims.
    pub(super) fn wealth(&mut self, account: Address) -> U256 {
        let price = self.price();
        let shares = self.shares(account);
        let mut wealth = self.storage.balance(account).unwrap()
            + self.wrapped(account)
            + self.view(&maxWithdrawCall { controller: account })
            + price.worth(shares).unwrap();
        for number in 1..=self.view(&queueCall {}).last.to::<u64>() {
            let ticket = self.view(&ticketCall { requestId: n(number) });
            if ticket.controller == account {
                wealth += ticket.assets.min(price.worth(ticket.shares).unwrap());
            }
        }
        wealth
    }
}

pub(super) fn refusal<T>(error: &impl SolError) -> Result<T, CallError> {
    Err(CallError::revert(error))
}

fn entry(key: B256, slot: B256) -> B256 {
    keccak256([key.as_slice(), slot.as_slice()].concat())
}

/// Where WETH9 keeps what the vault may spend of an owner's.
pub(super) fn allowance_slot(owner: Address) -> U256 {
    entry(CONTRACT.into_word(), entry(owner.into_word(), B256::with_last_byte(4))).into()
}
