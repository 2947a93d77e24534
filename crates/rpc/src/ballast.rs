//! The `ballast_` namespace: what Ethereum has no word for.

mod refused_votes;
mod watched_deposits;

use crate::methods::Methods;

/// Adds every method of the namespace.
pub(crate) fn register(methods: &mut Methods) {
    refused_votes::register(methods);
    watched_deposits::register(methods);
}
