//! A proof of a deposit that is too early, about something else, broken, or encoded in another way is refused with an error
//! of its own and mints nothing; the true one mints once. A payout that cannot be paid takes nothing.

use std::path::Path;

use alloy_primitives::{Address as Account, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use anyhow::Context;
use ballast_bitcoin_io::Bitcoin;
use ballast_bitcoin_light::{InclusionProof, MerkleBranch};
use ballast_roles::chain::{At, Chain, ChainError, read};
use ballast_roles::light_client;
use ballast_testing::{Devnet, SAT, provider_key, until};
use ballast_types::interfaces::ICustody::{
    Inclusion, depositScriptCall, proveDepositCall, quoteDepositCall, requestPayoutCall,
};
use ballast_types::interfaces::error_text;
use ballast_types::{Duty, SystemContract};
use bitcoin::consensus::serialize;
use bitcoin::hashes::Hash;
use bitcoin::secp256k1::SECP256K1;
use bitcoin::{Address, Network, Script, ScriptBuf, Transaction, Txid, Witness};
use serde_json::json;

/// What is deposited, in sats.
const DEPOSIT: u64 = 1_000_000;
const CUSTODY: SystemContract = SystemContract::Custody;

fn recipient(number: u8) -> Account {
    Account::with_last_byte(number)
}

/// The proof of a deposit for recipient 5 whose transaction is in the best chain's block at `height`.
fn proof(devnet: &Devnet, height: u32, txid: Txid) -> anyhow::Result<proveDepositCall> {
    let miner = devnet.miner()?;
    let hash = miner.rpc().block_hash(height)?.context("no block")?;
    let block = miner.rpc().block(&hash)?.context("no block")?;
    let index = block.txdata.iter().position(|tx| tx.compute_txid() == txid).context("not in the block")?;
    let InclusionProof { branch, coinbase } = InclusionProof::from_block(&block, index)?;
    let siblings =
        |branch: &MerkleBranch| branch.siblings().iter().map(|hash| hash.to_byte_array().into()).collect();
    Ok(proveDepositCall {
        recipient: recipient(5),
        action: 0,
        refundKey: B256::ZERO,
        transaction: serialize(&stripped(&block.txdata[index])).into(),
        vout: 0,
        proof: Inclusion {
            blockHash: hash.to_byte_array().into(),
            index: branch.index(),
            branch: siblings(&branch),
            coinbase: coinbase.sha256.to_byte_array().into(),
            coinbaseBranch: siblings(&coinbase.branch),
        },
    })
}

fn stripped(tx: &Transaction) -> Transaction {
    let mut stripped = tx.clone();
    stripped.input.iter_mut().for_each(|input| input.witness = Witness::new());
    stripped
}

fn duty(chain: &impl Chain, input: impl Into<Bytes>) -> anyhow::Result<Vec<u8>> {
    Ok(Duty { chain_id: chain.chain_id()?, to: CUSTODY.address(), input: input.into() }.encoded())
}

/// How the node refuses a transaction: the rule's own error, or the node's words where no rule was reached.
fn refusal(devnet: &Devnet, transaction: Vec<u8>) -> anyhow::Result<String> {
    match devnet.chain().send(transaction.into()) {
        Err(ChainError::Refused { data, message, .. }) => Ok(named(&data).unwrap_or(message)),
        Err(other) => Err(other.into()),
        Ok(hash) => anyhow::bail!("transaction {hash} was taken"),
    }
}

fn named(data: &[u8]) -> Option<String> {
    [CUSTODY, SystemContract::LightClient].into_iter().find_map(|contract| error_text(contract, data))
}

/// Proofs about another deposit or another place, or broken ones, each with how its refusal begins.
fn false_proofs(good: &proveDepositCall, parent: B256) -> Vec<(proveDepositCall, &'static str)> {
    let with = |change: &dyn Fn(&mut proveDepositCall)| {
        let mut call = good.clone();
        change(&mut call);
        call
    };
    let depth = good.proof.branch.len();
    vec![
        (with(&|call| call.recipient = recipient(6)), "OtherAddress { vout: 0 }"),
        (with(&|call| call.action = 1), "OtherAddress { vout: 0 }"),
        (with(&|call| call.refundKey = point()), "OtherAddress { vout: 0 }"),
        (with(&|call| call.vout = 1), "OtherAddress { vout: 1 }"),
        (with(&|call| call.vout = 99), "OtherAddress { vout: 99 }"),
        (with(&|call| call.action = 2), "MalformedDeposit"),
        (with(&|call| call.refundKey = B256::repeat_byte(0xff)), "MalformedDeposit"),
        (with(&|call| call.proof.blockHash = parent), "WrongRoot"),
        (with(&|call| call.proof.blockHash = B256::repeat_byte(7)), "UnknownBlock"),
        (with(&|call| call.proof.branch[0].0[31] ^= 1), "WrongRoot"),
        (with(&|call| call.proof.branch[depth - 1].0[0] ^= 0x80), "WrongRoot"),
        (with(&|call| call.proof.index ^= 1 << (depth - 1)), "WrongRoot"),
        (with(&|call| call.proof.index += 1 << depth), "MalformedBranch"),
        (with(&|call| call.proof.branch = vec![B256::ZERO; 16]), "MalformedBranch { siblings: 16"),
        (with(&|call| call.proof.coinbase.0[0] ^= 1), "CoinbaseRoot"),
        (with(&|call| call.proof.coinbaseBranch[0].0[0] ^= 1), "CoinbaseRoot"),
        (with(&|call| _ = call.proof.coinbaseBranch.pop()), "CoinbaseDepth"),
    ]
}

/// An x coordinate on the curve.
fn point() -> B256 {
    provider_key(1)
}

/// The same arguments in encodings that a lenient reader would take.
fn other_encodings(good: &proveDepositCall) -> Vec<(&'static str, Vec<u8>)> {
    /// Bytes of the selector, and of a word.
    const SELECTOR: usize = 4;
    const WORD: usize = 32;
    let input = good.abi_encode();
    let changed = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut input = input.clone();
        change(&mut input);
        input
    };
    let word =
        |input: &[u8], at: usize| U256::from_be_slice(&input[SELECTOR + at * WORD..][..WORD]).to::<usize>();
    // the words of the head: recipient, action, refund key, where the transaction is, vout, where the proof is
    let moved = |input: &mut Vec<u8>| {
        let head = SELECTOR + 6 * WORD;
        for at in [3, 5] {
            let further = U256::from(word(input, at) + WORD);
            input[SELECTOR + at * WORD..][..WORD].copy_from_slice(&further.to_be_bytes::<WORD>());
        }
        input.splice(head..head, [0; WORD]);
    };
    let padding = SELECTOR + word(&input, 3) + WORD + good.transaction.len();
    assert_ne!(good.transaction.len() % WORD, 0, "there is no padding to change");
    vec![
        ("extra bytes behind", changed(&|input| input.extend([0; WORD]))),
        ("arguments further behind than they need be", changed(&moved)),
        ("padding that is not zero", changed(&|input| input[padding] = 1)),
        ("a number with high bits", changed(&|input| input[SELECTOR + WORD] = 1)),
        ("a byte missing", changed(&|input| _ = input.pop())),
    ]
}

/// The error of a payout that an account asks for in a call that changes nothing.
fn payout_refusal(
    devnet: &Devnet,
    from: &str,
    script: &ScriptBuf,
    amount: u64,
    value: u128,
) -> anyhow::Result<String> {
    let call = requestPayoutCall { scriptPubKey: script.to_bytes().into(), amount, maxFee: 5_000 };
    let (value, data): (_, Bytes) = (U256::from(value), call.abi_encode().into());
    let request = json!({ "from": from, "to": CUSTODY.address(), "value": value, "data": data });
    match devnet.chain().ask::<Bytes>("eth_call", json!([request, "latest"])) {
        Err(ChainError::Refused { data, message, .. }) => Ok(named(&data).unwrap_or(message)),
        Err(other) => Err(other.into()),
        Ok(payout) => anyhow::bail!("it would be payout {payout}"),
    }
}

/// An address that custody has nothing to do with.
fn home() -> Address {
    let key = ballast_regtest::keypair("payee").x_only_public_key().0;
    Address::p2tr(SECP256K1, key, None, Network::Regtest)
}

fn until_followed(devnet: &Devnet) -> anyhow::Result<u32> {
    let tip = devnet.miner()?.rpc().tip()?;
    until("the light client follows", || {
        Ok((light_client::tip(&devnet.chain())?.hash == tip.hash).then_some(tip.height))
    })
}

#[test]
fn bad_proofs_mint_nothing() -> anyhow::Result<()> {
    let devnet = Devnet::start(&["--providers", "0"])?;
    let (chain, miner) = (devnet.chain(), devnet.miner()?);
    let issued = devnet.balanced()?["issued_sat"].clone();
    let minted_by = |number: u8| devnet.balance(&recipient(number).to_string());

    // A deposit that no relayer watches for is proven a block too early.
    let terms = depositScriptCall { recipient: recipient(5), action: 0, refundKey: B256::ZERO };
    let script = ScriptBuf::from_bytes(read(&chain, At::Latest, CUSTODY, &terms)?.to_vec());
    let address = Address::from_script(&script, Network::Regtest)?.to_string();
    let elsewhere = home().to_string();
    let txid = devnet.pay(&[(&address, DEPOSIT), (&elsewhere, DEPOSIT)])?;
    // so that the block's tree has more than one row
    devnet.pay(&[(&elsewhere, DEPOSIT)])?;
    miner.mine(3)?;
    let tip = until_followed(&devnet)?;
    let good = proof(&devnet, tip - 2, txid)?;
    let parent = miner.rpc().block_hash(tip - 3)?.context("no block")?.to_byte_array().into();
    let refused = |call: &proveDepositCall| refusal(&devnet, duty(&devnet.chain(), call.abi_encode())?);
    assert_eq!(refused(&good)?, "Shallow { expected: 3, found: 2 }");

    // Deep enough, everything that is not the truth is refused by its own name.
    miner.mine(1)?;
    until_followed(&devnet)?;
    for (call, expected) in false_proofs(&good, parent) {
        let refusal = refused(&call)?;
        assert!(refusal.starts_with(expected), "{refusal} instead of {expected} for {call:?}");
    }

    // So is the truth in any other than its one encoding; and by all that nothing was minted.
    for (how, input) in other_encodings(&good) {
        let refusal = refusal(&devnet, duty(&chain, input)?)?;
        assert!(refusal.contains("not its canonical encoding"), "{how}: {refusal}");
    }
    let mut longer = duty(&chain, good.abi_encode())?;
    longer.push(0);
    let refusal = refusal(&devnet, longer)?;
    assert!(refusal.contains("1 bytes follow the duty"), "{refusal}");
    assert_eq!((minted_by(5)?, minted_by(6)?), (0, 0));
    assert_eq!(devnet.balanced()?["issued_sat"], issued);

    // The true proof mints once: said again it is known, with another witness too.
    chain.send(duty(&chain, good.abi_encode())?.into())?;
    let minted = read(&chain, At::Latest, CUSTODY, &quoteDepositCall { value: DEPOSIT })?.minted;
    devnet.until_balance(&recipient(5).to_string(), u128::from(minted) * SAT)?;
    let mut signed: Transaction = bitcoin::consensus::deserialize(&good.transaction)?;
    signed.input[0].witness = Witness::from_slice(&[[7; 64]]);
    let with_witness = proveDepositCall { transaction: serialize(&signed).into(), ..good.clone() };
    for call in [&good, &with_witness] {
        let refusal = until("the mempool lets go of the first one", || {
            let refusal = refused(call)?;
            Ok((!refusal.contains("already")).then_some(refusal))
        })?;
        assert!(refusal.starts_with("KnownCoin"), "{refusal}");
    }
    assert_eq!(minted_by(5)?, u128::from(minted) * SAT);
    let issued = issued.as_u64().context("a number")? + minted;
    assert_eq!(devnet.balanced()?["issued_sat"], issued);
    Ok(())
}

#[test]
fn bad_payouts_take_nothing() -> anyhow::Result<()> {
    let devnet = Devnet::start(&["--providers", "0"])?;
    let ((payer, _), key, stranger) = (devnet.account(1), devnet.key_file(1)?, devnet.key_file(2)?);
    let before = devnet.balance(&payer)?;
    let home = home();
    let ask = |to: &Address, amount: u64, ceiling: u64| {
        format!("payout request --to {to} --amount {amount} --max-fee {ceiling} --key {}", key.display())
    };

    // Too little, or to a script that nobody owns or no node relays: the command is refused with the rule's own error.
    let of = |script: &[u8]| Address::from_script(Script::from_bytes(script), Network::Regtest);
    let no_point = of(&[&[0x51, 32][..], &[0xff; 32]].concat())?;
    let anchor = of(&[0x51, 2, 0x4e, 0x73])?;
    for (line, expected) in [
        (ask(&home, 9_999, 5_000), "PayoutAmount { minimum: 10000, found: 9999 }"),
        (ask(&no_point, 50_000, 5_000), "BadScript"),
        (ask(&anchor, 50_000, 5_000), "BadScript"),
    ] {
        let refusal = devnet.refusal(&line)?;
        assert!(refusal.contains(&format!("custody refuses: {expected}")), "{refusal} instead of {expected}");
    }

    // What no command would send is refused too: burning, no script, dust, and another value than the escrow.
    let (script, escrow) = (home.script_pubkey(), 55_000 * SAT);
    for (script, amount, value, expected) in [
        (&ScriptBuf::new_op_return([1, 2, 3]), 50_000, escrow, "BadScript"),
        (&ScriptBuf::new(), 50_000, escrow, "BadScript"),
        (&script, 329, 5_329 * SAT, "PayoutAmount"),
        (&script, 50_000, escrow - 1, "WrongValue"),
        (&script, 50_000, escrow + 1, "WrongValue"),
        (&script, 50_000, 0, "WrongValue"),
    ] {
        let refusal = payout_refusal(&devnet, &payer, script, amount, value)?;
        assert!(
            refusal.starts_with(expected),
            "{refusal} instead of {expected} for {script}, {amount}, {value}"
        );
    }
    assert_eq!(devnet.balance(&payer)?, before);

    // A payout whose ceiling pays for no transaction waits; nobody but its owner takes it back, and that but once.
    devnet.ballast(&ask(&home, 50_000, 1))?;
    let cancel = |key: &Path| format!("payout cancel 1 --key {}", key.display());
    let not_waiting = "custody refuses: NotWaiting { payout: 1 }";
    let refusal = devnet.refusal(&cancel(&stranger))?;
    assert!(refusal.contains(not_waiting), "{refusal}");
    assert_eq!(devnet.ballast(&cancel(&key))?["state"], "cancelled");
    let refusal = devnet.refusal(&cancel(&key))?;
    assert!(refusal.contains(not_waiting), "{refusal}");

    // It has cost the gas of two transactions, far less than the escrow, and the books balance.
    let gas = before - devnet.balance(&payer)?;
    assert!(gas < 1_000 * SAT, "it cost {gas} wei");
    assert_eq!(devnet.balanced()?["escrow_sat"], 0);
    Ok(())
}
