//! Kind `checkpoint_format`: a checkpoint, its two parts on Bitcoin, and their scripts.

use ballast_bitcoin_timestamp::{Bitmap, Checkpoint, Part};

use crate::Context;
use crate::reader::{Checked, Node};

pub(crate) fn check(vector: &Node<'_>, _: &Context<'_>) -> Checked {
    let tag = vector.get("tag")?.bytes()?;
    // The library knows one version, which its parts then have.
    vector.get("version")?.is(0);
    let checkpoint = Checkpoint {
        epoch: vector.get("epoch")?.decimal()?,
        block_hash: vector.get("block_hash")?.bytes()?,
        signers: Bitmap::from_bytes(vector.get("bitmap")?.bytes()?),
        submitter: vector.get("submitter_address")?.bytes()?,
        signature: vector.get("bls_sig")?.bytes()?,
    };
    let joined = vector.get("connected")?;
    joined.is_hex(checkpoint.to_bytes());
    let fields = [["first_part", "first_script"], ["second_part", "second_script"]];
    let mut read = Vec::new();
    for ([bytes, script], part) in fields.into_iter().zip(checkpoint.parts()) {
        vector.get(bytes)?.is_hex(part.to_bytes(tag));
        let script = vector.get(script)?;
        script.is_hex(part.to_script(tag));
        match Part::from_script(tag, &script.script()?) {
            Some(part) => read.push(part),
            None => script.fail("a script that carries a part", "it does not"),
        }
    }
    let [first, second] = &read[..] else { return Ok(()) };
    if joined.accept("parts of one checkpoint", Checkpoint::join(first, second))? != checkpoint {
        joined.fail("the checkpoint that the fields state", "another");
    }
    Ok(())
}
