//! Kind `btc_headers`: difficulty adjustment, single headers, bases, and a regtest chain with a fork.

use ballast_bitcoin_light::{HeaderError, HeaderRules, MemoryChain, StoredHeader, retarget, target_of};
use bitcoin::block::Header;
use bitcoin::consensus::encode::deserialize;
use bitcoin::{CompactTarget, Target};

use crate::Context;
use crate::reader::{Checked, Node};

/// The moment at which headers are judged: late enough that none of them lies ahead.
const NOW: u64 = u32::MAX as u64;

pub(crate) fn check(vector: &Node<'_>, _: &Context<'_>) -> Checked {
    let kind = vector.get("type")?;
    match kind.text()? {
        "retarget" => check_retarget(vector),
        "base_header" => check_base(vector),
        "header" => check_header(vector),
        "regtest_chain" => check_chain(vector),
        other => kind.halt("retarget, base_header, header or regtest_chain", other),
    }
}

fn check_retarget(vector: &Node<'_>) -> Checked {
    let rules = &HeaderRules::MAINNET;
    let old = vector.get("old_bits")?;
    let target = old.accept("a target", target_of(bits(&old)?, rules.limit))?;
    let (first, last) = (vector.get("first_time")?.number()?, vector.get("last_time")?.number()?);
    vector.get("new_bits")?.is_hex(to_hex_order(retarget(rules, target, first, last)));
    Ok(())
}

fn check_base(vector: &Node<'_>) -> Checked {
    let rules = rules(vector)?;
    let field = vector.get("header")?;
    let header = header(&field)?;
    let place = vector.get("height")?;
    let height = place.decimal()?;
    let base = place.accept("a base", StoredHeader::base(rules, header, height))?;
    let target = check_target(vector, rules, &header)?;
    vector.get("hash")?.is(base.hash().to_string());
    vector.get("target")?.is_hex(target.to_be_bytes());
    let work = base.work.to_string();
    vector.get("block_work")?.is(work.as_str());
    let is_own = vector.get("work")?.text()? == work;
    vector.get("work_matches_genesis")?.is(is_own);
    vector.get("height_mod_2016")?.is(height % 2016);
    Ok(())
}

fn check_header(vector: &Node<'_>) -> Checked {
    let rules = rules(vector)?;
    let header = header(&vector.get("header")?)?;
    let target = check_target(vector, rules, &header)?;
    let hash = header.block_hash();
    vector.get("hash")?.is(hash.to_string());
    vector.get("pow_ok")?.is(target.is_met_by(hash));
    vector.get("work")?.is(target.to_work().to_string());
    Ok(())
}

/// Compares the stated bits with the header's, and reads the target in them.
fn check_target(vector: &Node<'_>, rules: &HeaderRules, header: &Header) -> Checked<Target> {
    let stated = vector.get("bits")?;
    stated.is_hex(to_hex_order(header.bits));
    stated.accept("a target of the network", target_of(header.bits, rules.limit))
}

fn check_chain(vector: &Node<'_>) -> Checked {
    let rules = &HeaderRules::REGTEST;
    let genesis = vector.get("genesis")?;
    let base = genesis.accept("a base", StoredHeader::base(rules, header(&genesis)?, 0))?;
    vector.get("genesis_hash")?.is(base.hash().to_string());
    let field = vector.get("headers")?;
    let headers: Vec<Header> = field.items()?.iter().map(header).collect::<Checked<_>>()?;
    let mut chain = MemoryChain::new(base);
    field.accept("a chain", chain.extend(rules, &headers, NOW))?;
    check_median(vector, &chain)?;
    check_fork(vector, chain)
}

/// A header at the median time past is too old, one a second later is not.
fn check_median(vector: &Node<'_>, chain: &MemoryChain) -> Checked {
    let rules = &HeaderRules::REGTEST;
    let (median, early) = (vector.get("mtp")?, vector.get("next_time_equal_mtp_rejected")?);
    let rejected = header(&early)?;
    if !rejected.target().is_met_by(rejected.block_hash()) {
        early.fail("a header with work", "none");
    }
    match chain.clone().extend(rules, &[rejected], NOW) {
        Err(HeaderError::TooOld { median: made, found, .. }) => {
            median.is(made);
            early.is_equal("time", made, found);
        }
        Err(other) => early.fail("refused as too old", other),
        Ok(_) => early.fail("refused as too old", "accepted"),
    }
    let late = vector.get("next_time_mtp_plus_1_accepted")?;
    let accepted = header(&late)?;
    late.is_equal("time", u64::from(accepted.time), median.number::<u64>()?.saturating_add(1));
    late.verify("an accepted header", chain.clone().extend(rules, &[accepted], NOW));
    Ok(())
}

/// A fork wins once it is longer than what it replaces: on regtest every header has the same work.
fn check_fork(vector: &Node<'_>, chain: MemoryChain) -> Checked {
    let rules = &HeaderRules::REGTEST;
    let height = vector.get("fork_from_height")?;
    let from: u32 = height.number()?;
    let Some(replaced) = chain.tip().height.checked_sub(from) else {
        return height.halt(format_args!("at most {}", chain.tip().height), from);
    };
    let field = vector.get("fork_headers")?;
    let fork: Vec<Header> = field.items()?.iter().map(header).collect::<Checked<_>>()?;
    for length in 1..=fork.len() {
        let verdict = chain.clone().extend(rules, &fork[..length], NOW);
        let wins = length > replaced as usize;
        match verdict {
            Ok(change) if wins => height.is(change.fork.height),
            Err(HeaderError::NotHeavier { .. }) if !wins => {}
            Ok(_) => field.fail(format_args!("{length} headers refused for their work"), "accepted"),
            Err(error) => field.fail(format_args!("{length} headers judged by their work"), error),
        }
    }
    if fork.len() <= replaced as usize {
        field.fail(format_args!("more than {replaced} headers"), fork.len());
    }
    Ok(())
}

fn rules(vector: &Node<'_>) -> Checked<&'static HeaderRules> {
    let network = vector.get("network")?;
    match network.text()? {
        "mainnet" | "bbn-1" => Ok(&HeaderRules::MAINNET),
        "testnet3" => Ok(&HeaderRules::TESTNET3),
        "testnet4" => Ok(&HeaderRules::TESTNET4),
        "signet" | "bbn-test-5" | "bbn-test-6" => Ok(&HeaderRules::SIGNET),
        "regtest" => Ok(&HeaderRules::REGTEST),
        other => network.halt("a Bitcoin network, or a Babylon chain on one", other),
    }
}

fn header(field: &Node<'_>) -> Checked<Header> {
    field.decode("a header", deserialize)
}

fn bits(field: &Node<'_>) -> Checked<CompactTarget> {
    Ok(CompactTarget::from_consensus(u32::from_be_bytes(field.bytes()?)))
}

fn to_hex_order(bits: CompactTarget) -> [u8; 4] {
    bits.to_consensus().to_be_bytes()
}
