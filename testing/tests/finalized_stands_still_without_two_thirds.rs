//! `finalized` follows `latest`, stands still while half, and then more, of the stake is silent, and catches up when it is back.
//! The providers are processes of their own here.

use ballast_roles::chain::Chain;
use ballast_testing::{Devnet, until};

#[test]
fn finalized_stands_still_without_two_thirds() -> anyhow::Result<()> {
    let devnet = Devnet::start(&["--apart", "provider"])?;
    let mut providers = (1..=4)
        .map(|number| devnet.role(&format!("provider-{number}")))
        .collect::<anyhow::Result<Vec<_>>>()?;
    devnet.until_finalized_above(0)?;

    // Two of four are half of the stake: not enough. Blocks are ordered all the same.
    for provider in &mut providers[2..] {
        provider.kill()?;
    }
    let stood = until_it_stands(&devnet)?;

    // With three of four silent nothing changes, and no vote of before makes a height final late.
    providers[1].kill()?;
    assert_eq!(until_it_stands(&devnet)?, stood);
    let latest = devnet.chain().block_number()?;

    // They come back, with the sign stores that they had, and every height becomes final.
    for provider in &mut providers[1..] {
        provider.resume()?;
    }
    devnet.until_finalized_above(latest + 10)?;
    Ok(())
}

/// The height at which `finalized` stays while ten blocks are ordered.
fn until_it_stands(devnet: &Devnet) -> anyhow::Result<u64> {
    until("finalized stands still", || {
        let (stood, latest) = (devnet.chain().finalized()?, devnet.chain().block_number()?);
        until("blocks are ordered", || Ok((devnet.chain().block_number()? >= latest + 10).then_some(())))?;
        Ok((devnet.chain().finalized()? == stood).then_some(stood))
    })
}
