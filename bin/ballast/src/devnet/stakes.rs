//! The first stakes of a devnet: one on each provider, registered, approved by the covenant, and locked on Bitcoin.

use std::fs;
use std::path::Path;
use std::thread::sleep;

use anyhow::{Context, Result};
use ballast_bitcoin_io::Bitcoin;
use ballast_regtest::Miner;
use ballast_roles::HttpChain;
use ballast_schnorr::SigningKey;
use ballast_types::interfaces::IStaking;
use ballast_types::{Parameters, SystemContract};
use bitcoin::{Amount, Network, TxOut};

use super::accounts;
use super::members::{self, Group};
use super::run::step;
use crate::chain::{LOOK, Wallet, view};
use crate::key;
use crate::network::NetworkName;
use crate::stake::course::Plan;
use crate::stake::on_chain;
use crate::stake::order::Order;

/// What is staked on each provider.
const STAKE: Amount = Amount::from_sat(100_000_000);
/// What a staker gets to lock: the stake and the fee of locking it.
const PURSE: Amount = Amount::from_sat(101_000_000);

/// What locking it pays, in sat/vB; a new regtest has seen no fees to go by.
const FEE_RATE: u64 = 2;

/// Stakes on every provider that has no power, and waits until all have.
pub(super) fn stake(
    folder: &Path,
    providers: u16,
    parameters: &Parameters,
    chain: &HttpChain,
    miner: &Miner,
) -> Result<()> {
    let missing: Vec<u16> =
        (1..=providers).filter_map(|number| powerless(chain, number).transpose()).collect::<Result<_>>()?;
    if missing.is_empty() {
        return Ok(());
    }
    step("stakes on the providers");
    fs::create_dir_all(folder.join("stakes"))?;
    fill_purses(&missing, miner)?;
    for number in &missing {
        let account =
            accounts::all().into_iter().nth(usize::from(*number) - 1).context("an account a provider")?;
        let wallet = Wallet::new(chain, SigningKey::from_bytes(&account.private_key.0)?);
        let order = Order {
            network: NetworkName::Devnet,
            covenant: Vec::new(),
            provider: members::key(Group::Provider, *number).x_only(),
            amount: STAKE,
            time: u32::from(parameters.staking.max_staking_blocks),
            fee_rate: Some(FEE_RATE),
        };
        let file = folder.join("stakes").join(format!("provider-{number}.json"));
        let staker = members::key(Group::Staker, *number);
        // the light client must not get stale on the way
        miner.mine(1)?;
        on_chain::stake(miner.rpc(), &wallet, &staker, &order, Plan::default(), &file, |_| ())?;
    }
    miner.mine(parameters.bitcoin.confirmation_depth + 1)?;
    step("waiting for the stakes to count");
    for number in missing {
        while powerless(chain, number)?.is_some() {
            sleep(LOOK);
        }
    }
    Ok(())
}

/// The number of a provider on which nothing counts.
fn powerless(chain: &HttpChain, number: u16) -> Result<Option<u16>> {
    let provider = members::key(Group::Provider, number).x_only().serialize().into();
    let found = view(chain, SystemContract::Staking, &IStaking::providerOfCall { provider })?;
    Ok((found.power == 0 && !found.removed).then_some(number))
}

/// Gives the stakers what they lock, where they have nothing and lock nothing.
fn fill_purses(numbers: &[u16], miner: &Miner) -> Result<()> {
    let script =
        |number: &u16| key::p2tr(&members::key(Group::Staker, *number), Network::Regtest).script_pubkey();
    let scripts: Vec<_> = numbers.iter().map(script).collect();
    let have = miner.rpc().unspent(&scripts)?;
    let outputs: Vec<_> = scripts
        .into_iter()
        .filter(|script| !have.iter().any(|coin| coin.output.script_pubkey == *script))
        .map(|script_pubkey| TxOut { value: PURSE, script_pubkey })
        .collect();
    if !outputs.is_empty() {
        miner.pay(&outputs).context("the miner cannot pay the stakers")?;
        miner.mine(1)?;
    }
    Ok(())
}
