//! 2,016 mainnet headers, an adjustment of the difficulty among them, judged in one list; and, as the
//! measure of what that must cost at least, the same headers hashed and nothing else.

use core::hint::black_box;

use ballast_bitcoin_light::{HeaderRules, MemoryChain, StoredHeader, extend};
use bitcoin::block::Header;
use bitcoin::consensus::deserialize;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const BASE: u32 = 822_528;
/// A time after all headers.
const NOW: u64 = 1_706_745_600;
/// Headers before the list that is judged: it starts in one period and ends in the next.
const KNOWN: usize = 17;

fn headers() -> Vec<Header> {
    let bytes = include_bytes!("../testvectors/mainnet_822528_824560.bin");
    let parse = |bytes: &[u8]| deserialize(bytes).expect("80 bytes are a header");
    bytes.chunks(80).map(parse).collect()
}

fn judge(c: &mut Criterion) {
    let headers = headers();
    let (known, list) = headers.split_at(KNOWN);
    assert_eq!(list.len(), 2016);
    let rules = HeaderRules::MAINNET;
    let base = StoredHeader::base(&rules, known[0], BASE).expect("a period starts here");
    let mut chain = MemoryChain::new(base);
    chain.extend(&rules, &known[1..], NOW).expect("mainnet headers are valid");

    let mut group = c.benchmark_group("2016_headers");
    group.throughput(Throughput::Elements(list.len() as u64));
    group.bench_function("judged", |b| {
        b.iter(|| extend(&rules, &mut chain, black_box(list), NOW).expect("mainnet headers are valid"));
    });
    group.bench_function("hashed_only", |b| {
        b.iter(|| {
            for header in black_box(list) {
                black_box(header.block_hash());
            }
        });
    });
    group.finish();
}

criterion_group!(benches, judge);
criterion_main!(benches);
