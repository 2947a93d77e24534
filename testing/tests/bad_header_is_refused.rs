//! A header with too little work, wrong bits, an old time or a far future is refused with the contract's own error, and so
//! is a fork that is not heavier; the light client stays where it was.

use std::time::{SystemTime, UNIX_EPOCH};

use alloy_sol_types::SolInterface;
use ballast_bitcoin_io::Bitcoin;
use ballast_roles::chain::{Chain, ChainError};
use ballast_roles::light_client;
use ballast_testing::Devnet;
use ballast_types::interfaces::ILightClient::ILightClientErrors as Refusal;
use bitcoin::CompactTarget;
use bitcoin::block::Header;

/// Changes the nonce until the header's hash has, or has not, the work that regtest asks for.
fn mined(mut header: Header, enough: bool) -> Header {
    let target = bitcoin::Target::from_compact(CompactTarget::from_consensus(0x207f_ffff));
    while target.is_met_by(header.block_hash()) != enough {
        header.nonce += 1;
    }
    header
}

fn refusal(chain: &impl Chain, headers: &[Header]) -> anyhow::Result<Refusal> {
    match light_client::submit(chain, headers) {
        Err(ChainError::Refused { data, .. }) => Ok(Refusal::abi_decode(&data)?),
        Err(other) => Err(other.into()),
        Ok(hash) => anyhow::bail!("duty {hash} was taken"),
    }
}

#[test]
fn bad_header_is_refused() -> anyhow::Result<()> {
    let devnet = Devnet::start(&["--providers", "0"])?;
    let (chain, miner) = (devnet.chain(), devnet.miner()?);
    let before = light_client::tip(&chain)?;
    let tips = miner.rpc().headers(before.height - 1, 2)?;
    let (parent, tip) = (tips[0], tips[1]);
    let next = Header { prev_blockhash: tip.block_hash(), time: tip.time + 1, nonce: 0, ..tip };
    let now = u32::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?;

    let light = mined(next, false);
    assert!(matches!(refusal(&chain, &[light])?, Refusal::NoWork(_)));
    let easy = mined(Header { bits: CompactTarget::from_consensus(0x207f_fffe), ..next }, true);
    assert!(matches!(refusal(&chain, &[easy])?, Refusal::WrongBits(_)));
    let old = mined(Header { time: tip.time - 10_000, ..next }, true);
    assert!(matches!(refusal(&chain, &[old])?, Refusal::TooOld(_)));
    let future = mined(Header { time: now + 3 * 3_600, ..next }, true);
    assert!(matches!(refusal(&chain, &[future])?, Refusal::TooNew(_)));
    let rival =
        mined(Header { prev_blockhash: parent.block_hash(), time: tip.time + 1, nonce: 0, ..tip }, true);
    assert!(matches!(refusal(&chain, &[rival])?, Refusal::NotHeavier(_)));

    assert_eq!(light_client::tip(&chain)?.hash, before.hash);
    // What is in order is taken: the rules refuse, not the way.
    light_client::submit(&chain, &[mined(next, true)])?;
    Ok(())
}
