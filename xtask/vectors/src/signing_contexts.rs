//! Kind `signing_contexts`: the contexts of purposes on chains, and their hashes.

use ballast_schnorr::signing_context::SigningContext;

use crate::Context;
use crate::reader::{Checked, Node};

pub(crate) fn check(vector: &Node<'_>, _: &Context<'_>) -> Checked {
    let text = vector.get("context_string")?;
    let context = text.accept("a signing context", SigningContext::parse(text.text()?))?;
    text.is(context.to_string());
    let prefix = vector.get("context")?;
    prefix.is(context.to_prefix());
    prefix.is_hex(context.digest());
    Ok(())
}
