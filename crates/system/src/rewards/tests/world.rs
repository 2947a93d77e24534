//! A chain whose blocks are voted for, with epochs of ten blocks, and stakes that count when a test says so.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::{SolCall, SolError, SolEvent};
use ballast_types::{Network, Parameters, SystemContract, interfaces::IRewards::*};

use super::super::{initialise, store::CONTRACT};
use crate::{
    contract::{Call, CallError, Mode, dispatch},
    finality::tests::world::Chain,
    memory::Memory,
    staking::{
        self,
        tests::world::{count, run, write_provider, write_stake},
    },
    storage::Storage,
};

pub(super) use crate::staking::tests::world::{key_word, owner};

/// Blocks of an epoch.
pub(super) const LENGTH: u64 = 10;
/// Blocks after which a height is judged.
pub(super) const GRACE: u64 = 4;
/// Providers, from this number on.
pub(super) const FIRST: u8 = 40;

pub(super) fn parameters() -> Parameters {
    let mut parameters = Parameters::of(Network::Devnet);
    parameters.chain.epoch_blocks = LENGTH;
    parameters
}

pub(super) fn stake_id(number: u8) -> B256 {
    keccak256([number])
}

pub(super) fn wei(amount: u64) -> U256 {
    U256::from(amount)
}

pub(super) fn revert<T>(error: &impl SolError) -> Result<T, CallError> {
    Err(CallError::revert(error))
}

pub(super) struct World {
    pub(super) chain: Chain,
}

impl World {
    /// At block 1, with a provider for each commission, in basis points, and nothing staked.
    pub(super) fn new(commissions: &[u16]) -> Self {
        let mut chain = Chain::new(&vec![0; commissions.len()]);
        initialise(&mut chain.storage, &parameters()).unwrap();
        for (number, commission) in (FIRST..).zip(commissions) {
            write_provider(&mut chain.storage, number, *commission);
        }
        Self { chain }
    }

    /// Like [`World::new`], without commissions, with stake number i of so many sats on the i-th provider.
    pub(super) fn staked(sats: &[u64]) -> Self {
        let mut world = Self::new(&vec![0; sats.len()]);
        for (number, sats) in (1..).zip(sats) {
            world.stake(number, FIRST + number - 1, *sats);
        }
        world
    }

    pub(super) fn storage(&mut self) -> &mut Memory {
        &mut self.chain.storage
    }

    pub(super) fn number(&self) -> u64 {
        self.chain.number()
    }

    /// Stake `number`, of the account of that number, counts from the next block on.
    pub(super) fn stake(&mut self, number: u8, provider: u8, sats: u64) {
        write_stake(self.storage(), stake_id(number), owner(number), key_word(provider), sats);
        self.counts(number, true);
    }

    pub(super) fn counts(&mut self, number: u8, counts: bool) {
        count(self.storage(), stake_id(number), counts);
    }

    pub(super) fn remove(&mut self, provider: u8) {
        staking::provider::remove(self.storage(), key_word(provider)).unwrap();
    }

    /// Blocks until this one, each with these providers' votes for the one before.
    pub(super) fn run_to(&mut self, block: u64, voters: &[u8]) {
        while self.number() < block {
            self.chain.next();
            let height = self.number() - 1;
            for voter in voters {
                // height 1 has no snapshot
                if height > 1 {
                    self.chain.vote(*voter, height).unwrap();
                }
            }
        }
    }

    /// Fees of ordinary transactions.
    pub(super) fn fees(&mut self, amount: u64) {
        self.storage().mint(CONTRACT, wei(amount)).unwrap();
    }

    pub(super) fn call<C: SolCall>(&mut self, caller: Address, call: C) -> Result<C::Return, CallError> {
        run(self.storage(), SystemContract::Rewards, caller, call)
    }

    /// A call with pBTC, as a transaction would carry it out.
    pub(super) fn pay(
        &mut self,
        caller: Address,
        amount: u64,
        call: &impl SolCall,
    ) -> Result<Bytes, CallError> {
        let before = self.storage().snapshot();
        self.storage().mint(CONTRACT, wei(amount)).unwrap();
        let input = call.abi_encode();
        let call = Call { caller, value: wei(amount), input: &input, mode: Mode::Ordinary };
        let returned = dispatch(SystemContract::Rewards, self.storage(), &call);
        if returned.is_err() {
            self.storage().revert(before);
        }
        returned
    }

    pub(super) fn settle(&mut self) -> Result<(), CallError> {
        self.call(Address::ZERO, settleCall {}).map(|_| ())
    }

    /// Claims for account `number`: its provider's commission and these stakes.
    pub(super) fn claim(&mut self, number: u8, stakes: &[u8]) -> U256 {
        let stakes: Vec<_> = stakes.iter().map(|stake| stake_id(*stake)).collect();
        let before = self.balance(owner(number));
        let promised =
            self.call(owner(number), earnedCall { account: owner(number), stakes: stakes.clone() }).unwrap();
        let amount = self.call(owner(number), claimCall { stakes, receiver: owner(number) }).unwrap();
        assert_eq!(amount, promised, "a claim pays what the view says");
        assert_eq!(self.balance(owner(number)), before + amount);
        amount
    }

    pub(super) fn balance(&mut self, account: Address) -> U256 {
        self.storage().balance(account).unwrap()
    }

    pub(super) fn budget(&mut self) -> U256 {
        self.call(Address::ZERO, budgetCall {}).unwrap()
    }

    pub(super) fn credits(&mut self, epoch: u64, provider: u8) -> U256 {
        self.call(Address::ZERO, creditsCall { epoch, provider: key_word(provider) }).unwrap()
    }

    pub(super) fn next(&mut self) -> (u64, u64) {
        let nextReturn { epoch, fromBlock } = self.call(Address::ZERO, nextCall {}).unwrap();
        (epoch, fromBlock)
    }

    pub(super) fn events<E: SolEvent>(&self) -> Vec<E> {
        let ours = self.chain.storage.logs().iter().filter(|(contract, _)| *contract == CONTRACT);
        ours.filter_map(|(_, log)| E::decode_log_data(log).ok()).collect()
    }
}
