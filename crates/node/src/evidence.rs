//! Conflicting votes: kept for whoever takes the guilty validator's seat.
//!
//! Votes are attributable, so two of one validator that no honest one would sign prove its fault to anybody. The engine
//! reports every vote unverified; [`Conflicts`] lets only the conflicts through to verification, since checking every
//! vote a second time would cost a pairing each.

use std::sync::Arc;

use commonware_actor::Feedback;
use commonware_codec::Encode as _;
use commonware_consensus::{
    Epochable as _, Reporter, Viewable as _,
    simplex::{
        scheme::reporter::AttributableReporter,
        types::{Activity, Attributable as _},
    },
};
use commonware_parallel::Sequential;
use rand_core::CryptoRng;

use crate::{block::Digest, chain::Chain, committees::Scheme, index::Fault};

/// Passes conflicting votes on and drops the rest.
#[derive(Clone)]
pub(crate) struct Conflicts<R>(R);

/// Keeps verified conflicts of one epoch in the index.
pub(crate) fn reporter<E: CryptoRng + Send + 'static>(
    rng: E,
    scheme: Scheme,
    chain: Arc<Chain>,
) -> Conflicts<impl Reporter<Activity = Activity<Scheme, Digest>>> {
    Conflicts(AttributableReporter::new(rng, scheme, Keeper(chain), Sequential, true))
}

/// Epoch, view and seat of conflicting votes; `None` for any other activity.
fn fault(activity: &Activity<Scheme, Digest>) -> Option<Fault> {
    let (epoch, view, signer) = match activity {
        Activity::ConflictingNotarize(evidence) => (evidence.epoch(), evidence.view(), evidence.signer()),
        Activity::ConflictingFinalize(evidence) => (evidence.epoch(), evidence.view(), evidence.signer()),
        Activity::NullifyFinalize(evidence) => (evidence.epoch(), evidence.view(), evidence.signer()),
        _ => return None,
    };
    Some(Fault { epoch: epoch.get(), view: view.get(), seat: signer.get() })
}

impl<R: Reporter<Activity = Activity<Scheme, Digest>>> Reporter for Conflicts<R> {
    type Activity = R::Activity;

    fn report(&mut self, activity: Self::Activity) -> Feedback {
        if fault(&activity).is_some() { self.0.report(activity) } else { Feedback::Ok }
    }
}

#[derive(Clone)]
struct Keeper(Arc<Chain>);

impl Reporter for Keeper {
    type Activity = Activity<Scheme, Digest>;

    fn report(&mut self, activity: Self::Activity) -> Feedback {
        if let Some(fault) = fault(&activity) {
            tracing::error!(?fault, "validator signed conflicting votes");
            self.0.record_fault(fault, &activity.encode());
        }
        Feedback::Ok
    }
}

#[cfg(test)]
mod tests;
