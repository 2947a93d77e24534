//! The inputs of a vector: parties, parameters, coins and where the staker's money goes.

use ballast_bitcoin_staking::{Coin, SlashingRule, Terms};
use bitcoin::key::{CompressedPublicKey, TapTweak};
use bitcoin::{Address, Amount, FeeRate, Network, OutPoint, ScriptBuf, TxOut};
use secp256k1::{Parity, SECP256K1, XOnlyPublicKey};

use crate::Context;
use crate::param_set::{LIMITS, ParamSet};
use crate::reader::{Checked, Node};
use crate::staking_scripts::{committee, terms, timelock};

/// What the transactions of a stake follow from.
pub(super) struct Inputs {
    pub(super) terms: Terms,
    pub(super) amount: Amount,
    pub(super) coins: Vec<Coin>,
    pub(super) fee_rate: FeeRate,
    /// The script of the staker's own address, where change and withdrawals go.
    pub(super) home: ScriptBuf,
    pub(super) unbonding_fee: Amount,
    pub(super) rule: SlashingRule,
    /// Whether the secrets of the covenant are test keys.
    pub(super) has_test_covenant: bool,
}

impl Inputs {
    pub(super) fn read(vector: &Node<'_>, context: &Context<'_>) -> Checked<Self> {
        let params = vector.get("params")?;
        let staker = vector.get("staker_pk")?.key()?;
        let terms = read_terms(vector, &params, staker)?;
        let has_test_covenant = check_params(vector, &params, context)?;
        let home = check_address(vector, staker, context)?;
        let fee_rate = fee_rate(&vector.get("fee_rate")?)?;
        Ok(Self {
            terms,
            amount: amount(&vector.get("staking_amount")?)?,
            coins: vector
                .get("utxos")?
                .items()?
                .iter()
                .map(|coin| read_coin(coin, &home))
                .collect::<Checked<_>>()?,
            fee_rate,
            home,
            unbonding_fee: amount(&params.get("unbondingFeeSat")?)?,
            rule: read_rule(&params.get("slashing")?)?,
            has_test_covenant,
        })
    }
}

pub(crate) fn amount(field: &Node<'_>) -> Checked<Amount> {
    Ok(Amount::from_sat(field.number()?))
}

pub(crate) fn fee_rate(field: &Node<'_>) -> Checked<FeeRate> {
    match FeeRate::from_sat_per_vb(field.number()?) {
        Some(rate) => Ok(rate),
        None => field.halt("a fee rate in sats per virtual byte", field.value()),
    }
}

fn read_terms(vector: &Node<'_>, params: &Node<'_>, staker: XOnlyPublicKey) -> Checked<Terms> {
    let (keys, quorum) = (params.get("covenantNoCoordPks")?, params.get("covenantQuorum")?);
    let times = [vector.get("staking_time")?, params.get("unbondingTime")?];
    let [staking_time, unbonding_time] = times.map(|time| timelock(&time));
    let providers = vector.get("fp_pks")?.keys()?;
    terms(vector, staker, providers, committee(&keys, &quorum)?, [staking_time?, unbonding_time?])
}

/// The parameters are those of the named set, and the stake lies within their limits. Returns whether the set is one of
/// test keys.
fn check_params(vector: &Node<'_>, params: &Node<'_>, context: &Context<'_>) -> Checked<bool> {
    let set = ParamSet::read(&vector.get("param_set")?)?;
    set.check_committee(&params.get("covenantNoCoordPks")?, &params.get("covenantQuorum")?, context)?;
    check_within(params, &vector.get("staking_amount")?, &vector.get("staking_time")?)?;
    set.check_limits(params, context)?;
    Ok(set.is_of_test_keys())
}

/// The stake lies within the limits of the parameters.
pub(crate) fn check_within(params: &Node<'_>, amount: &Node<'_>, time: &Node<'_>) -> Checked {
    let [min_amount, max_amount, min_time, max_time] = LIMITS;
    within(amount, &params.get(min_amount)?, &params.get(max_amount)?)?;
    within(time, &params.get(min_time)?, &params.get(max_time)?)
}

fn within(field: &Node<'_>, min: &Node<'_>, max: &Node<'_>) -> Checked {
    let (found, min, max) = (field.number::<u64>()?, min.number()?, max.number()?);
    if !(min..=max).contains(&found) {
        field.fail(format_args!("from {min} to {max}"), found);
    }
    Ok(())
}

pub(crate) fn read_rule(slashing: &Node<'_>) -> Checked<SlashingRule> {
    let rate = slashing.get("slashingRate")?;
    Ok(SlashingRule {
        rate: rate.accept("a slashing rate", rate.fraction()?.parse())?,
        script: slashing.get("slashingPkScriptHex")?.script()?,
        min_fee: amount(&slashing.get("minSlashingTxFeeSat")?)?,
    })
}

pub(crate) fn read_coin(coin: &Node<'_>, home: &ScriptBuf) -> Checked<Coin> {
    let txid = coin.get("txid")?.parse("a transaction id", str::parse)?;
    let script = coin.get("scriptPubKey")?;
    script.is_hex(home);
    let output = TxOut { value: amount(&coin.get("value")?)?, script_pubkey: script.script()? };
    Ok(Coin { outpoint: OutPoint::new(txid, coin.get("vout")?.number()?), output })
}

/// The address is the staker's own, of the stated type, on the stated network; returns its script.
pub(crate) fn check_address(
    vector: &Node<'_>,
    staker: XOnlyPublicKey,
    context: &Context<'_>,
) -> Checked<ScriptBuf> {
    let network = network(&vector.get("network")?)?;
    let parities = check_label(vector, staker, context)?;
    let kind = vector.get("staker_address_type")?;
    let made: Vec<Address> = match kind.text()? {
        "p2tr" => {
            let (output_key, _) = staker.tap_tweak(SECP256K1, None);
            vec![Address::p2tr_tweaked(output_key, network)]
        }
        "p2wpkh" => {
            let full = |parity| CompressedPublicKey(staker.public_key(parity));
            parities.iter().map(|parity| Address::p2wpkh(&full(*parity), network)).collect()
        }
        other => return kind.halt("p2tr or p2wpkh", other),
    };
    let field = vector.get("staker_address")?;
    let stated = field.text()?;
    match made.iter().find(|address| address.to_string() == stated) {
        Some(address) => Ok(address.script_pubkey()),
        None => field.halt(stated, format_args!("{made:?}")),
    }
}

/// The label is the staker's; returns the parities that the staker's full key may have.
fn check_label(vector: &Node<'_>, staker: XOnlyPublicKey, context: &Context<'_>) -> Checked<Vec<Parity>> {
    let Some(ring) = context.keys else { return Ok(vec![Parity::Even, Parity::Odd]) };
    let field = vector.get("staker_sk_label")?;
    match ring.labelled(field.text()?) {
        Some(key) => {
            vector.get("staker_pk")?.is_hex(key.x_only().serialize());
            Ok(vec![key.public_key().x_only_public_key().1])
        }
        None => field.halt(format_args!("a label of test_keys.json with the key {staker}"), "no such label"),
    }
}

pub(crate) fn network(field: &Node<'_>) -> Checked<Network> {
    match field.text()? {
        "mainnet" => Ok(Network::Bitcoin),
        "testnet" => Ok(Network::Testnet),
        "signet" => Ok(Network::Signet),
        "regtest" => Ok(Network::Regtest),
        other => field.halt("mainnet, testnet, signet or regtest", other),
    }
}
