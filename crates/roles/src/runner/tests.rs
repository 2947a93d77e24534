use std::sync::Mutex;

use tokio::sync::Notify;

use super::*;

/// Wants two things on each tick and one more for each answer.
#[derive(Default)]
struct Counter {
    ticks: u32,
}

#[derive(Debug, PartialEq)]
enum Event {
    Tick,
    Answered(u32),
}

impl Role for Counter {
    type Event = Event;
    type Action = u32;

    const TICK: Event = Event::Tick;

    fn step(&mut self, event: Event) -> Vec<u32> {
        match event {
            Event::Tick => {
                self.ticks += 1;
                vec![self.ticks * 10, self.ticks * 10 + 1]
            }
            Event::Answered(action) => vec![action + 5],
        }
    }
}

/// Writes down what it does, answers round numbers only, and calls out after `last` actions.
struct Scribe {
    done: Mutex<Vec<u32>>,
    last: usize,
    finished: Notify,
}

impl Hands<Counter> for Scribe {
    fn perform(&self, action: u32) -> Option<Event> {
        let mut done = self.done.lock().unwrap();
        done.push(action);
        if done.len() == self.last {
            self.finished.notify_one();
        }
        action.is_multiple_of(10).then_some(Event::Answered(action))
    }
}

#[tokio::test(start_paused = true)]
async fn actions_run_in_order_and_answers_come_back() {
    let scribe = Arc::new(Scribe { done: Mutex::default(), last: 6, finished: Notify::new() });
    let stop = scribe.finished.notified();
    run(Counter::default(), Arc::clone(&scribe), Duration::from_secs(1), stop).await.unwrap();
    assert_eq!(scribe.done.lock().unwrap()[..6], [10, 11, 15, 20, 21, 25]);
}

#[tokio::test(start_paused = true)]
async fn a_runner_that_is_told_to_stop_does_nothing() {
    let scribe = Arc::new(Scribe { done: Mutex::default(), last: 1, finished: Notify::new() });
    run(Counter::default(), Arc::clone(&scribe), Duration::from_secs(1), async {}).await.unwrap();
    assert_eq!(*scribe.done.lock().unwrap(), [0; 0]);
}

#[tokio::test(start_paused = true)]
async fn hands_that_panic_end_the_run() {
    struct Broken;
    impl Hands<Counter> for Broken {
        fn perform(&self, _: u32) -> Option<Event> {
            panic!("a defect")
        }
    }
    let ended =
        run(Counter::default(), Arc::new(Broken), Duration::from_secs(1), std::future::pending()).await;
    assert!(ended.unwrap_err().is_panic());
}
