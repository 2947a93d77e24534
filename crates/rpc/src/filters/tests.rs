use super::*;

fn blocks(next: u64) -> Kind {
    Kind::Blocks { next }
}

#[test]
fn a_filter_that_is_polled_lives_and_one_that_is_not_is_gone_after_five_minutes() {
    let (filters, start) = (Filters::new(8), Instant::now());
    let polled = filters.install(blocks(1), start).unwrap();
    let forgotten = filters.install(blocks(1), start).unwrap();
    let later = start + LIFETIME - Duration::from_secs(1);
    assert_eq!(filters.poll(&polled, later).unwrap(), News::Blocks { next: 1 });
    let end = start + LIFETIME;
    assert!(matches!(filters.poll(&forgotten, end), Err(RpcError::UnknownFilter)));
    assert!(filters.poll(&polled, end).is_ok());
    assert!(!filters.uninstall(&forgotten, end));
    assert!(filters.uninstall(&polled, end));
}

#[test]
fn forgotten_filters_make_room() {
    let (filters, start) = (Filters::new(1), Instant::now());
    filters.install(blocks(1), start).unwrap();
    assert!(matches!(filters.install(blocks(1), start), Err(RpcError::LimitExceeded(_))));
    assert!(filters.install(blocks(1), start + LIFETIME).is_ok());
}

#[test]
fn ids_are_told_apart() {
    let (filters, now) = (Filters::new(100), Instant::now());
    let ids: std::collections::HashSet<_> =
        (0..100).map(|_| filters.install(blocks(0), now).unwrap()).collect();
    assert_eq!(ids.len(), 100);
}

#[test]
fn two_polls_at_once_never_go_back() {
    let (filters, now) = (Filters::new(1), Instant::now());
    let id = filters.install(blocks(1), now).unwrap();
    filters.advance(&id, 9);
    filters.advance(&id, 5);
    assert_eq!(filters.poll(&id, now).unwrap(), News::Blocks { next: 9 });
    filters.advance("0x0", 7);
}

#[test]
fn a_poll_that_comes_late_gets_the_newest_transactions() {
    let (filters, now) = (Filters::new(1), Instant::now());
    let (sender, receiver) = broadcast::channel(2);
    let id = filters.install(Kind::Pending(receiver), now).unwrap();
    let hashes: Vec<_> = (0..5).map(B256::repeat_byte).collect();
    for hash in &hashes {
        sender.send(*hash).unwrap();
    }
    assert_eq!(filters.poll(&id, now).unwrap(), News::Pending(hashes[3..].to_vec()));
    assert_eq!(filters.poll(&id, now).unwrap(), News::Pending(Vec::new()));
    drop(sender);
    assert_eq!(filters.poll(&id, now).unwrap(), News::Pending(Vec::new()));
}

#[test]
fn asking_a_pending_filter_for_logs_loses_no_transaction() {
    let (filters, now) = (Filters::new(1), Instant::now());
    let (sender, receiver) = broadcast::channel(2);
    let id = filters.install(Kind::Pending(receiver), now).unwrap();
    sender.send(B256::ZERO).unwrap();
    assert!(matches!(filters.query(&id, now), Err(RpcError::InvalidParams(_))));
    assert_eq!(filters.poll(&id, now).unwrap(), News::Pending(vec![B256::ZERO]));
}
