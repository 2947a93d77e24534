//! Stores that are old, copied, lost or of another chain: none of them may cost the key.

use super::*;

#[test]
fn a_copied_store_signs_nothing() {
    let mut world = World::new(&[100]);
    world.run(10);
    world.nodes[0].stop();
    let mut copy = world.nodes[0].copy();
    world.start(0);
    world.run(5);
    copy.start(&world.chain);
    copy.tick();
    let halt = copy.halt().unwrap();
    assert!(matches!(halt, Halt::StoreBehind { own: 10, chain: 14 }), "{halt}");
    assert!(halt.to_string().contains("Stop the other signer"));
    // the true signer is not disturbed
    world.run(5);
    assert_eq!(world.lag(), 1);
}

#[test]
fn a_copy_that_runs_from_the_same_moment_signs_the_same() {
    let mut world = World::new(&[100]);
    world.run(10);
    world.nodes[0].stop();
    let copy = world.nodes[0].copy();
    world.nodes.push(copy);
    (0..2).for_each(|index| world.start(index));
    world.run(20);
    assert_eq!(world.lag(), 1);
    // as long as both see every block they agree; the one that is behind ends
    world.run(1);
    world.nodes[1].stop();
    world.run(2);
    world.start(1);
    world.tick();
    assert!(matches!(world.nodes[1].halt(), Some(Halt::StoreBehind { .. })));
}

#[test]
fn a_lost_store_goes_on_above_what_its_operator_gives_up() {
    let mut world = World::new(&[100]);
    world.run(10);
    world.nodes[0].stop();
    // a new, empty store
    world.nodes[0] = world::Node::new(1);
    world.start(0);
    world.tick();
    assert!(matches!(world.nodes[0].halt(), Some(Halt::StoreBehind { own: 0, chain: 9 })));
    world.nodes[0].stop();
    world.nodes[0].store().give_up(15).unwrap();
    world.start(0);
    world.run(15);
    // 10 was signed by the lost store and counts; what was given up never gets a vote
    assert_eq!((world.power(10), world.power(11), world.power(15), world.power(16)), (100, 0, 0, 100));
    assert_eq!(world.finalized(), 10);
}

#[test]
fn a_chain_without_the_signed_block_gets_no_vote() {
    let mut world = World::new(&[100]);
    world.run(5);
    world.nodes[0].stop();
    world.nodes[0].store().sign(7, B256::repeat_byte(7)).unwrap();
    world.start(0);
    // as long as there is no block 7 nothing tells that it will be another one
    world.run(1);
    assert!(world.nodes[0].halt().is_none());
    world.run(1);
    let halt = world.nodes[0].halt().unwrap();
    assert!(matches!(halt, Halt::Diverged { height: 7, .. }), "{halt}");
    // not even what was open before
    assert_eq!(world.highest_vote(0), 5);
    assert_eq!(world.nodes[0].recorded(8), None);
}

#[test]
fn a_node_that_is_behind_is_waited_for() {
    let mut world = World::new(&[100]);
    world.run(30);
    // the same chain, as a node knows it that has lost its last blocks
    let behind = world::chain(&[100], world::COMMITTED);
    (0..20).for_each(|_| behind.block());
    world.nodes[0].start(&behind);
    world.chain = behind;
    world.tick();
    assert_eq!(world.nodes[0].done.iter().filter(|name| *name == "Sign").count(), 30);
    for _ in 0..20 {
        world.run(1);
        assert!(world.nodes[0].halt().is_none());
    }
    assert_eq!((world.latest(), world.lag()), (40, 1));
}

#[test]
fn a_store_that_fails_ends_the_provider() {
    let mut provider = Provider::new(key_word(1), COMMIT_BLOCKS);
    let refused = StoreError::NotRising { height: 1, highest: 2 };
    let actions = provider.step(Event::Store(refused));
    assert!(matches!(actions[..], [Action::Halt(Halt::Store(StoreError::NotRising { .. }))]));
    assert!(provider.step(Event::Tick).is_empty());
}
