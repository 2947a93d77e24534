//! Kind `stake_expansion`: a stake that becomes another, built from the old one and a coin.

use ballast_bitcoin_staking::witness::CovenantSignatures;
use ballast_bitcoin_staking::{Coin, CoinPolicy, ExpansionFunding, ExpansionTx, Stake, StakingTx, Terms};
use bitcoin::consensus::encode::serialize;
use bitcoin::hashes::Hash;
use bitcoin::{Amount, Psbt, ScriptBuf};
use secp256k1::XOnlyPublicKey;

use crate::param_set::ParamSet;
use crate::reader::{Checked, Node};
use crate::report::Foreign;
use crate::staking_scripts::{check_scripts, committee, terms, timelock};
use crate::transactions::fields::{amount, check_address, check_within, fee_rate, read_coin};
use crate::transactions::signed::Signed;
use crate::{Context, interpreter};

/// What only the test keys can check.
pub(crate) const KEYED: [Foreign; 1] = [Foreign {
    field: "/staker_sk_label",
    reason: "names a key of test_keys.json, which is not beside the file",
}];

/// The names of the fields of one of the two stakes.
struct Side {
    set: &'static str,
    params: &'static str,
    time: &'static str,
    scripts: &'static str,
}

const PREVIOUS: Side = Side {
    set: "previous_param_set",
    params: "previous_params",
    time: "previous_staking_time",
    scripts: "previous_scripts",
};

const NEW: Side =
    Side { set: "new_param_set", params: "new_params", time: "new_staking_time", scripts: "new_scripts" };

pub(crate) fn check(vector: &Node<'_>, context: &Context<'_>) -> Checked {
    let staker = vector.get("staker_pk")?.key()?;
    let previous_terms = read_side(&PREVIOUS, vector, staker, context)?;
    let new_terms = read_side(&NEW, vector, staker, context)?;
    let home = check_address(vector, staker, context)?;
    let value = amount(&vector.get("staking_amount")?)?;
    let previous = read_previous(vector, previous_terms, value, &home)?;
    let made = build(vector, &previous, new_terms.clone(), home)?;
    check_unsigned(vector, &made, staker)?;
    let stated = vector.get("expansion_tx_hex")?;
    let funding = made.funding().clone();
    let judged = ExpansionTx::judge(stated.transaction()?, &previous, new_terms, value, funding);
    stated.verify("a valid expansion", judged);
    check_signed(vector, &made, &previous, context)
}

/// The terms of one of the two stakes, with its parameters and scripts.
fn read_side(
    side: &Side,
    vector: &Node<'_>,
    staker: XOnlyPublicKey,
    context: &Context<'_>,
) -> Checked<Terms> {
    let params = vector.get(side.params)?;
    let (keys, quorum) = (params.get("covenantNoCoordPks")?, params.get("covenantQuorum")?);
    let set = ParamSet::read(&vector.get(side.set)?)?;
    set.check_committee(&keys, &quorum, context)?;
    set.check_limits(&params, context)?;
    set.check_unbonding_fee(&params, context)?;
    set.check_slashing(&params, context)?;
    check_within(&params, &vector.get("staking_amount")?, &vector.get(side.time)?)?;
    let times = [timelock(&vector.get(side.time)?)?, timelock(&params.get("unbondingTime")?)?];
    let providers = vector.get("fp_pks")?.keys()?;
    let terms = terms(vector, staker, providers, committee(&keys, &quorum)?, times)?;
    check_scripts(&vector.get(side.scripts)?, &terms)?;
    Ok(terms)
}

/// The old stake; its transaction is an input of the vector, on whose id everything depends.
fn read_previous(vector: &Node<'_>, terms: Terms, value: Amount, home: &ScriptBuf) -> Checked<Stake> {
    let field = vector.get("previous_staking_tx_hex")?;
    let parsed = StakingTx::parse(field.transaction()?, terms, value);
    let staking = field.accept("a transaction that holds the old stake", parsed)?;
    if staking.transaction().output.iter().skip(1).any(|output| output.script_pubkey != *home) {
        field.fail("change to the staker's address", "another");
    }
    Ok(staking.stake().clone())
}

fn build(vector: &Node<'_>, previous: &Stake, terms: Terms, home: ScriptBuf) -> Checked<ExpansionTx> {
    let coins = vector.get("funding_utxos")?.items()?;
    let coins: Vec<Coin> = coins.iter().map(|coin| read_coin(coin, &home)).collect::<Checked<_>>()?;
    let fee_rate = fee_rate(&vector.get("fee_rate")?)?;
    let chosen = read_coin(&vector.get("chosen_funding_utxo")?, &home)?;
    let policy = CoinPolicy::BtcStakingTs;
    let funding = ExpansionFunding { coins: &coins, policy, fee_rate, change: home };
    let made = ExpansionTx::build(previous, terms, Amount::ZERO, &funding);
    let made = vector.get("expansion_tx_hex")?.accept("an expansion", made)?;
    let spent = made.transaction().input[1].previous_output;
    if chosen.outpoint != spent || chosen.output != *made.funding() {
        vector.get("chosen_funding_utxo")?.fail(chosen.outpoint, spent);
    }
    Ok(made)
}

fn check_unsigned(vector: &Node<'_>, made: &ExpansionTx, staker: XOnlyPublicKey) -> Checked {
    vector.get("expansion_tx_hex")?.is_hex(serialize(made.transaction()));
    vector.get("expansion_txid")?.is(made.transaction().compute_txid().to_string());
    vector.get("fee")?.is(made.fee().to_sat());
    let field = vector.get("expansion_psbt_hex")?;
    // Some wallets want taproot coins marked with their internal key, others do not.
    let stated = Psbt::deserialize(&field.hex()?).ok();
    let is_marked = |psbt: Psbt| psbt.inputs.get(1).is_some_and(|input| input.tap_internal_key.is_some());
    field.is_hex(made.psbt(stated.is_some_and(is_marked).then_some(staker)).serialize());
    let prevouts = vector.get("prevouts")?;
    let stated = prevouts.items()?;
    prevouts.is_equal("outputs:", stated.len(), 2);
    for (stated, made) in stated.iter().zip([made.spend().output(), made.funding()]) {
        let [value, script] = &stated.items()?[..] else {
            return stated.halt("a value and a script", stated.value());
        };
        value.is(made.value.to_sat());
        script.is_hex(&made.script_pubkey);
    }
    Ok(())
}

fn check_signed(vector: &Node<'_>, made: &ExpansionTx, previous: &Stake, context: &Context<'_>) -> Checked {
    let signed = Signed { digest: made.sighash().to_byte_array(), context };
    vector.get("input0_sighash")?.is_hex(signed.digest);
    let staker = signed.check(&vector.get("staker_sig")?, &previous.terms().staker())?;
    let mut covenant = CovenantSignatures::new();
    for (key, field) in vector.get("covenant_sigs")?.entries()? {
        let key = field.accept("a covenant key", key.parse::<XOnlyPublicKey>())?;
        covenant.insert(key, signed.check(&field, &key)?);
    }
    let field = vector.get("tx_with_input0_witness_hex")?;
    let complete = field.accept("a signed expansion", made.signed(&staker, &covenant))?;
    field.is_hex(serialize(&complete));
    interpreter::accepts_first(&field, &field.transaction()?, &[made.spend().output(), made.funding()]);
    Ok(())
}
