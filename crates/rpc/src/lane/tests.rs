use std::sync::mpsc;

use tokio::task::{JoinSet, yield_now};

use super::*;

#[tokio::test]
async fn what_does_not_fit_into_the_queue_is_refused_and_the_rest_is_done() {
    let lane = Arc::new(Lane::new(1));
    let (release, gate) = mpsc::channel::<()>();
    let mut tasks = JoinSet::new();
    let first = lane.clone();
    // ends when the gate opens, which is when its sender is gone
    tasks.spawn(async move { first.run(move || Ok(gate.recv().map_or(0, |()| 1))).await });
    for number in 1..=WAITING_PER_RUNNING {
        let lane = lane.clone();
        tasks.spawn(async move { lane.run(move || Ok(number)).await });
    }
    while lane.admitted.available_permits() > 0 {
        yield_now().await;
    }
    let refused = lane.run(|| Ok(())).await.unwrap_err();
    assert_eq!(refused.to_string(), "server is busy: try again later");
    drop(release);
    let mut done: Vec<_> = tasks.join_all().await.into_iter().map(Result::unwrap).collect();
    done.sort_unstable();
    assert_eq!(done, (0..=WAITING_PER_RUNNING).collect::<Vec<_>>());
    assert!(lane.run(|| Ok(())).await.is_ok());
}

#[tokio::test]
async fn a_panic_is_an_internal_error_and_the_lane_goes_on() {
    let lane = Lane::new(1);
    for _ in 0..=WAITING_PER_RUNNING + 1 {
        let error = lane.run::<()>(|| panic!("a bug")).await.unwrap_err();
        assert!(matches!(error, RpcError::Internal(_)), "{error}");
    }
}
